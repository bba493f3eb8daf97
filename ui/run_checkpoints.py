"""Checkpoints that finished runs have exported, under names that tell them from those that ship: `run:<run id>`."""

from pathlib import Path

from core.checkpoint import CHECKPOINT_DIR
from core.errors import CheckpointError
from core.jobs.api import Jobs

PREFIX = "run:"


def run_checkpoint(run_id: str) -> str:
    """What the app calls the checkpoint of a run."""
    return f"{PREFIX}{run_id}"


def run_checkpoints(kind: str) -> list[str]:
    """Checkpoints of all finished runs of a kind, the newest first."""
    return [
        run_checkpoint(job.run_id)
        for job in Jobs().list()
        if job.checkpoint is not None and job.request is not None and job.request.kind == kind
    ]


def in_words(name: str) -> str:
    """A checkpoint in a list to choose from."""
    return f"my run {name.removeprefix(PREFIX)}" if name.startswith(PREFIX) else name


def located(name: str) -> tuple[str, Path]:
    """File stem and folder of a checkpoint, of a run or one that ships.

    Raises:
        TrainingError: there is no such run.
        CheckpointError: the run has not finished.
    """
    if not name.startswith(PREFIX):
        return name, CHECKPOINT_DIR
    job = Jobs().get(name.removeprefix(PREFIX))
    if job.checkpoint is None:
        raise CheckpointError(f"The run {job.run_id} is {job.state} and has no checkpoint. Choose another model.")
    return job.checkpoint, job.folder
