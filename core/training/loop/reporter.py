"""A training process tells how far it is, in the directory of its run."""

import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.runs.processes import this_process
from core.runs.records import DamagedRecordError, read_record, write_record
from core.runs.status import LOG, RESERVE, STATUS, RunStatus

INTERVAL_S = 1.0
"""At least so long between two writings of the status, except where the state changes."""
_RESERVE_BYTES = 64 * 1024


@dataclass(frozen=True)
class _Beginning:
    """When this process began, and what the run had taken until then."""

    monotonic_s: float
    elapsed_s: float


class Reporter:
    """Writes status.json and log.txt of a run; several in turn may report on the same run."""

    def __init__(self, out: Path) -> None:
        self.out = out
        out.mkdir(parents=True, exist_ok=True)
        me, now = this_process(), time.time()
        before = _last_status(out)
        if before is None:
            self.status = RunStatus("running", "preparing", me, now, now)
        elif before.process == me:
            self.status = before
        else:  # how far it was stays, until training goes on from there
            begun = replace(before, state="running", phase="preparing", process=me, began_s=now, message="")
            self.status = replace(begun, batches_per_s=None, time_left_s=None)
        self._begun = _Beginning(time.monotonic(), self.status.elapsed_s)
        self._written_s = float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether the last writing is long enough ago for the next one."""
        return time.monotonic() - self._written_s >= INTERVAL_S

    def report(self, status: RunStatus) -> None:
        """Writes a status, with the time filled in.

        Raises:
            OSError: the disk is full.
        """
        now = time.monotonic()
        elapsed_s = self._begun.elapsed_s + now - self._begun.monotonic_s
        self.status = replace(status, heartbeat_s=time.time(), elapsed_s=elapsed_s)
        write_record(self.out / STATUS, self.status)
        self._written_s = now

    def prepared(self, done: int, total: int) -> None:
        """Clips whose spectrogram is there; a `core.data.log_mels.Progress`."""
        if self.is_due or done == total:
            self.report(replace(self.status, phase="preparing", n_prepared=done, n_to_prepare=total))

    def note(self, line: str) -> None:
        """Adds a line to the log.

        Raises:
            OSError: the disk is full.
        """
        with (self.out / LOG).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {line}\n")

    def reserve(self) -> None:
        """Keeps a little room, so that even on a full disk it can be said that the disk is full."""
        (self.out / RESERVE).write_bytes(b"\1" * _RESERVE_BYTES)

    def end(self, status: RunStatus, line: str) -> None:
        """The last thing that is said."""
        for left in (self.out / RESERVE, *self.out.glob(".*.part")):
            left.unlink(missing_ok=True)
        self.report(status)
        self.note(line)


def _last_status(out: Path) -> RunStatus | None:
    try:
        return read_record(RunStatus, out / STATUS)
    except DamagedRecordError:
        return None  # it is about to be written anew
