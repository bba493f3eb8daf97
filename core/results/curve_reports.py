"""Learning curves as they are kept on disk: `data/reports/curves.json` holds one row per training run."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import TrainingError
from core.models.checkpoint import CheckpointHeader, list_checkpoints, load_header
from core.results.store import Store
from core.runs.curves import BATCH_LOSS, Curves, read_curves
from core.runs.records import DamagedRecordError, read_record
from core.runs.status import STATUS, RunStatus

_DIGITS = 5
"""Significant ones that are kept of a value: more than any figure shows."""


@dataclass(frozen=True)
class Curve:
    """One metric after each epoch.

    Attributes:
        metric: name as in metrics.csv, such as "valid_loss".
        epochs: from 1, in order.
        values: as many.
    """

    metric: str
    epochs: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class CurveReport:
    """The curves of one training run.

    Attributes:
        checkpoint: name that the run gave it.
        weights_sha256: of its weights, which tells whether a checkpoint is the one of this run.
        kind, model, recipe: what was trained.
        data: the copy of the data, in words.
        split, split_seed, fold: what was trained on.
        seed: of the training.
        n_train, n_valid: clips.
        best_epoch, epochs: whose weights were kept, and how many were run.
        curves: of whole epochs, in order of appearance.
        commit: of the code that trained.
        command: that makes this row again from the run's directory.
        train_command: that trains the checkpoint again.
    """

    checkpoint: str
    weights_sha256: str
    kind: str
    model: str
    recipe: str
    data: str
    split: str
    split_seed: int | None
    fold: int | None
    seed: int
    n_train: int
    n_valid: int
    best_epoch: int
    epochs: int
    curves: tuple[Curve, ...]
    commit: str
    command: str
    train_command: str

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one row from another."""
        run = (self.kind, self.model, self.recipe, self.split, self.split_seed, self.fold, self.seed)
        return (*run, self.n_train)

    def of(self, metric: str) -> Curve | None:
        """One curve, None where the run has not measured it."""
        return next((curve for curve in self.curves if curve.metric == metric), None)


def curve_report(run: Path, name: str | None = None) -> CurveReport:
    """The curves of a finished run, read from its directory.

    Args:
        run: directory of the run, with metrics.csv and the exported checkpoint.
        name: of the checkpoint, needed where the directory holds several.

    Raises:
        TrainingError: there is no such directory, the run has not finished, or it holds no curves or several
            checkpoints.
        CheckpointError: there is no checkpoint of that name.
    """
    _require_finished(run)
    header = _header(run, name)
    training = header.provenance
    curves = _whole_epochs(read_curves(run))
    if not curves:
        raise TrainingError(
            f"{run} holds no metrics.csv with values of whole epochs. Train again with this version, which writes it."
        )
    return CurveReport(
        checkpoint=header.name,
        weights_sha256=header.weights_sha256,
        kind=header.kind,
        model=header.model,
        recipe=training.recipe,
        data=training.data,
        split=training.split,
        split_seed=training.split_seed,
        fold=training.fold,
        seed=training.seed,
        n_train=training.n_train,
        n_valid=training.n_valid,
        best_epoch=training.best_epoch,
        epochs=training.epochs,
        curves=curves,
        commit=training.commit,
        command="python -m core curves DIR --save",
        train_command=training.command,
    )


def _require_finished(run: Path) -> None:
    if not run.is_dir():
        raise TrainingError(f"There is no folder {run}. Give the directory of a run, the --out of its training.")
    try:
        status = read_record(RunStatus, run / STATUS)
    except DamagedRecordError as error:
        raise TrainingError(f"The state of the run in {run} cannot be read: {error}. Resume the run.") from error
    if status is not None and status.state != "finished":
        raise TrainingError(f"The run in {run} is {status.state}, not finished. Wait for its end, or resume it.")


def _header(run: Path, name: str | None) -> CheckpointHeader:
    if name is not None:
        return load_header(name, run)
    names = list_checkpoints(folder=run)
    if len(names) != 1:
        held = f"several checkpoints ({', '.join(names)}). Name one with --name" if names else (
            "no checkpoint: its run has not finished. Resume it"
        )  # fmt: skip
        raise TrainingError(f"{run} holds {held}.")
    return load_header(names[0], run)


def _whole_epochs(curves: Curves) -> tuple[Curve, ...]:
    """All metrics but the running loss; of an epoch that occurs twice the last value counts."""
    found = []
    for metric in curves.metrics:
        if metric != BATCH_LOSS:
            value_of = {round(point.epoch): float(f"{point.value:.{_DIGITS}g}") for point in curves.of(metric)}
            epochs = tuple(sorted(value_of))
            found.append(Curve(metric, epochs, tuple(value_of[epoch] for epoch in epochs)))
    return tuple(found)


def shipped_curves(
    reports: Sequence[CurveReport], headers: Sequence[CheckpointHeader]
) -> tuple[tuple[CheckpointHeader, CurveReport | None], ...]:
    """The curves of each checkpoint, None where none of the rows is of the run that made its weights."""
    by_digest = {report.weights_sha256: report for report in reports}
    return tuple((header, by_digest.get(header.weights_sha256)) for header in headers)


CURVE_ROWS = Store("curves.json", CurveReport)
