"""Which process does a run, so that another one that later got its number is not taken for it."""

import os
import platform
import time
from dataclasses import dataclass

import psutil

_SAME_START_S = 1.5
"""Two readings of a process's start differ by less; nobody gets a used number again so soon."""
_SILENCE_S = 120.0
"""A process of another machine that has not been heard of for so long counts as ended."""


@dataclass(frozen=True)
class ProcessId:
    """A process, for good.

    Attributes:
        pid: its number, which the system gives out again after its end.
        started_s: when it started, seconds since 1970; tells it from a later one of the same number.
        host: name of its machine.
    """

    pid: int
    started_s: float
    host: str


def this_process() -> ProcessId:
    """The process that asks."""
    return process_id(os.getpid())


def process_id(pid: int) -> ProcessId:
    """A process that runs here.

    Raises:
        psutil.NoSuchProcess: it has ended.
    """
    return ProcessId(pid, psutil.Process(pid).create_time(), platform.node())


def find(process: ProcessId) -> psutil.Process | None:
    """The process itself if it runs on this machine, None if it has ended (or waits to be buried)."""
    if process.host != platform.node():
        return None
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.started_s) < _SAME_START_S
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def is_alive(process: ProcessId, heartbeat_s: float) -> bool:
    """Whether a process runs; of another machine only its last heartbeat can tell."""
    if process.host != platform.node():
        return time.time() - heartbeat_s < _SILENCE_S
    return find(process) is not None


def kill_tree(process: psutil.Process) -> None:
    """Ends a process and all that it started, at once."""
    try:
        victims = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for victim in victims:
        try:
            victim.kill()
        except psutil.NoSuchProcess:
            continue
