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


def nothing_measured(what: str) -> None:
    """In the place of evidence: `what` is a sentence, or several."""
    st.info(what, icon=":material/science:")


NO_SYSTEM = (
    "No system has been measured on this split yet: none with saved predictions keeps these clips apart from what it "
    "was trained on. `python -m core export` makes such predictions where GTZAN audio is at hand."
)
