"""The three questions, what has been measured, where to go next."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.OVERVIEW)
st.title(frame.APP_NAME, anchor=False)
st.markdown(
    "Small neural networks predict genre and tempo from seconds of music: on all 999 clips of GTZAN, the collection "
    "that most genre studies have used, beside the annotations, and on your own music."
)
with st.container(horizontal=True, gap="small"):
    frame.link_to(frame.BROWSE, "Browse all 999 clips")
    frame.link_to(frame.ANALYZE, "Analyze your own music")
    frame.link_to(frame.LEARN, "See how the network predicts")
with frame.loading():
    from ui.app import errors
    from ui.overview.headline import headline, questions
    from ui.overview.hero import hero

with errors.shown():
    hero()
st.header("Three questions", anchor=False)
answers = st.container()
frame.link_to(frame.RESULTS, "See the evidence for each answer")
st.header("Genre accuracy", anchor=False)
with errors.shown():
    headline()
with answers, errors.shown():  # last: the first visitor of a server waits for them, and for nothing else
    questions()
