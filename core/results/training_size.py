"""Accuracy against the number of training clips, from the rows of genre checkpoints."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from core.results.genre_reports import GenreReport
from core.types import Subset


@dataclass(frozen=True)
class SizePoint:
    """Runs of one recipe trained on equally many clips.

    Attributes:
        n_train: clips that each was trained on.
        n_train_all: clips that the split offers, the most of all its runs.
        n_runs: split seed, fold or training seed differ.
        split_seeds: of these runs, sorted; () where the split has none.
        n: clips scored in each run.
        accuracy: 0..1, mean over runs.
        accuracy_low, accuracy_high: mean ends of the runs' 95 % Wilson intervals over clips.
        commands: that make the rows again.
    """

    n_train: int
    n_train_all: int
    n_runs: int
    split_seeds: tuple[int, ...]
    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    commands: tuple[str, ...]


@dataclass(frozen=True)
class SizeCurve:
    """One recipe, predicting from the first window of a clip or from all ("first", "mean"); from few to many clips."""

    recipe: str
    windows: str
    points: tuple[SizePoint, ...]


def accuracy_by_size(reports: Iterable[GenreReport], split: str, subset: Subset = "test") -> tuple[SizeCurve, ...]:
    """A curve for each recipe that was trained on fewer clips than the training subset, or on more; () where none was.

    A run on the training subset counts only where there is another one of the same division, so that the points of a
    curve differ in nothing but the number of clips. More are those of the validation subset, too.

    Args:
        reports: of genre checkpoints.
        split, subset: what they were scored on.
    """
    rows = [row for row in reports if (row.split, row.subset) == (split, subset)]
    curves = []
    for recipe, windows in sorted({(row.recipe, row.windows) for row in rows}):
        own = [row for row in rows if (row.recipe, row.windows) == (recipe, windows)]
        divisions = {(row.split_seed, row.fold) for row in own if not row.is_whole}
        compared = [row for row in own if (row.split_seed, row.fold) in divisions]
        sizes = {_rounded(row) for row in compared}
        if sizes:
            points = [_point([row for row in compared if _rounded(row) == size]) for size in sizes]
            curves.append(SizeCurve(recipe, windows, tuple(sorted(points, key=lambda point: point.n_train))))
    return tuple(curves)


def _rounded(row: GenreReport) -> tuple[bool, int]:
    """What makes runs comparable: the number of clips, or that it was all of them, as folds differ in size."""
    return (row.is_whole, 0 if row.is_whole else row.n_train)


def _point(rows: list[GenreReport]) -> SizePoint:
    return SizePoint(
        n_train=round(statistics.mean(row.n_train for row in rows)),
        n_train_all=max(row.n_train_all for row in rows),
        n_runs=len(rows),
        split_seeds=tuple(sorted({row.split_seed for row in rows if row.split_seed is not None})),
        n=rows[0].n,
        accuracy=statistics.mean(row.accuracy for row in rows),
        accuracy_low=statistics.mean(row.accuracy_low for row in rows),
        accuracy_high=statistics.mean(row.accuracy_high for row in rows),
        commands=tuple(row.command for row in rows),
    )
