"""Tempo scores beyond one annotated tempo, and of steady clips and the others apart, from saved predictions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.data.clips import clip_by_id
from core.metrics.significance import Measured, bootstrap_interval
from core.metrics.tempo import DEFAULT_TOLERANCE, accuracy1_hits, metrical_level_hits
from core.results.clip_sets import clip_set
from core.results.tempo_comparison import TempoSystem, predicted_clips, score_tempo, tempo_systems, truths
from core.results.words import in_words, split_words

Steadiness = Literal["all", "steady", "unsteady"]

STEADINESS: tuple[Steadiness, ...] = get_args(Steadiness)
STEADINESS_WORDS: dict[Steadiness, str] = {"all": "all", "steady": "steady", "unsteady": "not steady"}
MAX_SPREAD = DEFAULT_TOLERANCE
"""Of a steady clip the standard deviation of the tempi between annotated beats is up to this share of their mean."""


def clips_that_are(steadiness: Steadiness, clip_ids: Sequence[str]) -> tuple[str, ...]:
    """Those clips whose annotated beats (GTZAN-Rhythm) are steady, or are not; clips without annotation are in none."""
    if steadiness == "all":
        return tuple(clip_ids)
    return tuple(clip_id for clip_id in clip_ids if _is_steady(clip_id) is (steadiness == "steady"))


def _is_steady(clip_id: str) -> bool | None:
    clip = clip_by_id()[clip_id]
    if clip.tempo_bpm is None or clip.tempo_std_bpm is None:
        return None
    return clip.tempo_std_bpm <= MAX_SPREAD * clip.tempo_bpm


@dataclass(frozen=True)
class LenientScore:
    """Accuracies within 4 % where more than one tempo counts, 0..1, with 95 % bootstrap intervals over clips.

    Attributes:
        either: of GTZAN-Rhythm or Marsyas.
        any_level: of any annotated pulse rate; None where no clip has such an annotation. Source of the annotation:
            E. Quinton, C. Harte and M. Sandler, "Extraction of Metrical Structure from Music Recordings", DAFx 2015.
        n_either, n_level: clips.
    """

    either: Measured
    any_level: Measured | None
    n_either: int
    n_level: int


def score_leniently(system: TempoSystem, clip_ids: Sequence[str]) -> LenientScore:
    """Scores a system on the clips that have a GTZAN-Rhythm annotation.

    Raises:
        DatasetError: as `predicted_clips`.
    """
    ids = predicted_clips(system, clip_ids)
    estimates = np.array([system.tempo_bpm[clip_id] for clip_id in ids])
    rhythm, marsyas = truths(), truths("marsyas")
    hits = accuracy1_hits(estimates, [rhythm[clip_id] for clip_id in ids]) | accuracy1_hits(
        estimates, [marsyas.get(clip_id, rhythm[clip_id]) for clip_id in ids]
    )
    levels = [clip_by_id()[clip_id].metrical_levels_bpm for clip_id in ids]
    has_levels = np.array([bool(each) for each in levels])
    any_level = None
    if has_levels.any():
        any_level = _share(metrical_level_hits(estimates[has_levels], [each for each in levels if each]))
    return LenientScore(_share(hits), any_level, len(ids), int(has_levels.sum()))


def _share(hits: NDArray[np.bool_]) -> Measured:
    values = hits.astype(np.float64)
    return Measured.of(float(values.mean()), bootstrap_interval(values))


_HEAD = (
    "| system | split | clips | n | Accuracy1 | Accuracy2 | MAE | median absolute error | Accuracy1 against either "
    "annotation | at any annotated metrical level |"
)
_REFERENCE = "boeck2020"


def tempo_strata_markdown() -> str:
    """Test scores of our systems and of the best reference system as a markdown table; 95 % CIs in brackets."""
    rows = [row for split in ("artist_folds", "stratified") for row in _rows(split)]
    return "\n".join([_HEAD, f"|{'---|' * 10}", *rows])


def _rows(split: str) -> Iterator[str]:
    clip_ids = clip_set(split).clip_ids
    for system in tempo_systems(split, "rhythm"):
        is_out_of_fold = system.name.endswith("-oof")
        if system.name == _REFERENCE or (system.role == "ours" and is_out_of_fold == (split == "artist_folds")):
            for steadiness in STEADINESS:
                yield _row(system, split, steadiness, clips_that_are(steadiness, clip_ids))


def _row(system: TempoSystem, split: str, steadiness: Steadiness, clip_ids: Sequence[str]) -> str:
    score, lenient = score_tempo(system, clip_ids), score_leniently(system, clip_ids)
    cells = [
        f"`{system.name}`" if system.role == "ours" else system.title,
        split_words(split),
        STEADINESS_WORDS[steadiness],
        str(score.n),
        in_words(Measured.of(score.accuracy1, score.accuracy1_interval), "share"),
        in_words(Measured.of(score.accuracy2, score.accuracy2_interval), "share"),
        in_words(Measured.of(score.mae_bpm, score.mae_interval), "bpm"),
        in_words(Measured.of(score.median_ae_bpm, score.median_ae_interval), "fine bpm"),
        in_words(lenient.either, "share"),
        f"{in_words(lenient.any_level, 'share')}, n = {lenient.n_level}",
    ]
    return f"| {' | '.join(cells)} |"
