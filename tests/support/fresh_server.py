"""Streamlit keeps what it has cached for as long as its process lives, which in tests is all of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


def forget_all() -> None:
    """Empties both caches, as a restart of the server would."""
    st.cache_data.clear()
    st.cache_resource.clear()


@contextmanager
def fresh_server() -> Iterator[None]:
    """A server of its own: nothing cached before, nothing left after."""
    forget_all()
    yield
    forget_all()
