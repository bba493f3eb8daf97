"""From a training request to a run: resolves names, loads the data, starts the training, reports on it."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic

import torch

from core.data.clip_files import ClipFiles
from core.data.log_mels import LogMelSet, Progress, describe_copy, load_log_mels
from core.data.splits import make_split
from core.data.waveforms import load_waveforms
from core.errors import TrainingError
from core.evaluation.clips import SHIPPED_NOTE, shipped_log_mels, subset_of
from core.features.cnn14 import cnn14_log_mel
from core.features.specs import FeatureSpec
from core.models.checkpoint import CheckpointHeader
from core.models.panns_weights import read_panns
from core.runs.request import SHIPPED, TRAINED_ON, TrainRequest
from core.training.cnn14.run import Cnn14Run, train_bins, train_scalar
from core.training.fusion.commands import ShowProgress, train_fusion_command
from core.training.genre.run import train_genre
from core.training.loop.reported import ReportedRun, is_helper, speak_into_own_log
from core.training.loop.reporter import Reporter
from core.training.loop.settings import RecipeT, Run
from core.training.loop.stopping import stopped_by_sigterm
from core.training.recipes.choices import check_combination, check_values, recipe_of
from core.training.recipes.cnn14 import Cnn14Recipe
from core.training.recipes.fusion import FusionRecipe
from core.training.recipes.genre import GenreRecipe
from core.training.recipes.tempo import TempoRecipe
from core.training.tempo.run import train_tempo


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
    if is_helper():
        speak_into_own_log(request.out)
        return _train(request, files, lambda _: lambda *_: None)
    with stopped_by_sigterm(), ReportedRun(request) as reporter:
        return _train(request, files, partial(_step, reporter, show))


def _step(reporter: Reporter, show: ShowProgress | None, label: str) -> Progress:
    """Progress of a step, for the run's status and for whoever watches."""
    progress = None if show is None else show(label)

    def advance(done: int, total: int) -> None:
        reporter.prepared(done, total)
        if progress is not None:
            progress(done, total)

    return advance


@dataclass(frozen=True)
class _Order(Generic[RecipeT]):
    """What every training begins with.

    Attributes:
        request: what was asked for.
        recipe: the request's, its changes included.
        files: the audio; of a request for the shipped spectrograms there is none.
        show: the progress of a step.
    """

    request: TrainRequest
    recipe: RecipeT
    files: ClipFiles | None
    show: ShowProgress

    @property
    def audio(self) -> ClipFiles:
        if self.files is None:
            raise TrainingError("This training needs GTZAN audio. Say where it is with --gtzan DIR or GTZAN_DIR.")
        return self.files

    def features(self, usual: FeatureSpec) -> FeatureSpec:
        """With the upper band edge that was asked for."""
        f_max_hz = self.request.f_max_hz
        return usual if f_max_hz is None else replace(usual, f_max_hz=f_max_hz)

    def log_mels(self, spec: FeatureSpec, **how: Any) -> LogMelSet:
        return load_log_mels(self.audio, spec, progress=self.show("spectrograms"), **how)

    def run(self, data_note: str) -> Run[RecipeT]:
        request = self.request
        split = make_split(request.split, request.split_seed, request.fold)
        clips = subset_of(split, request.subset_size, request.seed)
        if request.validation == TRAINED_ON:
            clips = replace(clips, train=tuple(sorted((*clips.train, *clips.valid))))
        return Run(
            request.name, self.recipe, clips, request.seed, request.out, data_note, request.command, request.hardware
        )


def _train(request: TrainRequest, files: ClipFiles | None, show: ShowProgress) -> CheckpointHeader:
    check_combination(request)
    check_values(request)
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    recipe = recipe_of(request)
    return _TRAININGS[type(recipe)](_Order(request, recipe, files, show))


def _genre(order: _Order[GenreRecipe]) -> CheckpointHeader:
    if order.request.data == SHIPPED:
        log_mels, spec = shipped_log_mels()
        return train_genre(order.run(SHIPPED_NOTE), log_mels, spec, order.request.resume)
    spec = order.features(FeatureSpec())
    log_mels = order.log_mels(spec)
    return train_genre(order.run(describe_copy(order.audio, spec)), log_mels, spec, order.request.resume)


def _tempo(order: _Order[TempoRecipe]) -> CheckpointHeader:
    spec = order.features(order.recipe.features)
    run = replace(order, recipe=replace(order.recipe, features=spec)).run(describe_copy(order.audio, spec))
    return train_tempo(run, order.log_mels(spec), order.request.resume)


def _cnn14(order: _Order[Cnn14Recipe]) -> CheckpointHeader:
    init = order.request.init
    run = Cnn14Run(**vars(order.run("")), weights=None if init is None else read_panns(init))
    run = replace(run, data_note=describe_copy(order.audio, run.features))
    log_mels = order.log_mels(run.features, front_end=cnn14_log_mel)
    if run.recipe.head == "bins":
        return train_bins(run, log_mels, order.request.resume)
    waveforms = load_waveforms(order.audio, run.features.sample_rate, progress=order.show("spectrograms"))
    return train_scalar(run, waveforms, log_mels, order.request.resume)


def _fusion(order: _Order[FusionRecipe]) -> CheckpointHeader:
    return train_fusion_command(order.request, order.recipe, order.audio, order.show)


_TRAININGS: Mapping[type[Any], Callable[[_Order[Any]], CheckpointHeader]] = {
    GenreRecipe: _genre,
    TempoRecipe: _tempo,
    Cnn14Recipe: _cnn14,
    FusionRecipe: _fusion,
}
