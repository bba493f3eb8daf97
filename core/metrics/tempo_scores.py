"""A set of tempo estimates scored at once: accuracies with intervals, kinds of errors, accuracy against tolerance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.errors import DatasetError
from core.metrics.significance import N_RESAMPLES, Interval, bootstrap_interval
from core.metrics.tempo import (
    DEFAULT_TOLERANCE,
    ERROR_KINDS,
    TOLERANCES,
    ErrorKind,
    Tempi,
    absolute_errors,
    accuracy1_hits,
    accuracy2_hits,
    checked_pair,
    checked_tolerance,
    error_kinds,
    factor_deviations,
    octave_errors,
    same_length,
)


@dataclass(frozen=True)
class ErrorShares:
    """Share of clips of each of `ERROR_KINDS`; together 1."""

    exact: float
    half: float
    double: float
    third: float
    triple: float
    other: float


def error_shares(kinds: Sequence[ErrorKind]) -> ErrorShares:
    """Shares of the kinds that `error_kinds` gave.

    Raises:
        DatasetError: there is no clip.
    """
    if not kinds:
        raise DatasetError("There are no clips to take shares of. Give at least one.")
    return ErrorShares(*(sum(kind == name for kind in kinds) / len(kinds) for name in ERROR_KINDS))


@dataclass(frozen=True)
class ToleranceCurve:
    """Accuracy as the tolerance grows; a steep start means precise tempi. All `[K]`, 0..1."""

    tolerances: tuple[float, ...]
    accuracy1: tuple[float, ...]
    accuracy2: tuple[float, ...]


def tolerance_curve(estimates: Tempi, truths: Tempi, tolerances: Sequence[float] = TOLERANCES) -> ToleranceCurve:
    """Accuracy1 and Accuracy2 at each tolerance (as in Schreiber et al., TISMIR 2020)."""
    deviations = factor_deviations(estimates, truths)
    nearest = deviations.min(axis=1)
    limits = [checked_tolerance(tolerance) for tolerance in tolerances]
    return ToleranceCurve(
        tolerances=tuple(tolerances),
        accuracy1=tuple(float(np.mean(deviations[:, 0] <= limit)) for limit in limits),
        accuracy2=tuple(float(np.mean(nearest <= limit)) for limit in limits),
    )


@dataclass(frozen=True)
class TempoScore:
    """All scores of one system on one set of clips; intervals are 95 % bootstrap intervals over clips.

    Attributes:
        n: clips.
        tolerance: of accuracies and shares.
        mae_bpm, mae_interval: mean absolute error; octave errors dominate it.
        median_ae_bpm, median_ae_interval: median absolute error.
        accuracy1, accuracy1_interval: at the annotated level.
        accuracy2, accuracy2_interval: at 1, 2, 3, 1/2 or 1/3 times it.
        mean_octave_error: octaves, signed; above 0 is too fast on average.
        mean_absolute_octave_error: octaves (AOE1 in Schreiber et al., TISMIR 2020).
        shares: of each kind of error.
    """

    n: int
    tolerance: float
    mae_bpm: float
    mae_interval: Interval
    median_ae_bpm: float
    median_ae_interval: Interval
    accuracy1: float
    accuracy1_interval: Interval
    accuracy2: float
    accuracy2_interval: Interval
    mean_octave_error: float
    mean_absolute_octave_error: float
    shares: ErrorShares


def tempo_score(
    estimates: Tempi,
    truths: Tempi,
    tolerance: float = DEFAULT_TOLERANCE,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> TempoScore:
    """Scores one system; every interval is over the same resampled clips.

    Args:
        estimates, truths: `[N]`, BPM.
        tolerance: share of the truth.
        seed, n_resamples: of the bootstrap.
    """
    errors = absolute_errors(estimates, truths)
    octaves = octave_errors(estimates, truths)
    hits1 = accuracy1_hits(estimates, truths, tolerance).astype(np.float64)
    hits2 = accuracy2_hits(estimates, truths, tolerance).astype(np.float64)
    return TempoScore(
        n=len(errors),
        tolerance=tolerance,
        mae_bpm=float(errors.mean()),
        mae_interval=bootstrap_interval(errors, "mean", seed, n_resamples),
        median_ae_bpm=float(np.median(errors)),
        median_ae_interval=bootstrap_interval(errors, "median", seed, n_resamples),
        accuracy1=float(hits1.mean()),
        accuracy1_interval=bootstrap_interval(hits1, "mean", seed, n_resamples),
        accuracy2=float(hits2.mean()),
        accuracy2_interval=bootstrap_interval(hits2, "mean", seed, n_resamples),
        mean_octave_error=float(octaves.mean()),
        mean_absolute_octave_error=float(np.abs(octaves).mean()),
        shares=error_shares(error_kinds(estimates, truths, tolerance)),
    )


def tempo_score_by_genre(
    estimates: Tempi,
    truths: Tempi,
    genres: Sequence[str],
    tolerance: float = DEFAULT_TOLERANCE,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Mapping[str, TempoScore]:
    """Score of the clips of each genre that occurs, by genre in alphabetical order; `genres` has one name per clip."""
    estimated, true = checked_pair(estimates, truths)
    same_length(len(genres), "genres", len(true), "true tempi")
    labels = np.array(genres)
    return MappingProxyType(
        {
            genre: tempo_score(estimated[labels == genre], true[labels == genre], tolerance, seed, n_resamples)
            for genre in sorted(set(genres))
        }
    )


# Baselines
