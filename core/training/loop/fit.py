"""What every training run shares: fitting with Lightning, resuming, stopping, and what a finished run is."""

import ctypes
import datetime
import io
import platform
import subprocess
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint
from torch import Tensor

from core.errors import TrainingError
from core.models.checkpoint import CheckpointHeader, Provenance, list_checkpoints, load_header
from core.runs.request import Hardware
from core.runs.status import LAST as LAST
from core.system.paths import ROOT
from core.system.storage import write_atomic
from core.training.loop.progress import Progress
from core.training.loop.reported import is_helper
from core.training.loop.reporter import Reporter
from core.training.loop.settings import Run, keep_or_compare_settings
from core.training.loop.stopping import BEGUN_ANEW, STOPPED, RunStoppedError, handlers_restored


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


def begin(run: Run[Any], clip_ids: Iterable[str], resume: bool) -> CheckpointHeader | None:
    """What comes before every training: is there something to do, are the clips there; then memory and seed are set.

    Args:
        run: what to train.
        clip_ids: the clips that are there.
        resume: go on with the run in `run.out`; a finished run is left as it is.

    Returns:
        What the run has exported where it is finished, None where it has to begin or to go on.

    Raises:
        TrainingError: as `finished_run`, clips are missing, or the run was begun with other settings.
    """
    done = finished_run(run.name, run.command, run.out, resume)
    if done is None:
        require_clips(clip_ids, (*run.split.train, *run.split.valid))
        if not is_helper():
            keep_or_compare_settings(run)
        keep_freed_memory()
        torch.manual_seed(run.seed)
    return done


def finished_run(name: str, command: str, out: Path, resume: bool) -> CheckpointHeader | None:
    """What the run in a directory has exported, None where it has still to begin or to go on.

    Raises:
        TrainingError: the directory already holds a run and `resume` is off, or a finished run of other settings.
    """
    begun = (out / LAST).exists()
    if begun and not resume and not is_helper():
        raise TrainingError(f"{out} already holds a run. Give another --out, or --resume to go on with it.")
    if not begun or name not in list_checkpoints(folder=out):
        return None
    header = load_header(name, out)
    if header.provenance.command != command:
        raise TrainingError(
            f"{out} holds a finished run of other settings ({header.provenance.command}). Give another --out."
        )
    return header


def require_clips(there: Iterable[str], clip_ids: Iterable[str], what: str = "training and validation") -> None:
    """Raises `TrainingError` if clips are missing from those that are there."""
    wanted = set(clip_ids)
    missing = sorted(wanted.difference(there))
    if missing:
        raise TrainingError(
            f"{len(missing)} of the {len(wanted)} {what} clips are missing, such as {missing[0]}. Complete the GTZAN "
            "folder."
        )


class _WholeFiles(TorchCheckpointIO):
    """Writes a checkpoint beside the old one and on the same disk, then replaces it.

    Args:
        durable: wait until it is on the disk.
    """

    def __init__(self, durable: bool) -> None:
        self.durable = durable

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        """Raises OSError when the disk is full, and leaves the old checkpoint as it was."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        torch.save(checkpoint, content)
        write_atomic(Path(path), content.getvalue(), self.durable)


def fit(run: Run[Any], module: LightningModule, data: LightningDataModule) -> Fitted:
    """Trains, from the last finished epoch of the run if there is one; the module must log `valid_loss`.

    On several devices only the first process comes back from this.

    Args:
        run: where, on what hardware, with which seed; its recipe says how long and which weights to keep.
        module: what to train.
        data: on what.

    Raises:
        TrainingError: the run was stopped, or there is no such hardware.
    """
    progress, last = Progress(None if is_helper() else Reporter(run.out), run.seed), run.out / LAST
    return _fit(run.recipe, module, data, run.out, progress, run.hardware, last if last.exists() else None)


def fit_anew(
    recipe: Any, module: LightningModule, data: LightningDataModule, out: Path, progress: Progress | None
) -> Fitted:
    """As `fit`, from the beginning and on the CPU, for what takes seconds.

    One training among hundreds, without `progress`, is no run of its own: it tells nothing, leaves no state to resume
    from and does not wait for the disk.
    """
    return _fit(recipe, module, data, out, progress, Hardware(), None)


def _fit(
    recipe: Any,
    module: LightningModule,
    data: LightningDataModule,
    out: Path,
    progress: Progress | None,
    hardware: Hardware,
    resumed: Path | None,
) -> Fitted:
    best = ModelCheckpoint(out, "best", monitor="valid_loss", enable_version_counter=False)
    last = ModelCheckpoint(out, Path(LAST).stem, save_on_train_epoch_end=True, enable_version_counter=False)
    # In this order: the state to resume from holds what is the best epoch so far, this one included.
    callbacks = [best, *_callbacks(recipe)] if progress is None else [progress, best, *_callbacks(recipe), last]
    trainer = _trainer(callbacks, recipe.epochs, out, hardware, is_run=progress is not None)
    with warnings.catch_warnings(), handlers_restored():
        # Windows are cut from memory in microseconds: worker processes would only cost.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message=".*LeafSpec.*is deprecated.*")  # Lightning's own use of torch
        warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
        try:
            trainer.fit(module, datamodule=data, ckpt_path=resumed, weights_only=True)
        except SystemExit:  # what Lightning makes of Ctrl+C
            raise RunStoppedError(BEGUN_ANEW if progress is None else STOPPED) from None
        except RunStoppedError:
            if trainer.global_rank:  # the first process tells it
                sys.exit(0)
            raise
    if trainer.global_rank:
        sys.exit(0)
    # From disk, as a run resumed after its last epoch trains no more and so never swaps in its EMA weights.
    chosen = out / LAST if recipe.patience is None else best.best_model_path
    state = torch.load(chosen, map_location="cpu", weights_only=True)
    return Fitted(state["state_dict"], trainer.current_epoch, int(state["epoch"]) + 1)


def _trainer(callbacks: list[Callback], epochs: int, out: Path, hardware: Hardware, is_run: bool) -> Trainer:
    try:
        return Trainer(
            max_epochs=epochs,
            accelerator=hardware.accelerator,
            devices=hardware.devices,
            num_nodes=hardware.num_nodes,
            strategy=hardware.strategy,
            precision=hardware.precision,  # type: ignore[arg-type]  # Lightning says what it allows
            # Statistics of batch norm over all devices; torch has this for GPUs alone.
            sync_batchnorm=hardware.accelerator == "gpu" and hardware.devices not in ("auto", "1"),
            default_root_dir=out,
            logger=False,
            callbacks=callbacks,
            plugins=[_WholeFiles(durable=is_run)],
            use_distributed_sampler=False,
            num_sanity_val_steps=0,
            enable_model_summary=False,
            enable_progress_bar=is_run and sys.stderr.isatty(),
            log_every_n_steps=10,
        )
    except (MisconfigurationException, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(f"Lightning cannot train on this hardware: {error} Choose another.") from error


def _callbacks(recipe: Any) -> list[Callback]:
    callbacks: list[Callback] = []
    if recipe.averaging_decay is not None:
        callbacks.append(EMAWeightAveraging(decay=recipe.averaging_decay))
    if recipe.patience is not None:
        callbacks.append(EarlyStopping("valid_loss", patience=recipe.patience))
    return callbacks


def provenance(recipe: str, run: Run[Any], n_train: int, n_valid: int, fitted: Fitted) -> Provenance:
    """What trained a checkpoint, the same for every kind of run.

    Args:
        recipe: its name.
        run: what was to be trained.
        n_train, n_valid: clips that were trained on and that were scored.
        fitted: what came of it.
    """
    return Provenance(
        data=run.data_note,
        recipe=recipe,
        split=run.split.name,
        split_seed=run.split.seed,
        fold=run.split.fold,
        seed=run.seed,
        n_train=n_train,
        n_valid=n_valid,
        epochs=fitted.epochs,
        best_epoch=fitted.best_epoch,
        commit=current_commit(),
        command=run.command,
        date=datetime.date.today().isoformat(),
    )


def current_commit() -> str:
    """Short hash of the code's commit, "" when unknown."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip()


def keep_freed_memory() -> None:
    """Tells glibc to reuse freed memory instead of returning it: activations of 100 MB come and go in every step.

    Without it the kernel clears those pages anew each time, a third of a training step on a CPU.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 2**28)):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
            mallopt(option, value)
