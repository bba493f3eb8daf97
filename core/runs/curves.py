"""The curves of a run in metrics.csv: one row a value, so that a reader need only read what has been added."""

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.system.storage import write_atomic

METRICS = "metrics.csv"
BATCH_LOSS = "batch_loss"
"""Mean training loss since the last such row; the other metrics are of whole epochs."""
_HEADER = "step,epoch,metric,value"


@dataclass(frozen=True)
class Point:
    """One value.

    Attributes:
        step: optimiser steps taken.
        epoch: epochs passed, with a fraction inside an epoch.
        metric: what it is.
        value: of it.
    """

    step: int
    epoch: float
    metric: str
    value: float


@dataclass(frozen=True)
class Curves:
    """What has been read of a metrics.csv.

    Attributes:
        points: in the order of the file.
        inode, offset: where to read on; a resumed run's file is another one.
    """

    points: tuple[Point, ...] = ()
    inode: int = 0
    offset: int = 0

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names in order of appearance."""
        return tuple(dict.fromkeys(point.metric for point in self.points))

    def of(self, metric: str) -> tuple[Point, ...]:
        """One curve."""
        return tuple(point for point in self.points if point.metric == metric)


def read_curves(folder: Path, known: Curves | None = None) -> Curves:
    """The curves of a run; given what is known of them, only what was added is read.

    Rows that cannot be read, such as one cut short by a power cut, are passed over.
    """
    known = known or Curves()
    try:
        with (folder / METRICS).open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_ino != known.inode or found.st_size < known.offset:
                known = Curves(inode=found.st_ino)
            file.seek(known.offset)
            added = file.read()
    except FileNotFoundError:
        return Curves()
    whole = added[: added.rfind(b"\n") + 1]
    if not whole:
        return known
    points = (*known.points, *_points(whole.decode("utf-8", errors="replace")))
    return Curves(points, found.st_ino, known.offset + len(whole))


def _points(text: str) -> Iterable[Point]:
    for row in csv.reader(text.splitlines()):
        try:
            step, epoch, metric, value = row
            yield Point(int(step), float(epoch), metric, float(value))
        except ValueError:  # the header, or a damaged row
            continue


def add_points(folder: Path, step: int, epoch: float, values: Mapping[str, float]) -> None:
    """Adds a row for each value.

    Raises:
        OSError: the disk is full.
    """
    path = folder / METRICS
    rows = "".join(f"{step},{epoch:.4f},{metric},{value:.9g}\n" for metric, value in values.items())
    with path.open("a", encoding="utf-8", newline="") as file:
        if file.tell() == 0:
            file.write(f"{_HEADER}\n")
        file.write(rows)


def forget_after(folder: Path, step: int) -> Curves:
    """Takes back what was written after a step, which a resumed run will write again; returns what is left.

    Raises:
        OSError: the disk is full.
    """
    kept = [point for point in read_curves(folder).points if point.step <= step]
    rows = "".join(f"{p.step},{p.epoch:.4f},{p.metric},{p.value:.9g}\n" for p in kept)
    write_atomic(folder / METRICS, f"{_HEADER}\n{rows}".encode())
    return Curves(tuple(kept))
