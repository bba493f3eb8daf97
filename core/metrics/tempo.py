"""Tempo metrics, in pure numpy. `N` clips; tempi are BPM `[N]`, above 0; shares, tolerances and accuracies are 0..1.

An annotator and a listener may tap at different metrical levels, so one number is never enough: Accuracy1 asks for the
annotated level, Accuracy2 forgives the level, the octave error tells which way it was missed.
Definitions: F. Gouyon et al., "An Experimental Comparison of Audio Tempo Induction Algorithms", IEEE TASLP 2006;
H. Schreiber, J. Urbano and M. Mueller, "Music Tempo Estimation: Are We Done Yet?", TISMIR 2020.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError

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


def checked_pair(estimates: Tempi, truths: Tempi) -> tuple[Floats, Floats]:
    """Both as arrays of the same length `[N]`; raises DatasetError on anything that is no tempo."""
    estimated, true = _bpm(estimates, "estimates"), _bpm(truths, "true tempi")
    same_length(len(estimated), "estimates", len(true), "true tempi")
    return estimated, true


def same_length(n_first: int, first: str, n_second: int, second: str) -> None:
    """Raises DatasetError where there is not one of each for every clip."""
    if n_first != n_second:
        raise DatasetError(f"There are {n_first} {first} but {n_second} {second}. Give one of each per clip.")


def checked_tolerance(tolerance: float) -> float:
    """The tolerance and what rounding adds; raises DatasetError out of its range."""
    if not 0 <= tolerance < MAX_TOLERANCE:
        raise DatasetError(f"The tolerance is {tolerance}. Choose a share from 0 to below {MAX_TOLERANCE}, as 0.04.")
    return tolerance + _ROUNDING


# Errors of each clip


def absolute_errors(estimates: Tempi, truths: Tempi) -> Floats:
    """Distance between estimate and truth, `[N]` BPM.

    Raises:
        DatasetError: no clip, unequal lengths, or a tempo that is not above 0 (every function of this module).
    """
    estimated, true = checked_pair(estimates, truths)
    return np.abs(estimated - true)


def octave_errors(estimates: Tempi, truths: Tempi) -> Floats:
    """log2(estimate / truth), `[N]` octaves: 1 is twice too fast, -1 half (OE1 in Schreiber et al., TISMIR 2020)."""
    estimated, true = checked_pair(estimates, truths)
    octaves: Floats = np.log2(estimated / true)
    return octaves


def factor_deviations(estimates: Tempi, truths: Tempi) -> Floats:
    """`[N, 5]`: relative distance from the truth times each of `FACTORS`."""
    estimated, true = checked_pair(estimates, truths)
    targets = true[:, None] * np.array(FACTORS)
    deviations: Floats = np.abs(estimated[:, None] - targets) / targets
    return deviations


def accuracy1_hits(estimates: Tempi, truths: Tempi, tolerance: float = DEFAULT_TOLERANCE) -> Flags:
    """`[N]`: the estimate is within the tolerance, a share of the truth (Gouyon et al. 2006; 4 % is customary)."""
    return factor_deviations(estimates, truths)[:, 0] <= checked_tolerance(tolerance)


def accuracy2_hits(estimates: Tempi, truths: Tempi, tolerance: float = DEFAULT_TOLERANCE) -> Flags:
    """`[N]`: the estimate is that near to 1, 2, 3, 1/2 or 1/3 times the truth (Gouyon et al. 2006)."""
    hits: Flags = factor_deviations(estimates, truths).min(axis=1) <= checked_tolerance(tolerance)
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

    Metrical levels as in M. Levy, "Improving Perceptual Tempo Estimation with Crowd-Sourced Annotations",
    ISMIR 2011; factors and tolerance of Accuracy2.
    """
    deviations = factor_deviations(estimates, truths)
    within = deviations.min(axis=1) <= checked_tolerance(tolerance)
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
    same_length(len(estimated), "estimates", len(levels_bpm), "clips with metrical levels")
    levels = [_bpm(rates, "metrical levels of a clip") for rates in levels_bpm]
    nearest = [np.min(np.abs(bpm - rates) / rates) for bpm, rates in zip(estimated, levels, strict=True)]
    return np.array(nearest) <= checked_tolerance(tolerance)


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
    hits = (true > 0) & (distances <= checked_tolerance(tolerance) * true)
    scores: Floats = salience * hits[:, 0] + (1 - salience) * hits[:, 1]
    return scores


def median_baseline(train_truths: Tempi, n_clips: int) -> Floats:
    """`[n_clips]` BPM: the median tempo of the training clips for every clip: a baseline."""
    if n_clips < 1:
        raise DatasetError(f"Predictions were asked for {n_clips} clips. Ask for at least 1.")
    return np.full(n_clips, np.median(_bpm(train_truths, "training tempi")))


def genre_median_baseline(train_truths: Tempi, train_genres: Sequence[str], genres: Sequence[str]) -> Floats:
    """`[N]` BPM: the training median of each clip's true genre: a baseline with an oracle of the genre.

    Args:
        train_truths: `[M]`, BPM, of the training clips.
        train_genres: `[M]`, theirs.
        genres: `[N]`, of the clips to predict; each must occur in training.
    """
    tempi = _bpm(train_truths, "training tempi")
    same_length(len(train_genres), "training genres", len(tempi), "training tempi")
    unknown = sorted(set(genres) - set(train_genres))
    if unknown:
        raise DatasetError(f"No training clip has the genre {', '.join(unknown)}. Train on clips of every genre.")
    labels = np.array(train_genres)
    medians = {genre: float(np.median(tempi[labels == genre])) for genre in set(genres)}
    return np.array([medians[genre] for genre in genres])
