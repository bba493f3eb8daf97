"""A run from its first sign of life to its last: one process a directory, and an end that is always told."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from core.errors import LabError, TrainingError
from core.runs.lock import FileLock, acquire
from core.runs.records import DamagedRecordError, read_record, write_record
from core.runs.request import RunConfig, TrainRequest
from core.runs.status import CONFIG, LAST, LOCK
from core.system.storage import FULL, refusal
from core.training.loop.reporter import Reporter
from core.training.loop.stopping import RunStoppedError


def is_helper() -> bool:
    """Whether this is a further process of a run on several devices; the first one alone writes and reports."""
    return any(os.environ.get(name, "0") != "0" for name in ("LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "SLURM_PROCID"))


def helper_log(out: Path) -> Path:
    """Where a further process of a run writes what it has to say."""
    node = os.environ.get("GROUP_RANK") or os.environ.get("NODE_RANK") or os.environ.get("SLURM_NODEID") or "0"
    process = os.environ.get("LOCAL_RANK") or os.environ.get("SLURM_LOCALID") or "0"
    return out / f"log-{node}-{process}.txt"


def speak_into_own_log(out: Path) -> None:
    """Sends all that a further process prints to a file of its own: it has inherited the first one's log.

    Raises:
        OSError: the disk is full.
    """
    out.mkdir(parents=True, exist_ok=True)
    with helper_log(out).open("ab") as log:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(log.fileno(), stream.fileno())


class ReportedRun:
    """Context of a run: checks that it may begin in its directory, and writes there how it ended.

    Raises on entering:
        TrainingError: the directory holds a run and `resume` is off, one of other settings, or one that runs; it cannot
            be written.

    Raises on leaving:
        TrainingError: instead of the system's error, where the disk is full.
    """

    def __init__(self, request: TrainRequest) -> None:
        self.request = request
        self._lock: FileLock | None = None

    def __enter__(self) -> Reporter:
        out = self.request.out
        with _refusal_explained(out):
            out.mkdir(parents=True, exist_ok=True)
            lock = acquire(out / LOCK, wait_s=1.0)
        if lock is None:
            raise TrainingError(f"Another process is training in {out}. Give another --out, or wait for its end.")
        with ExitStack() as undo, _refusal_explained(out):
            undo.callback(lock.release)
            if self._config() is None:
                write_record(out / CONFIG, RunConfig(replace(self.request, resume=False), time.time()))
            reporter = Reporter(out)
            reporter.reserve()
            reporter.report(replace(reporter.status, state="running", phase="preparing", message=""))
            reporter.note(f"{'resumed' if self._begun else 'began'}: {self.request.command}")
            undo.pop_all()
        self._lock = lock
        return reporter

    @property
    def _begun(self) -> bool:
        return (self.request.out / LAST).exists()

    def _config(self) -> RunConfig | None:
        """What the directory was made for, None if it has still to be written."""
        out = self.request.out
        if self._begun and not self.request.resume:
            raise TrainingError(f"{out} already holds a run. Give another --out, or --resume to go on with it.")
        try:
            config = read_record(RunConfig, out / CONFIG)
        except DamagedRecordError as error:
            if self._begun:
                raise TrainingError(
                    f"{out} holds a run whose settings cannot be read ({error}), so nobody can tell whether it would "
                    "go on with the same ones. Give another --out."
                ) from error
            return None
        differences = self.request.differences(config.request) if config else []
        if differences and self.request.resume:
            raise TrainingError(
                f"{out} holds a run of other settings: {', '.join(differences)}. Resume it with its own, or give "
                "another --out."
            )
        return None if differences else config

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        reporter = Reporter(self.request.out)  # goes on from what the training wrote last
        status = reporter.status
        full = isinstance(error, OSError) and error.errno in FULL
        message = _full_message(self.request.out) if full else _message(error)
        with suppress(OSError) if full else nullcontext():  # not even the reserve was enough to say so
            if error is None:
                reporter.end(replace(status, state="finished", time_left_s=0.0), "finished")
            elif isinstance(error, RunStoppedError | KeyboardInterrupt):
                reporter.end(replace(status, state="stopped", message=message), "stopped")
            else:
                reporter.end(replace(status, state="failed", message=message), f"failed: {message}")
        if self._lock is not None:
            self._lock.release()
        if full:
            raise TrainingError(message) from error


@contextmanager
def _refusal_explained(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cure = "Make it writable, or name another one with --out."
        raise TrainingError(
            _full_message(out) if error.errno in FULL else refusal(error, f"The run's folder {out}", cure)
        ) from error


def _message(error: BaseException | None) -> str:
    if error is None or isinstance(error, KeyboardInterrupt):
        return ""
    return str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"


def _full_message(out: Path) -> str:
    return (
        f"The disk that holds {out} is full, or a quota is used up. Make room and resume the run; it goes on from the "
        "last finished epoch."
    )
