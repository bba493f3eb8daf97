"""Answers of tempo checkpoints scored: against both annotations, beside floors and peers, with what leaks."""

import shlex
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.data.gtzan import leakage, load_clips
from core.evaluation.tempo_answers import TempoAnswers
from core.metrics.significance import Interval, bootstrap_interval
from core.metrics.tempo import (
    P_SCORE_TOLERANCE,
    absolute_errors,
    accuracy1_hits,
    accuracy2_hits,
    genre_median_floor,
    median_floor,
    metrical_level_hits,
    p_scores,
    tempo_score,
    tempo_score_by_genre,
    tolerance_curve,
)
from core.results.tempo_comparison import (
    Annotation,
    TempoSystem,
    answered,
    compare_tempo,
    own_system,
    peer_systems,
    truths,
)
from core.results.tempo_predictions import SavedTempo
from core.results.tempo_reports import AnnotationScore, GenreAccuracy, Rival, TempoReport


def evaluate_tempo(answers: TempoAnswers, data_note: str, others: Sequence[SavedTempo] = ()) -> TempoReport:
    """Scores answers against both annotations, with intervals, floors, peers and leakage.

    Args:
        answers: of `answer_subset` or `answer_out_of_fold`.
        data_note: the copy of the data, in words.
        others: our own saved systems to compare with, on clips that are "test" for them.

    Raises:
        DatasetError: one of the others has no test clip among the answers.
    """
    header, split = answers.headers[0], answers.splits[0]
    is_out_of_fold = len(answers.splits) > 1
    level_hits, level_n = _at_any_level(answers)
    p_score_n, p_score, p_score_interval = _p_score(answers)
    estimates, true = _pair(_system(answers), tuple(answers.readings), "rhythm")
    hits = accuracy1_hits(estimates, true)
    clear = np.array([reading.estimate.is_clear for reading in answers.readings.values()])
    same_recording, same_artist = _leaked(answers)
    unleaked = np.array([clip_id not in same_recording | same_artist for clip_id in answers.readings])
    return TempoReport(
        checkpoint=answers.system,
        model=header.model,
        recipe=header.provenance.recipe,
        data=data_note,
        split=split.name,
        split_seed=split.seed,
        fold=None if is_out_of_fold else split.fold,
        subset=answers.subset,
        seed=header.provenance.seed,
        best_epochs=tuple(each.provenance.best_epoch for each in answers.headers),
        n=len(answers.readings),
        rhythm=_against(answers, "rhythm", others),
        marsyas=_against(answers, "marsyas", others),
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
        command=evaluate_command(answers, [other.system for other in others]),
        train_command=header.provenance.command,
    )


def evaluate_command(answers: TempoAnswers, against: Sequence[str] = ()) -> str:
    """The command line that evaluates this again, beside these saved systems of ours."""
    beside = ["--against", *against] if against else []
    words = ["python", "-m", "core", "evaluate", "tempo", "--checkpoint"]
    if len(answers.splits) > 1:
        return shlex.join([*words, answers.system.removesuffix("-oof"), "--out-of-fold", *beside]) + " --gtzan DIR"
    split = answers.splits[0]
    words += [answers.system, "--split", split.name]
    words += [] if split.seed is None else ["--split-seed", str(split.seed)]
    words += [] if split.fold is None else ["--fold", str(split.fold)]
    return shlex.join([*words, "--subset", answers.subset, *beside]) + " --gtzan DIR"


def _system(answers: TempoAnswers) -> TempoSystem:
    tempi = {clip_id: reading.estimate.tempo_bpm for clip_id, reading in answers.readings.items()}
    return own_system(answers.system, answers.system, "this project", tempi)


def _pair(system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation) -> tuple[list[float], list[float]]:
    annotated = truths(annotation)
    return [system.tempo_bpm[i] for i in clip_ids], [annotated[i] for i in clip_ids]


def _saved_system(saved: SavedTempo) -> TempoSystem:
    tempi = {
        clip_id: estimate.tempo_bpm for clip_id, estimate in saved.estimates.items() if saved.subsets[clip_id] == "test"
    }
    return own_system(saved.system, saved.system, saved.description, tempi)


def _against(answers: TempoAnswers, annotation: Annotation, others: Sequence[SavedTempo]) -> AnnotationScore:
    system, annotated = _system(answers), truths(annotation)
    clip_ids = tuple(clip_id for clip_id in answers.readings if clip_id in annotated)
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
            _rival(system, rival, clip_ids, annotation)
            for rival in (*map(_saved_system, others), *_floors(answers, annotation), *peer_systems())
        ),
    )


def _rival(system: TempoSystem, rival: TempoSystem, clip_ids: Sequence[str], annotation: Annotation) -> Rival:
    shared = answered(rival, clip_ids, annotation)
    estimates, true = _pair(rival, shared, annotation)
    compared = compare_tempo(system, rival, shared, annotation)
    errors = absolute_errors(estimates, true)
    return Rival(
        name=rival.name,
        title=rival.title,
        role=rival.role,
        n=len(shared),
        accuracy1=float(accuracy1_hits(estimates, true).mean()),
        accuracy2=float(accuracy2_hits(estimates, true).mean()),
        mae_bpm=float(errors.mean()),
        median_ae_bpm=float(np.median(errors)),
        accuracy1_difference=compared.accuracy1,
        mae_difference_bpm=compared.mae_bpm,
        mcnemar=compared.mcnemar,
    )


def _floors(answers: TempoAnswers, annotation: Annotation) -> tuple[TempoSystem, TempoSystem]:
    """Median tempo of the training clips of the model that answers, of all and of the clip's true genre."""
    annotated, genre_of = truths(annotation), {clip.clip_id: clip.genre for clip in load_clips()}
    of_all: dict[str, float] = {}
    of_genre: dict[str, float] = {}
    for split in answers.splits:
        ids = [clip_id for clip_id in split.members(answers.subset) if clip_id in answers.readings]
        train = [clip_id for clip_id in split.train if clip_id in annotated]
        tempi, genres = [annotated[clip_id] for clip_id in train], [genre_of[clip_id] for clip_id in train]
        of_all |= zip(ids, median_floor(tempi, len(ids)).tolist(), strict=True)
        guessed = genre_median_floor(tempi, genres, [genre_of[clip_id] for clip_id in ids])
        of_genre |= zip(ids, guessed.tolist(), strict=True)
    told = "told the genre"
    return (
        TempoSystem("median", "median tempo of training", "floor", "hears nothing", "nothing", of_all),
        TempoSystem("genre_median", "median tempo of the true genre", "floor", told, "nothing", of_genre),
    )


def _at_any_level(answers: TempoAnswers) -> tuple[float | None, int]:
    levels = {clip.clip_id: clip.metrical_levels_bpm for clip in load_clips()}
    ids = [clip_id for clip_id in answers.readings if levels[clip_id]]
    if not ids:
        return None, 0
    estimates = [answers.readings[clip_id].estimate.tempo_bpm for clip_id in ids]
    return float(metrical_level_hits(estimates, [levels[clip_id] for clip_id in ids]).mean()), len(ids)


def _p_score(answers: TempoAnswers) -> tuple[int, float | None, Interval | None]:
    """Clips, mean and interval, where the annotations name two tempi."""
    first, second = truths("rhythm"), truths("marsyas")
    ids = [
        clip_id
        for clip_id in answers.readings
        if clip_id in second
        and abs(first[clip_id] - second[clip_id]) > P_SCORE_TOLERANCE * min(first[clip_id], second[clip_id])
    ]
    if not ids:
        return 0, None, None
    estimates = [answers.readings[clip_id].estimate for clip_id in ids]
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


def _leaked(answers: TempoAnswers) -> tuple[frozenset[str], frozenset[str]]:
    """Answered clips that share a recording, or an artist, with the training of the model that answers."""
    same_recording: frozenset[str] = frozenset()
    same_artist: frozenset[str] = frozenset()
    for split in answers.splits:
        ids = tuple(clip_id for clip_id in split.members(answers.subset) if clip_id in answers.readings)
        found = leakage(replace(split, test=ids))
        same_recording |= found.same_recording_ids
        same_artist |= found.same_artist_ids
    return same_recording, same_artist
