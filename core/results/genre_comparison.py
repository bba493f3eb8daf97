"""Saved genre predictions scored clip by clip: how well, and how two systems differ.

Everything here comes from files that ship with the project, so that nobody needs the audio to check a number.
Clips count as independent; clips of one artist are not quite, so the true uncertainty is somewhat larger.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.data.clips import load_clips
from core.errors import DatasetError
from core.metrics import genre as metrics
from core.metrics.genre import GenreScore, share
from core.metrics.significance import (
    McNemar,
    Measured,
    PairedDifference,
    mcnemar,
    paired_bootstrap,
    percentiles,
    resampled,
)
from core.results.clip_sets import WITHOUT, Without, clip_set, split_parts
from core.results.genre_predictions import SavedGenre
from core.types import GENRES, FloatArray, Subset

Indices = NDArray[np.integer]


def score_genre(saved: SavedGenre, clip_ids: tuple[str, ...]) -> GenreScore:
    """Scores a system's saved predictions.

    Raises:
        DatasetError: there is no clip, or one without a prediction.
    """
    return metrics.genre_score(*_predictions(saved, clip_ids))


def n_right(saved: SavedGenre, clip_ids: tuple[str, ...]) -> int:
    """How many of the clips a system predicts correctly.

    Raises:
        DatasetError: as `score_genre`.
    """
    probs, labels = _predictions(saved, clip_ids)
    return int((probs.argmax(axis=1) == labels).sum())


def labels_of(clip_ids: Iterable[str]) -> Indices:
    """True genre index of each clip, `[N]`."""
    genre_of = {clip.clip_id: GENRES.index(clip.genre) for clip in load_clips()}
    return np.array([genre_of[clip_id] for clip_id in clip_ids], dtype=np.int64)


def _predictions(saved: SavedGenre, clip_ids: tuple[str, ...]) -> tuple[FloatArray, Indices]:
    """Probabilities `[N, 10]` and labels `[N]`."""
    if not clip_ids:
        raise DatasetError("There are no clips to score. Choose another subset, or leave fewer clips out.")
    missing = [clip_id for clip_id in clip_ids if clip_id not in saved.by_clip]
    if missing:
        raise DatasetError(
            f"{saved.system} has no prediction for {len(missing)} of {len(clip_ids)} clips, the first is {missing[0]}. "
            "Make the saved predictions again with 'python -m core export'."
        )
    probs = np.stack([saved.by_clip[clip_id] for clip_id in clip_ids])
    return probs, labels_of(clip_ids)


# How two systems differ


@dataclass(frozen=True)
class GenreComparison:
    """Two systems on the same clips; differences are first minus second.

    Attributes:
        n: clips.
        both_right, both_wrong: clips.
        accuracy: paired bootstrap.
        log_loss: the same, nats; below 0 favours the first.
        mcnemar: clips that only one of them got right, and the exact test.
    """

    n: int
    both_right: int
    both_wrong: int
    accuracy: PairedDifference
    log_loss: PairedDifference
    mcnemar: McNemar


def compare_genre(first: SavedGenre, second: SavedGenre, clip_ids: tuple[str, ...]) -> GenreComparison:
    """Paired comparison of two systems.

    Raises:
        DatasetError: as `score_genre`.
    """
    (probs, labels), (others, _) = _predictions(first, clip_ids), _predictions(second, clip_ids)
    right, other_right = probs.argmax(axis=1) == labels, others.argmax(axis=1) == labels
    return GenreComparison(
        n=len(labels),
        both_right=int((right & other_right).sum()),
        both_wrong=int((~right & ~other_right).sum()),
        accuracy=paired_bootstrap(right.astype(np.float64), other_right.astype(np.float64)),
        log_loss=paired_bootstrap(metrics.log_losses(probs, labels), metrics.log_losses(others, labels)),
        mcnemar=mcnemar(right, other_right),
    )


# What the faults of the data are worth


@dataclass(frozen=True)
class FaultCost:
    """Accuracy once some clips are left out.

    Attributes:
        without: what is left out.
        n, n_left_out: clips that stay and go.
        accuracy: of those that stay, Wilson interval.
        accuracy_left_out: of those that go; None where none does.
        cost: accuracy on all clips minus accuracy of those that stay, bootstrap interval; None where none goes.
    """

    without: Without
    n: int
    n_left_out: int
    accuracy: Measured
    accuracy_left_out: Measured | None
    cost: Measured | None


def fault_costs(saved: SavedGenre, split: str, subset: Subset = "test") -> tuple[FaultCost, ...]:
    """Accuracy with all clips, without shared recordings, and without shared recordings and artists.

    Raises:
        DatasetError: as `clip_set` and `score_genre`.
    """
    everything = clip_set(split, subset).clip_ids
    probs, labels = _predictions(saved, everything)
    right = probs.argmax(axis=1) == labels
    costs = []
    for without in WITHOUT:
        stays = np.isin(everything, clip_set(split, subset, without).clip_ids)
        costs.append(_fault_cost(without, right, stays))
    return tuple(costs)


def _fault_cost(without: Without, right: NDArray[np.bool_], stays: NDArray[np.bool_]) -> FaultCost:
    n_stay, n_go = int(stays.sum()), int((~stays).sum())

    def lost(drawn: Indices) -> float:
        kept = right[drawn][stays[drawn]]
        return float(right[drawn].mean() - kept.mean()) if kept.size else 0.0

    cost = Measured.of(lost(np.arange(len(right))), percentiles(resampled(len(right), lost))) if n_go else None
    return FaultCost(
        without=without,
        n=n_stay,
        n_left_out=n_go,
        accuracy=share(int(right[stays].sum()), n_stay),
        accuracy_left_out=share(int(right[~stays].sum()), n_go) if n_go else None,
        cost=cost,
    )


# Baseline


def majority_class(split: str, clip_ids: tuple[str, ...]) -> SavedGenre:
    """The majority-class baseline: the shares of the genres in training, predicted for every clip.

    Args:
        split: whose training subset; of the artist folds each clip has that of the fold which it is a test clip of.
        clip_ids: to predict.

    Raises:
        DatasetError: there is no clip, or no such split.
    """
    if not clip_ids:
        raise DatasetError("There are no clips to predict. Choose another subset, or leave fewer clips out.")
    parts = split_parts(split)
    shares = {
        clip_id: _shares(part.train)
        for part in parts
        for clip_id in (part.test if len(parts) > 1 else (*part.train, *part.valid, *part.test))
    }
    return SavedGenre(
        system="majority class (baseline)",
        description="Predicts the most frequent genre in training for each clip.",
        by_clip=MappingProxyType({clip_id: shares[clip_id] for clip_id in clip_ids}),
        subsets=MappingProxyType(dict.fromkeys(clip_ids, "test")),
    )


@lru_cache(maxsize=16)
def _shares(clip_ids: tuple[str, ...]) -> FloatArray:
    """`[10]`: of the genres among clips."""
    counted = np.bincount(labels_of(clip_ids), minlength=len(GENRES))
    return np.asarray(counted / len(clip_ids), dtype=np.float32)
