"""What a run's directory says of the run, whoever wrote it and whoever died meanwhile."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from core.errors import TrainingError
from core.runs.lock import is_held
from core.runs.processes import ProcessId, is_alive
from core.runs.records import DamagedRecordError, read_record
from core.runs.request import RunConfig, TrainRequest
from core.runs.status import CONFIG, LAUNCH, LOCK, LOG, QUEUE, STATUS, STOP, RunStatus, tail
from core.system.storage import reason

RUNS_VARIABLE = "LAB_RUNS_DIR"

JobState = Literal["queued", "running", "stopping", "stopped", "finished", "failed", "lost"]
ACTIVE: tuple[JobState, ...] = ("running", "stopping")

_Kind = TypeVar("_Kind")

_LOST = (
    "The process ended without a word: it was killed, memory ran out, or the machine was switched off. Resume goes on "
    "from the last finished epoch."
)


@dataclass(frozen=True)
class Queued:
    """queue.json: a run that is to be started.

    Attributes:
        queued_s: when it was asked for, seconds since 1970; the earliest is started first.
    """

    queued_s: float


@dataclass(frozen=True)
class Launch:
    """launch.json: the last process that was started for a run.

    Attributes:
        process: it.
        launched_s: when, seconds since 1970.
    """

    process: ProcessId
    launched_s: float


@dataclass(frozen=True)
class StopOrder:
    """stop.json: a run that is to stop.

    Attributes:
        asked_s, deadline_s: when it was asked to, and when it is killed if it has not; seconds since 1970.
    """

    asked_s: float
    deadline_s: float


@dataclass(frozen=True)
class Job:
    """A run as it is now.

    Attributes:
        run_id: name of its directory.
        folder: the directory.
        state: as of now; "lost" is a process that vanished.
        message: why it is in this state and what to do, for people; "" where there is nothing to say.
        request: what was asked for, None where its config.json is damaged or missing.
        created_s: seconds since 1970, 0 where unknown.
        status: what the training last said of itself, None before its first word or where status.json is damaged.
        process: of a running one.
        queue_position: from 1, of a queued one.
        stop: what was ordered, of one that was told to stop.
    """

    run_id: str
    folder: Path
    state: JobState
    message: str
    request: TrainRequest | None
    created_s: float
    status: RunStatus | None
    process: ProcessId | None
    queued_s: float | None
    stop: StopOrder | None
    queue_position: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether a process works on it."""
        return self.state in ACTIVE

    @property
    def can_resume(self) -> bool:
        """Whether it has come to an end that is not the last."""
        return self.request is not None and self.state in ("stopped", "failed", "lost")

    @property
    def checkpoint(self) -> str | None:
        """Name of the exported checkpoint in `folder`, None before the run has finished."""
        return self.request.name if self.request is not None and self.state == "finished" else None

    @property
    def progress(self) -> float:
        """Share of all epochs that is done, 0..1."""
        return 0.0 if self.status is None else self.status.progress


@dataclass(frozen=True)
class _Files:
    config: RunConfig | None
    status: RunStatus | None
    queued: Queued | None
    launch: Launch | None
    stop: StopOrder | None
    damaged: tuple[str, ...]


def read_job(folder: Path) -> Job | None:
    """The run in a directory, None where there is none."""
    files = _read(folder)
    if files.config is None and files.status is None and not files.damaged:
        return None
    process = _living(folder, files)
    state, message = _state(folder, files, process)
    if files.damaged:
        message = " ".join(filter(None, (f"{', '.join(files.damaged)}.", message)))
    return Job(
        run_id=folder.name,
        folder=folder,
        state=state,
        message=message,
        request=None if files.config is None else replace(files.config.request, out=folder),
        created_s=0.0 if files.config is None else files.config.created_s,
        status=files.status,
        process=process if state in ACTIVE else None,
        queued_s=None if files.queued is None else files.queued.queued_s,
        stop=files.stop,
    )


def list_jobs(runs: Path) -> list[Job]:
    """All runs in a folder, the newest first; links and hidden folders are passed over.

    Raises:
        TrainingError: the folder cannot be read, or is none.
    """
    try:
        with os.scandir(runs) as entries:
            names = [e.name for e in entries if not e.name.startswith(".") and e.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise TrainingError(
            f"The folder of runs {runs} cannot be read ({reason(error)}). Make it readable, or set {RUNS_VARIABLE} to "
            "another folder."
        ) from error
    found = [job for name in names if (job := read_job(runs / name)) is not None]
    waiting = in_line(found)
    positions = {job.run_id: number for number, job in enumerate(waiting, 1)}
    found = [replace(job, queue_position=positions.get(job.run_id)) for job in found]
    return sorted(found, key=lambda job: (job.created_s, job.run_id), reverse=True)


def in_line(jobs: list[Job]) -> list[Job]:
    """The queued ones, the next one first."""
    return sorted((j for j in jobs if j.state == "queued"), key=lambda job: (job.queued_s or 0.0, job.run_id))


def _read(folder: Path) -> _Files:
    damaged: list[str] = []

    def record(kind: type[_Kind], name: str) -> _Kind | None:
        try:
            return read_record(kind, folder / name)
        except DamagedRecordError as error:
            damaged.append(str(error))
            return None

    return _Files(
        config=record(RunConfig, CONFIG),
        status=record(RunStatus, STATUS),
        queued=record(Queued, QUEUE),
        launch=record(Launch, LAUNCH),
        stop=record(StopOrder, STOP),
        damaged=tuple(damaged),
    )


def _living(folder: Path, files: _Files) -> ProcessId | None:
    """The process that works on a run, if one does."""
    status, launch = files.status, files.launch
    if status is not None and status.state == "running" and is_alive(status.process, status.heartbeat_s):
        return status.process
    if launch is not None and _is_news(files) and is_alive(launch.process, launch.launched_s):
        return launch.process
    # A clock that was set makes a process look like another one, but only a living one holds the lock.
    if status is not None and status.state == "running" and is_held(folder / LOCK):
        return status.process
    if status is None and launch is not None and is_held(folder / LOCK):
        return launch.process
    return None


def _is_news(files: _Files) -> bool:
    """Whether the last process that was started has not yet said anything."""
    status, launch = files.status, files.launch
    return launch is not None and (status is None or status.process.started_s < launch.process.started_s - 1e-3)


def _state(folder: Path, files: _Files, process: ProcessId | None) -> tuple[JobState, str]:
    status = files.status
    if process is not None:
        return ("running" if files.stop is None else "stopping"), ""
    if files.queued is not None:
        return "queued", ""
    if _is_news(files):
        if files.stop is not None:
            return "stopped", "It was stopped before it had begun."
        last = tail(folder / LOG, 1)
        return "failed", f"It ended before it had begun: {last or 'its log says nothing'}"
    if status is None:
        return ("lost", _LOST) if files.damaged else ("stopped", "It has not been begun.")
    if status.state != "running":
        return status.state, status.message
    if files.stop is not None:
        return "stopped", "It was killed, as it did not stop in time. Resume goes on from the last finished epoch."
    return "lost", _LOST
