"""How the models came to be: their learning curves, and what more clips to learn from are worth."""

import streamlit as st

from core.figures import Chart, accuracy_by_size_chart, curve_name
from core.figures.curves import LearningCurve, learning_curves
from core.models.checkpoint import CheckpointHeader, list_checkpoints, load_header
from core.results.curve_reports import CURVE_ROWS, CurveReport, shipped_curves
from core.results.genre_comparison import Measured
from core.results.genre_reports import GENRE_ROWS
from core.results.training_size import SizeCurve, SizePoint, accuracy_by_size
from ui.app.text import as_code, as_text
from ui.results.chart import figure
from ui.results.choice import SPLIT_WORDS, Choice
from ui.results.head import verdict
from ui.results.table import Column, Row, table, with_ci
from ui.shared.run_words import METRICS, is_share

_LOSSES = ("train_loss", "valid_loss")
_ERROR = "valid_mae_bpm"


def training_part(choice: Choice) -> None:
    """Learning curves of runs on the chosen split, and accuracy against the number of training clips."""
    curves = accuracy_by_size(GENRE_ROWS.load(), choice.split)
    _verdict(curves, choice)
    st.subheader("Learning curves", anchor=False)
    _learning(choice)
    st.subheader("Accuracy against training clips", anchor=False)
    _sizes(choice, curves)


_SCOPE = "All test clips of the split, whatever subset and clips are chosen above."


def _verdict(curves: tuple[SizeCurve, ...], choice: Choice) -> None:
    """From the fewest clips to the most, of the recipe that gets farthest."""
    if not curves:
        verdict("Training", f"Curves of the runs on the {SPLIT_WORDS[choice.split]}. {_SCOPE}")
        return
    best = max(curves, key=lambda curve: curve.points[-1].accuracy)
    few, many = best.points[0], best.points[-1]
    verdict(
        f"{few.n_train} to {many.n_train} training clips: {100 * few.accuracy:.0f} to {100 * many.accuracy:.0f} %",
        f"Accuracy of {curve_name(best)}: {_accuracy(few)} with {few.n_train} clips, {_accuracy(many)} with "
        f"{many.n_train}, {SPLIT_WORDS[choice.split]}. {_SCOPE}",
    )


def _accuracy(point: SizePoint) -> str:
    return with_ci(Measured(point.accuracy, point.accuracy_low, point.accuracy_high), "share")


# Learning curves


def _learning(choice: Choice) -> None:
    headers = [header for header in map(load_header, list_checkpoints()) if header.provenance.split == choice.split]
    reports = [report for report in CURVE_ROWS.load() if report.split == choice.split]
    runs, without = _runs(reports, headers)
    if runs:
        label = st.selectbox("Training run", list(runs), key="run", bind="query-params", width=420)
        _curves(label, runs[label], choice)
    for name in without:
        st.caption(
            f"No curves are kept of the run that made {as_code(name)}: `python -m core curves DIR --save` keeps them."
        )
    if not runs and not without:
        st.info(
            f"No checkpoint that ships was trained on the {SPLIT_WORDS[choice.split]}, and no curves of such a run are "
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
    split_seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    fold = "" if report.fold is None else f", fold {report.fold}"
    return f"{report.checkpoint}{split_seed}{fold}, seed {report.seed}, {report.n_train} clips (does not ship)"


def _curves(label: str, report: CurveReport, choice: Choice) -> None:
    charts = _charts(report)
    for column, (title, chart, key) in zip(st.columns(len(charts), gap="medium"), charts, strict=True):
        with column:
            st.markdown(f"**{as_text(title)}**")
            figure(chart, f"curve-{key}-{report.checkpoint}-{choice.split}")
    seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    fold = "" if report.fold is None else f", fold {report.fold}"
    tries = (
        "Where the curves jump, the next of several heads begins; the best one is kept. "
        if (report.kind, report.recipe) == ("fusion", "strong")
        else ""
    )
    st.caption(
        f"{label}: recipe `{report.recipe}` on {report.n_train} training and {report.n_valid} validation clips of the "
        f"{report.split} split{seed}{fold}, training seed {report.seed}; {report.data}. The dotted line is the epoch "
        f"whose weights were kept, {report.best_epoch} of {report.epochs}. {tries}Training values are means "
        "over an epoch, while weights move and dropout and augmentation are at work, so that they can be worse than "
        f"those of validation. How was this computed? `{report.train_command}` at commit "
        f"`{report.commit or 'unknown'}`, then `{report.command}`; kept in `data/reports/curves.json`."
    )


def _charts(report: CurveReport) -> list[tuple[str, Chart, str]]:
    shares = [curve.metric for curve in report.curves if is_share(curve.metric)]
    wanted = (("Loss", _LOSSES, False, "loss"), ("Accuracy", tuple(sorted(shares)), True, "accuracy"),
              ("Mean absolute error (BPM)", (_ERROR,), False, "error"))  # fmt: skip
    charts = []
    for title, metrics, as_percent, key in wanted:
        lines = [
            LearningCurve(METRICS.get(metric, metric), tuple(map(float, curve.epochs)), curve.values)
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
        st.info(
            f"No training on fewer clips has been measured on the {SPLIT_WORDS[choice.split]} yet. {commands}",
            icon=":material/science:",
        )
        return
    figure(accuracy_by_size_chart(curves), f"training-size-{choice.split}")
    columns = (
        Column("recipe", "Recipe"),
        Column("n_train", "Training clips", "count"),
        Column("n_train_all", "of", "count", "Training clips that the split offers."),
        Column("n_runs", "Runs", "count", "Means are over these."),
        Column("n", "n", "count", "Test clips of each run."),
        Column("accuracy", "Accuracy", "share", "95 % Wilson interval of one run."),
        Column("split", "Split"),
        Column("command", "Command", hint="Of the first run."),
    )
    rows = [_size_row(choice, curve, point) for curve in curves for point in curve.points]
    table(columns, rows, f"training-size-{choice.split}", "Accuracy against the number of training clips")
    st.caption(
        "Clips are drawn evenly over the genres; validation shrinks in proportion. All clips count only on divisions "
        f"that were also learned with fewer. How was this computed? {commands} Kept in `data/reports/genre.json`."
    )


def _size_row(choice: Choice, curve: SizeCurve, point: SizePoint) -> Row:
    seeds = ", ".join(map(str, point.split_seeds))
    split = f"random split (seed{'s' if len(point.split_seeds) > 1 else ''} {seeds})" if (
        choice.split == "stratified"
    ) else SPLIT_WORDS[choice.split]  # fmt: skip
    return (
        curve_name(curve), point.n_train, point.n_train_all, point.n_runs, point.n,
        Measured(point.accuracy, point.accuracy_low, point.accuracy_high), split, point.commands[0],
    )  # fmt: skip
