"""How the app shows an error that is meant for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import LabError
from core.storage import in_words


@contextmanager
def shown(prefix: str = "") -> Iterator[None]:
    """Runs the code inside and shows a `LabError`, or what the system refused, in place of its output."""
    try:
        yield
    except LabError as error:
        st.error(f"{prefix}{error}", icon=":material/error:")
    except OSError as error:
        st.error(f"{prefix}{in_words(error)}", icon=":material/error:")
