"""From the words of a training request to a run: resolves names, loads the data, starts the training."""

import dataclasses
import logging
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch

from core.checkpoint import CheckpointHeader
from core.dataset import Progress, describe_copy, load_log_mels
from core.errors import TrainingError
from core.features import FeatureSpec
from core.gtzan import ClipFiles, make_split
from core.training.recipes import GENRE_RECIPES
from core.training.run import GenreRun, train_genre
from core.training.tempo_recipes import TEMPO_RECIPES
from core.training.tempo_run import TempoRun, train_tempo
from core.types import Split

_Recipe = TypeVar("_Recipe")


@dataclass(frozen=True)
class TrainRequest:
    """A training request in plain values; None keeps the default of the recipe.

    Attributes:
        kind: "genre", or "tempo" for the compact tempo model.
        recipe: key of `GENRE_RECIPES` or `TEMPO_RECIPES`.
        split, split_seed, fold: as `core.gtzan.make_split` takes them.
        seed: of weights, order and augmentation.
        out: directory of the run.
        name: of the exported checkpoint.
        epochs: at most.
        f_max_hz: upper edge of the mel filter bank.
        threads: CPU threads.
        resume: go on with the run in `out`.
    """

    kind: str
    recipe: str
    split: str
    split_seed: int
    fold: int | None
    seed: int
    out: Path
    name: str
    epochs: int | None = None
    f_max_hz: float | None = None
    threads: int | None = None
    resume: bool = False

    @property
    def command(self) -> str:
        """The command line that does this again, without the folders of this machine."""
        words = ["python", "-m", "core", "train", self.kind, *(["--model", "tcn"] if self.kind == "tempo" else [])]
        words += ["--recipe", self.recipe, "--split", self.split]
        words += ["--split-seed", str(self.split_seed)] if self.split != "fault_filtered" else []
        words += ["--fold", str(self.fold)] if self.fold is not None else []
        words += ["--seed", str(self.seed)]
        words += ["--epochs", str(self.epochs)] if self.epochs is not None else []
        words += ["--f-max", f"{self.f_max_hz:g}"] if self.f_max_hz is not None else []
        words += ["--name", self.name]
        return shlex.join(words) + " --gtzan DIR --out DIR"


def train_command(request: TrainRequest, files: ClipFiles, progress: Progress | None = None) -> CheckpointHeader:
    """Trains what was asked for on the clips found; raises `LabError`s with a cure."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its hints are advertisements
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    split = make_split(request.split, request.split_seed, request.fold)
    train = _train_tempo if request.kind == "tempo" else _train_genre
    return train(request, split, files, progress)


def _train_genre(request: TrainRequest, split: Split, files: ClipFiles, progress: Progress | None) -> CheckpointHeader:
    recipe = _chosen(GENRE_RECIPES, request)
    if request.epochs is not None:
        recipe = dataclasses.replace(recipe, epochs=request.epochs)
    spec = FeatureSpec() if request.f_max_hz is None else FeatureSpec(f_max_hz=request.f_max_hz)
    note = describe_copy(files, spec)
    run = GenreRun(request.name, recipe, split, request.seed, request.out, note, request.command)
    return train_genre(run, load_log_mels(files, spec, progress=progress), spec, request.resume)


def _train_tempo(request: TrainRequest, split: Split, files: ClipFiles, progress: Progress | None) -> CheckpointHeader:
    recipe = _chosen(TEMPO_RECIPES, request)
    if request.epochs is not None:
        recipe = dataclasses.replace(recipe, epochs=request.epochs)
    if request.f_max_hz is not None:
        recipe = dataclasses.replace(recipe, features=dataclasses.replace(recipe.features, f_max_hz=request.f_max_hz))
    note = describe_copy(files, recipe.features)
    run = TempoRun(request.name, recipe, split, request.seed, request.out, note, request.command)
    return train_tempo(run, load_log_mels(files, recipe.features, progress=progress), request.resume)


def _chosen(recipes: Mapping[str, _Recipe], request: TrainRequest) -> _Recipe:
    if request.recipe not in recipes:
        raise TrainingError(
            f"There is no {request.kind} recipe “{request.recipe}”. Choose one of {', '.join(recipes)}."
        )
    return recipes[request.recipe]
