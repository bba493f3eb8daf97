"""The stage of Live, drawn by the browser: spectrogram, large words, probabilities, a disc that beats, a ribbon."""

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
_HTML, _CSS, _RECORDER, _STAGE = (
    (_HERE / name).read_text(encoding="utf-8") for name in ("stage.html", "stage.css", "recorder.js", "stage.js")
)
_stage = st.components.v2.component("live_stage", html=_HTML, css=_CSS, js=_RECORDER + _STAGE)


def stage(key: str, data: dict[str, Any]) -> None:
    """The stage.

    Its state, below its key in the session: `listening`, a take's number and source, None while it rests; `clip`, the
    sound since the last one, where it is to send.

    Args:
        key: of its state.
        data: what it shows; see `ui.analyze.live`.
    """
    _stage(key=key, data=data, on_listening_change=_nothing, on_clip_change=_nothing)


def _nothing() -> None:
    """State values need a callback to have a name."""
