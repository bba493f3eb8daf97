"""Figures and badges of predictions and clips."""

from typing import Literal

import streamlit as st

from core.features.specs import FeatureSpec
from core.figures.base import Chart
from core.figures.prediction import spectrogram
from core.results.spectrograms import spectrogram as saved_spectrogram
from core.types import GENRES, Clip, Prediction, Subset
from ui.app.loaders import siblings

TEN_GENRES_ONLY = (
    f"The model predicts one of ten genres only ({', '.join(GENRES)}), for any other music too, and then sometimes "
    "with high confidence."
)
_SUBSET_BADGES: dict[Subset, tuple[str, str, Literal["green", "blue", "orange"], str]] = {
    "test": ("Test set", ":material/visibility_off:", "green", "Unseen in training."),
    "valid": ("Validation set", ":material/tune:", "blue", "Used to select the model, not to train it."),
    "train": ("Training set", ":material/visibility:", "orange", "The model was trained on this clip."),
}
_CONFIG = {"displaylogo": False, "modeBarButtons": [["toImage"]]}


def chart(shown: Chart, key: str) -> None:
    """A figure with its text alternative."""
    st.plotly_chart(shown.figure, width="stretch", theme="streamlit", key=key, config=_CONFIG, alt=shown.alt)


def spectrogram_chart(prediction: Prediction, height: int, span_s: float | None = None) -> Chart:
    """The spectrogram of what was given, without the padding that a short sound gets.

    Args:
        prediction: of the sound.
        height: pixels.
        span_s: seconds of the time axis, where it is to be longer than the sound.
    """
    n_frames = max(1, round(prediction.info.duration_s / prediction.frame_s))
    values = prediction.spectrogram[:, :n_frames]
    shown = spectrogram(values, prediction.frame_s, prediction.band_centres_hz, height)
    if span_s is not None:
        shown.figure.update_xaxes(range=[0, span_s])
    return shown


def clip_spectrogram(clip_id: str, height: int) -> Chart:
    """The saved spectrogram of a GTZAN clip.

    Raises:
        DatasetError: no such clip, or the saved spectrograms are damaged.
    """
    spec = FeatureSpec()
    return spectrogram(saved_spectrogram(clip_id), spec.frame_s, spec.band_centres_hz(), height)


def subset_badge(subset: Subset) -> None:
    """The subset that a clip was in for the model."""
    label, icon, colour, hint = _SUBSET_BADGES[subset]
    st.badge(label, icon=icon, color=colour, help=hint)


def clip_badges(clip: Clip, subset: Subset) -> None:
    """Subset and fault flags of a clip."""
    with st.container(horizontal=True, gap="xsmall"):
        subset_badge(subset)
        if siblings(clip.clip_id):
            st.badge("Duplicate recording", icon=":material/content_copy:", color="red")
        if clip.tempo_bpm is None:
            st.badge("No tempo annotation", icon=":material/timer_off:", color="gray")
        if clip.fault_filtered_subset is None:
            st.badge("Not in the fault-filtered split", icon=":material/filter_alt_off:", color="gray")
