"""Links of before: choices in the URL that have another name today."""

from collections.abc import Mapping

import streamlit as st


def renamed(key: str, names: Mapping[str, str]) -> None:
    """Takes the former name of a choice in the URL for the present one; called before its widget.

    Args:
        key: of the widget, which is the key in the URL.
        names: present names by the former ones.
    """
    named = st.query_params.get(key)
    if named is not None and named in names:
        st.session_state[key] = names[named]
