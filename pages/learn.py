"""From a sound to an answer, step by step."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.LEARN)
st.title("How a network hears music", anchor=False)
st.markdown(
    "One piece of music, followed from the microphone to the answer. All of it is computed now, by the models in use."
)
with frame.loading():
    from ui.app import errors, settings
    from ui.learn.lesson import follow
    from ui.learn.music import choose_music

with errors.shown():
    chosen = settings.models()
    music = choose_music(settings.gtzan_files(heading=False))
    if music is None:
        st.info("Give a file; its way through the networks appears here.", icon=":material/arrow_upward:")
    else:
        follow(music, chosen)
