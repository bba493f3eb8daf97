"""Estimated against annotated tempo, a point a clip; a click on one shows its clip."""

from dataclasses import dataclass

import streamlit as st

from core.data.clip_files import ClipFiles
from core.figures.tempo import ColourBy, octave_histogram
from core.results.tempo_comparison import Annotation, TempoSystem
from core.types import Clip
from ui.app import frame
from ui.app.loaders import clips_by_id, tempo_systems_of
from ui.app.text import as_text
from ui.results.chart import clicked, figure
from ui.results.choice import Choice
from ui.results.data import scatter_of, tempo_answers_of
from ui.shared.player.clip import clip_audio
from ui.shared.system_names import system_name
from ui.shared.table import Column, table
from ui.shared.tempo_words import annotated_tempi

_OPEN, _TAKE = "open_tempo_clip", "tempo-scatter-take"
_LIST_PX = 144


@dataclass(frozen=True)
class View:
    """What the scatter shows."""

    choice: Choice
    title: str
    annotation: Annotation
    colour: ColourBy


@st.fragment
def scatter(view: View, files: ClipFiles | None) -> None:
    """Beside it the clip that was clicked, or chosen in the list; until then the octave errors."""
    choice, title, annotation = view.choice, view.title, view.annotation
    answers = tempo_answers_of(title, choice, annotation)
    left, right = (column.container() for column in st.columns([3, 2], gap="medium"))
    with right.container(gap="xsmall"):
        # Sent before the scatter, which takes a browser longer to draw: a click is answered at once.
        clip = _choose_clip([answer.clip_id for answer in answers])
        if clip is None:
            figure(octave_histogram(system_name(title), answers), f"octaves-{choice.slug}")
            st.caption("Green: within 4 % of the truth. Blue: octave errors (½, 2, ⅓ or 3 times). Grey: all others.")
        else:
            _clip_card(view, clip, files)
    with left:
        shown = scatter_of(title, choice, annotation, view.colour)
        figure(shown, f"tempo-scatter-{choice.slug}", _open_clip, st.session_state.get(_TAKE, 0))
        st.caption("Log axes: a factor is a distance; the green band is 4 %. Click a point for its clip.")


def _choose_clip(clip_ids: list[str]) -> Clip | None:
    if st.session_state.get(_OPEN) not in (None, *clip_ids):
        st.session_state[_OPEN] = None
    chosen = st.selectbox(
        "Clip", clip_ids, index=None, key=_OPEN, bind="query-params", on_change=_unmark,
        placeholder="Click a point, or choose a clip here", label_visibility="collapsed",
    )  # fmt: skip
    return clips_by_id()[chosen] if chosen else None


def _open_clip(key: str) -> None:
    point = clicked(key)
    st.session_state[_OPEN] = point[0] if point else None


def _unmark() -> None:
    """What the browser has marked goes away with a new take of the figure."""
    st.session_state[_TAKE] = st.session_state.get(_TAKE, 0) + 1


def _clip_card(view: View, clip: Clip, files: ClipFiles | None) -> None:
    """A clip: both annotations, its player and every system's estimate."""
    systems = tempo_systems_of(view.choice.split, view.annotation)
    st.markdown(
        f"**{as_text(clip.title or clip.clip_id)}** · {as_text(clip.artist or 'artist unknown')} · {clip.genre}"
    )
    annotated = [f"{mark.label} {mark.tempo_bpm:.1f} BPM" for mark in annotated_tempi(clip)]
    predicted_bpm = systems[view.title].tempo_bpm[clip.clip_id]
    st.caption(f"Annotated: {', '.join(annotated)}. {as_text(system_name(view.title))}: {predicted_bpm:.1f} BPM.")
    frame.link_to(frame.BROWSE, f"Open {clip.clip_id}", clip.clip_id)
    if files is not None:
        clip_audio(clip.clip_id, files)
    columns: tuple[Column[TempoSystem], ...] = (
        Column("system", "System", lambda system: system.title, drawn=lambda system: system_name(system.title)),
        Column("tempo_bpm", "Tempo", lambda system: system.tempo_bpm.get(clip.clip_id), "bpm"),
    )
    alt = f"Tempo of {clip.clip_id} predicted by each system"
    table(columns, list(systems.values()), f"tempo-{clip.clip_id}", alt, _LIST_PX)
