"""Data leakage: scores with and without clips that share a recording or an artist with training."""

import streamlit as st

from core.metrics.significance import Measured
from core.results.genre_comparison import FaultCost
from core.results.genre_reports import GENRE_ROWS, GenreReport
from core.results.words import WITHOUT_NAMES, significance_words, split_words, with_ci
from ui.app.loaders import systems_for
from ui.results.choice import Choice
from ui.results.data import costs_of
from ui.results.head import NO_SYSTEM, how_computed, nothing_measured, section, verdict
from ui.shared.system_names import system_name
from ui.shared.table import Column, table

_RECIPE_WINDOWS = {"first": "first ten seconds", "mean": "whole clip"}
_WILSON = "95 % Wilson interval."
_OVER_SEEDS: tuple[Column[GenreReport], ...] = (
    Column("recipe", "Recipe", lambda report: report.recipe),
    Column("windows", "Input", lambda report: _RECIPE_WINDOWS[report.windows]),
    Column("split", "Split", lambda report: split_words(report.split, (report.split_seed or 0,))),
    Column("n", "n", lambda report: report.n, "count"),
    Column("accuracy", "Accuracy", lambda report: Measured(report.accuracy, report.accuracy_low, report.accuracy_high),
           "share", _WILSON),
    Column("n_same_recording", "Shared recording", lambda report: report.n_same_recording, "count"),
    Column("n_same_artist", "Shared artist", lambda report: report.n_same_artist, "count"),
    Column("accuracy_unleaked", "Accuracy on the rest", lambda report: report.accuracy_unleaked, "share"),
    Column("command", "Command", lambda report: report.command, is_extra=True),
    Column("commit", "Trained at", lambda report: report.commit, is_extra=True),
)  # fmt: skip


def faults_part(choice: Choice) -> None:
    """Accuracy with and without shared recordings and artists."""
    systems = systems_for(choice.split)
    _verdict(choice, systems)
    if choice.subset == "train":
        st.info("Choose the test or validation subset above: training clips all leak.", icon=":material/info:")
        return
    section("Without leaked clips")
    if systems:
        _costs(choice, systems)
    else:
        nothing_measured(NO_SYSTEM)
    if choice.split == "stratified":
        section("Other random splits")
        _over_seeds()


_WHY = "Recordings and artists that occur in both training and test set inflate accuracy."


def _verdict(choice: Choice, systems: list[str]) -> None:
    """What the strictest exclusion costs the system that comes first."""
    costs = costs_of(systems[0], choice.split, choice.subset) if systems and choice.subset != "train" else ()
    cost = costs[-1].cost if costs else None
    if cost is None:
        verdict("Data leakage", _WHY)
        return
    change = _change(cost)
    verdict(
        f"Without leaked clips: {with_ci(change, 'points')}",
        f"Change of accuracy, {significance_words(change)}: {system_name(systems[0])}, {split_words(choice.split)}. "
        f"{_WHY}",
    )


def _change(cost: Measured) -> Measured:
    """Of the accuracy: a cost is a fall."""
    return Measured(-cost.value, -cost.high, -cost.low)


def _costs(choice: Choice, systems: list[str]) -> None:
    columns: list[Column[tuple[str, FaultCost]]] = [
        Column("system", "System", lambda row: row[0], drawn=lambda row: system_name(row[0])),
        Column("split", "Split", lambda _: split_words(choice.split), is_extra=True),
        Column("clips", "Clips", lambda row: WITHOUT_NAMES[row[1].without]),
        Column("n", "n", lambda row: row[1].n, "count"),
        Column("accuracy", "Accuracy", lambda row: row[1].accuracy, "share", _WILSON),
        Column("cost", "Change of accuracy", lambda row: row[1].cost, "points", "95 % bootstrap interval over clips.",
               drawn=lambda row: None if row[1].cost is None else _change(row[1].cost)),
        Column("n_left_out", "Clips left out", lambda row: row[1].n_left_out, "count"),
        Column("accuracy_left_out", "Accuracy on those", lambda row: row[1].accuracy_left_out, "share", _WILSON),
    ]  # fmt: skip
    rows = [(name, cost) for name in systems for cost in costs_of(name, choice.split, choice.subset)]
    table(columns, rows, f"faults-{choice.split}-{choice.subset}", "Accuracy with and without leaked clips")
    st.caption("The clips left out also differ in genre, so the change is not leakage alone.")
    how_computed(
        f"On the {choice.subset} clips of the {split_words(choice.split)}, whatever is left out above: `python -m core "
        f"scores --split {choice.split} --subset {choice.subset} --without artist` prints the last row of each system."
    )


def _over_seeds() -> None:
    rows = [
        report
        for report in GENRE_ROWS.load()
        if report.split == "stratified" and report.subset == "test" and report.is_whole
    ]
    table(_OVER_SEEDS, rows, "faults-over-seeds", "Accuracy of each measured run with and without leaked clips")
    how_computed("From `data/reports/genre.json`; each row of the CSV names its command and commit.")
