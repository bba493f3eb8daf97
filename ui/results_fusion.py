"""The fusion evidence: what knowing the tempo does to the genre, against controls that are trained in the same way."""

import streamlit as st

from core.comparison import Measured
from core.figures import gains
from core.fusion_answer import answering
from core.fusion_report import FusionReport, load_fusion_reports
from core.significance import PairedDifference
from ui.results_chart import figure
from ui.results_choice import SPLIT_WORDS, Choice
from ui.results_table import Column, Row, table


def fusion_part(choice: Choice) -> None:
    """Every fusion report of the chosen split."""
    st.caption(
        "Scored on the test clips of the split, all of them, whatever subset is chosen above; a clip counts once, "
        "however many training seeds answered for it."
    )
    split, reports = answering(load_fusion_reports(), choice.split)
    if split != choice.split or not reports:
        instead = f" Below: the {SPLIT_WORDS[split]}." if reports else ""
        st.info(
            f"No fusion has been measured on the {SPLIT_WORDS[choice.split]} yet.{instead} "
            f"`python -m core fusion --split {choice.split} --checkpoints DIR --gtzan DIR --out DIR --save` does it.",
            icon=":material/science:",
        )
    for report in reports:
        st.subheader(f"Recipe {report.recipe}", anchor=False)
        st.caption(
            f"Heads on genre networks of recipe `{report.genre_recipe}` and compact tempo networks of recipe "
            f"`{report.tempo_recipe}`."
        )
        figure(gains(report.comparisons), f"fusion-gains-{'-'.join(report.key)}")
        st.caption(
            "Where an interval crosses the dashed line, no gain is shown. The orange square is the bound: the "
            "annotated tempo in the place of the estimated one."
        )
        _systems(report)
        _comparisons(report)
        st.caption(
            f"{report.treatment} Data: {report.data}. How was this computed? `{report.command}`, commit "
            f"`{report.commit or 'unknown'}`; kept in `data/reports/fusion.json`."
        )


def _split_words(report: FusionReport) -> str:
    if report.split != "stratified":
        return SPLIT_WORDS[report.split]
    return f"random splits (seeds {', '.join(map(str, report.split_seeds))})"


def _systems(report: FusionReport) -> None:
    columns = (
        Column("system", "System"),
        Column("n", "n", "count"),
        Column("n_runs", "Heads", "count", "Trained heads that answered, over splits or folds and training seeds."),
        Column("accuracy", "Accuracy", "share", "Mean over clips; 95 % Wilson interval over clips."),
        Column("description", "What it is"),
        Column("split", "Split"),
    )
    rows: list[Row] = [
        (
            each.system, each.n, each.n_runs, Measured(each.accuracy, each.accuracy_low, each.accuracy_high),
            each.description, _split_words(report),
        )
        for each in report.systems
    ]  # fmt: skip
    table(columns, rows, f"fusion-systems-{'-'.join(report.key)}", "Accuracy of the fused head and of its controls")


def _comparisons(report: FusionReport) -> None:
    columns = (
        Column("first", "First"),
        Column("second", "Second"),
        Column("n", "n", "count"),
        Column("accuracy_difference", "Accuracy, first less second", "points", "Paired bootstrap over clips, 95 %."),
        Column("mcnemar_p", "p (McNemar)", "p", "On the mean probabilities of all runs."),
        Column("log_loss_difference", "Log loss, first less second", "number", "Below 0 favours the first."),
        Column("log_loss_p", "p (bootstrap)", "p"),
        Column("split", "Split"),
    )
    rows: list[Row] = [
        (
            pair.first, pair.second, report.n, _measured(pair.accuracy), pair.averaged.p_value,
            _measured(pair.log_loss), pair.log_loss.p_value, _split_words(report),
        )
        for pair in report.comparisons
    ]  # fmt: skip
    table(columns, rows, f"fusion-comparisons-{'-'.join(report.key)}", "Paired comparisons of the fused head")


def _measured(difference: PairedDifference) -> Measured:
    return Measured(difference.difference, difference.interval.low, difference.interval.high)
