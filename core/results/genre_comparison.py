"""Saved genre predictions scored clip by clip: on which clips, how well, and how two systems differ.

Everything here comes from files that ship with the project, so that nobody needs the audio to check a number.
Clips count as independent; clips of one artist are not quite, so the true uncertainty is somewhat larger.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.data.gtzan import DEFAULT_SPLIT_SEED, N_FOLDS, SPLITS, leakage, load_clips, make_split
from core.errors import DatasetError
from core.metrics import genre as metrics
from core.metrics.genre import ClassScore, ReliabilityBin
from core.metrics.significance import (
    LEVEL,
    N_RESAMPLES,
    McNemar,
    PairedDifference,
    bootstrap_interval,
    mcnemar,
    paired_bootstrap,
)
from core.results.genre_predictions import SavedGenre
from core.types import GENRES, FloatArray, Split, Subset

Floats = NDArray[np.floating]
Indices = NDArray[np.integer]
Without = Literal["nothing", "recording", "artist"]

WITHOUT: tuple[Without, ...] = get_args(Without)
"""Which clips are left out: none, those whose recording is in training, those whose recording or artist is."""


# Which clips


@dataclass(frozen=True)
class ClipSet:
    """Clips to score on.

    Attributes:
        split, subset: where they come from.
        without: what they are free of.
        clip_ids: sorted.
        n_left_out: clips of the subset that `without` took away.
    """

    split: str
    subset: Subset
    without: Without
    clip_ids: tuple[str, ...]
    n_left_out: int


@lru_cache(maxsize=len(SPLITS))
def split_parts(name: str) -> tuple[Split, ...]:
    """The divisions that make up a split: one, or the five artist folds; the random one with the default seed.

    Raises:
        DatasetError: no such split.
    """
    if name == "artist_folds":
        return tuple(make_split(name, DEFAULT_SPLIT_SEED, fold) for fold in range(N_FOLDS))
    return (make_split(name, DEFAULT_SPLIT_SEED),)


def subsets_of(split: str) -> tuple[Subset, ...]:
    """Subsets that can be scored: over five folds every clip is a test clip once, so there is nothing else."""
    return ("test",) if split == "artist_folds" else ("test", "valid", "train")


@lru_cache(maxsize=64)
def clip_set(split: str, subset: Subset = "test", without: Without = "nothing") -> ClipSet:
    """The clips of a subset, with or without those that share a recording or an artist with training.

    Raises:
        DatasetError: no such split, a subset that it has not, or training clips without what is in training.
    """
    if subset not in subsets_of(split):
        raise DatasetError(f"Over the folds of {split} each clip is a test clip once. Choose the subset test.")
    if subset == "train" and without != "nothing":
        raise DatasetError("Training clips share everything with training. Keep them all, or choose another subset.")
    members: list[str] = []
    kept: list[str] = []
    for part in split_parts(split):
        ids = part.members(subset)
        members += ids
        leak = leakage(replace(part, test=ids))
        gone: frozenset[str] = {
            "nothing": frozenset(),
            "recording": leak.same_recording_ids,
            "artist": leak.leaked_ids,
        }[without]
        kept += [clip_id for clip_id in ids if clip_id not in gone]
    return ClipSet(split, subset, without, tuple(sorted(kept)), len(members) - len(kept))


def split_of(subsets: Mapping[str, Subset]) -> str | None:
    """The split that a system was trained on, told from the subsets of its clips; None for one of another seed.

    A system that met each clip as a test clip answered out of fold: "artist_folds".
    """
    if set(subsets.values()) == {"test"}:
        return "artist_folds"
    for name in ("stratified", "fault_filtered"):
        subset_of = split_parts(name)[0].subset_of
        if all(subset == subset_of.get(clip_id, "test") for clip_id, subset in subsets.items()):
            return name
    return None


def can_be_scored(subsets: Mapping[str, Subset], split: str) -> bool:
    """Whether the subsets of a split hold for a system, given its clips' subsets: it is its own, or out of fold."""
    return split_of(subsets) in (split, "artist_folds")


# How well


@dataclass(frozen=True)
class Measured:
    """A number and its 95 % interval, in one unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GenreScore:
    """One system on one set of clips.

    Attributes:
        n: clips.
        accuracy, top2: shares, 0..1, Wilson intervals.
        accuracy_bootstrap: the same accuracy with a bootstrap interval.
        macro_f1: 0..1, bootstrap interval, as all below.
        log_loss: nats.
        brier: 0..2.
        calibration_error: 0..1.
        counts: `[10][10]`, rows true, columns said, in the order of `GENRES`.
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


def share(n_right: int, n: int) -> Measured:
    """A share with its Wilson interval."""
    return Measured(n_right / n, *metrics.wilson_interval(n_right, n))


def genre_score(saved: SavedGenre, clip_ids: tuple[str, ...]) -> GenreScore:
    """Scores a system's saved predictions.

    Raises:
        DatasetError: there is no clip, or one without a prediction.
    """
    probs, labels = _answers(saved, clip_ids)
    said, n = probs.argmax(axis=1), len(labels)
    right = (said == labels).astype(np.float64)
    counts = metrics.confusion(probs, labels)
    bins = metrics.reliability(probs, labels)
    return GenreScore(
        n=n,
        accuracy=share(int(right.sum()), n),
        accuracy_bootstrap=_mean(right),
        top2=share(round(metrics.top_accuracy(probs, labels, 2) * n), n),
        macro_f1=_resampled(metrics.macro_f1(counts), n, lambda drawn: _macro_f1(labels[drawn], said[drawn])),
        log_loss=_mean(metrics.log_losses(probs, labels)),
        brier=_mean(metrics.squared_errors(probs, labels)),
        calibration_error=_calibration_error(probs, labels),
        counts=tuple(tuple(int(count) for count in row) for row in counts),
        classes=metrics.class_scores(counts),
        bins=bins,
    )


def labels_of(clip_ids: Iterable[str]) -> Indices:
    """True genre index of each clip, `[N]`."""
    genre_of = {clip.clip_id: GENRES.index(clip.genre) for clip in load_clips()}
    return np.array([genre_of[clip_id] for clip_id in clip_ids], dtype=np.int64)


def _answers(saved: SavedGenre, clip_ids: tuple[str, ...]) -> tuple[FloatArray, Indices]:
    """Probabilities `[N, 10]` and labels `[N]`."""
    if not clip_ids:
        raise DatasetError("There are no clips to score. Choose another subset, or leave fewer clips out.")
    missing = [clip_id for clip_id in clip_ids if clip_id not in saved.probs]
    if missing:
        raise DatasetError(
            f"{saved.system} has no prediction for {len(missing)} of {len(clip_ids)} clips, the first is {missing[0]}. "
            "Make the saved predictions again with 'python -m core export'."
        )
    probs = np.stack([saved.probs[clip_id] for clip_id in clip_ids])
    return probs, labels_of(clip_ids)


def _mean(values: Floats) -> Measured:
    interval = bootstrap_interval(values.astype(np.float64))
    return Measured(float(values.mean()), interval.low, interval.high)


def _resamples(n: int, statistic: Callable[[Indices], float]) -> Floats:
    """`[N_RESAMPLES]`: a statistic of clips drawn with replacement (Efron, Ann. Statist. 1979)."""
    draws = np.random.default_rng(0).integers(0, n, (N_RESAMPLES, n))
    return np.array([statistic(drawn) for drawn in draws])


def _percentiles(results: Floats) -> tuple[float, float]:
    low, high = np.quantile(results, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _resampled(value: float, n: int, statistic: Callable[[Indices], float]) -> Measured:
    return Measured(value, *_percentiles(_resamples(n, statistic)))


def _macro_f1(labels: Indices, said: Indices) -> float:
    n_classes = len(GENRES)
    flat = np.bincount(labels * n_classes + said, minlength=n_classes * n_classes)
    return metrics.macro_f1(flat.reshape(n_classes, n_classes))


def _calibration_error(probs: FloatArray, labels: Indices) -> Measured:
    """Basic bootstrap interval: resampling adds noise to every bin, which would push plain percentiles upwards.

    A. C. Davison and D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 5.2.
    """
    value = metrics.expected_calibration_error(metrics.reliability(probs, labels))
    gap = (probs.argmax(axis=1) == labels) - probs.max(axis=1).astype(np.float64)
    index = metrics.reliability_index(probs)
    results = _resamples(len(labels), lambda drawn: float(np.abs(np.bincount(index[drawn], gap[drawn])).sum()))
    low, high = _percentiles(results / len(labels))
    return Measured(value, max(0.0, 2 * value - high), max(value, 2 * value - low))


# How two systems differ


@dataclass(frozen=True)
class GenreComparison:
    """Two systems on the same clips; differences are first less second.

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
        DatasetError: as `genre_score`.
    """
    (probs, labels), (others, _) = _answers(first, clip_ids), _answers(second, clip_ids)
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
        cost: accuracy on all clips less accuracy of those that stay, bootstrap interval; None where none goes.
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
        DatasetError: as `clip_set` and `genre_score`.
    """
    everything = clip_set(split, subset).clip_ids
    probs, labels = _answers(saved, everything)
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

    cost = _resampled(lost(np.arange(len(right))), len(right), lost) if n_go else None
    return FaultCost(
        without=without,
        n=n_stay,
        n_left_out=n_go,
        accuracy=share(int(right[stays].sum()), n_stay),
        accuracy_left_out=share(int(right[~stays].sum()), n_go) if n_go else None,
        cost=cost,
    )


# Floor


def genre_floor(clip_ids: tuple[str, ...]) -> SavedGenre:
    """The most that hearing nothing can get: the shares of the genres among these very clips, for every clip the same.

    It names their most frequent genre; no constant answer has a higher accuracy or a lower log loss.

    Raises:
        DatasetError: there is no clip.
    """
    if not clip_ids:
        raise DatasetError("There are no clips to answer for. Choose another subset, or leave fewer clips out.")
    counted = np.bincount(labels_of(clip_ids), minlength=len(GENRES))
    shares: FloatArray = (counted / len(clip_ids)).astype(np.float32)
    return SavedGenre(
        system="one genre always",
        description="Names the most frequent genre of the clips, whatever it hears.",
        probs=MappingProxyType(dict.fromkeys(clip_ids, shares)),
        subsets=MappingProxyType(dict.fromkeys(clip_ids, "test")),
    )
