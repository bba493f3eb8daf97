"""The genre probabilities by the chosen system, and by the others that ship one click away."""

import streamlit as st

from core.audio.load import load_audio
from core.figures.prediction import genre_bars, muted
from core.inference import load
from core.inference.load import Model
from core.inference.predict import predict_genre
from core.models.other_music import other_music
from core.system.threads import leave_a_core
from core.types import GenreEstimate, Prediction
from ui.app import errors
from ui.app.kept import NamedAudio
from ui.app.model import MAX_KEPT_MODELS, MAX_KEPT_PREDICTIONS
from ui.app.run_checkpoints import in_words
from ui.shared.cards import chart
from ui.shared.genre_words import certainty
from ui.shared.system_names import system_name


@st.fragment
def genre_systems(audio: NamedAudio, prediction: Prediction, height: int, key: str) -> None:
    """Bars of one system, chosen by a click; in grey where no genre fits.

    Args:
        audio: the sound.
        prediction: of it; its system is the one that is shown at first.
        height: pixels of the bars.
        key: of the sound among those of the page.
    """
    chosen = prediction.genre.checkpoint
    others = [name for name in reversed(load.names("genre")) if name != chosen]
    above = st.container()
    system = st.segmented_control(
        "Genre predicted by", [chosen, *others], key=f"{key}-system", default=chosen, required=True,
        format_func=lambda name: system_name(in_words(name)), label_visibility="collapsed",
    )  # fmt: skip
    with above, errors.shown():
        estimate = _estimate(audio, prediction, system or chosen)
        bars = genre_bars(estimate.probs, height=height)
        chart(muted(bars) if prediction.is_unlike_training else bars, f"{key}-genres")
        if system != chosen and not prediction.is_unlike_training:
            st.caption(certainty(estimate.probs))
    if learned := other_music(system or chosen):
        st.caption(learned)


def _estimate(audio: NamedAudio, prediction: Prediction, system: str) -> GenreEstimate:
    for known in (prediction.genre, *prediction.beside):
        if known.checkpoint == system:
            return known
    return _genre_of(audio.data, system)


@st.cache_data(show_spinner="Predicting …", max_entries=MAX_KEPT_PREDICTIONS)
def _genre_of(data: bytes, system: str) -> GenreEstimate:
    leave_a_core()
    return predict_genre(_model(system), load_audio(data))


@st.cache_resource(show_spinner="Loading the model …", max_entries=MAX_KEPT_MODELS)
def _model(system: str) -> Model[GenreEstimate]:
    return load.load_genre(system)
