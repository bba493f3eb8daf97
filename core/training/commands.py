"""From a training request to a run: resolves names, loads the data, starts the training, reports on it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

import torch

from core.data.gtzan import ClipFiles, make_split
from core.data.log_mels import LogMelSet, Progress, describe_copy, load_log_mels
from core.data.waveforms import load_waveforms
from core.errors import TrainingError
from core.evaluation.clips import SHIPPED_NOTE, shipped_log_mels, subset_of
from core.features.cnn14 import cnn14_log_mel
from core.features.log_mel import FeatureSpec
from core.models.checkpoint import CheckpointHeader
from core.models.panns_weights import read_panns
from core.runs.request import SHIPPED, TrainRequest
from core.training.cnn14.run import Cnn14Run, train_bins, train_scalar
from core.training.fusion.commands import ShowProgress, train_fusion_command
from core.training.genre.run import GenreRun, train_genre
from core.training.loop.reported import ReportedRun, is_helper, speak_into_own_log
from core.training.loop.reporter import Reporter
from core.training.loop.settings import changed
from core.training.loop.stopping import stopped_by_sigterm
from core.training.recipes.choices import check_init
from core.training.recipes.cnn14 import CNN14_RECIPES, Cnn14Recipe
from core.training.recipes.genre import GENRE_RECIPES, GenreRecipe
from core.training.recipes.tempo import TEMPO_RECIPES, TempoRecipe
from core.training.tempo.run import TempoRun, train_tempo
from core.types import Split

_Recipe = TypeVar("_Recipe", GenreRecipe, TempoRecipe, Cnn14Recipe)


def train_command(request: TrainRequest, files: ClipFiles | None, show: ShowProgress | None = None) -> CheckpointHeader:
    """Trains what was asked for, and writes in the run's directory how it goes.

    Args:
        request: what to train.
        files: the clips found, None where the shipped spectrograms are to be used.
        show: begins to show the progress of a step, such as preparing spectrograms.

    Raises:
        LabError: with a cure; the run's status says the same.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its hints are advertisements
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    check_init(request)
    if request.kind == "fusion":
        with stopped_by_sigterm(), ReportedRun(request) as reporter:
            return train_fusion_command(request, _required(files), partial(_step, reporter, show))
    split = subset_of(make_split(request.split, request.split_seed, request.fold), request.subset_size, request.seed)
    train = _train_genre if request.kind == "genre" else _train_cnn14 if request.model == "cnn14" else _train_tempo
    if is_helper():
        speak_into_own_log(request.out)
        return train(request, split, files, None)
    with stopped_by_sigterm(), ReportedRun(request) as reporter:
        return train(request, split, files, _step(reporter, show, "spectrograms"))


def _step(reporter: Reporter, show: ShowProgress | None, label: str) -> Progress:
    """Progress of a step, for the run's status and for whoever watches."""
    progress = None if show is None else show(label)

    def advance(done: int, total: int) -> None:
        reporter.prepared(done, total)
        if progress is not None:
            progress(done, total)

    return advance


def _train_genre(
    request: TrainRequest, split: Split, files: ClipFiles | None, progress: Progress | None
) -> CheckpointHeader:
    recipe = changed(_chosen(GENRE_RECIPES, request), request)
    log_mels, spec, note = _genre_clips(request, files, progress)
    run = GenreRun(request.name, recipe, split, request.seed, request.out, note, request.command, request.hardware)
    return train_genre(run, log_mels, spec, request.resume)


def _genre_clips(
    request: TrainRequest, files: ClipFiles | None, progress: Progress | None
) -> tuple[LogMelSet, FeatureSpec, str]:
    if request.data == SHIPPED:
        if request.f_max_hz is not None:
            raise TrainingError("The shipped spectrograms have their band edges. Leave --f-max out.")
        log_mels, spec = shipped_log_mels()
        return log_mels, spec, SHIPPED_NOTE
    spec = FeatureSpec() if request.f_max_hz is None else FeatureSpec(f_max_hz=request.f_max_hz)
    found = _required(files)
    return load_log_mels(found, spec, progress=progress), spec, describe_copy(found, spec)


def _train_tempo(
    request: TrainRequest, split: Split, files: ClipFiles | None, progress: Progress | None
) -> CheckpointHeader:
    recipe = changed(_chosen(TEMPO_RECIPES, request), request)
    _refuse_shipped(request)
    if request.f_max_hz is not None:
        recipe = replace(recipe, features=replace(recipe.features, f_max_hz=request.f_max_hz))
    found = _required(files)
    note = describe_copy(found, recipe.features)
    run = TempoRun(request.name, recipe, split, request.seed, request.out, note, request.command, request.hardware)
    return train_tempo(run, load_log_mels(found, recipe.features, progress=progress), request.resume)


def _train_cnn14(
    request: TrainRequest, split: Split, files: ClipFiles | None, progress: Progress | None
) -> CheckpointHeader:
    recipe = changed(_chosen(CNN14_RECIPES, request), request)
    _refuse_shipped(request)
    found = _required(files)
    weights = None if request.init is None else read_panns(request.init)
    run = Cnn14Run(
        request.name, recipe, split, request.seed, request.out, "", request.command, request.hardware, weights
    )
    run = replace(run, data_note=describe_copy(found, run.features))
    log_mels = load_log_mels(found, run.features, progress=progress, listen=cnn14_log_mel)
    if recipe.head == "bins":
        return train_bins(run, log_mels, request.resume)
    waveforms = load_waveforms(found, run.features.sample_rate, progress=progress)
    return train_scalar(run, waveforms, log_mels, request.resume)


def _refuse_shipped(request: TrainRequest) -> None:
    if request.data == SHIPPED:
        raise TrainingError(
            "The shipped spectrograms are too short and too coarse for a tempo model. Give --gtzan DIR."
        )


def _required(files: ClipFiles | None) -> ClipFiles:
    if files is None:
        raise TrainingError("This training needs GTZAN audio. Say where it is with --gtzan DIR or GTZAN_DIR.")
    return files


def _chosen(recipes: Mapping[str, _Recipe], request: TrainRequest) -> _Recipe:
    if request.recipe not in recipes:
        raise TrainingError(
            f"There is no {request.kind} recipe “{request.recipe}”. Choose one of {', '.join(recipes)}."
        )
    return recipes[request.recipe]
