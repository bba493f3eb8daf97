"""Metrics, in pure numpy. `N` clips; scores are probabilities `[N, C]`, labels are class indices `[N]`."""

import numpy as np
from numpy.typing import NDArray

_SMALLEST = 1e-15


def accuracy(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Share of clips whose most probable class is the label, 0..1."""
    return float(np.mean(probs.argmax(1) == labels))


def log_loss(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Mean negative natural logarithm of the label's probability, nats (Good, J. R. Stat. Soc. B 1952)."""
    chosen = np.take_along_axis(probs, labels[:, None], axis=1)
    return float(-np.log(np.maximum(chosen, _SMALLEST)).mean())


def confusion(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Counts `[C, C]`: rows are labels, columns the most probable classes."""
    counts = np.zeros((probs.shape[1],) * 2, dtype=np.int64)
    np.add.at(counts, (labels, probs.argmax(1)), 1)
    return counts


def macro_f1(counts: NDArray[np.integer]) -> float:
    """Mean over classes of the harmonic mean of precision and recall, 0..1; a class never met and never said counts 0.

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
