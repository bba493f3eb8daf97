"""The three questions behind a button, each answered in one sentence on the chosen clips, or honestly not at all."""

import streamlit as st

from core.metrics.significance import Measured
from core.results.answers import QUESTIONS
from core.results.genre_reports import GENRE_ROWS, summarise_genre
from core.results.words import interval_words, spread_words
from ui.results.choice import Choice
from ui.shared.answers import fusion_answer, genre_answer, tempo_answer


def answers(choice: Choice) -> None:
    """The three of them, one below the other."""
    clips = (choice.split, choice.subset, choice.without)
    genre, tempo, fusion = QUESTIONS
    with st.popover("Three questions", icon=":material/help:"):
        st.markdown(genre)
        st.markdown(genre_answer(*clips))
        _study_recipe(choice)
        st.markdown(tempo)
        st.markdown(tempo_answer(*clips))
        st.markdown(fusion)
        st.markdown(fusion_answer(choice.split))


def _study_recipe(choice: Choice) -> None:
    """The study's recipe over several runs, from the reports."""
    summary = summarise_genre(GENRE_ROWS.load(), "seed", choice.split, "first")
    if summary is None or choice.is_restricted:
        return
    seeds = ", ".join(map(str, summary.seeds))
    runs = (
        f"{summary.n} clips out of fold"
        if summary.is_pooled
        else f"mean of {len(summary.seeds)} runs with {'split' if choice.split == 'stratified' else 'training'} seeds "
        f"{seeds}, {summary.n} test clips each"
    )
    interval = interval_words(Measured(summary.mean, summary.mean_low, summary.mean_high), "share")
    st.caption(
        f"The study's own recipe, {runs}: {spread_words(summary.mean, summary.std)} "
        f"(95 % CI{'' if summary.is_pooled else ' of one run'} {interval})."
    )
