"""Significance: bootstrap intervals and paired tests, in pure numpy. `N` clips, one value or flag each.

Clips count as independent. Clips of one artist are not quite, so the true uncertainty is somewhat larger.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Values = NDArray[np.floating] | Sequence[float]
Statistic = Literal["mean", "median"]

N_RESAMPLES = 2000
LEVEL = 0.95
"""Of every interval."""


def _values(values: Values, what: str) -> Floats:
    """Any numbers as `[N]` float64, N at least 1, all finite."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise DatasetError(
            f"The {what} have the shape {array.shape}, {np.isfinite(array).sum()} of them finite. "
            "Give one finite number per clip, for at least one clip."
        )
    return array


@dataclass(frozen=True)
class Interval:
    """A 95 % interval, in the unit of its statistic."""

    low: float
    high: float


@dataclass(frozen=True)
class Measured:
    """A number and its 95 % interval, in one unit."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, interval: Interval) -> "Measured":
        """A number with its interval."""
        return cls(value, interval.low, interval.high)


def resampled(n: int, statistic: Callable[[NDArray[np.integer]], float]) -> Floats:
    """`[N_RESAMPLES]`: a statistic of the indices of `n` clips drawn with replacement (Efron, Ann. Statist. 1979)."""
    draws = np.random.default_rng(0).integers(0, n, (N_RESAMPLES, n))
    return np.array([statistic(drawn) for drawn in draws])


def _resample(values: Floats, statistic: Statistic, seed: int, n_resamples: int) -> Floats:
    """`[n_resamples]`: the statistic over clips drawn with replacement; one seed draws the same clips every time."""
    if n_resamples < 1:
        raise DatasetError(f"{n_resamples} resamples were asked for. Ask for at least 1; {N_RESAMPLES} are customary.")
    if statistic == "mean":
        means: Floats = _counts(len(values), seed, n_resamples) @ values / len(values)
        return means
    medians: Floats = np.median(values[_draws(len(values), seed, n_resamples)], axis=1)
    return medians


def _draws(n: int, seed: int, n_resamples: int) -> NDArray[np.int64]:
    """`[n_resamples, n]`: which of n clips are drawn."""
    return np.random.default_rng(seed).integers(0, n, (n_resamples, n))


@lru_cache(maxsize=4)
def _counts(n: int, seed: int, n_resamples: int) -> Floats:
    """`[n_resamples, n]`: how often each of n clips is drawn; 16 MB for all clips, kept for the next metric."""
    return np.stack([np.bincount(drawn, minlength=n) for drawn in _draws(n, seed, n_resamples)]).astype(np.float64)


def percentiles(results: Floats) -> Interval:
    """The interval that holds `LEVEL` of resampled results, `[n_resamples]`."""
    low, high = np.quantile(results, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def bootstrap_interval(
    values: Values,
    statistic: Statistic = "mean",
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Interval:
    """Percentile interval of a mean or median over clips, `[N]` values of any unit.

    B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Ann. Statist. 1979.

    Raises:
        DatasetError: no value, or one that is not finite.
    """
    return percentiles(_resample(_values(values, "values"), statistic, seed, n_resamples))


@dataclass(frozen=True)
class McNemar:
    """Two systems on the same clips.

    Attributes:
        only_first, only_second: clips that one got right and the other did not.
        p_value: two-sided; small when the systems differ.
    """

    only_first: int
    only_second: int
    p_value: float


def mcnemar(first_right: Flags, second_right: Flags) -> McNemar:
    """Exact binomial test on the clips where two systems disagree, `[N]` flags each (McNemar, Psychometrika 1947).

    Raises:
        DatasetError: the flags are not True or False, or not of the same clips.
    """
    first, second = np.asarray(first_right), np.asarray(second_right)
    if first.dtype != np.bool_ or second.dtype != np.bool_ or first.ndim != 1 or first.shape != second.shape:
        raise DatasetError(
            f"Got {first.dtype} of shape {first.shape} and {second.dtype} of shape {second.shape}. "
            "Give True or False per clip, for the same clips."
        )
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    n = only_first + only_second
    tail = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1))
    return McNemar(only_first, only_second, min(1.0, 2 * tail / 2**n))


@dataclass(frozen=True)
class PairedDifference:
    """Mean (or median) of the first system minus that of the second, on the same clips.

    Attributes:
        difference: in the unit of the values; negative errors favour the first.
        interval: 95 %.
        p_value: two-sided, of no difference.
    """

    difference: float
    interval: Interval
    p_value: float

    @property
    def measured(self) -> Measured:
        """The difference with its interval."""
        return Measured.of(self.difference, self.interval)


def paired_bootstrap(
    first: Values,
    second: Values,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
    statistic: Statistic = "mean",
) -> PairedDifference:
    """Difference between two means, or medians, over the same clips, `[N]` values of one unit each, as absolute errors.

    Clips are drawn, both values of each together (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993). The
    p-value counts resamples on the far side of 0, one added so that it is never 0 (Davison and Hinkley 1997, ch. 4).

    Raises:
        DatasetError: no value, one that is not finite, or unequal lengths.
    """
    one, other = _values(first, "values of the first system"), _values(second, "values of the second system")
    if len(one) != len(other):
        raise DatasetError(f"One system has {len(one)} values, the other {len(other)}. Give both for the same clips.")
    if statistic == "mean":
        difference, results = float((one - other).mean()), _resample(one - other, "mean", seed, n_resamples)
    else:
        difference = float(np.median(one) - np.median(other))
        results = _resample(one, statistic, seed, n_resamples) - _resample(other, statistic, seed, n_resamples)
    fewer = min(int((results <= 0).sum()), int((results >= 0).sum()))
    p_value = min(1.0, 2 * (fewer + 1) / (n_resamples + 1))
    return PairedDifference(difference, percentiles(results), p_value)
