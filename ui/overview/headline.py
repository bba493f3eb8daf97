"""The study's three questions and what has been measured of each. Every number comes from files in `data`."""

import streamlit as st

from core.results.answers import QUESTIONS
from core.results.genre_reports import GENRE_ROWS, GenreSummary, summarise_genre
from core.results.words import SPLIT_NAMES, in_words, percent, split_words, spread_words
from ui.app.text import as_text
from ui.shared.answers import fusion_answer, genre_answer, tempo_answer

_RECIPES = {"seed": ("the study's recipe", "first"), "strong": ("our recipe", "mean")}
"""Recipe to its name for people and the number of windows of a clip that count."""
_ANSWERED_ON = ("stratified", "artist_folds")
"""Splits of the answers: that of the checkpoints that ship, and the one that shares the least with training."""


def questions() -> None:
    """The three questions side by side, each with its answers so far."""
    with st.spinner("Scoring the saved predictions, once after a start …"):
        genre = [genre_answer(split) for split in _ANSWERED_ON]
        tempo = [f"{_split(split)}: {tempo_answer(split)}" for split in _ANSWERED_ON]
        fusion = [f"{_split(_ANSWERED_ON[-1])}: {fusion_answer(_ANSWERED_ON[-1])}"]
    answers = zip(st.columns(3, gap="small"), QUESTIONS, (genre, tempo, fusion), strict=True)
    for column, question, texts in answers:
        with column.container(border=True, height="stretch"):
            for text in (question, *texts):
                st.markdown(text)


def _split(split: str) -> str:
    return split_words(split).capitalize()


def headline() -> None:
    """Accuracy of each recipe on each split, with its caveats."""
    summaries = _summaries()
    if not summaries:
        st.info(
            "No accuracy has been measured yet. Where GTZAN audio is at hand, `python -m core evaluate genre` does it.",
            icon=":material/science:",
        )
        return
    for row in (summaries[i : i + 3] for i in range(0, len(summaries), 3)):
        for column, summary in zip(st.columns(3, gap="small"), row, strict=False):
            with column.container(border=True, height="stretch"):
                _card(summary)
    st.caption(
        f"Data: {as_text(summaries[0].data)}. The random split is optimistic: artists and recordings occur in both "
        "training and test set. The other splits keep them apart."
    )


def _summaries() -> list[GenreSummary]:
    reports = GENRE_ROWS.load()
    found = (
        summarise_genre(reports, recipe, split, windows)
        for split in SPLIT_NAMES
        for recipe, (_, windows) in _RECIPES.items()
    )
    return [summary for summary in found if summary is not None]


def _card(summary: GenreSummary) -> None:
    recipe, _ = _RECIPES[summary.recipe]
    n_runs = len(summary.seeds)
    how, interval = (
        (f"{n_runs}-fold cross-validation grouped by artist, {summary.n} clips pooled", "95 % CI")
        if summary.is_pooled
        else (
            f"Mean ± SD of {n_runs} runs, {summary.n} test clips each" if n_runs > 1 else f"{summary.n} test clips",
            "95 % CI of a single run",
        )
    )
    st.metric(
        f"{recipe.capitalize()}, {SPLIT_NAMES[summary.split]}",
        _accuracy(summary),
        help=f"{how}. Test clips that share a recording with training: {summary.mean_same_recording:.0f}, an artist: "
        f"{summary.mean_same_artist:.0f}.",
    )
    st.caption(
        f"{interval}: {100 * summary.mean_low:.0f} to {100 * summary.mean_high:.0f} %. Majority-class baseline: "
        f"{percent(summary.majority_floor)}."
    )


def _accuracy(summary: GenreSummary) -> str:
    """Over several runs with their spread."""
    return spread_words(summary.mean, summary.std) if len(summary.seeds) > 1 else in_words(summary.mean, "share")
