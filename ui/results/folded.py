"""Evidence behind a click, made once it is asked for: what a browser takes long to draw."""

from collections.abc import Callable

import streamlit as st


@st.fragment
def folded(label: str, icon: str, key: str, draw: Callable[[], None]) -> None:
    """An expander; `draw` fills it when it is open."""
    with st.expander(label, icon=icon, key=key, on_change="rerun") as shown:
        if shown.open:
            draw()
