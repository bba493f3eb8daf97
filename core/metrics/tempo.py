"""Tempo metrics, in pure numpy. `N` clips; tempi are BPM `[N]`, above 0; shares, tolerances and accuracies are 0..1.

An annotator and a listener may tap at different metrical levels, so one number is never enough: Accuracy1 asks for the
annotated level, Accuracy2 forgives the level, the octave error tells which way it was missed.
Definitions: F. Gouyon et al., "An Experimental Comparison of Audio Tempo Induction Algorithms", IEEE TASLP 2006;
H. Schreiber, J. Urbano and M. Mueller, "Music Tempo Estimation: Are We Done Yet?", TISMIR 2020.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError
from core.metrics.significance import N_RESAMPLES, Interval, bootstrap_interval

Tempi = NDArray[np.floating] | Sequence[float]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ErrorKind = Literal["exact", "half", "double", "third", "triple", "other"]

ERROR_KINDS: tuple[ErrorKind, ...] = get_args(ErrorKind)
FACTORS: tuple[float, ...] = (1.0, 1 / 2, 2.0, 1 / 3, 3.0)
"""Estimate over truth of each of `ERROR_KINDS` but the last."""

DEFAULT_TOLERANCE = 0.04
P_SCORE_TOLERANCE = 0.08
MAX_TOLERANCE = 0.2
"""Exclusive: from here on the ranges around 2 and 3 times a tempo overlap and an error has no one kind."""
TOLERANCES: tuple[float, ...] = tuple(step / 200 for step in range(31))
"""0 to 15 %, for tolerance curves."""

_ROUNDING = 1e-9  # A decimal right on the border is within it, however its binary form is rounded.


# Input


def _bpm(tempi: Tempi, what: str) -> Floats:
    """Tempi as `[N]` float64, N at least 1, all finite and above 0."""
    array = np.asarray(tempi, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise DatasetError(f"The {what} have the shape {array.shape}. Give one BPM per clip, for at least one clip.")
    unusable = np.flatnonzero(~(np.isfinite(array) & (array > 0)))
    if unusable.size:
        raise DatasetError(
            f"{unusable.size} of {array.size} {what} cannot be used, the first is {array[unusable[0]]} at position "
            f"{unusable[0]}. Give a BPM above 0 for every clip and leave out clips that have none."
        )
    return array


def _pair(estimates: Tempi, truths: Tempi) -> tuple[Floats, Floats]:
    estimated, true = _bpm(estimates, "estimates"), _bpm(truths, "true tempi")
    _same_length(len(estimated), "estimates", len(true), "true tempi")
    return estimated, true


def _same_length(n_first: int, first: str, n_second: int, second: str) -> None:
    if n_first != n_second:
        raise DatasetError(f"There are {n_first} {first} but {n_second} {second}. Give one of each per clip.")


def _tolerance(tolerance: float) -> float:
    if not 0 <= tolerance < MAX_TOLERANCE:
        raise DatasetError(f"The tolerance is {tolerance}. Choose a share from 0 to below {MAX_TOLERANCE}, as 0.04.")
    return tolerance + _ROUNDING


# Errors of each clip


def absolute_errors(estimates: Tempi, truths: Tempi) -> Floats:
    """Distance between estimate and truth, `[N]` BPM.

    Raises:
        DatasetError: no clip, unequal lengths, or a tempo that is not above 0 (every function of this module).
    """
    estimated, true = _pair(estimates, truths)
    return np.abs(estimated - true)


def octave_errors(estimates: Tempi, truths: Tempi) -> Floats:
    """log2(estimate / truth), `[N]` octaves: 1 is twice too fast, -1 half (OE1 in Schreiber et al., TISMIR 2020)."""
    estimated, true = _pair(estimates, truths)
    octaves: Floats = np.log2(estimated / true)
    return octaves


def _deviations(estimates: Tempi, truths: Tempi) -> Floats:
    """`[N, 5]`: relative distance from the truth times each of `FACTORS`."""
    estimated, true = _pair(estimates, truths)
    targets = true[:, None] * np.array(FACTORS)
    deviations: Floats = np.abs(estimated[:, None] - targets) / targets
    return deviations


def accuracy1_hits(estimates: Tempi, truths: Tempi, tolerance: float = DEFAULT_TOLERANCE) -> Flags:
    """`[N]`: the estimate is within the tolerance, a share of the truth (Gouyon et al. 2006; 4 % is customary)."""
    return _deviations(estimates, truths)[:, 0] <= _tolerance(tolerance)


def accuracy2_hits(estimates: Tempi, truths: Tempi, tolerance: float = DEFAULT_TOLERANCE) -> Flags:
    """`[N]`: the estimate is that near to 1, 2, 3, 1/2 or 1/3 times the truth (Gouyon et al. 2006)."""
    hits: Flags = _deviations(estimates, truths).min(axis=1) <= _tolerance(tolerance)
    return hits


def headline_scores(estimates: Tempi, truths: Tempi) -> dict[str, float]:
    """Accuracy1, Accuracy2 and the mean absolute error, by the names that checkpoints carry them under."""
    return {
        "accuracy1": float(accuracy1_hits(estimates, truths).mean()),
        "accuracy2": float(accuracy2_hits(estimates, truths).mean()),
        "mae_bpm": float(absolute_errors(estimates, truths).mean()),
    }


def error_kinds(estimates: Tempi, truths: Tempi, tolerance: float = DEFAULT_TOLERANCE) -> tuple[ErrorKind, ...]:
    """`[N]` kinds: "half" is an estimate at half the truth; "exact" is Accuracy1, all but "other" is Accuracy2.

    Metrical levels told apart as in M. Levy, "Improving Perceptual Tempo Estimation with Crowd-Sourced Annotations",
    ISMIR 2011; factors and tolerance of Accuracy2.
    """
    deviations = _deviations(estimates, truths)
    within = deviations.min(axis=1) <= _tolerance(tolerance)
    indices = np.where(within, deviations.argmin(axis=1), len(FACTORS))
    return tuple(ERROR_KINDS[index] for index in indices)


def metrical_level_hits(
    estimates: Tempi, levels_bpm: Sequence[Sequence[float]], tolerance: float = DEFAULT_TOLERANCE
) -> Flags:
    """`[N]`: the estimate is within the tolerance of any annotated pulse rate of its clip.

    Levels: E. Quinton, C. Harte and M. Sandler, "Extraction of Metrical Structure from Music Recordings", DAFx 2015.

    Args:
        estimates: `[N]`, BPM.
        levels_bpm: of each clip one rate or more, BPM.
        tolerance: share of the annotated rate.
    """
    estimated = _bpm(estimates, "estimates")
    _same_length(len(estimated), "estimates", len(levels_bpm), "clips with metrical levels")
    levels = [_bpm(rates, "metrical levels of a clip") for rates in levels_bpm]
    nearest = [np.min(np.abs(bpm - rates) / rates) for bpm, rates in zip(estimated, levels, strict=True)]
    return np.array(nearest) <= _tolerance(tolerance)


def p_scores(
    estimates: NDArray[np.floating],
    references: NDArray[np.floating],
    weights: NDArray[np.floating],
    tolerance: float = P_SCORE_TOLERANCE,
) -> Floats:
    """P-score of each clip, `[N]`, 0..1: the weights of the reference tempi that any estimate meets.

    M. F. McKinney, D. Moelants, M. E. P. Davies and A. Klapuri, "Evaluation of Audio Beat Tracking and Music Tempo
    Extraction Algorithms", JNMR 2007; as in MIREX and `mir_eval.tempo.detection`.

    Args:
        estimates, references: `[N, 2]`, BPM; 0 stands for no second tempo.
        weights: `[N]`, 0..1, salience of the first reference; the second has the rest.
        tolerance: share of the reference.
    """
    estimated, true, salience = (np.asarray(given, dtype=np.float64) for given in (estimates, references, weights))
    if estimated.ndim != 2 or estimated.shape[1] != 2 or estimated.shape != true.shape or len(estimated) == 0:
        raise DatasetError(f"Estimates are {estimated.shape}, references {true.shape}. Give two BPM of each per clip.")
    usable = all(np.isfinite(tempi).all() and (tempi >= 0).all() for tempi in (estimated, true))
    if not usable or not true.any(axis=1).all():
        raise DatasetError(
            "Some tempi are below 0, not finite, or 0 for both references of a clip. A P-score needs a reference above "
            "0 for every clip, and 0 where there is no second tempo: leave other clips out."
        )
    if salience.shape != true.shape[:1] or not ((salience >= 0) & (salience <= 1)).all():
        raise DatasetError(f"The weights have the shape {salience.shape}. Give one per clip, from 0 to 1.")
    distances = np.abs(true[:, :, None] - estimated[:, None, :]).min(axis=2)
    hits = (true > 0) & (distances <= _tolerance(tolerance) * true)
    scores: Floats = salience * hits[:, 0] + (1 - salience) * hits[:, 1]
    return scores


# All numbers of one system


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
    deviations = _deviations(estimates, truths)
    nearest = deviations.min(axis=1)
    limits = [_tolerance(tolerance) for tolerance in tolerances]
    return ToleranceCurve(
        tolerances=tuple(tolerances),
        accuracy1=tuple(float(np.mean(deviations[:, 0] <= limit)) for limit in limits),
        accuracy2=tuple(float(np.mean(nearest <= limit)) for limit in limits),
    )


@dataclass(frozen=True)
class TempoScore:
    """Everything that is said of one system on one set of clips; intervals are 95 % bootstrap intervals over clips.

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
    estimated, true = _pair(estimates, truths)
    _same_length(len(genres), "genres", len(true), "true tempi")
    labels = np.array(genres)
    return MappingProxyType(
        {
            genre: tempo_score(estimated[labels == genre], true[labels == genre], tolerance, seed, n_resamples)
            for genre in sorted(set(genres))
        }
    )


# Floors


def median_floor(train_truths: Tempi, n_clips: int) -> Floats:
    """`[n_clips]` BPM: the median tempo of the training clips as the answer to everything."""
    if n_clips < 1:
        raise DatasetError(f"Answers were asked for {n_clips} clips. Ask for at least 1.")
    return np.full(n_clips, np.median(_bpm(train_truths, "training tempi")))


def genre_median_floor(train_truths: Tempi, train_genres: Sequence[str], genres: Sequence[str]) -> Floats:
    """`[N]` BPM: the training median of each clip's genre, the true genre being given away (an oracle).

    Args:
        train_truths: `[M]`, BPM, of the training clips.
        train_genres: `[M]`, theirs.
        genres: `[N]`, of the clips to answer for; each must occur in training.
    """
    tempi = _bpm(train_truths, "training tempi")
    _same_length(len(train_genres), "training genres", len(tempi), "training tempi")
    unknown = sorted(set(genres) - set(train_genres))
    if unknown:
        raise DatasetError(f"No training clip has the genre {', '.join(unknown)}. Train on clips of every genre.")
    labels = np.array(train_genres)
    medians = {genre: float(np.median(tempi[labels == genre])) for genre in set(genres)}
    return np.array([medians[genre] for genre in genres])
