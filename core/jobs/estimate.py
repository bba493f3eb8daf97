"""How long a run will take on this machine: from an earlier run of the kind, or from a short measurement."""

import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from core.data.splits import make_split
from core.errors import TrainingError
from core.jobs.job import Job
from core.jobs.launch import polite_threads, start_process
from core.runs.processes import kill_tree
from core.runs.records import DamagedRecordError, read_record
from core.runs.request import SHIPPED, TrainRequest
from core.runs.status import LOG, STATUS, RunStatus, tail
from core.system.storage import explained
from core.training.recipes.choices import check_request, recipe_of, trainable

VALIDATION_SHARE = 1 / 9
"""Of the time of training: a third as many clips, and no backward pass, which takes twice the forward one."""
MEASURED_BATCHES = 3
MEASURE_DEADLINE_S = 120.0


@dataclass(frozen=True)
class Estimate:
    """How long a run will take, without preparing spectrograms that are not cached yet.

    Attributes:
        duration_s: of all epochs; a recipe that stops early may need fewer.
        batches_per_s: what it rests on.
        is_measured: whether it was measured just now, or taken from an earlier run.
    """

    duration_s: float
    batches_per_s: float
    is_measured: bool


def estimate_from(jobs: Iterable[Job], request: TrainRequest) -> Estimate | None:
    """From the rate of an earlier run of the same model and batch size, None where there is none.

    Args:
        jobs: the newest first.
        request: a checked one.
    """
    for job in jobs:
        status, done = job.status, job.request
        if done is None or status is None or status.batches_per_s is None:
            continue
        if _alike(done) == _alike(request):
            return _estimate(request, status.batches_per_s, is_measured=False)
    return None


def measure(request: TrainRequest) -> Estimate:
    """Trains a few batches on the shipped spectrograms in a process of its own, which is gone afterwards.

    Takes some ten seconds, most of them for starting the process.

    Raises:
        TrainingError: a value that is not allowed, a model that cannot learn from the shipped spectrograms, or the
            measurement failed.
    """
    check_request(request)
    if SHIPPED not in trainable(request).data:
        raise TrainingError("This model's speed shows once a run has begun: its time left is on the list of runs.")
    size = max(10, min(MEASURED_BATCHES * recipe_of(request).batch_size, 599))
    small = replace(request, data=SHIPPED, gtzan=None, f_max_hz=None, split="stratified", fold=None, subset_size=size)
    what, cure = "The system's folder for temporary files", "Set TMPDIR to a folder that can be written."
    with (
        explained(TrainingError, what, cure),
        tempfile.TemporaryDirectory(prefix="lab-measure-", ignore_cleanup_errors=True) as name,
    ):
        out = Path(name)
        process = start_process(
            out, replace(small.with_changes(epochs=2), threads=request.threads or polite_threads(1))
        )
        try:
            return _estimate(request, _rate(out, process), is_measured=True)
        finally:
            _end(process)


def _rate(out: Path, process: subprocess.Popen[bytes]) -> float:
    """Batches a second, once some have been done."""
    until = time.monotonic() + MEASURE_DEADLINE_S
    while time.monotonic() < until:
        has_ended = process.poll() is not None
        try:
            status = read_record(RunStatus, out / STATUS)
        except DamagedRecordError:
            status = None
        if status is not None and status.batches_per_s and (has_ended or status.epoch > 1 or status.batch > 1):
            return status.batches_per_s
        if has_ended:
            break
        time.sleep(0.1)
    raise TrainingError(f"The measurement gave no result: {tail(out / LOG, 1) or 'it took too long'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(psutil.NoSuchProcess):
        kill_tree(psutil.Process(process.pid))
    process.wait()


def _alike(request: TrainRequest) -> tuple[object, ...]:
    """What decides how long a batch takes; a recipe that this version does not have is like no other."""
    try:
        return request.kind, request.model, recipe_of(request).batch_size, request.hardware
    except TrainingError:
        return request.kind, request.recipe


def _estimate(request: TrainRequest, batches_per_s: float, is_measured: bool) -> Estimate:
    recipe = recipe_of(request)
    n_train = request.subset_size or len(make_split(request.split, request.split_seed, request.fold).train)
    n_batches = -(-n_train // recipe.batch_size)
    return Estimate(recipe.epochs * n_batches / batches_per_s * (1 + VALIDATION_SHARE), batches_per_s, is_measured)
