"""The process that works off the queue: starts runs, kills those that do not stop, ends when nothing is left to do.

There is at most one for a folder of runs, held by a lock. It need not live: runs go on without it, and the next look at
the runs starts another, which takes over what it finds.
"""

import subprocess
import sys
import threading
import time
from pathlib import Path

from core.jobs.job import Job, in_line, list_jobs
from core.jobs.launch import launch, polite_threads
from core.runs.lock import acquire, is_held
from core.runs.processes import find, kill_tree
from core.system.paths import ROOT

LOCK_NAME = ".supervisor.lock"
LOG_NAME = ".supervisor.log"
TICK_S = 0.5


def run_queue(runs: Path, limit: int = 1) -> None:
    """Works until no run is queued or active; returns at once if another process already does.

    Args:
        runs: the folder of the runs.
        limit: runs at a time.
    """
    while True:
        lock = acquire(runs / LOCK_NAME, wait_s=1.0)
        if lock is None:
            return
        try:
            children: list[subprocess.Popen[bytes]] = []
            while tick(runs, limit, children):
                time.sleep(TICK_S)
        finally:
            lock.release()
        # Whoever queued a run while the lock was still held relied on it.
        if not in_line(list_jobs(runs)):
            return


def tick(runs: Path, limit: int, children: list[subprocess.Popen[bytes]]) -> bool:
    """One look at all runs.

    Args:
        runs: the folder of the runs.
        limit: runs at a time.
        children: processes started so far; those that ended are buried, new ones added.

    Returns:
        Whether there is anything left to wait for.
    """
    children[:] = [child for child in children if child.poll() is None]
    jobs = list_jobs(runs)
    for job in jobs:
        kill_if_overdue(job)
    n_active = sum(job.is_active for job in jobs)
    waiting = in_line(jobs)
    for job in waiting[: max(0, limit - n_active)]:
        child = launch(job.folder, polite_threads(limit))
        if child is not None:
            children.append(child)
    return bool(waiting or n_active or children)


def kill_if_overdue(job: Job) -> None:
    """Ends a run that was asked to stop and did not in time."""
    if job.state == "stopping" and job.process is not None and job.stop is not None:
        process = find(job.process)
        if process is not None and time.time() > job.stop.deadline_s:
            kill_tree(process)


def ensure_supervisor(runs: Path, limit: int) -> None:
    """Starts one if there is none, apart from this process."""
    if is_held(runs / LOCK_NAME):
        return
    with (runs / LOG_NAME).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.jobs", str(runs.resolve()), "--limit", str(limit)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Buries it when it ends; a daemon, so that the app need not wait for it.
    threading.Thread(target=process.wait, daemon=True, name="supervisor").start()
