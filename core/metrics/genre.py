"""Metrics, in pure numpy. `N` clips; scores are probabilities `[N, C]`, labels are class indices `[N]`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.calibration import ReliabilityBin, calibration_error, reliability
from core.metrics.significance import Measured, bootstrap_interval, percentiles, resampled
from core.types import GENRES

_SMALLEST = 1e-15


def accuracy(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Share of clips whose most probable class is the label, 0..1."""
    return float(np.mean(probs.argmax(1) == labels))


def log_loss(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Mean negative natural logarithm of the label's probability, nats (Good, J. R. Stat. Soc. B 1952)."""
    return float(log_losses(probs, labels).mean())


def log_losses(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.floating]:
    """`[N]`, nats, in the precision of the probabilities: what each clip adds to `log_loss`."""
    chosen = np.take_along_axis(probs, labels[:, None], axis=1)[:, 0]
    losses: NDArray[np.floating] = -np.log(np.maximum(chosen, _SMALLEST))
    return losses


def confusion(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Counts `[C, C]`: rows are labels, columns the most probable classes."""
    counts = np.zeros((probs.shape[1],) * 2, dtype=np.int64)
    np.add.at(counts, (labels, probs.argmax(1)), 1)
    return counts


def macro_f1(counts: NDArray[np.integer]) -> float:
    """Mean over classes of the harmonic mean of precision and recall, 0..1; an absent, never predicted one counts 0.

    Args:
        counts: `[C, C]`, from `confusion` (Sokolova and Lapalme, Inf. Process. Manag. 2009, table 3).
    """
    hits = np.diag(counts)
    total = counts.sum(0) + counts.sum(1)
    return float(np.mean(2 * hits / np.maximum(total, 1)))


def wilson_interval(n_right: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a share of `n_right` in `n` independent trials (Wilson, J. Am. Stat. Assoc. 1927)."""
    share = n_right / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return float(centre - half), float(centre + half)


def top_accuracy(probs: NDArray[np.floating], labels: NDArray[np.integer], k: int = 2) -> float:
    """Share of clips whose label is among the `k` most probable classes, 0..1 (as `accuracy` for k = 1).

    Of equally probable classes the first counts as the more probable one, as in `accuracy`.
    """
    ranked = np.argsort(-probs, axis=1, kind="stable")[:, :k]
    return float(np.mean((ranked == labels[:, None]).any(axis=1)))


def squared_errors(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """`[N]`, 0..2: squared distance between the probabilities of a clip and its label as a one-hot vector."""
    truth = np.eye(probs.shape[1])[labels]
    distances: NDArray[np.float64] = ((probs - truth) ** 2).sum(axis=1)
    return distances


def brier(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Brier score over all classes, 0..2, 0 is perfect, 0.9 is ten equal probabilities (Brier, Mon. Weather Rev. 1950).

    The sum over classes as Brier defined it; half of it is what some call the Brier score of two classes.
    """
    return float(squared_errors(probs, labels).mean())


@dataclass(frozen=True)
class ClassScore:
    """How one class fares.

    Attributes:
        n_true: clips of the class.
        n_predicted: clips that were given the class.
        n_right: clips of the class that were given it.
    """

    n_true: int
    n_predicted: int
    n_right: int

    @property
    def recall(self) -> float | None:
        """Share of the clips of the class that were found, 0..1; None where there are none."""
        return self.n_right / self.n_true if self.n_true else None

    @property
    def precision(self) -> float | None:
        """Share of the clips given the class that are of it, 0..1; None where none was."""
        return self.n_right / self.n_predicted if self.n_predicted else None


def class_scores(counts: NDArray[np.integer]) -> tuple[ClassScore, ...]:
    """Precision and recall of each class (Sokolova and Lapalme, Inf. Process. Manag. 2009, table 3).

    Args:
        counts: `[C, C]`, from `confusion`.
    """
    per_class = zip(counts.sum(axis=1), counts.sum(axis=0), np.diag(counts), strict=True)
    return tuple(ClassScore(int(n_true), int(n_predicted), int(n_right)) for n_true, n_predicted, n_right in per_class)


@dataclass(frozen=True)
class Mistake:
    """Clips of one genre that were predicted as another.

    Attributes:
        true, predicted: genres.
        n: clips.
        n_true: clips of the true genre.
    """

    true: str
    predicted: str
    n: int
    n_true: int


def most_frequent_mistake(counts: Sequence[Sequence[int]]) -> Mistake | None:
    """The fullest cell beside the diagonal of `[10][10]`, rows true; the first of several, None without mistakes."""
    mistakes = [
        Mistake(GENRES[row], GENRES[column], n, sum(line))
        for row, line in enumerate(counts)
        for column, n in enumerate(line)
        if n and row != column
    ]
    return max(mistakes, key=lambda mistake: mistake.n, default=None)


@dataclass(frozen=True)
class GenreScore:
    """All scores of one system on one set of clips.

    Attributes:
        n: clips.
        accuracy, top2: shares, 0..1, Wilson intervals.
        accuracy_bootstrap: the same accuracy with a bootstrap interval.
        macro_f1: 0..1, bootstrap interval, as all below.
        log_loss: nats.
        brier: 0..2.
        calibration_error: 0..1.
        counts: `[10][10]`, rows true, columns predicted, in the order of `GENRES`.
        classes: of each genre.
        bins: for a reliability diagram.
    """

    n: int
    accuracy: Measured
    accuracy_bootstrap: Measured
    top2: Measured
    macro_f1: Measured
    log_loss: Measured
    brier: Measured
    calibration_error: Measured
    counts: tuple[tuple[int, ...], ...]
    classes: tuple[ClassScore, ...]
    bins: tuple[ReliabilityBin, ...]


def genre_score(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> GenreScore:
    """Scores one system; every interval is over the same resampled clips.

    Args:
        probs: `[N, 10]`, N at least 1.
        labels: `[N]`.
    """
    predicted, n = probs.argmax(axis=1), len(labels)
    right = (predicted == labels).astype(np.float64)
    counts = confusion(probs, labels)
    f1 = resampled(n, lambda drawn: macro_f1(_counts_of(labels[drawn], predicted[drawn])))
    return GenreScore(
        n=n,
        accuracy=share(int(right.sum()), n),
        accuracy_bootstrap=_mean(right),
        top2=share(round(top_accuracy(probs, labels, 2) * n), n),
        macro_f1=Measured.of(macro_f1(counts), percentiles(f1)),
        log_loss=_mean(log_losses(probs, labels)),
        brier=_mean(squared_errors(probs, labels)),
        calibration_error=calibration_error(probs, labels),
        counts=tuple(tuple(int(count) for count in row) for row in counts),
        classes=class_scores(counts),
        bins=reliability(probs, labels),
    )


def share(n_right: int, n: int) -> Measured:
    """A share with its Wilson interval."""
    return Measured(n_right / n, *wilson_interval(n_right, n))


def _mean(values: NDArray[np.floating]) -> Measured:
    return Measured.of(float(values.mean()), bootstrap_interval(values.astype(np.float64)))


def _counts_of(labels: NDArray[np.integer], predicted: NDArray[np.integer]) -> NDArray[np.integer]:
    """As `confusion`, quick enough to be done for every resample."""
    n_classes = len(GENRES)
    return np.bincount(labels * n_classes + predicted, minlength=n_classes * n_classes).reshape(n_classes, n_classes)
