"""Starting the process of a run: apart from whoever starts it, polite to everything else on the machine."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil

from core.errors import TrainingError
from core.jobs.job import Launch
from core.runs.processes import process_id, this_process
from core.runs.records import DamagedRecordError, read_record, write_record
from core.runs.request import RunConfig, TrainRequest
from core.runs.status import CONFIG, LAUNCH, LOG, QUEUE, STATUS, STOP, RunStatus
from core.system.paths import ROOT
from core.system.threads import usable_cores

PROGRAM = (sys.executable, "-m", "core")
NICENESS = 10
LEAST_FREE_MB = 300


def polite_threads(limit: int) -> int:
    """Threads for each of `limit` runs that leave one core to the app."""
    return max(1, (usable_cores() - 1) // limit)


def require_space(folder: Path, needed_mb: int = LEAST_FREE_MB) -> None:
    """Raises `TrainingError` where the disk has less room than a run needs."""
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < needed_mb:
        raise TrainingError(
            f"The disk that holds {folder} has {free_mb} MB left, and a run needs {needed_mb} MB. Make room, for "
            "example by deleting runs, and start again."
        )


def launch(folder: Path, threads: int) -> subprocess.Popen[bytes] | None:
    """Starts, or resumes, the run in a directory, and takes it out of the queue.

    Returns:
        Its process, None where it could not be started; the run's status says why.
    """
    (folder / STOP).unlink(missing_ok=True)
    try:
        config = read_record(RunConfig, folder / CONFIG)
        if config is None:
            raise TrainingError(f"{CONFIG} is missing. Delete the run and start it anew.")
        require_space(folder)
        process = start_process(folder, replace(config.request, threads=config.request.threads or threads))
        write_record(folder / LAUNCH, Launch(process_id(process.pid), time.time()))
    except (TrainingError, DamagedRecordError, OSError, psutil.Error) as error:
        _fail(folder, str(error))
        return None
    (folder / QUEUE).unlink(missing_ok=True)
    return process


def start_process(folder: Path, request: TrainRequest) -> subprocess.Popen[bytes]:
    """Starts a training in a directory, with its output going to the directory's log.

    Raises:
        OSError: the log cannot be written or the process not be started.
    """
    environment = os.environ | {
        "OMP_NUM_THREADS": str(request.threads or 1),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",  # that of the log
    }
    arguments = replace(request, out=folder.resolve(), resume=True).arguments()
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [*PROGRAM, "train", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # neither Ctrl+C nor the end of the app reaches it
        )
    started = psutil.Process(process.pid)
    if os.name == "nt":
        started.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        started.nice(max(NICENESS, os.nice(0)))  # only root may become less nice
    return process


def _fail(folder: Path, message: str) -> None:
    now = time.time()
    write_record(folder / STATUS, RunStatus("failed", "preparing", this_process(), now, now, message=message))
    (folder / QUEUE).unlink(missing_ok=True)
