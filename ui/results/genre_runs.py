"""Every genre system that is measured on a split: the study's and ours, on features of other music, the baselines."""

import streamlit as st

from core.metrics.significance import Measured
from core.models.other_music import LEARNED_FROM_OTHER_MUSIC, other_music
from core.results.genre_reports import GENRE_ROWS, RECIPES, GenreSummary, summarise_genre
from core.results.words import SPLIT_NAMES, split_words, spread_words
from ui.results.choice import Choice
from ui.results.head import how_computed, section
from ui.shared.system_names import system_name
from ui.shared.table import Column, table

_WINDOWS = {"first": "first 10 s", "mean": "whole clip"}
_COLUMNS: tuple[Column[GenreSummary], ...] = (
    Column("system", "System", lambda row: row.recipe, drawn=lambda row: system_name(row.recipe)),
    Column("split", "Split", lambda row: SPLIT_NAMES[row.split]),
    Column("windows", "Scored on", lambda row: row.windows, drawn=lambda row: _WINDOWS[row.windows]),
    Column("runs", "Runs", lambda row: len(row.seeds), "count", "Split seeds, training seeds or folds."),
    Column("n", "n", lambda row: row.n, "count", "Test clips of each run; of artist folds in all."),
    Column("accuracy", "Accuracy", lambda row: Measured(row.mean, row.mean_low, row.mean_high), "share",
           "Mean over runs, with the mean 95 % Wilson interval of one run; of artist folds over all clips."),
    Column("spread", "± sd over runs", lambda row: spread_words(row.mean, row.std) if len(row.seeds) > 1 else "–"),
    Column("log_loss", "Log loss", lambda row: row.mean_log_loss, "number", "nats"),
    Column("learned_from", "Learned from", lambda row: "other music, too" if other_music(row.recipe) else "GTZAN only"),
)  # fmt: skip


def genre_runs(choice: Choice) -> None:
    """The table, for the test subset alone."""
    reports = GENRE_ROWS.load()
    found = (
        summarise_genre(reports, recipe, choice.split, windows) for recipe in RECIPES for windows in ("first", "mean")
    )
    rows = [row for row in found if row is not None]
    if not rows:
        return
    section("All systems, over several runs")
    table(_COLUMNS, rows, f"genre-runs-{choice.split}", "Accuracy of every genre system over several runs")
    seeds = max((row.seeds for row in rows), key=len)
    st.caption(
        f"Test clips of the {split_words(choice.split, seeds)}. {_learned()} SVM rows are baselines: features that do "
        "not learn, and a support vector machine chosen on validation."
    )
    how_computed(
        "Rows of `data/reports/genre.json`, each with the command that makes it again: `python -m core train genre` "
        "and `evaluate genre --save`, `baselines --save`, `transfer --save`, `mixtures --save`."
    )


def _learned() -> str:
    return f"The features of “Transfer” systems {LEARNED_FROM_OTHER_MUSIC}: some songs of GTZAN may be among it."
