"""Tempo estimators scored clip by clip on the same clips: ours, the reference systems, and the baselines.

A system is a mapping from clip to BPM, so that whatever has predicted them can join.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from core.data.clips import load_clips
from core.errors import DatasetError
from core.metrics.significance import McNemar, PairedDifference, mcnemar, paired_bootstrap
from core.metrics.tempo import (
    DEFAULT_TOLERANCE,
    TOLERANCES,
    ErrorKind,
    absolute_errors,
    accuracy1_hits,
    error_kinds,
    genre_median_baseline,
    median_baseline,
)
from core.metrics.tempo_scores import TempoScore, ToleranceCurve, tempo_score, tolerance_curve
from core.results.clip_sets import can_be_scored, split_parts
from core.results.reference_systems import load_references
from core.results.tempo_predictions import TEMPO_TABLE, SavedTempo, tempi_of

Annotation = Literal["rhythm", "marsyas"]
Role = Literal["ours", "annotation", "peer", "floor"]

ANNOTATIONS: tuple[Annotation, ...] = get_args(Annotation)
"""Hand-marked beats (GTZAN-Rhythm), our ground truth, and the second annotation (Marsyas), often an octave lower."""


@dataclass(frozen=True)
class TempoSystem:
    """A source of tempi.

    Attributes:
        name: short, unique.
        title: for people.
        role: ours, the other annotation, a reference system ("peer"), or a baseline ("floor").
        source: publication, or how it came about.
        audio: what it received.
        tempo_bpm: BPM by clip id; for a system of ours, only clips unseen in its training.
    """

    name: str
    title: str
    role: Role
    source: str
    audio: str
    tempo_bpm: Mapping[str, float]


def own_system(name: str, title: str, source: str, tempo_bpm: Mapping[str, float]) -> TempoSystem:
    """A system of ours.

    Args:
        name, title, source: as in `TempoSystem`.
        tempo_bpm: BPM by clip id, of clips unseen in its training.
    """
    return TempoSystem(name, title, "ours", source, "mp3 copy", MappingProxyType(dict(tempo_bpm)))


def reference_systems() -> tuple[TempoSystem, ...]:
    """The estimators whose predictions ship, in the order of their table.

    Raises:
        DatasetError: the table is missing or damaged.
    """
    return tuple(
        TempoSystem(each.info.name, each.info.title, "peer", each.info.source, each.info.audio, each.tempo_bpm)
        for each in load_references()
    )


_ANNOTATORS: dict[Annotation, tuple[str, str]] = {
    "rhythm": ("GTZAN-Rhythm", "U. Marchand and G. Peeters, “Swing Ratio Estimation”, DAFx 2015"),
    "marsyas": ("Marsyas", "G. Percival and G. Tzanetakis, “Streamlined Tempo Estimation”, IEEE/ACM TASLP 2014"),
}


def other_annotation(annotation: Annotation = "rhythm") -> TempoSystem:
    """The annotation that is not the ground truth, scored as if a system had predicted it."""
    (other,) = set(ANNOTATIONS) - {annotation}
    name, source = _ANNOTATORS[other]
    return TempoSystem(other, f"people: the annotation of {name}", "annotation", source, "originals", truths(other))


def baseline_systems(split: str, annotation: Annotation = "rhythm") -> tuple[TempoSystem, TempoSystem]:
    """Median tempo of the training clips, of all and of the clip's true genre; the second is an oracle of the genre.

    Raises:
        DatasetError: no such split.
    """
    of_all: dict[str, float] = {}
    of_genre: dict[str, float] = {}
    truth_bpm, genre_of = truths(annotation), {clip.clip_id: clip.genre for clip in load_clips()}
    for part in split_parts(split):
        train = [clip_id for clip_id in part.train if clip_id in truth_bpm]
        tempi, genres = [truth_bpm[clip_id] for clip_id in train], [genre_of[clip_id] for clip_id in train]
        ids = part.test if split == "artist_folds" else (*part.test, *part.valid, *part.train)
        of_all |= zip(ids, median_baseline(tempi, len(ids)).tolist(), strict=True)
        asked = [genre_of[clip_id] for clip_id in ids]
        of_genre |= zip(ids, genre_median_baseline(tempi, genres, asked).tolist(), strict=True)
    return (
        TempoSystem("median", "median tempo of training", "floor", "receives no audio", "nothing", of_all),
        TempoSystem(
            "genre_median", "median tempo of the true genre", "floor", "oracle of the genre", "nothing", of_genre
        ),
    )


def tempo_systems(
    split: str, annotation: Annotation, saved: Iterable[SavedTempo] | None = None
) -> tuple[TempoSystem, ...]:
    """All that can be scored on a split: ours, best on validation first, the annotation, references, baselines.

    Args:
        split, annotation: to score on.
        saved: estimates of ours, where they are read already; None for all that ship.

    Raises:
        DatasetError: a table that ships is missing or damaged.
    """
    found = map(TEMPO_TABLE.load, TEMPO_TABLE.systems()) if saved is None else saved
    tables = [table for table in found if can_be_scored(table.subsets, split)]
    own = [
        own_system(table.system, table.system, table.description, tempi_of(table))
        for table in sorted(tables, key=_n_right_on_validation, reverse=True)
    ]
    return (*own, other_annotation(annotation), *reference_systems(), *baseline_systems(split, annotation))


def _n_right_on_validation(saved: SavedTempo) -> int:
    """Validation clips within 4 % of the truth; none for a system that has no validation clips."""
    truth_bpm = truths()
    clip_ids = [i for i, subset in saved.subsets.items() if subset == "valid" and i in truth_bpm]
    if not clip_ids:
        return 0
    estimates = [saved.by_clip[clip_id].estimate.tempo_bpm for clip_id in clip_ids]
    return int(accuracy1_hits(estimates, [truth_bpm[clip_id] for clip_id in clip_ids]).sum())


@cache
def truths(annotation: Annotation = "rhythm") -> Mapping[str, float]:
    """Annotated BPM of each clip that has one."""
    tempi = {
        clip.clip_id: clip.tempo_bpm if annotation == "rhythm" else clip.tempo_marsyas_bpm for clip in load_clips()
    }
    return MappingProxyType({clip_id: bpm for clip_id, bpm in tempi.items() if bpm is not None})


def predicted_clips(system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation = "rhythm") -> tuple[str, ...]:
    """Those clips that have an annotated and a predicted tempo.

    Raises:
        DatasetError: there is none.
    """
    truth_bpm = truths(annotation)
    ids = tuple(clip_id for clip_id in clip_ids if clip_id in truth_bpm and clip_id in system.tempo_bpm)
    if not ids:
        raise DatasetError(f"{system.title} has a tempo for none of these clips. Choose another split or subset.")
    return ids


def _pair(system: TempoSystem, ids: Sequence[str], annotation: Annotation) -> tuple[list[float], list[float]]:
    truth_bpm = truths(annotation)
    return [system.tempo_bpm[clip_id] for clip_id in ids], [truth_bpm[clip_id] for clip_id in ids]


def share_within(system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation = "rhythm") -> float:
    """Accuracy1 on the clips that a system has predicted, 0..1.

    Raises:
        DatasetError: as `predicted_clips`.
    """
    return float(accuracy1_hits(*_pair(system, predicted_clips(system, clip_ids, annotation), annotation)).mean())


def score_tempo(system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation = "rhythm") -> TempoScore:
    """Scores a system on the clips that it has predicted; the score holds how many.

    Raises:
        DatasetError: as `predicted_clips`.
    """
    return tempo_score(*_pair(system, predicted_clips(system, clip_ids, annotation), annotation))


def curve_of(system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation = "rhythm") -> ToleranceCurve:
    """Accuracy against tolerance, `TOLERANCES`.

    Raises:
        DatasetError: as `predicted_clips`.
    """
    estimates, true = _pair(system, predicted_clips(system, clip_ids, annotation), annotation)
    return tolerance_curve(estimates, true, TOLERANCES)


@dataclass(frozen=True)
class TempoPrediction:
    """What one system predicts for one clip; BPM. `kind` is that at a tolerance of 4 %."""

    clip_id: str
    genre: str
    artist: str
    title: str
    truth_bpm: float
    estimate_bpm: float
    kind: ErrorKind


def tempo_predictions(
    system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation = "rhythm"
) -> tuple[TempoPrediction, ...]:
    """Every prediction beside the truth, in the order of the clips.

    Raises:
        DatasetError: as `predicted_clips`.
    """
    ids = predicted_clips(system, clip_ids, annotation)
    clip_of = {clip.clip_id: clip for clip in load_clips()}
    estimates, true = _pair(system, ids, annotation)
    kinds = error_kinds(estimates, true, DEFAULT_TOLERANCE)
    return tuple(
        TempoPrediction(
            clip_id, clip_of[clip_id].genre, clip_of[clip_id].artist, clip_of[clip_id].title, bpm, estimate, kind
        )
        for clip_id, bpm, estimate, kind in zip(ids, true, estimates, kinds, strict=True)
    )


@dataclass(frozen=True)
class TempoComparison:
    """Two systems on the clips that both have predicted; differences are first minus second.

    Attributes:
        n: clips.
        accuracy1: share within 4 %.
        mae_bpm, median_ae_bpm: mean and median absolute error; below 0 favours the first.
        mcnemar: clips that only one of them has within 4 %, and the exact test.
    """

    n: int
    accuracy1: PairedDifference
    mae_bpm: PairedDifference
    median_ae_bpm: PairedDifference
    mcnemar: McNemar


def compare_tempo(
    first: TempoSystem, second: TempoSystem, clip_ids: Sequence[str], annotation: Annotation = "rhythm"
) -> TempoComparison:
    """Paired comparison of two systems.

    Raises:
        DatasetError: there is no clip that both have predicted.
    """
    ids = predicted_clips(second, predicted_clips(first, clip_ids, annotation), annotation)
    (estimates, true), (others, _) = _pair(first, ids, annotation), _pair(second, ids, annotation)
    hits, other_hits = accuracy1_hits(estimates, true), accuracy1_hits(others, true)
    errors, other_errors = absolute_errors(estimates, true), absolute_errors(others, true)
    return TempoComparison(
        n=len(ids),
        accuracy1=paired_bootstrap(hits.astype(np.float64), other_hits.astype(np.float64)),
        mae_bpm=paired_bootstrap(errors, other_errors),
        median_ae_bpm=paired_bootstrap(errors, other_errors, statistic="median"),
        mcnemar=mcnemar(hits, other_hits),
    )
