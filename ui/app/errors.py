"""How the app shows an error that is meant for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.errors import LabError
from core.system.storage import in_words
from ui.app.text import as_text


@contextmanager
def shown(prefix: str = "") -> Iterator[None]:
    """Runs the code inside and shows a `LabError`, or what the system refused, in place of its output.

    Args:
        prefix: Markdown in front of it; a name from outside goes through `ui.app.text.as_text` first.
    """
    try:
        yield
    except LabError as error:
        st.error(f"{prefix}{as_text(str(error))}", icon=":material/error:")
    except OSError as error:
        st.error(f"{prefix}{as_text(in_words(error))}", icon=":material/error:")
