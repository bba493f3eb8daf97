"""The clips in a cell of the confusion matrices: which they are, a list of them, a player."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.data.clip_files import ClipFiles
from core.types import GENRES
from ui.app.frame import clip_url
from ui.app.loaders import clips_by_id, saved
from ui.results.choice import Choice
from ui.shared.player.clip import clip_audio
from ui.shared.system_names import system_name
from ui.shared.table import Column, download, listing

ANY = "any"
EITHER, FIRST, SECOND = BY = ("Either", "First", "Second")
"""Whose prediction puts a clip into a cell."""
_LIST_PX, _LISTED = 178, 4
"""Height of a list, and clips that it holds without scrolling."""


@dataclass(frozen=True)
class Cell:
    """Which clips to list.

    Attributes:
        true, predicted: true and predicted genre, or any.
        first, second: systems.
        by: whose prediction counts.
    """

    true: str
    predicted: str
    first: str
    second: str
    by: str

    @property
    def systems(self) -> tuple[str, ...]:
        """Those whose prediction counts, each."""
        both = tuple(dict.fromkeys((self.first, self.second)))
        if self.predicted == ANY or len(both) == 1:
            return both
        return {FIRST: both[:1], SECOND: both[1:]}.get(self.by, both)

    def holds(self, row: "_ClipRow") -> bool:
        """Whether a clip is in the cell."""
        is_predicted = self.predicted == ANY or self.predicted in (row.predicted[name] for name in self.systems)
        return is_predicted and self.true in (ANY, row.true)

    @property
    def in_words(self) -> str:
        """Such as "rock predicted as country by CNN (strong)"."""
        true, predicted = ("any genre" if genre == ANY else genre for genre in (self.true, self.predicted))
        by = system_name(self.systems[0]) if len(self.systems) == 1 else "either system"
        return f"{true} predicted as {predicted} by {by}"


def cell_clips(choice: Choice, cell: Cell, files: ClipFiles | None, on_close: Callable[[], None]) -> None:
    """How many there are, their list, and the way back."""
    rows = [row for row in _clip_rows(choice, cell.first, cell.second) if cell.holds(row)]
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            n_clips = f"{len(rows) or 'No'} clip{'' if len(rows) == 1 else 's'}"
            st.markdown(f"**{n_clips}**: {cell.in_words}", width="content")
            st.button("Difference", on_click=on_close, icon=":material/close:", type="tertiary")
        if rows:
            columns = _columns(cell)
            listing(
                columns, rows, "cell-clips", f"Clips: {cell.in_words}", _LIST_PX if len(rows) > _LISTED else "content"
            )
            if files is not None:
                _listen([row.clip_id for row in rows], files)
            download(columns, rows, f"clips-{choice.slug}")


@dataclass(frozen=True)
class _ClipRow:
    """A clip in a cell; `predicted` by system."""

    clip_id: str
    true: str
    predicted: dict[str, str]
    artist: str
    title: str


@st.cache_resource(show_spinner=False, max_entries=50)
def _clip_rows(choice: Choice, first: str, second: str) -> tuple[_ClipRow, ...]:
    """All clips, whichever cell they are in: a click picks from them."""
    clips, systems = clips_by_id(), {name: saved(name) for name in dict.fromkeys((first, second))}
    return tuple(
        _ClipRow(
            clip_id,
            clips[clip_id].genre,
            {name: GENRES[int(system.by_clip[clip_id].argmax())] for name, system in systems.items()},
            clips[clip_id].artist,
            clips[clip_id].title,
        )
        for clip_id in choice.clips.clip_ids
    )


def _columns(cell: Cell) -> tuple[Column[_ClipRow], ...]:
    link = st.column_config.LinkColumn(
        "Clip", display_text=r"clip=([a-z]+\.\d{5})", help="Opens the clip in the browse page, in a new tab."
    )
    return (
        Column(
            "clip", "Clip", lambda row: row.clip_id, drawn_as=link, drawn=lambda row: clip_url(row.clip_id, cell.first)
        ),
        *(_predicted(name) for name in dict.fromkeys((cell.first, cell.second))),
        Column("true", "True genre", lambda row: row.true),
        Column("artist", "Artist", lambda row: row.artist),
        Column("title", "Title", lambda row: row.title),
    )


def _predicted(system: str) -> Column[_ClipRow]:
    return Column(system, system_name(system), lambda row: row.predicted[system])


def _listen(clip_ids: list[str], files: ClipFiles) -> None:
    clip_id = st.selectbox(
        "Listen to", clip_ids, key=f"listen-{clip_ids[0]}-{len(clip_ids)}", label_visibility="collapsed",
        icon=":material/headphones:",
    )  # fmt: skip
    clip_audio(clip_id, files)
