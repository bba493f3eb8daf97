"""The three parts of the train page."""

from typing import NoReturn

import streamlit as st

RUNS, NEW, COMPARE = "Runs", "New run", "Compare"
_KEY, _WANTED = "part", "wanted_part"


def choose_part(has_runs: bool) -> str:
    """Which part to show; the runs where there are any."""
    if _WANTED in st.session_state:
        st.session_state[_KEY] = st.session_state.pop(_WANTED)
    chosen = st.segmented_control(
        "Part", (RUNS, NEW, COMPARE), key=_KEY, default=RUNS if has_runs else NEW, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    return chosen or RUNS


def go_to_runs() -> NoReturn:
    """Draws the page anew with the runs."""
    st.session_state[_WANTED] = RUNS  # the widget's own key cannot be set once it is drawn
    st.rerun()
