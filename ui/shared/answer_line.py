"""The predictions for a clip in large type, the annotations below them."""

from typing import Literal

import streamlit as st

from core.metrics.tempo import ErrorKind
from core.results.genre_predictions import SavedGenre
from core.results.words import NO_CLEAR_TEMPO, percent
from core.rhythm.metrical_level import PREDICTED, MetricalLevel
from core.types import GENRES, Clip, FloatArray, TempoEstimate
from ui.app.text import as_text
from ui.shared.metrical_level import choose_level
from ui.shared.system_names import system_name
from ui.shared.tempo_words import alternatives_in_words, annotated_tempi, error_kind

_BESIDE: dict[ErrorKind, str] = {
    "exact": "within 4 % of the annotation", "half": "half the annotation", "double": "double the annotation",
    "third": "a third of the annotation", "triple": "three times the annotation", "other": "annotation",
}  # fmt: skip
_Colour = Literal["green", "orange", "off"]


def answer_line(
    clip: Clip,
    probs: FloatArray,
    tempo: TempoEstimate | None = None,
    other: SavedGenre | None = None,
    with_levels: bool = False,
) -> MetricalLevel:
    """Genre and tempo of a clip, in a row; alternatives of the tempo follow, as a tempo is never shown without them.

    Args:
        clip: what is known about it.
        probs: `[10]`, of the genres.
        tempo: the tempo estimate, None where there is none.
        other: predictions of a second system to set beside the first.
        with_levels: whether people may choose the metrical level.

    Returns:
        The metrical level that the tempo is shown at.
    """
    line, level, said = st.container(horizontal=True, gap="medium"), PREDICTED, ""
    if with_levels and tempo is not None and tempo.is_clear:
        level, said = choose_level(tempo, f"{clip.clip_id}-{tempo.tempo_bpm:.2f}")
    with line:
        _genre("Predicted genre", clip, probs)
        if other is not None:
            _genre(f"Predicted by {as_text(system_name(other.system))}", clip, other.by_clip[clip.clip_id])
        if tempo is not None:
            _tempo(clip, tempo, level)
    if tempo is not None and tempo.is_clear:
        st.caption(f"**{said}** {alternatives_in_words(tempo)}" if said else alternatives_in_words(tempo))
    return level


def _genre(label: str, clip: Clip, probs: FloatArray) -> None:
    genre, confidence = GENRES[int(probs.argmax())], percent(float(probs.max()))
    is_right = genre == clip.genre
    _metric(label, f"{genre} {confidence}", "correct" if is_right else f"true genre: {clip.genre}", is_right)


def _tempo(clip: Clip, tempo: TempoEstimate, level: MetricalLevel) -> None:
    """The tempo at a metrical level beside the annotation; right or wrong is the predicted one alone."""
    shown_bpm, is_predicted = level.tempo_bpm(tempo.tempo_bpm), level == PREDICTED
    label = f"Predicted tempo, confidence {percent(tempo.confidence)}" if is_predicted else f"Tempo at {level.name}"
    value = f"{shown_bpm:.1f} BPM" if tempo.is_clear else NO_CLEAR_TEMPO
    marks = annotated_tempi(clip)
    if not marks:
        _metric(label, value, "not annotated", None)
        return
    truth_bpm = marks[0].tempo_bpm
    if not tempo.is_clear:
        _metric(label, value, f"annotation: {truth_bpm:.1f} BPM", None)
        return
    kind = error_kind(shown_bpm, truth_bpm)
    _metric(label, value, f"{_BESIDE[kind]}: {truth_bpm:.1f} BPM", kind == "exact" if is_predicted else None)


def _metric(label: str, value: str, truth: str, is_right: bool | None) -> None:
    colour: _Colour = "off" if is_right is None else "green" if is_right else "orange"
    mark = {True: "✓ ", False: "✗ ", None: ""}[is_right]
    st.metric(label, value, f"{mark}{truth}", delta_color=colour, delta_arrow="off", width="content")
