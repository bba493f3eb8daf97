"""The prediction in large type: genre and tempo, each with one sentence, and what it does not cover."""

import streamlit as st

from core.types import Prediction
from ui.app.text import as_text
from ui.shared.genre_words import genre_headline, genre_sentence
from ui.shared.tempo_view import NO_TEMPO_MODEL
from ui.shared.tempo_words import tempo_headline, tempo_sentence

# Large enough for the last row of a lecture room; beside each other where there is room for both.
_STYLE = """<style>
[class*="st-key-answer-"] h2 { font-size: clamp(2rem, 4vw, 3.25rem); line-height: 1.15; padding: 0 0 0.4rem; }
</style>"""


def answer(prediction: Prediction, key: str) -> None:
    """Genre, confidence and tempo with its alternatives; below them every note.

    Args:
        prediction: of one sound.
        key: told apart from those of other sounds.
    """
    st.html(_STYLE)
    genre, tempo = st.columns(2, gap="medium")
    with genre.container(key=f"answer-genre-{key}", gap="xsmall"):
        st.caption("Predicted genre, confidence")
        st.header(genre_headline(prediction), anchor=False)
        st.markdown(genre_sentence(prediction))
    with tempo.container(key=f"answer-tempo-{key}", gap="xsmall"):
        st.caption("Predicted tempo, confidence")
        if prediction.tempo is None:
            st.markdown(NO_TEMPO_MODEL)
        else:
            st.header(tempo_headline(prediction.tempo), anchor=False)
            st.markdown(tempo_sentence(prediction.tempo))
    if prediction.notes:
        st.warning("  \n".join(as_text(note) for note in prediction.notes), icon=":material/info:")
