"""How the app shows an error that is meant for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import LabError


@contextmanager
def shown(prefix: str = "") -> Iterator[None]:
    """Runs the code inside and shows a `LabError` in place of its output."""
    try:
        yield
    except LabError as error:
        st.error(f"{prefix}{error}", icon=":material/error:")
