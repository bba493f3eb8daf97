"""The three questions, what has been measured, where to go next."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.OVERVIEW)
st.title(frame.APP_NAME, anchor=False)
st.markdown(
    "What can a small neural network hear in ten seconds of music? This lab shows its answers on every clip of GTZAN, "
    "the collection that most genre studies have used, beside the truth, and on your own music."
)
with st.container(horizontal=True, gap="small"):
    frame.link_to(frame.BROWSE, "Browse all 999 clips")
    frame.link_to(frame.ANALYZE, "Analyze your own music")
    frame.link_to(frame.LEARN, "See how the network arrives at its answer")
with frame.loading():
    from ui.app import errors
    from ui.overview.headline import headline, questions
    from ui.overview.hero import hero

with errors.shown():
    hero()
st.header("Three questions", anchor=False)
answers = st.container()
frame.link_to(frame.RESULTS, "See the evidence for each answer")
st.header("Measured so far", anchor=False)
with errors.shown():
    headline()
with answers, errors.shown():  # last: the first visitor of a server waits for them, and for nothing else
    questions()
