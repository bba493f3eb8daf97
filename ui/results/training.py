"""How the models were trained: their learning curves, and accuracy against the size of the training set."""

import streamlit as st

from core.figures.base import Chart
from core.figures.curves import LearningCurve, learning_curves
from core.figures.sizes import accuracy_by_size_chart, curve_name
from core.metrics.significance import Measured
from core.models.checkpoint import CheckpointHeader, list_checkpoints, load_header
from core.models.other_music import other_music
from core.results.curve_reports import CURVE_ROWS, CurveReport, shipped_curves
from core.results.genre_reports import GENRE_ROWS
from core.results.training_size import SizeCurve, SizePoint, accuracy_by_size
from core.results.words import split_words, with_ci
from ui.app.text import as_code, as_text
from ui.results.artists import artists_section
from ui.results.chart import figure
from ui.results.choice import Choice
from ui.results.head import how_computed, nothing_measured, section, verdict
from ui.shared.run_words import is_share, metric_name
from ui.shared.table import Column, table

_SIZES: tuple[Column[tuple[SizeCurve, SizePoint]], ...] = (
    Column("recipe", "Recipe", lambda row: curve_name(row[0])),
    Column("n_train", "Training clips", lambda row: row[1].n_train, "count"),
    Column("n_train_all", "of", lambda row: row[1].n_train_all, "count", "Training clips that the split offers."),
    Column("n_runs", "Runs", lambda row: row[1].n_runs, "count", "Means are over these."),
    Column("n", "n", lambda row: row[1].n, "count", "Test clips of each run."),
    Column("accuracy", "Accuracy", lambda row: _accuracy(row[1]), "share", "95 % Wilson interval of one run."),
)
_LOSSES = ("train_loss", "valid_loss")
_ERROR = "valid_mae_bpm"


def training_part(choice: Choice) -> None:
    """Learning curves of runs on the chosen split, and accuracy against the number of training clips."""
    curves = accuracy_by_size(GENRE_ROWS.load(), choice.split)
    _verdict(curves, choice)
    section("Learning curves")
    _learning(choice)
    section("Accuracy against training-set size")
    _sizes(choice, curves)
    artists_section()


def _verdict(curves: tuple[SizeCurve, ...], choice: Choice) -> None:
    """From the fewest clips to the most, of the most accurate recipe that learned from GTZAN alone."""
    curves = tuple(curve for curve in curves if not other_music(curve.recipe))
    if not curves:
        verdict("Training", f"Curves of the runs on the {split_words(choice.split)}.")
        return
    best = max(curves, key=lambda curve: curve.points[-1].accuracy)
    few, many = best.points[0], best.points[-1]
    verdict(
        f"{few.n_train} to {many.n_train} training clips: {100 * few.accuracy:.0f} to {100 * many.accuracy:.0f} %",
        f"Accuracy with recipe {curve_name(best)}: {with_ci(_accuracy(few), 'share')} with {few.n_train} clips, "
        f"{with_ci(_accuracy(many), 'share')} with {many.n_train}, {split_words(choice.split)}.",
    )


def _accuracy(point: SizePoint) -> Measured:
    return Measured(point.accuracy, point.accuracy_low, point.accuracy_high)


# Learning curves


def _learning(choice: Choice) -> None:
    headers = [header for header in map(load_header, list_checkpoints()) if header.provenance.split == choice.split]
    reports = [report for report in CURVE_ROWS.load() if report.split == choice.split]
    runs, without = _runs(reports, headers)
    if runs:
        label = st.selectbox("Training run", list(runs), key="run", bind="query-params", width=420)
        _curves(label, runs[label], choice)
    for name in without:
        st.caption(f"No curves are kept of the run of {as_code(name)}: `python -m core curves DIR --save` keeps them.")
    if not runs and not without:
        st.info(
            f"No shipped checkpoint was trained on the {split_words(choice.split)}, and no curves of such a run are "
            "kept. `python -m core curves DIR --save` keeps those of a finished run.",
            icon=":material/show_chart:",
        )


def _runs(reports: list[CurveReport], headers: list[CheckpointHeader]) -> tuple[dict[str, CurveReport], list[str]]:
    """Curves by label, those of checkpoints that ship first; and the checkpoints that have none."""
    shipped = shipped_curves(reports, headers)
    runs = {header.name: report for header, report in shipped if report is not None}
    digests = {header.weights_sha256 for header in headers}
    others = {_label(report): report for report in reports if report.weights_sha256 not in digests}
    return runs | others, [header.name for header, report in shipped if report is None]


def _label(report: CurveReport) -> str:
    """Of a run whose checkpoint does not ship."""
    return f"{report.checkpoint}{_division(report)}, seed {report.seed}, {report.n_train} clips (does not ship)"


def _division(report: CurveReport) -> str:
    """Split seed and fold, where the split has them."""
    split_seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    return f"{split_seed}{'' if report.fold is None else f', fold {report.fold}'}"


def _curves(label: str, report: CurveReport, choice: Choice) -> None:
    charts = _charts(report)
    for column, (title, chart, key) in zip(st.columns(len(charts), gap="medium"), charts, strict=True):
        with column:
            st.markdown(f"**{as_text(title)}**")
            figure(chart, f"curve-{key}-{report.checkpoint}-{choice.split}")
    tries = (
        "Where the curves jump, the next of several heads begins; the best one is kept. "
        if (report.kind, report.recipe) == ("fusion", "strong")
        else ""
    )
    st.caption(
        f"Recipe `{report.recipe}`, {report.n_train} training and {report.n_valid} validation clips of the "
        f"{report.split} split{_division(report)}, training seed {report.seed}. Dotted line: kept "
        f"epoch, {report.best_epoch} of {report.epochs}. {tries}",
        help="Training values are means over an epoch with dropout and augmentation, so they can be worse than "
        "those of validation.",
    )
    how_computed(
        f"{label}; {report.data}. `{report.train_command}` at commit `{report.commit or 'unknown'}`, then "
        f"`{report.command}`; kept in `data/reports/curves.json`."
    )


def _charts(report: CurveReport) -> list[tuple[str, Chart, str]]:
    shares = [curve.metric for curve in report.curves if is_share(curve.metric)]
    wanted = (("Loss", _LOSSES, False, "loss"), ("Accuracy", tuple(sorted(shares)), True, "accuracy"),
              ("Mean absolute error (BPM)", (_ERROR,), False, "error"))  # fmt: skip
    charts = []
    for title, metrics, as_percent, key in wanted:
        lines = [
            LearningCurve(metric_name(metric), tuple(map(float, curve.epochs)), curve.values)
            for metric in metrics
            if (curve := report.of(metric)) is not None
        ]
        if lines:
            charts.append((title, learning_curves(lines, title, as_percent, kept_epoch=report.best_epoch), key))
    return charts


# Number of clips


def _sizes(choice: Choice, curves: tuple[SizeCurve, ...]) -> None:
    where = f"--split {choice.split}{' --fold 0' if choice.split == 'artist_folds' else ''}"
    commands = (
        f"`python -m core train genre --subset-size N {where} --name genre-strong-N --gtzan DIR --out RUN` trains on N "
        f"clips, `python -m core evaluate genre --checkpoint genre-strong-N --checkpoints RUN {where} --gtzan DIR "
        "--save` measures it."
    )
    if not curves:
        nothing_measured(
            f"No training on fewer clips has been measured on the {split_words(choice.split)} yet. {commands}"
        )
        return
    figure(accuracy_by_size_chart(curves), f"training-size-{choice.split}")
    rows = [(curve, point) for curve in curves for point in curve.points]
    columns = (
        *_SIZES,
        Column("split", "Split", lambda row: split_words(choice.split, row[1].split_seeds), is_extra=True),
        Column("command", "Command", lambda row: row[1].commands[0], hint="Of the first run.", is_extra=True),
    )
    table(columns, rows, f"training-size-{choice.split}", "Accuracy against the number of training clips")
    how_computed(
        "Clips are drawn evenly over the genres; the validation set shrinks in proportion. The full set counts only on "
        f"divisions that were also trained with fewer clips. {commands} Kept in `data/reports/genre.json`."
    )
