"""How far confidence is from accuracy, in pure numpy. Probabilities are `[N, C]`, labels class indices `[N]`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.significance import Measured, percentiles, resampled

N_RELIABILITY_BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """Clips whose highest probability lies in `low` < p <= `high`.

    Attributes:
        low, high: 0..1.
        n: clips.
        n_right: of them.
        confidence: mean of their highest probabilities, 0..1.
    """

    low: float
    high: float
    n: int
    n_right: int
    confidence: float

    @property
    def accuracy(self) -> float:
        """Accuracy, 0..1."""
        return self.n_right / self.n


def reliability_index(probs: NDArray[np.floating], n_bins: int = N_RELIABILITY_BINS) -> NDArray[np.int64]:
    """`[N]`, 0..n_bins - 1: the bin of equal width that the highest probability of each clip falls into."""
    edges = np.linspace(0, 1, n_bins + 1)
    confidences = probs.max(axis=1).astype(np.float64)
    index: NDArray[np.int64] = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, n_bins - 1)
    return index


def reliability(
    probs: NDArray[np.floating], labels: NDArray[np.integer], n_bins: int = N_RELIABILITY_BINS
) -> tuple[ReliabilityBin, ...]:
    """Clips in bins of equal width by their highest probability, empty bins left out.

    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    """
    confidences, right = probs.max(axis=1).astype(np.float64), probs.argmax(axis=1) == labels
    edges, index = np.linspace(0, 1, n_bins + 1), reliability_index(probs, n_bins)
    bins = []
    for number in range(n_bins):
        inside = index == number
        if inside.any():
            low, high = float(edges[number]), float(edges[number + 1])
            mean = float(confidences[inside].mean())
            bins.append(ReliabilityBin(low, high, int(inside.sum()), int(right[inside].sum()), mean))
    return tuple(bins)


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Mean distance of confidence and accuracy over `reliability` bins, weighted by clips, 0..1 (Guo et al. 2017)."""
    n = sum(each.n for each in bins)
    return sum(each.n * abs(each.accuracy - each.confidence) for each in bins) / n


def calibration_error(probs: NDArray[np.floating], labels: NDArray[np.integer]) -> Measured:
    """`expected_calibration_error` with its basic bootstrap interval over clips, 0..1.

    Resampling adds noise to every bin, which would push plain percentiles upwards (A. C. Davison and D. V. Hinkley,
    "Bootstrap Methods and their Application", 1997, section 5.2).
    """
    value = expected_calibration_error(reliability(probs, labels))
    gap = (probs.argmax(axis=1) == labels) - probs.max(axis=1).astype(np.float64)
    index = reliability_index(probs)
    results = resampled(len(labels), lambda drawn: float(np.abs(np.bincount(index[drawn], gap[drawn])).sum()))
    found = percentiles(results / len(labels))
    return Measured(value, max(0.0, 2 * value - found.high), max(value, 2 * value - found.low))


@dataclass(frozen=True)
class PlattScaling:
    """Confidences of 0..1 to probabilities of being right: a logistic function of their log odds.

    J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods",
    1999.

    Attributes:
        slope, intercept: 1 and 0 change nothing.
    """

    slope: float
    intercept: float

    def apply(self, confidences: NDArray[np.floating]) -> NDArray[np.float64]:
        """`[N]`, 0..1."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.slope * _log_odds(confidences) + self.intercept))))


_SUREST = 0.999
"""Confidences nearer to 0 or 1 count as this near: log odds have no end."""


def _log_odds(confidences: NDArray[np.floating]) -> NDArray[np.float64]:
    kept = np.clip(confidences.astype(np.float64), 1.0 - _SUREST, _SUREST)
    return np.asarray(np.log(kept / (1.0 - kept)))


def fit_platt(confidences: NDArray[np.floating], right: NDArray[np.bool_]) -> PlattScaling:
    """The scaling of greatest likelihood, by Newton's method, with Platt's targets, which never are quite 0 or 1.

    Args:
        confidences: `[N]`, 0..1, not all the same.
        right: `[N]`.
    """
    n_right, n_wrong = int(right.sum()), int((~right).sum())
    targets = np.where(right, (n_right + 1.0) / (n_right + 2.0), 1.0 / (n_wrong + 2.0))
    inputs = np.stack([_log_odds(confidences), np.ones(len(confidences))], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        probs = 1.0 / (1.0 + np.exp(-(inputs @ weights)))
        curvature = inputs.T @ (inputs * (probs * (1.0 - probs))[:, None])
        weights += np.linalg.solve(curvature, inputs.T @ (targets - probs))
    return PlattScaling(float(weights[0]), float(weights[1]))
