"""How long a training will take, from what former ones have taken on this machine. Nothing measured, nothing said."""

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.jobs.job import Job
from core.runs.request import TrainRequest


@dataclass(frozen=True)
class Pace:
    """What a former run managed, its start and its validation included.

    Attributes:
        run_id: that run.
        clips_per_s: training clips in a second, over all of it.
        same_recipe: whether it had the recipe that is asked about.
    """

    run_id: str
    clips_per_s: float
    same_recipe: bool

    def seconds(self, n_epochs: int, n_train: int) -> float:
        """What so many epochs of so many clips take at that pace."""
        return n_epochs * n_train / self.clips_per_s


def measured_pace(jobs: Iterable[Job], request: TrainRequest, n_train_of: Callable[[TrainRequest], int]) -> Pace | None:
    """The pace of the latest run of the same model on this machine that has finished an epoch.

    Args:
        jobs: the newest first.
        request: what is asked about; runs of its recipe are preferred.
        n_train_of: training clips of a request.
    """
    paces = [pace for job in jobs if (pace := _pace(job, request, n_train_of)) is not None]
    return next((pace for pace in paces if pace.same_recipe), paces[0] if paces else None)


def _pace(job: Job, request: TrainRequest, n_train_of: Callable[[TrainRequest], int]) -> Pace | None:
    asked, status = job.request, job.status
    if asked is None or status is None or status.process.host != platform.node():
        return None
    if (asked.kind, asked.model, asked.hardware) != (request.kind, request.model, request.hardware):
        return None
    n_epochs = max(status.epoch - 1, 0) + (status.batch / status.n_batches if status.n_batches else 0.0)
    if n_epochs < 1 or status.elapsed_s <= 0:
        return None
    return Pace(job.run_id, n_epochs * n_train_of(asked) / status.elapsed_s, asked.recipe == request.recipe)
