"""The files of a run and what its status says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.runs.processes import ProcessId

CONFIG = "config.json"
STATUS = "status.json"
LOG = "log.txt"
LOCK = ".run.lock"
LAST = "last.ckpt"
QUEUE = "queue.json"
LAUNCH = "launch.json"
STOP = "stop.json"
RESERVE = ".reserve"
RECIPE = "recipe.json"
RECORDS = (CONFIG, STATUS, QUEUE, LAUNCH, STOP, RECIPE)

RunState = Literal["running", "stopped", "finished", "failed"]
Phase = Literal["preparing", "training", "exporting"]


@dataclass(frozen=True)
class Best:
    """The best epoch so far.

    Attributes:
        metric: name as in metrics.csv.
        value: of it.
        epoch: from 1.
    """

    metric: str
    value: float
    epoch: int


@dataclass(frozen=True)
class RunStatus:
    """What a training process says of itself in status.json; it alone writes it.

    Attributes:
        state: "running" until it has ended in one of the other ways.
        phase: "preparing" spectrograms, "training", "exporting" the checkpoint.
        process: who writes this.
        began_s, heartbeat_s: when this process began and when it wrote this, seconds since 1970.
        elapsed_s: spent on the run, all resumptions together, without the time between them.
        n_prepared, n_to_prepare: clips, while preparing.
        epoch: the running one, from 1; 0 before the first.
        n_epochs: at most.
        batch, n_batches: finished batches of the running epoch, and how many it has.
        batches_per_s, time_left_s: None while unknown.
        best: None before the first epoch has ended.
        message: what went wrong and what to do, for people.
    """

    state: RunState
    phase: Phase
    process: ProcessId
    began_s: float
    heartbeat_s: float
    elapsed_s: float = 0.0
    n_prepared: int = 0
    n_to_prepare: int = 0
    epoch: int = 0
    n_epochs: int = 0
    batch: int = 0
    n_batches: int = 0
    batches_per_s: float | None = None
    time_left_s: float | None = None
    best: Best | None = None
    message: str = ""

    @property
    def progress(self) -> float:
        """Share of all epochs that is done, 0..1."""
        if self.state == "finished":
            return 1.0
        done = max(self.epoch - 1, 0) + (self.batch / self.n_batches if self.n_batches else 0.0)
        return min(done / self.n_epochs, 1.0) if self.n_epochs else 0.0


def tail(path: Path, n_lines: int = 50, max_bytes: int = 64_000) -> str:
    """The last lines of a log, "" where there is none; a progress bar counts with its last state only."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - max_bytes))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    lines = [line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n")]
    return "\n".join(lines[-n_lines - 1 :]).strip("\n")
