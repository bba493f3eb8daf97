"""What a part of the results page begins with: its verdict in large type, then one sentence."""

import streamlit as st

from ui.app.text import unbroken


def verdict(headline: str, sentence: str) -> None:
    """The page's heading, to be read from the last row, and what it rests on."""
    with st.container(gap=None):
        st.title(unbroken(headline), anchor=False)
        st.markdown(unbroken(sentence))


def section(title: str) -> None:
    """The heading of what follows."""
    st.subheader(unbroken(title), anchor=False)


def how_computed(what: str) -> None:
    """Behind a click: commands, files, resamples."""
    with st.expander("How was this computed?", icon=":material/terminal:"):
        st.markdown(what)


def nothing_measured(what: str) -> None:
    """In the place of evidence: `what` is a sentence, or several."""
    st.info(what, icon=":material/science:")


NO_SYSTEM = (
    "Not measured on this split yet: no saved predictions are of a model trained without these clips. `python -m core "
    "export` makes some where GTZAN audio is at hand."
)
