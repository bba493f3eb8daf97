"""The prediction in large type: genre and tempo, each with one sentence, and what it does not cover."""

import streamlit as st

from core.rhythm.metrical_level import PREDICTED, MetricalLevel
from core.types import Prediction, TempoReading
from ui.app.text import as_text
from ui.shared.genre_words import genre_headline, genre_sentence
from ui.shared.metrical_level import choose_level, choose_range
from ui.shared.tempo_view import NO_TEMPO_MODEL
from ui.shared.tempo_words import tempo_caption, tempo_headline, tempo_sentence

# Large enough for the last row of a lecture room; beside each other where there is room for both.
_STYLE = """<style>
[class*="st-key-answer-"] h2 { font-size: clamp(2rem, 4vw, 3.25rem); line-height: 1.15; padding: 0 0 0.4rem; }
</style>"""


def answer(prediction: Prediction, key: str, sound: str = "") -> MetricalLevel:
    """Genre, confidence and tempo with its alternatives; below them every note.

    Args:
        prediction: of one sound.
        key: told apart from those of other sounds.
        sound: what tells the sound from others, whatever its place; "" for a tempo that cannot be corrected.

    Returns:
        The metrical level that the tempo is shown at.
    """
    st.html(_STYLE)
    genre, tempo = st.columns(2, gap="medium")
    level = PREDICTED
    with genre.container(key=f"answer-genre-{key}", gap="xsmall"):
        st.caption("Predicted genre, confidence")
        st.header(genre_headline(prediction), anchor=False)
        st.markdown(genre_sentence(prediction))
    with tempo.container(key=f"answer-tempo-{key}", gap="xsmall"):
        if prediction.tempo is None:
            st.caption(tempo_caption())
            st.markdown(NO_TEMPO_MODEL)
        else:
            level = _tempo(prediction.tempo, sound)
    if prediction.notes:
        st.warning("  \n".join(as_text(note) for note in prediction.notes), icon=":material/info:")
    return level


def _tempo(reading: TempoReading, sound: str) -> MetricalLevel:
    """The tempo at the chosen metrical level, its alternatives, and the choice, where there is one to make."""
    headline, level, said = st.container(gap="xsmall"), PREDICTED, ""
    if sound and reading.estimate.is_clear:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            buttons = st.container(width="content")
            tempi = choose_range()
            with buttons:
                level, said = choose_level(reading.estimate, sound, tempi, reading.tempi_bpm)
    with headline:
        st.caption(tempo_caption(level))
        st.header(tempo_headline(reading, level), anchor=False)
        st.markdown(f"**{said}**  \n{tempo_sentence(reading)}" if said else tempo_sentence(reading))
    return level
