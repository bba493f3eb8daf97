"""Choices that keep their values in the URL whatever the page calls them, so that links of before stay good.

Streamlit's own binding writes into the URL what the page shows.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st


def take_from_url(key: str, values: Sequence[str]) -> None:
    """Sets a choice to what the URL says, else to the first value; called before its widget.

    Args:
        key: of the widget and in the URL.
        values: those that can be chosen, the default first.
    """
    named = st.query_params.get(key)
    st.session_state[key] = named if named in values else values[0]


def keep_in_url(key: str, default: str) -> None:
    """Writes a choice into the URL, unless it is the default; for the widget's `on_change`."""
    chosen = st.session_state[key]
    if chosen is not None and chosen != default:
        st.query_params[key] = chosen
    else:
        remove_from_url(key)


def choose_in_url(
    label: str,
    values: Sequence[str],
    key: str,
    shown: Callable[[str], str],
    then: Callable[[], None] | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """A list to choose from.

    Args:
        label: above it.
        values: as the URL has them, the default first.
        key: of the widget and in the URL.
        shown: what the page calls a value.
        then: follows a change.
        width: pixels.
    """

    def take() -> None:
        keep_in_url(key, values[0])
        if then is not None:
            then()

    take_from_url(key, values)
    return st.selectbox(label, values, key=key, format_func=shown, on_change=take, width=width)


def remove_from_url(key: str) -> None:
    """Takes a choice back to its default, from the next run of the page on."""
    if key in st.query_params:
        del st.query_params[key]
