"""What a part of the results page begins with: its verdict in large type, then one sentence."""

import streamlit as st


def verdict(headline: str, sentence: str) -> None:
    """The page's heading, to be read from the last row, and what it rests on."""
    with st.container(gap=None):
        st.title(unbroken(headline), anchor=False)
        st.markdown(unbroken(sentence))


def unbroken(text: str) -> str:
    """No line ends between a number and its percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def significance(low: float, high: float) -> str:
    """Of a difference with this 95 % interval."""
    return "significant" if low > 0 or high < 0 else "not significant"
