"""Says on the page when a run of one's own is in use in the place of what ships, and its validation accuracy."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.errors import LabError
from core.results.words import percent
from ui.app.run_checkpoints import PREFIX, in_words, validation_accuracy
from ui.app.text import as_text


def run_banner(names: Sequence[str], shipped: Mapping[str, str]) -> None:
    """The runs in use with their validation accuracy, and the way back; nothing where all of them ship.

    Args:
        names: of the checkpoints in use.
        shipped: what the settings go back to, by the keys of their widgets.
    """
    runs = [name for name in names if name.startswith(PREFIX)]
    if not runs:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="run-banner"):
        st.warning(f"In use: {', '.join(_described(name) for name in runs)}.", icon=":material/experiment:")
        st.button(
            "Back to the shipped models", key="shipped-models", icon=":material/undo:", on_click=_go_back,
            args=(dict(shipped),),
        )  # fmt: skip


def _described(name: str) -> str:
    return f"**{as_text(in_words(name))}** ({_accuracy(name)})"


def _accuracy(name: str) -> str:
    try:
        accuracy = validation_accuracy(name)
    except LabError:  # loading the model says what is wrong with it
        accuracy = None
    return "validation accuracy unknown" if accuracy is None else f"validation accuracy {percent(accuracy)}"


def _go_back(shipped: Mapping[str, str]) -> None:
    for key, name in shipped.items():
        st.session_state[key] = name
