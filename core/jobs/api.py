"""Background runs: start, follow, stop, resume, clone, delete. Every look finds what is there, whoever started it."""

import os
import re
import secrets
import shutil
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import TrainingError
from core.jobs.engine import Engine, LocalEngine
from core.jobs.estimate import Estimate, estimate_from
from core.jobs.job import RUNS_VARIABLE, Job
from core.jobs.launch import LEAST_FREE_MB, require_space
from core.jobs.ray_engine import RayEngine
from core.runs.curves import Curves, read_curves
from core.runs.records import write_record
from core.runs.request import GTZAN, RunConfig, TrainRequest
from core.runs.status import CONFIG
from core.system.paths import ROOT
from core.system.storage import explained
from core.training.recipes.choices import check_request, trainable
from core.training.recipes.fusion import FUSION_RECIPES

RAY_VARIABLE = "RAY_ADDRESS"
STOP_DEADLINE_S = 60.0
"""A batch of the largest model takes seconds; a minute is patience."""

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def default_runs_dir() -> Path:
    """Where runs are kept: LAB_RUNS_DIR, else `runs` in the project."""
    named = os.environ.get(RUNS_VARIABLE)
    return Path(named).expanduser().resolve() if named else ROOT / "runs"


def open_jobs(folder: Path | None = None, limit: int = 1) -> "Jobs":
    """The runs in a folder, carried out by the Ray cluster that RAY_ADDRESS names, else by this machine.

    Args:
        folder: by default `default_runs_dir()`.
        limit: runs at a time on this machine.
    """
    address = os.environ.get(RAY_VARIABLE)
    return Jobs(folder or default_runs_dir(), RayEngine(address) if address else LocalEngine(limit))


def _check_base(request: TrainRequest) -> None:
    """Looks at the checkpoints of a fusion before it waits in the queue for nothing."""
    if request.base is not None:
        from core.training.fusion.bases import require_base  # brings torch, which no other run needs here

        require_base(request.base, FUSION_RECIPES[request.recipe].needs_folds)


@dataclass(frozen=True)
class Jobs:
    """The runs in a folder.

    Attributes:
        folder: one directory a run; made when the first one is started.
        engine: what carries them out.
    """

    folder: Path = field(default_factory=default_runs_dir)
    engine: Engine = field(default_factory=LocalEngine)

    def list(self) -> tuple[Job, ...]:
        """All runs, the newest first."""
        return tuple(self.engine.list(self.folder))

    def get(self, run_id: str) -> Job:
        """One run.

        Raises:
            TrainingError: there is no such run.
        """
        known = _RUN_ID.fullmatch(run_id) and not (self.folder / run_id).is_symlink()
        job = self.engine.get(self.folder / run_id) if known else None
        if job is None:
            raise TrainingError(f"There is no run “{run_id[:80]}”. It may have been deleted: look at the list again.")
        return job

    def start(self, request: TrainRequest) -> Job:
        """Checks a request, makes a directory with a name of its own for it and puts it in the queue.

        Args:
            request: `out` and `resume` are passed over.

        Raises:
            TrainingError: a value that is not allowed, too little room on the disk, a folder that cannot be written, or
                nobody to carry it out.
            DatasetError: the GTZAN folder holds no clip.
            CheckpointError: a checkpoint that a fusion is to be built on is missing or damaged.
        """
        check_request(request)
        _check_base(request)
        with self._written():
            return self.get(self._start(request))

    def _written(self) -> AbstractContextManager[None]:
        cure = f"Make it writable, or set {RUNS_VARIABLE} to a folder that is."
        return explained(TrainingError, f"The folder of runs {self.folder}", cure)

    def _start(self, request: TrainRequest) -> str:
        """Makes a run's directory and puts it in the queue; returns its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        require_space(self.folder, trainable(request).disk_mb)
        now = time.time()
        run_id = f"{request.name}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}-{secrets.token_hex(2)}"
        folder, made = self.folder / run_id, self.folder / f".{run_id}.new"
        gtzan = request.gtzan.expanduser().resolve() if request.gtzan is not None and request.data == GTZAN else None
        try:
            made.mkdir()
            write_record(made / CONFIG, RunConfig(replace(request, out=folder, gtzan=gtzan, resume=False), now))
            made.rename(folder)
            self.engine.submit(folder)
        except (TrainingError, OSError):  # nobody will take it on: as if it had never been asked for
            shutil.rmtree(made, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return run_id

    def estimate(self, request: TrainRequest) -> Estimate | None:
        """How long a request would take, by an earlier run of the kind; None where there was none: see `measure`."""
        return estimate_from(self.list(), request)

    def stop(self, run_id: str, deadline_s: float = STOP_DEADLINE_S) -> Job:
        """Asks a run to stop after its batch; one that has not after `deadline_s` seconds is killed.

        Raises:
            TrainingError: there is no such run, or it is not running.
        """
        job = self.get(run_id)
        if job.state != "queued" and not job.is_active:
            raise TrainingError(f"The run {run_id} is {job.state}, so there is nothing to stop.")
        if job.state != "stopping":  # the deadline of the first order stands
            with self._written():
                self.engine.stop(job, deadline_s)
        return self.get(run_id)

    def resume(self, run_id: str) -> Job:
        """Queues a stopped, failed or lost run, to go on from its last finished epoch.

        Raises:
            TrainingError: there is no such run, it is active or finished, or too little room on the disk.
        """
        job = self.get(run_id)
        if not job.can_resume:
            raise TrainingError(f"The run {run_id} is {job.state}. Only a stopped, failed or lost run can be resumed.")
        with self._written():
            require_space(self.folder, LEAST_FREE_MB)
            self.engine.submit(job.folder)
        return self.get(run_id)

    def clone(self, run_id: str) -> Job:
        """Starts a new run of the same settings.

        Raises:
            TrainingError: there is no such run, its settings are damaged, or as `start`.
        """
        job = self.get(run_id)
        if job.request is None:
            raise TrainingError(f"The settings of the run {run_id} cannot be read. Start a new one.")
        return self.start(job.request)

    def delete(self, run_id: str) -> None:
        """Removes a run with all its files.

        Raises:
            TrainingError: there is no such run, it is active, or its files cannot be removed.
        """
        job = self.get(run_id)
        if job.is_active:
            raise TrainingError(f"The run {run_id} is {job.state}. Stop it, then delete it.")
        gone = self.folder / f".{run_id}.{secrets.token_hex(2)}.deleted"
        with self._written():
            job.folder.rename(gone)  # from now on no list shows it, should removing be interrupted
            shutil.rmtree(gone)

    def log(self, run_id: str, n_lines: int = 50) -> str:
        """The last lines of a run's log.

        Raises:
            TrainingError: there is no such run.
        """
        return self.engine.log(self.get(run_id), n_lines)

    def curves(self, run_id: str, known: Curves | None = None) -> Curves:
        """The curves of a run; given those of the last look, only what was added is read.

        Raises:
            TrainingError: there is no such run.
        """
        return read_curves(self.get(run_id).folder, known)
