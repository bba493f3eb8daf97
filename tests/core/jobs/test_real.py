"""Real training processes: the app killed, the run killed, both; stop and resume; a full disk."""

import os
import resource
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from core.commands import main as cli
from core.jobs.api import Jobs
from core.jobs.estimate import VALIDATION_SHARE, measure
from core.jobs.job import Job
from core.jobs.supervisor import LOCK_NAME
from core.models.checkpoint import load_header
from core.runs.curves import BATCH_LOSS, Curves
from core.runs.lock import is_held
from core.runs.records import read_record
from core.runs.status import LAST, RESERVE, STATUS, RunStatus
from core.system.paths import ROOT
from tests.support.jobs_world import processes_about, require_none_left, toy_request, wait_for, wait_for_state

EPOCHS = 5
APP = """
import sys, time
from dataclasses import replace
from pathlib import Path
from core.jobs.api import Jobs
from tests.support.jobs_world import toy_request
print(Jobs(Path(sys.argv[1])).start(toy_request(int(sys.argv[2]))).run_id, flush=True)
time.sleep(600)
"""
"""Stands in for the web app: it starts a run through the same interface and stays."""


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "runs"
    yield folder
    left = processes_about(folder)
    for process in left:
        process.kill()
    assert not left


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run, by hand and at one go."""
    out = tmp_path_factory.mktemp("by-hand") / "run"
    assert by_hand(out, EPOCHS) == 0
    return out


def by_hand(out: Path, epochs: int) -> int:
    """What the command line returns; in this process, which has loaded torch and Lightning already."""
    threads = torch.get_num_threads()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The number of training batches")  # two batches are few
            return cli.main(["train", *replace(toy_request(epochs), out=out).arguments()])
    finally:
        torch.set_num_threads(threads)


def app_that_started(runs: Path) -> tuple[subprocess.Popen[str], str]:
    app = subprocess.Popen(
        [sys.executable, "-c", APP, str(runs), str(EPOCHS)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert app.stdout is not None
    return app, app.stdout.readline().strip()


def in_epoch(jobs: Jobs, run_id: str, epoch: int) -> Job:
    """The run, as soon as it is in an epoch."""

    def there() -> bool:
        job = jobs.get(run_id)
        assert job.state in ("queued", "running"), job
        return job.status is not None and job.status.phase == "training" and job.status.epoch >= epoch

    wait_for(there, f"epoch {epoch}")
    return jobs.get(run_id)


def kill(job: Job) -> None:
    assert job.process is not None
    os.kill(job.process.pid, signal.SIGKILL)


def assert_same_result(one: Path, other: Path) -> None:
    expected, got = load_header("genre-toy", one), load_header("genre-toy", other)
    assert got.metrics == pytest.approx(expected.metrics, abs=1e-6)
    assert got.inference.temperature == pytest.approx(expected.inference.temperature, abs=1e-6)
    assert (got.provenance.command, got.provenance.epochs) == (expected.provenance.command, EPOCHS)
    weights, again = (load_file(folder / "genre-toy.safetensors") for folder in (one, other))
    for name, tensor in weights.items():
        assert torch.allclose(again[name].double(), tensor.double(), atol=1e-6), name
    curves, same = (Jobs(folder.parent).curves(folder.name) for folder in (one, other))
    for metric in {*curves.metrics} - {BATCH_LOSS}:
        values, others = ([point.value for point in each.of(metric)] for each in (curves, same))
        assert len(values) == EPOCHS
        assert others == pytest.approx(values, abs=1e-6), metric


@pytest.mark.slow
def test_a_run_survives_the_app_and_its_own_death_and_ends_as_if_nothing_had_been(
    runs: Path, uninterrupted: Path
) -> None:
    app, run_id = app_that_started(runs)
    first, second = Jobs(runs), Jobs(runs)  # two sessions of the next app
    seen = in_epoch(first, run_id, 1)
    app.kill()
    app.wait()
    assert seen.process is not None
    assert os.getpgid(seen.process.pid) == os.getsid(seen.process.pid) == seen.process.pid
    job = in_epoch(second, run_id, 2)
    assert job.process == seen.process
    assert first.get(run_id).process == second.get(run_id).process
    known: Curves = second.curves(run_id)
    assert len(known.of("valid_loss")) >= 1

    assert first.stop(run_id).state in ("stopping", "stopped")
    stopped = wait_for_state(second, run_id, "stopped")
    assert stopped.status is not None
    assert 0.2 <= stopped.progress < 1.0
    assert (stopped.folder / LAST).exists()
    require_none_left(runs)

    first.resume(run_id)
    wait_for(lambda: first.get(run_id).status != stopped.status, "the resumed run")
    kill(in_epoch(first, run_id, 3))
    lost = wait_for_state(first, run_id, "lost")
    assert lost.can_resume
    assert "last finished epoch" in lost.message

    first.resume(run_id)
    finished = wait_for_state(second, run_id, "finished")
    assert finished.progress == 1.0
    assert finished.checkpoint == "genre-toy"
    assert_same_result(uninterrupted, finished.folder)
    log = first.log(run_id, 200)
    assert log.count(" resumed: ") == 2
    assert f"epoch {EPOCHS} of {EPOCHS}: " in log
    second.delete(run_id)
    assert first.list() == ()
    require_none_left(runs)


@pytest.mark.slow
def test_app_supervisor_and_run_all_killed_at_once_with_another_run_queued(runs: Path) -> None:
    app, run_id = app_that_started(runs)
    jobs = Jobs(runs)
    waiting = jobs.start(toy_request(epochs=1)).run_id
    job = in_epoch(jobs, run_id, 1)
    (supervisor,) = (p for p in processes_about(runs) if "core.jobs" in p.cmdline())
    for process in (supervisor, psutil.Process(app.pid)):
        process.kill()
    kill(job)
    app.wait()
    wait_for_state(jobs, run_id, "lost")
    wait_for(lambda: not is_held(runs / LOCK_NAME), "the death of the supervisor")
    assert [(each.run_id, each.state) for each in Jobs(runs).list()] == [(waiting, "queued"), (run_id, "lost")]
    # That look was all it took.
    wait_for_state(jobs, waiting, "running", "finished")
    stopped = jobs.stop(waiting) if jobs.get(waiting).is_active else jobs.get(waiting)
    assert stopped.state in ("stopping", "stopped", "finished")
    wait_for_state(jobs, waiting, "stopped", "finished")
    require_none_left(runs)


def test_a_run_by_hand_is_a_run_like_any_other(uninterrupted: Path) -> None:
    jobs = Jobs(uninterrupted.parent)
    (job,) = jobs.list()
    assert (job.run_id, job.state, job.checkpoint) == ("run", "finished", "genre-toy")
    assert job.request is not None
    assert job.request.differences(toy_request(EPOCHS)) == []
    assert job.status is not None
    assert job.status.best is not None
    assert job.status.best.metric == "valid_accuracy"
    assert not (uninterrupted / RESERVE).exists()
    assert not list(uninterrupted.glob(".*.part"))
    header = load_header("genre-toy", uninterrupted)
    assert (header.provenance.n_train, header.provenance.n_valid) == (10, 10)
    assert "--data shipped --out DIR" in header.provenance.command
    assert "8-bit" in header.provenance.data


@contextmanager
def no_file_beyond(n_bytes: int) -> Iterator[None]:
    """As with a quota: writing more fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_fails_clearly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The state to resume from is larger than the 5 MB that are left."""
    out = tmp_path / "run"
    with no_file_beyond(5_000_000):
        assert by_hand(out, epochs=2) == 1
    said = capsys.readouterr().err
    assert "is full, or a quota is used up. Make room and resume" in said
    assert "Traceback" not in said
    status = read_record(RunStatus, out / STATUS)
    assert status is not None
    assert status.state == "failed"
    assert status.message in said
    assert not [*out.glob("*.ckpt"), *out.glob(".*.part"), *out.glob(RESERVE)]
    job = Jobs(tmp_path).get("run")
    assert (job.state, job.can_resume, job.message) == ("failed", True, status.message)


@pytest.mark.slow
def test_a_measurement_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    estimate = measure(toy_request(epochs=100))
    assert estimate.is_measured
    assert estimate.duration_s == pytest.approx(100 * 2 / estimate.batches_per_s * (1 + VALIDATION_SHARE))
    assert not list(tmp_path.iterdir())
    require_none_left(tmp_path)
