"""Runs on a Ray cluster, through its Jobs API: https://docs.ray.io/en/latest/cluster/running-applications/job-submission.

The cluster must see the folder of the runs and the project under the same paths, as on one machine or a shared disk: a
run's directory is where its request, its progress and its checkpoint are, whatever carries it out.
"""

import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Protocol

from core.errors import TrainingError
from core.jobs.job import Job, JobState, StopOrder, list_jobs, read_job
from core.jobs.launch import PROGRAM
from core.runs.records import DamagedRecordError, read_record, write_record
from core.runs.request import RunConfig, TrainRequest
from core.runs.status import CONFIG, STOP
from core.system.paths import ROOT

SUBMISSION = "ray.json"
STOP_WAIT_S = 60
"""After so long Ray kills a run that was asked to stop; it wants to know when the run is submitted."""

_WAITING, _RUNNING = "PENDING", "RUNNING"
_ENDED: Mapping[str, JobState] = {"SUCCEEDED": "finished", "STOPPED": "stopped", "FAILED": "failed"}


@dataclass(frozen=True)
class Submission:
    """ray.json: what the cluster calls a run since it was last submitted.

    Attributes:
        submission_id: of the Jobs API.
        submitted_s: seconds since 1970.
    """

    submission_id: str
    submitted_s: float


class _Details(Protocol):
    submission_id: str | None
    status: str
    message: str | None


class _Client(Protocol):
    """Of `ray.job_submission.JobSubmissionClient` what is used here."""

    def submit_job(
        self,
        *,
        entrypoint: str,
        submission_id: str,
        runtime_env: Mapping[str, object],
        entrypoint_num_cpus: int,
        entrypoint_num_gpus: int,
    ) -> str: ...

    def stop_job(self, job_id: str) -> bool: ...

    def list_jobs(self) -> Sequence[_Details]: ...

    def get_job_logs(self, job_id: str) -> str: ...


@lru_cache(maxsize=4)
def _client(address: str) -> _Client:
    try:
        submission = import_module("ray.job_submission")
    except ImportError as error:
        raise TrainingError(
            "RAY_ADDRESS is set, but Ray is not installed. Install it with 'pip install -r requirements-ray.txt', or "
            "unset RAY_ADDRESS to train on this machine."
        ) from error
    with _unreachable_explained(address):
        client: _Client = submission.JobSubmissionClient(address)
        return client


@contextmanager
def _unreachable_explained(address: str) -> Iterator[None]:
    """What Ray raises when it cannot be reached, or refuses, becomes a `TrainingError`."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise TrainingError(
            f"The Ray cluster at {address} does not answer as it should ({error}). Check RAY_ADDRESS, such as "
            "http://127.0.0.1:8265, and the cluster; or unset it to train on this machine."
        ) from error


@dataclass(frozen=True)
class RayEngine:
    """Runs on a Ray cluster, which decides when each one has its turn.

    Attributes:
        address: of the Jobs API, such as http://127.0.0.1:8265.
    """

    address: str

    def submit(self, folder: Path) -> None:
        """Hands the run to the cluster.

        Raises:
            TrainingError: the settings are damaged, or the cluster cannot be reached.
        """
        try:
            config = read_record(RunConfig, folder / CONFIG)
        except DamagedRecordError as error:
            raise TrainingError(f"The settings of the run {folder.name} cannot be read ({error}).") from error
        if config is None:
            raise TrainingError(f"The run {folder.name} has no settings. Start a new one.")
        request = replace(config.request, out=folder.resolve(), resume=True)
        now = time.time()
        submission = Submission(f"{folder.name}-{int(now * 1000)}", now)
        with _unreachable_explained(self.address):
            _client(self.address).submit_job(
                # Ray gives this to a shell: quoted, and replaced by the run so that signals reach it.
                entrypoint=f"exec {shlex.join([*PROGRAM, 'train', *request.arguments()])}",
                submission_id=submission.submission_id,
                runtime_env={
                    "env_vars": {"PYTHONPATH": str(ROOT), "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_WAIT_S)},
                },
                entrypoint_num_cpus=request.threads or 1,
                entrypoint_num_gpus=_n_gpus(request),
            )
        (folder / STOP).unlink(missing_ok=True)
        write_record(folder / SUBMISSION, submission)

    def stop(self, job: Job, deadline_s: float) -> None:
        """SIGTERM, then SIGKILL after `STOP_WAIT_S`; both from Ray, whatever `deadline_s` says."""
        submission = _submission(job.folder)
        if submission is None:
            raise TrainingError(f"The run {job.run_id} was not started on Ray. Unset RAY_ADDRESS to stop it.")
        now = time.time()
        write_record(job.folder / STOP, StopOrder(now, now + STOP_WAIT_S))
        with _unreachable_explained(self.address):
            _client(self.address).stop_job(submission.submission_id)

    def list(self, runs: Path) -> list[Job]:
        """As the cluster and the directories say."""
        details = self._details()
        return [_seen(job, details) for job in list_jobs(runs)]

    def get(self, folder: Path) -> Job | None:
        """As the cluster and the directory say."""
        job = read_job(folder)
        return None if job is None else _seen(job, self._details())

    def log(self, job: Job, n_lines: int) -> str:
        """Of the cluster, which has also what was said before the run's own log began."""
        submission = _submission(job.folder)
        if submission is None:
            return ""
        with _unreachable_explained(self.address):
            text = _client(self.address).get_job_logs(submission.submission_id)
        return "\n".join(text.splitlines()[-n_lines:])

    def _details(self) -> Mapping[str, _Details]:
        with _unreachable_explained(self.address):
            found = _client(self.address).list_jobs()
        return {details.submission_id: details for details in found if details.submission_id is not None}


def _submission(folder: Path) -> Submission | None:
    try:
        return read_record(Submission, folder / SUBMISSION)
    except DamagedRecordError:
        return None


def _n_gpus(request: TrainRequest) -> int:
    devices = request.hardware.devices
    if request.hardware.accelerator != "gpu":
        return 0
    return 1 if devices == "auto" else len(devices.split(",")) if "," in devices else int(devices)


def _seen(job: Job, details: Mapping[str, _Details]) -> Job:
    """A run with the state that the cluster gives it; the run's own last word is more exact once it has ended."""
    submission = _submission(job.folder)
    found = None if submission is None else details.get(submission.submission_id)
    if submission is None or found is None:
        return job  # not of Ray, or of a cluster that is no more
    said = job.status if job.status is not None and job.status.began_s >= submission.submitted_s else None
    state = str(found.status)
    if state == _WAITING:
        return replace(job, state="queued", message="", queued_s=submission.submitted_s)
    if state == _RUNNING:
        return replace(job, state="stopping" if job.stop is not None else "running", message="")
    if said is not None and said.state != "running":
        return replace(job, state=said.state, message=said.message, process=None)
    return replace(job, state=_ENDED.get(state, "lost"), message=found.message or "", process=None)
