"""Data leakage: scores with and without clips that share a recording or an artist with training."""

import streamlit as st

from core.results.genre_comparison import FaultCost, Measured
from core.results.genre_reports import GENRE_ROWS
from ui.results.choice import SPLIT_WORDS, WITHOUT_WORDS, Choice, say_nothing_measured, systems_for
from ui.results.data import costs_of
from ui.results.head import significance, verdict
from ui.results.table import Column, Row, table, with_ci

_RECIPE_WINDOWS = {"first": "first ten seconds", "mean": "whole clip"}


def faults_part(choice: Choice) -> None:
    """How a score shrinks as shared recordings and artists are left out."""
    systems = systems_for(choice.split)
    _verdict(choice, systems)
    if choice.subset == "train":
        st.info("Training clips share everything with training. Choose the test subset above.", icon=":material/info:")
        return
    st.subheader("Leaving out what leaks", anchor=False)
    if systems:
        _costs(choice, systems)
    else:
        say_nothing_measured()
    if choice.split == "stratified":
        st.subheader("The same over other random splits", anchor=False)
        _over_seeds()


_WHY = (
    "Dozens of GTZAN's clips are the same recording as another, and most artists have several clips: where those stand "
    "in training and test set, a score is too high."
)


def _verdict(choice: Choice, systems: list[str]) -> None:
    """What the strictest exclusion costs the system that comes first."""
    costs = costs_of(systems[0], choice.split, choice.subset) if systems and choice.subset != "train" else ()
    cost = costs[-1].cost if costs else None
    if cost is None:
        verdict("Data leakage", _WHY)
        return
    lost = Measured(-cost.value, -cost.high, -cost.low)
    verdict(
        f"Without leaked clips: {with_ci(lost, 'points')}",
        f"Change of accuracy, {significance(cost.low, cost.high)}, once shared recordings and artists are left out: "
        f"`{systems[0]}`, {SPLIT_WORDS[choice.split]}. {_WHY}",
    )


def _costs(choice: Choice, systems: list[str]) -> None:
    columns = (
        Column("system", "System"),
        Column("split", "Split"),
        Column("clips", "Clips"),
        Column("n", "n", "count"),
        Column("accuracy", "Accuracy", "share", "95 % Wilson interval."),
        Column("cost", "Lost against all clips", "points", "95 % bootstrap interval over clips."),
        Column("n_left_out", "Left out", "count"),
        Column("accuracy_left_out", "Accuracy on those", "share", "95 % Wilson interval."),
    )
    rows = [_cost_row(name, choice, cost) for name in systems for cost in costs_of(name, choice.split, choice.subset)]
    table(columns, rows, f"faults-{choice.split}-{choice.subset}", "Accuracy with and without leaked clips")
    st.caption(
        f"Measured here on the {choice.subset} clips of the {SPLIT_WORDS[choice.split]}; always all three rows, "
        "whatever is left out above. How was this computed? "
        f"`python -m core scores --split {choice.split} --subset {choice.subset} --without artist` prints the last row "
        "of each system. What is left out also differs in genre, so this is not leakage alone: the full answer is "
        "training on a split without it."
    )


def _cost_row(name: str, choice: Choice, cost: FaultCost) -> Row:
    return (
        name, SPLIT_WORDS[choice.split], WITHOUT_WORDS[cost.without], cost.n, cost.accuracy, cost.cost, cost.n_left_out,
        cost.accuracy_left_out,
    )  # fmt: skip


def _over_seeds() -> None:
    columns = (
        Column("recipe", "Recipe"),
        Column("windows", "Heard"),
        Column("split", "Split"),
        Column("n", "n", "count"),
        Column("accuracy", "Accuracy", "share", "95 % Wilson interval."),
        Column("n_same_recording", "Share a recording", "count"),
        Column("n_same_artist", "Share an artist", "count"),
        Column("accuracy_unleaked", "Accuracy on the rest", "share"),
        Column("command", "Command"),
        Column("commit", "Trained at"),
    )
    rows = [
        (
            report.recipe, _RECIPE_WINDOWS[report.windows], f"random split (seed {report.split_seed})", report.n,
            Measured(report.accuracy, report.accuracy_low, report.accuracy_high), report.n_same_recording,
            report.n_same_artist, report.accuracy_unleaked, report.command, report.commit,
        )
        for report in GENRE_ROWS.load()
        if report.split == "stratified" and report.subset == "test" and report.is_whole
    ]  # fmt: skip
    table(columns, rows, "faults-over-seeds", "Accuracy of each measured run with and without leaked clips")
    st.caption("From `data/reports/genre.json`; each row names the command that makes it again and the commit.")
