"""The fusion evidence: genre accuracy with the tempo as input, against ablations trained in the same way."""

import streamlit as st

from core.figures.fusion import SYSTEM_NAMES, gains
from core.metrics.significance import Measured
from core.results.fusion_answer import answering
from core.results.fusion_reports import FUSED, FUSION_ROWS, NO_TEMPO, TRUE_TEMPO, Comparison, FusionReport, SystemScore
from core.results.words import split_words, with_ci
from ui.results.chart import figure
from ui.results.choice import Choice
from ui.results.head import how_computed, nothing_measured, section, verdict
from ui.shared.system_names import system_name
from ui.shared.table import Column, table

_SYSTEM = st.column_config.TextColumn(width=170)


def fusion_part(choice: Choice) -> None:
    """Every fusion report of the chosen split."""
    split, reports = answering(FUSION_ROWS.load(), choice.split)
    _verdict(reports)
    if split != choice.split or not reports:
        instead = f" Below: the {split_words(split)}." if reports else ""
        nothing_measured(
            f"No fusion has been measured on the {split_words(choice.split)} yet.{instead} "
            f"`python -m core fusion --split {choice.split} --checkpoints DIR --gtzan DIR --out DIR --save` does it."
        )
    st.caption("Each test clip counts once over all training seeds.")
    for report in reports:
        _report(report)


def _report(report: FusionReport) -> None:
    name = "-".join(report.key)
    fed_by = f", tempo by {system_name(report.saved_tempi)}" if report.saved_tempi else ""
    section(f"Recipe {report.recipe}{fed_by}")
    tempo = (
        f"the saved tempi of `{report.saved_tempi}`; controls receive those of the compact network, out of fold"
        if report.saved_tempi
        else f"compact tempo networks of recipe `{report.tempo_recipe}`"
    )
    st.caption(f"Heads on genre networks of recipe `{report.genre_recipe}` and {tempo}.")
    figure(gains(report.comparisons), f"fusion-gains-{name}")
    st.caption(
        "An interval across the dashed line: not significant. Orange square: oracle tempo (annotated), the upper bound."
    )
    systems, comparisons = _system_columns(report), _comparison_columns(report)
    table(systems, report.systems, f"fusion-systems-{name}", "Accuracy of the fused head and of its ablations")
    table(comparisons, report.comparisons, f"fusion-comparisons-{name}", "Paired comparisons of the fused head")
    how_computed(
        f"{report.treatment} Data: {report.data}. `{report.command}`, commit `{report.commit or 'unknown'}`; kept in "
        "`data/reports/fusion.json`."
    )


def _verdict(reports: list[FusionReport]) -> None:
    """Of the report that comes first."""
    gain = reports[0].pair(FUSED, NO_TEMPO) if reports else None
    if gain is None:
        verdict(
            "Fusion: not measured yet",
            "It takes predictions of the fused head and of its ablations for the same clips.",
        )
        return
    found = gain.accuracy.measured
    word = "Significant gain" if found.low > 0 else "No significant gain"
    bound = reports[0].pair(TRUE_TEMPO, NO_TEMPO)
    most = "" if bound is None else f" With the oracle tempo: {with_ci(bound.accuracy.measured, 'points')}."
    verdict(
        f"{word}: {with_ci(found, 'points')}",
        f"Accuracy of the fused head − the same head without tempo input: {reports[0].n} test clips, "
        f"{_split_words(reports[0])}, recipe `{reports[0].recipe}`.{most}",
    )


def _split_words(report: FusionReport) -> str:
    return split_words(report.split, report.split_seeds)


def _named(system: str) -> str:
    return SYSTEM_NAMES.get(system, system)


def _system_columns(report: FusionReport) -> list[Column[SystemScore]]:
    return [
        Column("system", "System", lambda each: each.system, drawn=lambda each: _named(each.system)),
        Column("n", "n", lambda each: each.n, "count"),
        Column("n_runs", "Heads", lambda each: each.n_runs, "count",
               "Trained heads, over splits or folds and training seeds."),
        Column("accuracy", "Accuracy", lambda each: Measured(each.accuracy, each.accuracy_low, each.accuracy_high),
               "share", "Mean over clips; 95 % Wilson interval over clips."),
        Column("description", "Description", lambda each: each.description),
        Column("split", "Split", lambda _: _split_words(report), is_extra=True),
    ]  # fmt: skip


def _comparison_columns(report: FusionReport) -> list[Column[Comparison]]:
    return [
        Column("first", "First", lambda pair: pair.first, drawn=lambda pair: _named(pair.first), drawn_as=_SYSTEM),
        Column("second", "Second", lambda pair: pair.second, drawn=lambda pair: _named(pair.second), drawn_as=_SYSTEM),
        Column("n", "n", lambda _: report.n, "count"),
        Column("accuracy_difference", "Accuracy, first − second", lambda pair: pair.accuracy.measured, "points",
               "Paired bootstrap over clips, 95 %."),
        Column("mcnemar_p", "p (McNemar)", lambda pair: pair.averaged.p_value, "p",
               "On the mean probabilities of all runs."),
        Column("log_loss_difference", "Log loss, first − second", lambda pair: pair.log_loss.measured, "number",
               "Below 0 favours the first."),
        Column("log_loss_p", "p (bootstrap)", lambda pair: pair.log_loss.p_value, "p"),
        Column("split", "Split", lambda _: _split_words(report), is_extra=True),
    ]  # fmt: skip
