"""The loaded model and what it predicts for a piece of audio."""

import logging

import streamlit as st

from core.audio.load import load_audio
from core.inference.predict import Predictor
from core.system.threads import leave_a_core
from core.types import Prediction
from ui.app.run_checkpoints import load_predictor
from ui.app.settings import ModelChoice

MAX_KEPT_PREDICTIONS = 64
MAX_KEPT_MODELS = 4
"""Runs add to what ships; most take some megabytes, a Cnn14 takes 300."""


@st.cache_resource(show_spinner="Loading the model …", max_entries=MAX_KEPT_MODELS)
def predictor(chosen: ModelChoice) -> Predictor:
    """The models, loaded once per server and shared by all sessions.

    Raises:
        CheckpointError, TrainingError: as `load_predictor`.
    """
    _log_to_terminal()
    return load_predictor(*chosen.names)


@st.cache_resource
def _log_to_terminal() -> None:
    """The terminal of the server shows what `core` reports, such as a model being loaded."""
    log = logging.getLogger("core")
    log.setLevel(logging.INFO)
    log.addHandler(logging.StreamHandler())


@st.cache_data(show_spinner=False, max_entries=MAX_KEPT_PREDICTIONS)
def predict_bytes(data: bytes, chosen: ModelChoice) -> Prediction:
    """Decodes and predicts one file; the same bytes are predicted once.

    Raises:
        AudioError: as `load_audio` and `Predictor.predict`.
        CheckpointError: as `Predictor.load`.
    """
    model = predictor(chosen)
    leave_a_core()
    return model.predict(load_audio(data, model.spec.sample_rate))
