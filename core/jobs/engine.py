"""What carries out runs: here processes of this machine, in `ray_engine` a Ray cluster."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from core.jobs.job import Job, Queued, StopOrder, in_line, list_jobs, read_job
from core.jobs.supervisor import ensure_supervisor
from core.runs.processes import find
from core.runs.records import write_record
from core.runs.status import LOG, QUEUE, STOP, tail


class Engine(Protocol):
    """Start, state, log and stop of runs that have their directory."""

    def submit(self, folder: Path) -> None:
        """Starts the run in a directory, now or when its turn comes, from its last finished epoch if it has one."""

    def stop(self, job: Job, deadline_s: float) -> None:
        """Asks a queued or active run to stop, and sees to it that it has after so many seconds."""

    def list(self, runs: Path) -> list[Job]:
        """All runs in a folder, the newest first."""

    def get(self, folder: Path) -> Job | None:
        """The run in a directory."""

    def log(self, job: Job, n_lines: int) -> str:
        """The last lines of what a run has said."""


@dataclass(frozen=True)
class LocalEngine:
    """Processes of this machine, some at a time.

    Attributes:
        limit: runs at a time.
    """

    limit: int = 1

    def submit(self, folder: Path) -> None:
        """Puts it in the queue."""
        (folder / STOP).unlink(missing_ok=True)
        write_record(folder / QUEUE, Queued(time.time()))
        ensure_supervisor(folder.parent, self.limit)

    def stop(self, job: Job, deadline_s: float) -> None:
        """SIGTERM, then SIGKILL from the supervisor."""
        if job.state == "queued":
            (job.folder / QUEUE).unlink(missing_ok=True)
            return
        now = time.time()
        write_record(job.folder / STOP, StopOrder(now, now + deadline_s))
        process = None if job.process is None else find(job.process)
        if process is not None:
            try:
                process.terminate()
            except psutil.NoSuchProcess:  # it has ended meanwhile, which is what was wanted
                return
        ensure_supervisor(job.folder.parent, self.limit)

    def list(self, runs: Path) -> list[Job]:
        """As they are now; starts the supervisor if it is missing."""
        jobs = list_jobs(runs)
        if in_line(jobs) or any(job.state == "stopping" for job in jobs):
            with suppress(OSError):  # who may not write the folder may still look
                ensure_supervisor(runs, self.limit)
        return jobs

    def get(self, folder: Path) -> Job | None:
        """As it is now."""
        return read_job(folder)

    def log(self, job: Job, n_lines: int) -> str:
        """Of log.txt."""
        return tail(job.folder / LOG, n_lines)
