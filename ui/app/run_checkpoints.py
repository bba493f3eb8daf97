"""Checkpoints that finished runs have exported, under names that tell them from those that ship: `run:<run id>`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import CheckpointError, TrainingError
from core.jobs.api import open_jobs

if TYPE_CHECKING:  # it brings torch, and pages without a model do without
    from core.inference.predict import Predictor

PREFIX = "run:"


def run_checkpoint(run_id: str) -> str:
    """What the app calls the checkpoint of a run."""
    return f"{PREFIX}{run_id}"


def run_checkpoints(kind: str) -> list[str]:
    """Checkpoints of all finished runs of a kind, the newest first; none where the runs cannot be read.

    The train page says why; those that ship can be used all the same.
    """
    try:
        jobs = open_jobs().list()
    except TrainingError:
        return []
    return [
        run_checkpoint(job.run_id)
        for job in jobs
        if job.checkpoint is not None and job.request is not None and job.request.kind == kind
    ]


def in_words(name: str) -> str:
    """A checkpoint in a list to choose from."""
    return f"my run {name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name


def validation_accuracy(name: str) -> float | None:
    """Accuracy of a run's checkpoint on its validation set; of a tempo model Accuracy1. None where not measured.

    Raises:
        TrainingError: there is no such run.
        CheckpointError: it has not finished, or its header is damaged.
    """
    from core.models.checkpoint import load_header
    from core.system.paths import CHECKPOINT_DIR

    metrics = load_header(*_located(name, CHECKPOINT_DIR)).metrics
    return metrics.get("accuracy", metrics.get("accuracy1"))


def reference_in_app(reference: str) -> str:
    """What the app calls a checkpoint that a fusion is built on: `NAME`, or `FOLDER/NAME` for that of a run."""
    folder, _, name = reference.rpartition("/")
    return run_checkpoint(folder) if folder else name


def load_predictor(genre: str, tempo: str, fusion: str) -> Predictor:
    """The models of these names; the default fusion is gone without where it is built on others.

    Raises:
        TrainingError: there is no such run.
        CheckpointError: as `Predictor.load`, the run has not finished, or the fusion is built on others than these.
    """
    from core.inference.fusion import FusedModel
    from core.inference.load import DEFAULT_FUSION, DEFAULT_TEMPO, load_genres, load_tempo
    from core.inference.predict import Predictor
    from core.system.paths import CHECKPOINT_DIR

    if not any(name.startswith(PREFIX) for name in (genre, tempo, fusion)):
        return Predictor.load(genre, tempo, fusion=fusion)
    goes_without = tempo == DEFAULT_TEMPO and not (CHECKPOINT_DIR / f"{tempo}.json").exists()
    tempo_model = None if goes_without else load_tempo(*_located(tempo, CHECKPOINT_DIR))
    model, transfer = load_genres(*_located(genre, CHECKPOINT_DIR))
    if tempo_model is None or fusion == DEFAULT_FUSION:  # that one is built on checkpoints that ship
        return Predictor(model, tempo_model, transfer=transfer)
    name, folder = _located(fusion, CHECKPOINT_DIR)
    return Predictor(model, tempo_model, FusedModel.load(name, model.header, tempo_model.header, folder), transfer)


def _located(name: str, shipped: Path) -> tuple[str, Path]:
    """File stem and folder of a checkpoint."""
    if not name.startswith(PREFIX):
        return name, shipped
    job = open_jobs().get(name.removeprefix(PREFIX))
    if job.checkpoint is None:
        raise CheckpointError(f"The run {job.run_id} is {job.state} and has no checkpoint. Choose another model.")
    return job.checkpoint, job.folder
