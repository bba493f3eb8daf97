"""Streamlit code that the pages share; `core` comes first, as it tells the threads of the libraries how to wait."""

import core  # noqa: F401
