"""Predicted tempi scored: against both annotations, beside baselines and reference systems, with leakage."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.data.clips import load_clips
from core.data.splits import leakage
from core.errors import DatasetError
from core.evaluation.command import evaluate_command
from core.evaluation.predictions import Predicted
from core.metrics.significance import Interval, bootstrap_interval
from core.metrics.tempo import (
    P_SCORE_TOLERANCE,
    absolute_errors,
    accuracy1_hits,
    accuracy2_hits,
    genre_median_baseline,
    median_baseline,
    metrical_level_hits,
    p_scores,
)
from core.metrics.tempo_scores import tempo_score, tempo_score_by_genre, tolerance_curve
from core.results.tempo_comparison import (
    Annotation,
    TempoSystem,
    compare_tempo,
    own_system,
    predicted_clips,
    reference_systems,
    truths,
)
from core.results.tempo_predictions import SavedTempo
from core.results.tempo_reports import AnnotationScore, ComparedSystem, GenreAccuracy, TempoReport
from core.types import TempoReading


def evaluate_tempo(
    predicted: Predicted[TempoReading], data_note: str, others: Sequence[SavedTempo] = ()
) -> TempoReport:
    """Scores predictions against both annotations, with intervals, baselines, reference systems and leakage.

    Args:
        predicted: on a split or out of fold; clips without an annotated tempo do not count.
        data_note: the copy of the data, in words.
        others: our own saved systems to compare with, on clips that are "test" for them.

    Raises:
        DatasetError: no clip has an annotated tempo, or one of the others has no test clip among the predicted.
    """
    predicted = _annotated(predicted)
    header, split = predicted.headers[0], predicted.splits[0]
    level_hits, level_n = _at_any_level(predicted)
    p_score_n, p_score, p_score_interval = _p_score(predicted)
    estimates, true = _pair(_system(predicted), tuple(predicted.by_clip), "rhythm")
    hits = accuracy1_hits(estimates, true)
    clear = np.array([reading.estimate.is_clear for reading in predicted.by_clip.values()])
    same_recording, same_artist = _leaked(predicted)
    unleaked = np.array([clip_id not in same_recording | same_artist for clip_id in predicted.by_clip])
    return TempoReport(
        checkpoint=predicted.system,
        model=header.model,
        recipe=header.provenance.recipe,
        data=data_note,
        split=split.name,
        split_seed=split.seed,
        fold=None if predicted.is_out_of_fold else split.fold,
        subset=predicted.subset,
        seed=header.provenance.seed,
        best_epochs=tuple(each.provenance.best_epoch for each in predicted.headers),
        n=len(predicted.by_clip),
        rhythm=_against(predicted, "rhythm", others),
        marsyas=_against(predicted, "marsyas", others),
        metrical_level_n=level_n,
        metrical_level_share=level_hits,
        p_score_n=p_score_n,
        p_score=p_score,
        p_score_interval=p_score_interval,
        clear_share=float(clear.mean()),
        clear_accuracy1=float(hits[clear].mean()) if clear.any() else None,
        n_same_recording=len(same_recording),
        n_same_artist=len(same_artist),
        accuracy1_unleaked=float(hits[unleaked].mean()) if unleaked.any() else None,
        commit=header.provenance.commit,
        command=evaluate_command(predicted, against=[other.system for other in others]),
        train_command=header.provenance.command,
    )


def _annotated(predicted: Predicted[TempoReading]) -> Predicted[TempoReading]:
    """The clips with an annotated tempo alone."""
    annotated = truths()
    by_clip = {clip_id: reading for clip_id, reading in predicted.by_clip.items() if clip_id in annotated}
    if not by_clip:
        raise DatasetError(
            f"No {predicted.subset} clip of the split {predicted.splits[0].name} has an annotated tempo. Choose "
            "another subset."
        )
    return replace(predicted, by_clip=by_clip)


def _system(predicted: Predicted[TempoReading]) -> TempoSystem:
    tempi = {clip_id: reading.estimate.tempo_bpm for clip_id, reading in predicted.by_clip.items()}
    return own_system(predicted.system, predicted.system, "this project", tempi)


def _pair(system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation) -> tuple[list[float], list[float]]:
    annotated = truths(annotation)
    return [system.tempo_bpm[i] for i in clip_ids], [annotated[i] for i in clip_ids]


def _saved_system(saved: SavedTempo) -> TempoSystem:
    tempi = {
        clip_id: kept.estimate.tempo_bpm for clip_id, kept in saved.by_clip.items() if saved.subsets[clip_id] == "test"
    }
    return own_system(saved.system, saved.system, saved.description, tempi)


def _against(
    predicted: Predicted[TempoReading], annotation: Annotation, others: Sequence[SavedTempo]
) -> AnnotationScore:
    system, annotated = _system(predicted), truths(annotation)
    clip_ids = tuple(clip_id for clip_id in predicted.by_clip if clip_id in annotated)
    estimates, true = _pair(system, clip_ids, annotation)
    genre_of = {clip.clip_id: clip.genre for clip in load_clips()}
    by_genre = tempo_score_by_genre(estimates, true, [genre_of[clip_id] for clip_id in clip_ids])
    return AnnotationScore(
        annotation=annotation,
        score=tempo_score(estimates, true),
        curve=tolerance_curve(estimates, true),
        genres=tuple(
            GenreAccuracy(genre, of.n, of.accuracy1, of.accuracy1_interval, of.accuracy2, of.accuracy2_interval)
            for genre, of in by_genre.items()
        ),
        rivals=tuple(
            _compared(system, other, clip_ids, annotation)
            for other in (*map(_saved_system, others), *_baselines(predicted, annotation), *reference_systems())
        ),
    )


def _compared(
    system: TempoSystem, other: TempoSystem, clip_ids: Sequence[str], annotation: Annotation
) -> ComparedSystem:
    shared = predicted_clips(other, clip_ids, annotation)
    estimates, true = _pair(other, shared, annotation)
    compared = compare_tempo(system, other, shared, annotation)
    errors = absolute_errors(estimates, true)
    return ComparedSystem(
        name=other.name,
        title=other.title,
        role=other.role,
        n=len(shared),
        accuracy1=float(accuracy1_hits(estimates, true).mean()),
        accuracy2=float(accuracy2_hits(estimates, true).mean()),
        mae_bpm=float(errors.mean()),
        median_ae_bpm=float(np.median(errors)),
        accuracy1_difference=compared.accuracy1,
        mae_difference_bpm=compared.mae_bpm,
        mcnemar=compared.mcnemar,
    )


def _baselines(predicted: Predicted[TempoReading], annotation: Annotation) -> tuple[TempoSystem, TempoSystem]:
    """Median tempo of the training clips of the model that predicted, of all and of the clip's true genre."""
    annotated, genre_of = truths(annotation), {clip.clip_id: clip.genre for clip in load_clips()}
    of_all: dict[str, float] = {}
    of_genre: dict[str, float] = {}
    for split in predicted.splits:
        ids = [clip_id for clip_id in split.members(predicted.subset) if clip_id in predicted.by_clip]
        train = [clip_id for clip_id in split.train if clip_id in annotated]
        tempi, genres = [annotated[clip_id] for clip_id in train], [genre_of[clip_id] for clip_id in train]
        of_all |= zip(ids, median_baseline(tempi, len(ids)).tolist(), strict=True)
        medians = genre_median_baseline(tempi, genres, [genre_of[clip_id] for clip_id in ids])
        of_genre |= zip(ids, medians.tolist(), strict=True)
    return (
        TempoSystem("median", "median tempo of training", "floor", "receives no audio", "nothing", of_all),
        TempoSystem(
            "genre_median", "median tempo of the true genre", "floor", "oracle of the genre", "nothing", of_genre
        ),
    )


def _at_any_level(predicted: Predicted[TempoReading]) -> tuple[float | None, int]:
    levels = {clip.clip_id: clip.metrical_levels_bpm for clip in load_clips()}
    ids = [clip_id for clip_id in predicted.by_clip if levels[clip_id]]
    if not ids:
        return None, 0
    estimates = [predicted.by_clip[clip_id].estimate.tempo_bpm for clip_id in ids]
    return float(metrical_level_hits(estimates, [levels[clip_id] for clip_id in ids]).mean()), len(ids)


def _p_score(predicted: Predicted[TempoReading]) -> tuple[int, float | None, Interval | None]:
    """Clips, mean and interval, where the annotations name two tempi."""
    first, second = truths("rhythm"), truths("marsyas")
    ids = [
        clip_id
        for clip_id in predicted.by_clip
        if clip_id in second
        and abs(first[clip_id] - second[clip_id]) > P_SCORE_TOLERANCE * min(first[clip_id], second[clip_id])
    ]
    if not ids:
        return 0, None, None
    estimates = [predicted.by_clip[clip_id].estimate for clip_id in ids]
    others = [estimate.best_alternative for estimate in estimates]
    scores = p_scores(
        np.array(
            [
                (estimate.tempo_bpm, 0.0 if other is None else other.tempo_bpm)
                for estimate, other in zip(estimates, others, strict=True)
            ]
        ),
        np.array([(first[clip_id], second[clip_id]) for clip_id in ids]),
        np.full(len(ids), 0.5),
    )
    return len(ids), float(scores.mean()), bootstrap_interval(scores)


def _leaked(predicted: Predicted[TempoReading]) -> tuple[frozenset[str], frozenset[str]]:
    """Predicted clips that share a recording, or an artist, with the training of the model that predicted."""
    same_recording: frozenset[str] = frozenset()
    same_artist: frozenset[str] = frozenset()
    for split in predicted.splits:
        ids = tuple(clip_id for clip_id in split.members(predicted.subset) if clip_id in predicted.by_clip)
        found = leakage(replace(split, test=ids))
        same_recording |= found.same_recording_ids
        same_artist |= found.same_artist_ids
    return same_recording, same_artist
