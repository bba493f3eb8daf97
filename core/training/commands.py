"""From the words of a training request to a run: resolves names, loads the data, starts the training."""

import dataclasses
import logging
import shlex
from dataclasses import dataclass
from pathlib import Path

import torch

from core.checkpoint import CheckpointHeader
from core.dataset import Progress, describe_copy, load_log_mels
from core.features import FeatureSpec
from core.gtzan import ClipFiles, make_split
from core.training.recipes import GENRE_RECIPES
from core.training.run import GenreRun, train_genre


@dataclass(frozen=True)
class GenreRequest:
    """A training request in plain values; None keeps the default of recipe or spec.

    Attributes:
        recipe: key of `GENRE_RECIPES`.
        split, split_seed, fold: as `core.gtzan.make_split` takes them.
        seed: of weights, order and augmentation.
        out: directory of the run.
        name: of the exported checkpoint.
        epochs: at most.
        f_max_hz: upper edge of the mel filter bank.
        threads: CPU threads.
        resume: go on with the run in `out`.
    """

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
        words = ["python", "-m", "core", "train", "genre", "--recipe", self.recipe, "--split", self.split]
        words += ["--split-seed", str(self.split_seed)] if self.split != "fault_filtered" else []
        words += ["--fold", str(self.fold)] if self.fold is not None else []
        words += ["--seed", str(self.seed)]
        words += ["--epochs", str(self.epochs)] if self.epochs is not None else []
        words += ["--f-max", f"{self.f_max_hz:g}"] if self.f_max_hz is not None else []
        words += ["--name", self.name]
        return shlex.join(words) + " --gtzan DIR --out DIR"


def train_genre_command(request: GenreRequest, files: ClipFiles, progress: Progress | None = None) -> CheckpointHeader:
    """Trains what was asked for on the clips found; raises `LabError`s with a cure."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its hints are advertisements
    if request.threads is not None:
        torch.set_num_threads(request.threads)
    spec = FeatureSpec() if request.f_max_hz is None else FeatureSpec(f_max_hz=request.f_max_hz)
    recipe = GENRE_RECIPES[request.recipe]
    if request.epochs is not None:
        recipe = dataclasses.replace(recipe, epochs=request.epochs)
    run = GenreRun(
        name=request.name,
        recipe=recipe,
        split=make_split(request.split, request.split_seed, request.fold),
        seed=request.seed,
        out=request.out,
        data_note=describe_copy(files, spec),
        command=request.command,
    )
    return train_genre(run, load_log_mels(files, spec, progress=progress), spec, request.resume)
