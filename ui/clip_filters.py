"""The widgets above the table of clips. Their choices are part of the URL, so that a filtered list can be linked to."""

import pandas as pd
import streamlit as st

from core.errors import DatasetError
from core.saved import list_saved
from core.types import GENRES
from ui.clip_table import DIFFERENCES, ORDERS, SUBSET_LABELS, TEMPO_KINDS, TEMPO_ORDERS, VERDICTS, ClipFilter
from ui.loaders import tempo_systems

_NO_OTHER = "nothing"


def forget_clip() -> None:
    """A changed filter shows the first clip that passes it."""
    if "clip" in st.query_params:
        del st.query_params["clip"]


def choose_system() -> str:
    """Which saved predictions to show; out-of-fold ones first, as they hold for every clip."""
    return st.selectbox(
        "Predictions of", ranked_systems(), key="system", bind="query-params", width=260, on_change=forget_clip
    )


def choose_other(system: str) -> str | None:
    """A second system to set beside the first, None for none."""
    others = [name for name in ranked_systems() if name != system]
    if not others:
        return None
    chosen = st.selectbox(
        "Compare with", [_NO_OTHER, *others], key="other", bind="query-params", width=200, on_change=forget_clip
    )
    return None if chosen == _NO_OTHER else chosen


def choose_tempo_system() -> str | None:
    """Which saved tempo predictions to show; None where none ship, and nothing to choose where there is one."""
    systems = tempo_systems()
    if len(systems) < 2:
        return systems[0] if systems else None
    return st.selectbox("Tempo of", systems, key="tempo_system", bind="query-params", width=200, on_change=forget_clip)


def ranked_systems() -> list[str]:
    """Systems with saved predictions, the best to show first.

    Raises:
        DatasetError: none ships with this copy of the app.
    """
    systems = sorted(list_saved(), key=lambda name: (not name.endswith("-oof"), "strong" not in name, name))
    if not systems:
        raise DatasetError(
            "No saved predictions were found in data/. They ship with the project: restore the folder with git."
        )
    return systems


def choose_filter(table: pd.DataFrame) -> ClipFilter:
    """All filters in one row that wraps on narrow screens; those of tempo and comparison where the table has them."""
    has_tempo, has_other = "tempo" in table, "other" in table
    kinds: list[str] = []
    difference: str | None = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Search", key="q", type="search", live=True, placeholder="artist, title, clip", width=200,
            bind="query-params", on_change=forget_clip,
        )  # fmt: skip
        genres = _many("True genre", "genre", list(GENRES))
        predicted = _many("Predicted genre", "predicted", list(GENRES))
        if has_tempo:
            kinds = _many("Tempo error", "kind", list(TEMPO_KINDS))
        if has_other:
            difference = st.selectbox(
                "Differences", DIFFERENCES, key="difference", bind="query-params", width=210, on_change=forget_clip
            )
        verdict = st.segmented_control(
            "Right or wrong", VERDICTS, key="verdict", default=VERDICTS[0], required=True,
            label_visibility="collapsed", bind="query-params", on_change=forget_clip,
        )  # fmt: skip
        with st.popover("More", icon=":material/tune:"):
            orders = (*ORDERS, *TEMPO_ORDERS) if has_tempo else ORDERS
            order = st.radio("Order", orders, key="order", bind="query-params", on_change=forget_clip)
            subsets = _many("Subset", "subset", list(SUBSET_LABELS.values()))
            artists = _many("Artist", "artist", sorted(set(table["artist"]) - {""}))
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
    )


def _many(label: str, key: str, options: list[str]) -> list[str]:
    return st.multiselect(
        label, options, key=key, placeholder="any", width=210, bind="query-params", on_change=forget_clip
    )
