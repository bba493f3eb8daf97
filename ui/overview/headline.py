"""The study's three questions and what has been measured of each. Every number comes from `data/reports`."""

import streamlit as st

from core.figures import percent
from core.results.fusion_answer import gain_words, reports_of
from core.results.fusion_reports import FUSION_ROWS
from core.results.genre_reports import GENRE_ROWS, GenreSummary, summarise_genre
from core.results.tempo_reports import TEMPO_ROWS, TempoReport
from ui.app.text import as_code, as_text

NOT_MEASURED = "Not measured yet."
_RECIPES = {"seed": ("the study's recipe", "first"), "strong": ("our recipe", "mean")}
"""Recipe to its name for people and the number of windows of a clip that count."""
_SPLITS = {
    "stratified": "random split",
    "fault_filtered": "fault-filtered split",
    "artist_folds": "five folds without shared artists",
}


def questions() -> None:
    """The three questions side by side, each with its answer so far."""
    first, second, third = st.columns(3, gap="small")
    with first.container(border=True, height="stretch"):
        st.markdown("**Q1** How well can a network learn genre from GTZAN mel-spectrograms alone?")
        st.markdown(_genre_answer())
    with second.container(border=True, height="stretch"):
        st.markdown("**Q2** Can a tempo model on the Cnn14 architecture give reliable beats per minute?")
        st.markdown(_tempo_answer())
    with third.container(border=True, height="stretch"):
        st.markdown("**Q3** Does knowing the tempo make the genre classifier better?")
        st.markdown(_fusion_answer())


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
        f"Data: {as_text(summaries[0].data)}. A random split of GTZAN flatters every model, because the same artists "
        "and even the same recordings stand on both sides; the fault-filtered split and the artist folds keep them "
        "apart."
    )


def _summaries() -> list[GenreSummary]:
    reports = GENRE_ROWS.load()
    found = (
        summarise_genre(reports, recipe, split, windows)
        for split in _SPLITS
        for recipe, (_, windows) in _RECIPES.items()
    )
    return [summary for summary in found if summary is not None]


def _card(summary: GenreSummary) -> None:
    recipe, _ = _RECIPES[summary.recipe]
    runs = "run" if len(summary.seeds) == 1 else "runs"
    st.metric(f"{recipe.capitalize()}, {_SPLITS[summary.split]}", _accuracy(summary))
    how = (
        f"Each of {summary.n} clips by the one of {len(summary.seeds)} runs that has not met its artist; sure to within"
        if summary.is_pooled
        else f"Mean of {len(summary.seeds)} {runs} on {summary.n} test clips each; a single run is sure to within"
    )
    st.caption(
        f"{how} {100 * summary.mean_low:.0f} to {100 * summary.mean_high:.0f} % (95 %). Always one genre: "
        f"{percent(summary.majority_floor)}. Test clips that share a recording with training: "
        f"{summary.mean_same_recording:.0f}, an artist: {summary.mean_same_artist:.0f}."
    )


def _accuracy(summary: GenreSummary) -> str:
    spread = f" ± {100 * summary.std:.1f}" if len(summary.seeds) > 1 else ""
    return f"{100 * summary.mean:.1f}{spread} %"


def _genre_answer() -> str:
    """Score of our recipe, or of the study's as long as ours is not measured."""
    summaries = _summaries()
    for recipe in ("strong", "seed"):
        by_split = {summary.split: summary for summary in summaries if summary.recipe == recipe}
        if by_split:
            parts = [
                f"**{_accuracy(by_split[split])}** on the {_SPLITS[split]}" for split in _SPLITS if split in by_split
            ]
            return f"With {_RECIPES[recipe][0]}: right on {', '.join(parts)}."
    return NOT_MEASURED


def _tempo_answer() -> str:
    """Of each model and recipe its row on the most test clips."""
    rows: dict[tuple[str, str], TempoReport] = {}
    for row in sorted(TEMPO_ROWS.load(), key=lambda row: row.n):
        if row.subset == "test":
            rows[row.model, row.recipe] = row
    sentences = [
        f"{as_code(row.checkpoint)} is within 4 % of the tempo for **{100 * row.rhythm.score.accuracy1:.1f} %** of "
        f"{row.n} test clips ({_SPLITS[row.split]}; 95 %: {100 * row.rhythm.score.accuracy1_interval.low:.1f} to "
        f"{100 * row.rhythm.score.accuracy1_interval.high:.1f})."
        for row in rows.values()
    ]
    return " ".join(sentences) or NOT_MEASURED


def _fusion_answer() -> str:
    """On the split that shares the least with training."""
    reports = FUSION_ROWS.load()
    for split in reversed(_SPLITS):
        sentences = [gain_words(report) for report in reports_of(reports, split)]
        if any(sentences):
            return f"{_SPLITS[split].capitalize()}: {' '.join(filter(None, sentences))}"
    return NOT_MEASURED
