"""What tests of background runs share: small requests, patience, and a look for processes that were left behind."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil

from core.jobs.api import Jobs
from core.jobs.job import Job, JobState
from core.runs.request import SHIPPED, TrainRequest

PATIENCE_S = 120.0
"""Processes of a busy machine take their time; a test that passes does not wait for it."""


def toy_request(epochs: int = 4, name: str = "genre-toy", seed: int = 0) -> TrainRequest:
    """Ten of the shipped clips in two batches: an epoch is about a second."""
    return TrainRequest(
        kind="genre",
        recipe="strong",
        split="stratified",
        split_seed=42,
        fold=None,
        seed=seed,
        out=Path("nowhere"),
        name=name,
        data=SHIPPED,
        subset_size=10,
        changes={"epochs": epochs, "batch_size": 5},
        threads=1,
    )


def wait_for(what: Callable[[], bool], why: str) -> None:
    """Returns as soon as it is so."""
    until = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < until, f"waited in vain for {why}"
        time.sleep(0.05)


def wait_for_state(jobs: Jobs, run_id: str, *states: JobState) -> Job:
    """The run, once it is in one of the states."""
    wait_for(lambda: jobs.get(run_id).state in states, f"{run_id} to be {states}, it is {jobs.get(run_id)}")
    return jobs.get(run_id)


def processes_about(folder: Path) -> list[psutil.Process]:
    """Processes with a folder on their command line, such as its supervisor and its runs."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in word for word in process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def require_none_left(folder: Path) -> None:
    """No process of the folder is left, after the moment that a supervisor takes to see that it is done."""
    wait_for(lambda: not processes_about(folder), f"the end of {processes_about(folder)}")
