"""Tempo on the pages: of a GTZAN clip beside its annotations, and of the user's own music."""

import streamlit as st

from core.figures.compared import StripRow, tempo_strip
from core.figures.tempo_reading import tempo_distribution, tempo_over_time
from core.figures.timeline import MIN_WINDOWS_OVER_TIME
from core.results.tempo_predictions import SavedTempo, estimate_of
from core.types import Clip, TempoEstimate, TempoReading
from ui.app.loaders import reference_tempi, saved_tempo, tempo_systems
from ui.app.text import as_text
from ui.shared.cards import chart, subset_badge
from ui.shared.system_names import system_name
from ui.shared.tap_tempo import tap_tempo
from ui.shared.tempo_words import annotated_tempi, calibrated_in_words, error_kind, tempo_error, tempo_in_words

NO_TEMPO_MODEL = (
    ":material/timer_off: No tempo model is installed (the checkpoint tempo-tcn is missing), so no tempo is predicted."
)
_CAUTION = (
    "Confidence: the probability of all tempi within 4 %. Half and double are often as valid: listeners tap at "
    "different metrical levels."
)


def clip_tempo(clip: Clip, saved: SavedTempo, with_badge: bool) -> None:
    """The tempo of a clip beside both annotations, its distribution, and the estimates of other systems.

    Args:
        clip: the clip.
        saved: tempo predictions.
        with_badge: whether to say which subset the clip was in for this model.
    """
    estimate = estimate_of(saved, clip.clip_id)
    if estimate is None:
        st.caption(f":material/timer_off: No tempo predicted for this clip by {as_text(system_name(saved.system))}.")
        return
    st.markdown("#### Tempo", help=_CAUTION)
    if with_badge:
        subset_badge(saved.subsets[clip.clip_id])
    left, right = st.columns([6, 5], gap="small")
    with left:
        chart(tempo_distribution(estimate, annotated_tempi(clip)), key="clip-tempo")
    with right:
        if not estimate.is_clear:
            st.markdown(tempo_in_words(estimate))
        _beside_annotations(clip, estimate)
    _all_estimators(clip, saved, estimate)


def _beside_annotations(clip: Clip, estimate: TempoEstimate) -> None:
    marks = annotated_tempi(clip)
    if not marks:
        st.caption("No tempo annotation.")
    elif estimate.is_clear:
        st.markdown("\n".join(f"- {tempo_error(estimate.tempo_bpm, mark).in_words()}" for mark in marks))
    else:
        annotated = ", ".join(f"{mark.label} {mark.tempo_bpm:.1f} BPM" for mark in marks)
        kind = tempo_error(estimate.tempo_bpm, marks[0]).kind
        st.markdown(f"Annotated: {annotated}. In scores the most probable tempo counts all the same: **{kind}**.")


def _all_estimators(clip: Clip, saved: SavedTempo, estimate: TempoEstimate) -> None:
    """The estimates of this model, our others and the reference systems, each a point on one axis."""
    ours = {saved.system: estimate.tempo_bpm}
    for system in tempo_systems():
        other = estimate_of(saved_tempo(system), clip.clip_id)
        if system != saved.system and other is not None:
            ours[system] = other.tempo_bpm
    references = {name: tempi[clip.clip_id] for name, tempi in reference_tempi().items() if clip.clip_id in tempi}
    truth_bpm = clip.tempo_bpm
    estimates = [
        StripRow(system_name(name), bpm, "" if truth_bpm is None else error_kind(bpm, truth_bpm), name in ours)
        for name, bpm in {**ours, **references}.items()
    ]
    st.markdown(f"**{len(estimates)} tempo estimators**, ours as diamonds")
    chart(tempo_strip(estimates, annotated_tempi(clip)), key="clip-estimators")


def track_tempo(reading: TempoReading | None, key: str) -> None:
    """The tempo of the user's music: its distribution, beside their own taps, and over time."""
    if reading is None:
        return
    estimate = reading.estimate
    st.markdown("#### Tempo", help=_CAUTION)
    left, right = st.columns([6, 5], gap="large")
    with left:
        chart(tempo_distribution(estimate), f"{key}-tempo")
        if calibrated := calibrated_in_words(reading):
            st.caption(calibrated)
        if reading.changes:
            st.caption("Distribution of the whole track, in which the tempo changes.")
    with right:
        tap_tempo(estimate, f"{key}-tap")
    if len(reading.window_start_s) >= MIN_WINDOWS_OVER_TIME:
        st.markdown(f"**Tempo over time**: each window of {reading.window_s:.0f} s on its own; dark: probable")
        chart(tempo_over_time(reading), f"{key}-tempo-over-time")
