"""One training run from options to an exported checkpoint. A run is its directory; running it again resumes it."""

import ctypes
import datetime
import platform
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor

from core import metrics
from core.checkpoint import CheckpointHeader, Inference, Provenance, list_checkpoints, load_header, save_checkpoint
from core.dataset import LogMelSet
from core.errors import TrainingError
from core.features import FeatureSpec, window_starts
from core.predict import pool_windows, window_logits
from core.training.data import GenreData
from core.training.genre import GenreModule
from core.training.recipes import GenreRecipe
from core.types import GENRES, Split

LAST = "last.ckpt"
METRICS = "metrics"
"""Folder of a run with one `version_<n>/metrics.csv` per start or resumption."""


@dataclass(frozen=True)
class GenreRun:
    """What to train and where.

    Attributes:
        name: of the exported checkpoint.
        recipe: how to learn.
        split: which clips.
        seed: of weights, order and augmentation.
        out: directory of the run; holds metrics.csv, resumable state and the exported checkpoint.
        data_note: the copy of the data, in words, for the checkpoint's header.
        command: that does this again, for the checkpoint's header.
    """

    name: str
    recipe: GenreRecipe
    split: Split
    seed: int
    out: Path
    data_note: str
    command: str


def train_genre(run: GenreRun, log_mels: LogMelSet, spec: FeatureSpec, resume: bool = False) -> CheckpointHeader:
    """Trains, calibrates and exports a genre CNN.

    Args:
        run: what to train.
        log_mels: spectrograms of at least the training and validation clips.
        spec: what the spectrograms are.
        resume: go on from the last finished epoch of the run in `run.out`; a finished run is left as it is.

    Returns:
        The header of the exported checkpoint `<out>/<name>.safetensors`.

    Raises:
        TrainingError: the directory already holds a run and `resume` is off, it holds a finished run of other
            settings, clips are missing, or the run was stopped.
    """
    last = run.out / LAST
    if last.exists() and not resume:
        raise TrainingError(f"{run.out} already holds a run. Give another --out, or --resume to go on with it.")
    if last.exists() and run.name in list_checkpoints(folder=run.out):
        return _finished(run)
    _require_all(log_mels, run.split)
    keep_freed_memory()
    torch.manual_seed(run.seed)
    data = GenreData(log_mels, run.split, spec, run.recipe, run.seed)
    module = GenreModule(run.recipe, run.seed)
    best = ModelCheckpoint(run.out, "best", monitor="valid_loss", enable_version_counter=False)
    trainer = Trainer(
        max_epochs=run.recipe.epochs,
        accelerator="cpu",
        default_root_dir=run.out,
        logger=CSVLogger(run.out, name=METRICS),
        # In this order: the state to resume from holds what is the best epoch so far, this one included.
        callbacks=[best, *_callbacks(run)],
        use_distributed_sampler=False,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        log_every_n_steps=10,
    )
    with warnings.catch_warnings():
        # Windows are cut from memory in microseconds: worker processes would only cost.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated.*")  # Lightning's own use of torch
        warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
        try:
            trainer.fit(module, datamodule=data, ckpt_path=last if last.exists() else None, weights_only=True)
        except SystemExit:  # what Lightning makes of Ctrl+C and of SIGTERM
            raise TrainingError(f"Stopped before the end. Give --resume to go on with the run in {run.out}.") from None
    return _export(run, data, module, trainer, best)


def _callbacks(run: GenreRun) -> list[Callback]:
    callbacks: list[Callback] = []
    if run.recipe.averaging_decay is not None:
        callbacks.append(EMAWeightAveraging(decay=run.recipe.averaging_decay))
    if run.recipe.patience is not None:
        callbacks.append(EarlyStopping("valid_loss", patience=run.recipe.patience))
    callbacks.append(ModelCheckpoint(run.out, "last", save_on_train_epoch_end=True, enable_version_counter=False))
    return callbacks


def _finished(run: GenreRun) -> CheckpointHeader:
    """What a run that has come to its end has exported, if it is the run that was asked for."""
    header = load_header(run.name, run.out)
    if header.provenance.command != run.command:
        raise TrainingError(
            f"{run.out} holds a finished run of other settings ({header.provenance.command}). Give another --out."
        )
    return header


def _require_all(log_mels: LogMelSet, split: Split) -> None:
    wanted = {*split.train, *split.valid}
    missing = sorted(wanted.difference(log_mels.clip_ids))
    if missing:
        raise TrainingError(
            f"{len(missing)} of the {len(wanted)} training and validation clips are missing, such as {missing[0]}. "
            "Complete the GTZAN folder."
        )


def _export(
    run: GenreRun, data: GenreData, module: GenreModule, trainer: Trainer, best: ModelCheckpoint
) -> CheckpointHeader:
    """The best epoch's weights where the run could stop early, else the last (averaged) ones."""
    # From disk, as a run resumed after its last epoch trains no more and so never swaps in its averaged weights.
    chosen = run.out / LAST if run.recipe.patience is None else best.best_model_path
    state = torch.load(chosen, map_location="cpu", weights_only=True)
    module.load_state_dict(state["state_dict"])
    epochs, best_epoch = trainer.current_epoch, int(state["epoch"]) + 1
    net = module.net.eval()
    hop = run.recipe.hop_frames
    logits = [
        window_logits(net, track, data.spec, window_starts(track.shape[-1], data.spec, hop) if hop else [0])
        for track in data.tracks("valid")
    ]
    genres = np.array(data.genres("valid"))
    temperature = fit_temperature(logits, genres) if run.recipe.calibrate else 1.0
    probs = np.stack([pool_windows(each, temperature).numpy() for each in logits])
    header = CheckpointHeader(
        name=run.name,
        kind="genre",
        model="genre_cnn",
        labels=GENRES,
        features=data.spec,
        normalisation=data.normalisation,
        inference=Inference(hop, temperature),
        provenance=Provenance(
            data=run.data_note,
            recipe=run.recipe.name,
            split=run.split.name,
            split_seed=run.split.seed,
            fold=run.split.fold,
            seed=run.seed,
            n_train=len(run.split.train),
            n_valid=len(run.split.valid),
            epochs=epochs,
            best_epoch=best_epoch,
            commit=_commit(),
            command=run.command,
            date=datetime.date.today().isoformat(),
        ),
        metrics={
            "accuracy": metrics.accuracy(probs, genres),
            "log_loss": metrics.log_loss(probs, genres),
        },
        n_parameters=sum(parameter.numel() for parameter in net.parameters()),
        weights_sha256="",
    )
    return save_checkpoint(net, header, run.out)


def fit_temperature(logits: list[Tensor], genres: NDArray[np.int64]) -> float:
    """The softmax temperature that makes validation log loss least (Guo et al., ICML 2017, sec. 4.2).

    Args:
        logits: `[W, 10]` of each clip.
        genres: index of each clip's genre, `[N]`.
    """

    def loss(log_temperature: float) -> float:
        probs = torch.stack([pool_windows(each, float(np.exp(log_temperature))) for each in logits])
        return metrics.log_loss(probs.numpy(), genres)

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.2), np.log(5.0)), method="bounded").x))


def _commit() -> str:
    root = Path(__file__).resolve().parent
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=root, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


def keep_freed_memory() -> None:
    """Tells glibc to reuse freed memory instead of returning it: activations of 100 MB come and go in every step.

    Without it the kernel clears those pages anew each time, a third of a training step on a CPU.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 2**28)):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
            mallopt(option, value)
