"""Runs on a real Ray head on this machine; what needs no Ray is tested without."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.errors import TrainingError
from core.jobs.api import Jobs, open_jobs
from core.jobs.engine import LocalEngine
from core.jobs.ray_engine import RayEngine
from core.runs.status import LAST
from tests.support.jobs_world import toy_request, wait_for, wait_for_state

needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="needs Ray: pip install -r requirements-ray.txt to test runs on a Ray cluster"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cluster() -> Iterator[str]:
    """A head of its own, in the foreground so that its processes are known, and its address."""
    dashboard = free_port()
    folder = Path(f"/tmp/lab-ray-{os.getpid()}")  # Ray's sockets do not fit into long paths
    ray = Path(sys.executable).with_name("ray")
    head = subprocess.Popen(
        [
            ray, "start", "--head", "--block", "--num-cpus=2", "--num-gpus=0", "--include-dashboard=true",
            "--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard}", f"--port={free_port()}",
            "--node-ip-address=127.0.0.1", f"--temp-dir={folder}", "--disable-usage-stats",
            "--object-store-memory=80000000",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"RAY_ADDRESS": ""},
    )  # fmt: skip
    address = f"http://127.0.0.1:{dashboard}"

    def takes_jobs() -> bool:
        """The list is there seconds before the agent that starts jobs."""
        assert head.poll() is None, "the Ray head has ended"
        try:
            import_module("ray.job_submission").JobSubmissionClient(address).submit_job(entrypoint="true")
        except (ConnectionError, RuntimeError):
            return False
        return True

    try:
        wait_for(takes_jobs, "the Ray head")
        yield address
    finally:
        head.terminate()
        head.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


@needs_ray
@pytest.mark.slow
def test_a_run_is_started_followed_stopped_and_resumed_on_ray(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", cluster)
    jobs = open_jobs(tmp_path)
    run_id = jobs.start(toy_request(epochs=30)).run_id

    def second_epoch() -> bool:
        job = jobs.get(run_id)
        assert job.state in ("queued", "running"), job
        return job.state == "running" and job.status is not None and job.status.epoch >= 2

    wait_for(second_epoch, "the second epoch")
    assert jobs.list()[0].run_id == run_id
    assert jobs.curves(run_id).of("valid_loss")
    with pytest.raises(TrainingError, match="Stop it"):
        jobs.delete(run_id)
    jobs.stop(run_id)
    stopped = wait_for_state(jobs, run_id, "stopped")
    assert stopped.status is not None
    assert stopped.status.state == "stopped"  # its own word: it was not killed
    assert (stopped.folder / LAST).exists()

    short = jobs.start(toy_request(epochs=1)).run_id
    assert wait_for_state(jobs, short, "finished", "failed").checkpoint == "genre-toy", jobs.log(short)
    assert "genre-toy" in jobs.log(short)
    assert jobs.resume(run_id).state in ("queued", "running")
    wait_for(lambda: jobs.get(run_id).state == "running", "the resumed run")
    time.sleep(0.5)
    jobs.stop(run_id)
    wait_for_state(jobs, run_id, "stopped")
    jobs.delete(run_id)
    assert [job.run_id for job in jobs.list()] == [short]


def test_the_environment_chooses_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert open_jobs(tmp_path, 3) == Jobs(tmp_path, LocalEngine(3))
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:1")
    assert open_jobs(tmp_path) == Jobs(tmp_path, RayEngine("http://127.0.0.1:1"))


NOT_THERE = r"RAY_ADDRESS.*(unset|not installed)|Ray cluster at .* unset"


def test_a_cluster_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=NOT_THERE):
        Jobs(tmp_path, RayEngine(f"http://127.0.0.1:{free_port()}")).list()


def test_a_run_that_nobody_takes_on_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=NOT_THERE):
        Jobs(tmp_path, RayEngine(f"http://127.0.0.1:{free_port()}")).start(toy_request())
    assert list(tmp_path.iterdir()) == []
