"""The widgets above the table of clips. Their choices are part of the URL, so that a filtered list can be linked to."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.models.other_music import other_music
from core.results.genre_predictions import SavedGenre
from core.results.tempo_predictions import SavedTempo
from core.types import GENRES
from ui.app.links import choose_in_url, remove_from_url
from ui.app.loaders import ranked_systems, saved, saved_tempo, tempo_systems
from ui.app.text import as_code, as_text
from ui.browse.clip_table import (
    DIFFERENCES,
    ORDERS,
    SUBSET_LABELS,
    TEMPO_KINDS,
    TEMPO_ORDERS,
    TITLES,
    VERDICTS,
    ClipFilter,
    ClipRow,
)
from ui.shared.system_names import system_name

_NO_OTHER = "nothing"
_NO_FILTERS: dict[str, str | bool | list[str]] = {
    "q": "", "genre": [], "predicted": [], "kind": [], "verdict": VERDICTS[0],
    "subset": [], "artist": [], "contradicted": False,
}  # fmt: skip
"""Keys of the widgets that leave clips out, with the value that leaves out none."""


def forget_clip() -> None:
    """A changed filter shows the first clip that passes it."""
    remove_from_url("clip")


def remove_filters() -> None:
    """All clips again; the open one stays open."""
    for key, value in _NO_FILTERS.items():
        if key in st.session_state:
            st.session_state[key] = value
    remove_from_url("difference")


@dataclass(frozen=True)
class ShownSystems:
    """Whose predictions the page shows.

    Attributes:
        genre: genre predictions.
        other: genre predictions of a second system, None without comparison.
        tempo: tempo predictions, None where none ship.
    """

    genre: SavedGenre
    other: SavedGenre | None
    tempo: SavedTempo | None

    @property
    def in_words(self) -> str:
        """Their names, as Markdown."""
        names = [found.system for found in (self.genre, self.other, self.tempo) if found is not None]
        learned = {f"{as_text(system_name(name))}: {words}" for name in names if (words := other_music(name))}
        return " ".join(
            [f"Predictions of {'; '.join(as_text(system_name(name)) for name in names)}.", *sorted(learned)]
        )


def choose_systems() -> ShownSystems:
    """Lets the user choose them, behind a button that says what each one is.

    Raises:
        DatasetError: none ships with this copy of the app.
    """
    with st.popover("Models", icon=":material/neurology:"):
        system = _choose("Predictions of", ranked_systems(), "system")
        others = [name for name in ranked_systems() if name != system]
        other = _choose("Compare with", [_NO_OTHER, *others], "other") if others else _NO_OTHER
        tempo = _choose_tempo_system()
        shown = ShownSystems(
            saved(system), None if other == _NO_OTHER else saved(other), None if tempo is None else saved_tempo(tempo)
        )
        for found in (shown.genre, shown.other, shown.tempo):
            if found is not None:
                st.caption(
                    f"**{as_text(system_name(found.system))}**, {as_code(found.system)}: {as_text(found.description)}"
                )
    return shown


def _choose_tempo_system() -> str | None:
    """Which saved tempo predictions to show; None where none ship, and nothing to choose where there is one."""
    systems = tempo_systems()
    if len(systems) < 2:
        return systems[0] if systems else None
    return _choose("Tempo of", systems, "tempo_system")


def _choose(label: str, systems: list[str], key: str) -> str:
    return choose_in_url(label, systems, key, system_name, then=forget_clip)


def choose_filter(rows: Sequence[ClipRow]) -> ClipFilter:
    """Search and verdict in the row of the page's title, the rest behind a button; tempo and comparison where known."""
    text = st.text_input(
        "Search", key="q", type="search", live=True, placeholder="Search artist, title, clip", width=230,
        label_visibility="collapsed", bind="query-params", on_change=forget_clip,
    )  # fmt: skip
    verdict = st.segmented_control(
        "Correct or wrong", VERDICTS, key="verdict", default=VERDICTS[0], required=True,
        label_visibility="collapsed", bind="query-params", on_change=forget_clip, width="content",
    )  # fmt: skip
    has_tempo, has_other = rows[0].tempo is not None, rows[0].other is not None
    with st.popover("Filters", icon=":material/filter_alt:"):
        genres = _many("True genre", "genre", list(GENRES))
        predicted = _many("Predicted genre", "predicted", list(GENRES))
        kinds = _many("Tempo error", "kind", list(TEMPO_KINDS)) if has_tempo else []
        difference = _one("Differences", "difference", DIFFERENCES) if has_other else None
        subsets = _many("Subset", "subset", list(SUBSET_LABELS.values()))
        artists = _many("Artist", "artist", sorted({row.clip.artist for row in rows} - {""}))
        orders = (*ORDERS, *TEMPO_ORDERS) if has_tempo else ORDERS
        contradicted = st.toggle(
            "Labels that models contradict", key="contradicted", bind="query-params", on_change=forget_clip,
            help="Three systems, none of which learned from the clip's artist, agree on another genre with a mean "
            "probability of at least 50 %. For listening: no score uses this list.",
        )  # fmt: skip
        order = _one("Order", "order", orders)
    return ClipFilter(
        genres=tuple(genres),
        predicted=tuple(predicted),
        subsets=tuple(subsets),
        artists=tuple(artists),
        verdict=verdict or VERDICTS[0],
        text=text or "",
        order=order or ORDERS[0],
        tempo_kinds=tuple(kinds),
        difference=difference or DIFFERENCES[0],
        contradicted=contradicted,
    )


def _one(label: str, key: str, options: Sequence[str]) -> str:
    """A choice whose options keep the names that they have in the URL."""
    return choose_in_url(label, options, key, lambda name: TITLES.get(name, name), then=forget_clip)


def _many(label: str, key: str, options: list[str]) -> list[str]:
    return st.multiselect(label, options, key=key, placeholder="any", bind="query-params", on_change=forget_clip)


def count_line(n_listed: int, n_all: int, wanted: ClipFilter) -> None:
    """How many clips pass, and the way back to all of them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{n_listed} of {n_all} clips**", width="content")
        if wanted.leaves_out:
            st.button("Remove filters", key="remove-filters", type="tertiary", on_click=remove_filters)
