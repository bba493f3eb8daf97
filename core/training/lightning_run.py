"""What every training run shares: fitting with Lightning, resuming, stopping, and what a finished run is."""

import ctypes
import platform
import subprocess
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from torch import Tensor

from core.checkpoint import CheckpointHeader, list_checkpoints, load_header
from core.dataset import LogMelSet
from core.errors import TrainingError

LAST = "last.ckpt"
METRICS = "metrics"
"""Folder of a run with one `version_<n>/metrics.csv` per start or resumption."""


@dataclass(frozen=True)
class Schedule:
    """How long to train, and which weights to keep.

    Attributes:
        epochs: at most.
        patience: epochs without a better validation loss before stopping, None to run all of them.
        averaging_decay: of the exponential moving average of the weights, None for no averaging.
    """

    epochs: int
    patience: int | None
    averaging_decay: float | None


@dataclass(frozen=True)
class Fitted:
    """What a run has come to.

    Attributes:
        weights: of the module: the best epoch's where the run could stop early, else the last (averaged) ones.
        epochs, best_epoch: epochs run, and the one (from 1) whose weights these are.
    """

    weights: dict[str, Tensor]
    epochs: int
    best_epoch: int


def finished_run(name: str, command: str, out: Path, resume: bool) -> CheckpointHeader | None:
    """What the run in a directory has exported, None where it has still to begin or to go on.

    Raises:
        TrainingError: the directory already holds a run and `resume` is off, or a finished run of other settings.
    """
    begun = (out / LAST).exists()
    if begun and not resume:
        raise TrainingError(f"{out} already holds a run. Give another --out, or --resume to go on with it.")
    if not begun or name not in list_checkpoints(folder=out):
        return None
    header = load_header(name, out)
    if header.provenance.command != command:
        raise TrainingError(
            f"{out} holds a finished run of other settings ({header.provenance.command}). Give another --out."
        )
    return header


def require_clips(log_mels: LogMelSet, clip_ids: Iterable[str]) -> None:
    """Raises `TrainingError` if spectrograms of training or validation clips are missing."""
    wanted = set(clip_ids)
    missing = sorted(wanted.difference(log_mels.clip_ids))
    if missing:
        raise TrainingError(
            f"{len(missing)} of the {len(wanted)} training and validation clips are missing, such as {missing[0]}. "
            "Complete the GTZAN folder."
        )


def fit(module: LightningModule, data: LightningDataModule, schedule: Schedule, out: Path) -> Fitted:
    """Trains, from the last finished epoch of the run in `out` if there is one; the module must log `valid_loss`.

    Raises:
        TrainingError: the run was stopped.
    """
    last = out / LAST
    best = ModelCheckpoint(out, "best", monitor="valid_loss", enable_version_counter=False)
    trainer = Trainer(
        max_epochs=schedule.epochs,
        accelerator="cpu",
        default_root_dir=out,
        logger=CSVLogger(out, name=METRICS),
        # In this order: the state to resume from holds what is the best epoch so far, this one included.
        callbacks=[best, *_callbacks(schedule, out)],
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
            raise TrainingError(f"Stopped before the end. Give --resume to go on with the run in {out}.") from None
    # From disk, as a run resumed after its last epoch trains no more and so never swaps in its averaged weights.
    chosen = last if schedule.patience is None else best.best_model_path
    state = torch.load(chosen, map_location="cpu", weights_only=True)
    return Fitted(state["state_dict"], trainer.current_epoch, int(state["epoch"]) + 1)


def _callbacks(schedule: Schedule, out: Path) -> list[Callback]:
    callbacks: list[Callback] = []
    if schedule.averaging_decay is not None:
        callbacks.append(EMAWeightAveraging(decay=schedule.averaging_decay))
    if schedule.patience is not None:
        callbacks.append(EarlyStopping("valid_loss", patience=schedule.patience))
    callbacks.append(ModelCheckpoint(out, "last", save_on_train_epoch_end=True, enable_version_counter=False))
    return callbacks


def current_commit() -> str:
    """Short hash of the code's commit, "" when unknown."""
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
