"""The runs, as the page reads and changes them. Reading is for everyone; every change asks for permission first."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import streamlit as st

from core.data.splits import DEFAULT_SPLIT_SEED, make_split
from core.errors import TrainingError
from core.figures.curves import LearningCurve
from core.jobs.api import Jobs, open_jobs
from core.jobs.job import Job
from core.runs.curves import METRICS, Curves, read_curves
from core.runs.request import TrainRequest
from ui.train.access import require_permission

MAX_SEEDS = 5
_MAX_KEPT_CURVES = 64


def jobs() -> Jobs:
    """The runs of this machine."""
    return open_jobs()


# Reading


@st.cache_resource
def _known_curves() -> dict[Path, Curves]:
    """What all sessions have read so far, so that a look costs what was added since the last one."""
    return {}


def curves_of(job: Job) -> Curves:
    """The curves of a run, up to now."""
    known = _known_curves()
    found = read_curves(job.folder, known.get(job.folder))
    while len(known) >= _MAX_KEPT_CURVES and job.folder not in known:
        known.pop(next(iter(known)), None)
    known[job.folder] = found
    return found


def line_of(curves: Curves, metric: str, label: str, is_faint: bool = False) -> LearningCurve:
    """One metric as a line of a figure."""
    points = curves.of(metric)
    return LearningCurve(label, tuple(p.epoch for p in points), tuple(p.value for p in points), is_faint)


def log_of(job: Job, n_lines: int) -> str:
    """The last lines of a run's log."""
    return jobs().engine.log(job, n_lines)


@st.cache_data
def n_train_clips(split: str, split_seed: int, fold: int | None) -> int:
    """Training clips of a whole split."""
    return len(make_split(split, split_seed, fold).train)


def n_train_of(request: TrainRequest) -> int:
    """Training clips of a request."""
    if request.subset_size is not None:
        return request.subset_size
    split_seed = DEFAULT_SPLIT_SEED if request.split == "fault_filtered" else request.split_seed
    return n_train_clips(request.split, split_seed, request.fold)


def checkpoint_zip(run_id: str) -> bytes:
    """Both files of a finished run's checkpoint, zipped.

    Raises:
        TrainingError: there is no such run, or it has no checkpoint.
    """
    job = jobs().get(run_id)
    if job.checkpoint is None:
        raise TrainingError(f"The run {run_id} is {job.state} and has no checkpoint yet.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:  # weights do not compress
        for suffix in (".json", ".safetensors"):
            archive.write(job.folder / f"{job.checkpoint}{suffix}", f"{job.checkpoint}{suffix}")
    return buffer.getvalue()


def curves_csv(run_id: str) -> bytes:
    """metrics.csv of a run, empty where no epoch has ended.

    Raises:
        TrainingError: there is no such run.
    """
    path = jobs().get(run_id).folder / METRICS
    return path.read_bytes() if path.exists() else b""


# Changing


def jobs_to_change() -> Jobs:
    """The runs, for a session that may change them.

    Raises:
        TrainingError: it may not.
    """
    require_permission()
    return jobs()


def start(request: TrainRequest, n_seeds: int = 1) -> list[Job]:
    """Queues a request once for each of `n_seeds` consecutive seeds.

    Raises:
        TrainingError: not allowed, or a value that is not.
        DatasetError: the GTZAN folder holds no clip.
    """
    jobs = jobs_to_change()
    if not 1 <= n_seeds <= MAX_SEEDS:
        raise TrainingError(f"The number of seeds is {n_seeds}. Choose one from 1 to {MAX_SEEDS}.")
    if request.gtzan is not None:
        raise TrainingError("The folder with GTZAN audio is the server's own. Set GTZAN_DIR before the app is started.")
    if request.base is not None:
        if request.base.checkpoints is not None:
            raise TrainingError("The folder with checkpoints is the server's own. Set LAB_RUNS_DIR before it starts.")
        request = replace(request, base=replace(request.base, checkpoints=jobs.folder))
    return [jobs.start(replace(request, seed=request.seed + i)) for i in range(n_seeds)]
