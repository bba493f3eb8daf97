"""The predictions for a clip in large type, the annotations below them."""

from typing import Literal

import streamlit as st

from core.metrics.tempo import ErrorKind
from core.results.genre_predictions import SavedGenre
from core.results.words import percent
from core.types import GENRES, Clip, FloatArray, TempoEstimate
from ui.app.text import as_text
from ui.shared.system_names import system_name
from ui.shared.tempo_words import alternatives_in_words, annotated_tempi, error_kind

_BESIDE: dict[ErrorKind, str] = {
    "exact": "within 4 % of the annotation", "half": "half the annotation", "double": "double the annotation",
    "third": "a third of the annotation", "triple": "three times the annotation", "other": "annotation",
}  # fmt: skip
_Colour = Literal["green", "orange", "off"]


def answer_line(
    clip: Clip, probs: FloatArray, tempo: TempoEstimate | None = None, other: SavedGenre | None = None
) -> None:
    """Genre and tempo of a clip, in a row; alternatives of the tempo follow, as a tempo is never shown without them.

    Args:
        clip: what is known about it.
        probs: `[10]`, of the genres.
        tempo: the tempo estimate, None where there is none.
        other: predictions of a second system to set beside the first.
    """
    with st.container(horizontal=True, gap="medium"):
        _genre("Predicted genre", clip, probs)
        if other is not None:
            _genre(f"Predicted by {as_text(system_name(other.system))}", clip, other.by_clip[clip.clip_id])
        if tempo is not None:
            _tempo(clip, tempo)
    if tempo is not None and tempo.is_clear:
        st.caption(alternatives_in_words(tempo))


def _genre(label: str, clip: Clip, probs: FloatArray) -> None:
    genre, confidence = GENRES[int(probs.argmax())], percent(float(probs.max()))
    is_right = genre == clip.genre
    _metric(label, f"{genre} {confidence}", "correct" if is_right else f"true genre: {clip.genre}", is_right)


def _tempo(clip: Clip, tempo: TempoEstimate) -> None:
    label = f"Predicted tempo, confidence {percent(tempo.confidence)}"
    value = f"{tempo.tempo_bpm:.1f} BPM" if tempo.is_clear else "no clear tempo"
    marks = annotated_tempi(clip)
    if not marks:
        _metric(label, value, "not annotated", None)
        return
    truth_bpm = marks[0].tempo_bpm
    if not tempo.is_clear:
        _metric(label, value, f"annotation: {truth_bpm:.1f} BPM", None)
        return
    kind = error_kind(tempo.tempo_bpm, truth_bpm)
    _metric(label, value, f"{_BESIDE[kind]}: {truth_bpm:.1f} BPM", kind == "exact")


def _metric(label: str, value: str, truth: str, is_right: bool | None) -> None:
    colour: _Colour = "off" if is_right is None else "green" if is_right else "orange"
    mark = {True: "✓ ", False: "✗ ", None: ""}[is_right]
    st.metric(label, value, f"{mark}{truth}", delta_color=colour, delta_arrow="off", width="content")
