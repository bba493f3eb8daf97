"""The fusion evidence: what knowing the tempo does to the genre, against controls that are trained in the same way."""

import streamlit as st

from core.figures import gains
from core.metrics.significance import PairedDifference
from core.results.fusion_answer import answering
from core.results.fusion_reports import FUSED, FUSION_ROWS, NO_TEMPO, TRUE_TEMPO, FusionReport
from core.results.genre_comparison import Measured
from ui.results.chart import figure
from ui.results.choice import SPLIT_WORDS, Choice
from ui.results.head import verdict
from ui.results.table import Column, Row, table, with_ci


def fusion_part(choice: Choice) -> None:
    """Every fusion report of the chosen split."""
    split, reports = answering(FUSION_ROWS.load(), choice.split)
    _verdict(reports)
    if split != choice.split or not reports:
        instead = f" Below: the {SPLIT_WORDS[split]}." if reports else ""
        st.info(
            f"No fusion has been measured on the {SPLIT_WORDS[choice.split]} yet.{instead} "
            f"`python -m core fusion --split {choice.split} --checkpoints DIR --gtzan DIR --out DIR --save` does it.",
            icon=":material/science:",
        )
    st.caption(
        "Scored on all test clips of the split, whatever subset is chosen above; a clip counts once, however many "
        "training seeds there are."
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


def _verdict(reports: list[FusionReport]) -> None:
    """Of the report that comes first."""
    gain = reports[0].pair(FUSED, NO_TEMPO) if reports else None
    if gain is None:
        verdict("Fusion: not measured yet", "It takes fused predictions and controls for the same clips.")
        return
    found = gain.accuracy
    word = "Significant gain" if found.interval.low > 0 else "No significant gain"
    bound = reports[0].pair(TRUE_TEMPO, NO_TEMPO)
    most = "" if bound is None else f" With the annotated tempo: {with_ci(_measured(bound.accuracy), 'points')}."
    verdict(
        f"{word}: {with_ci(_measured(found), 'points')}",
        f"Accuracy of the fused head less that of the same head without a tempo: {reports[0].n} test clips, "
        f"{_split_words(reports[0])}, recipe `{reports[0].recipe}`.{most}",
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
