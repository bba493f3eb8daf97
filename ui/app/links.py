"""Choices that keep their values in the URL whatever the page calls them, so that links of before stay good.

Streamlit's own binding writes into the URL what the page shows.
"""

from collections.abc import Sequence

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


def remove_from_url(key: str) -> None:
    """Takes a choice back to its default, from the next run of the page on."""
    if key in st.query_params:
        del st.query_params[key]
