"""Background runs: states, queue, stopping, what is damaged or foreign. Processes are real, the training is a stub."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.errors import TrainingError
from core.jobs import launch, supervisor
from core.jobs.api import Jobs
from core.jobs.engine import LocalEngine
from core.jobs.job import Launch, list_jobs
from core.runs.curves import add_points, forget_after, read_curves
from core.runs.lock import acquire, is_held
from core.runs.processes import ProcessId, process_id, this_process
from core.runs.records import write_record
from core.runs.request import RunConfig
from core.runs.status import CONFIG, LAUNCH, LOG, STATUS, STOP, RunState, RunStatus
from core.system.paths import ROOT
from tests.support.jobs_world import require_none_left, toy_request, wait_for

STUB = ROOT / "tests" / "support" / "run_stub.py"
Stub = Callable[[str], None]


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    for job in list_jobs(folder):
        if job.process is not None and job.process != this_process() and (job.folder / LAUNCH).exists():
            psutil.Process(job.process.pid).kill()


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    """Lets runs be done by the stub, and the supervisor be called by the test."""
    monkeypatch.setattr("core.jobs.engine.ensure_supervisor", lambda *_: None)

    def behave(how: str) -> None:
        monkeypatch.setattr(launch, "PROGRAM", (sys.executable, str(STUB), how))

    behave("finish")
    return behave


def made(runs: Path, run_id: str, state: RunState | None = None, process: ProcessId | None = None) -> Path:
    """A run's directory as a training would have left it."""
    folder = runs / run_id
    folder.mkdir()
    write_record(folder / CONFIG, RunConfig(replace(toy_request(), out=folder), time.time()))
    if state is not None:
        now = time.time()
        status = RunStatus(state, "training", process or this_process(), now, now, epoch=2, n_epochs=4)
        write_record(folder / STATUS, status)
    return folder


def of_the_past(pid: int) -> ProcessId:
    """A process that had the number `pid` before."""
    return replace(process_id(pid), started_s=process_id(pid).started_s - 3600.0)


def gone() -> ProcessId:
    """A process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    found = process_id(process.pid)
    process.communicate()
    return found


def test_twenty_queued_runs_are_done_one_at_a_time_in_order_and_politely(runs: Path, stub: Stub) -> None:
    jobs = Jobs(runs)
    started = [jobs.start(toy_request(name=f"genre-{number:02}")).run_id for number in range(20)]
    assert [job.queue_position for job in reversed(jobs.list())] == list(range(1, 21))
    most = 0
    children: list[subprocess.Popen[bytes]] = []
    while supervisor.tick(runs, 1, children):
        most = max(most, sum(job.is_active for job in jobs.list()))
        time.sleep(0.01)
    assert {job.state for job in jobs.list()} == {"finished"}
    assert most == 1
    done = [line.split() for line in (runs / "order.txt").read_text().splitlines()]
    assert [run_id for run_id, _ in done] == started
    assert {int(niceness) for _, niceness in done} == {max(os.nice(0), launch.NICENESS)}
    assert not (runs / supervisor.LOG_NAME).exists()


def test_a_limit_of_two_lets_two_run(runs: Path, stub: Stub) -> None:
    stub("linger")
    jobs = Jobs(runs, LocalEngine(limit=2))
    ids = [jobs.start(toy_request()).run_id for _ in range(3)]
    children: list[subprocess.Popen[bytes]] = []
    supervisor.tick(runs, 2, children)
    assert [jobs.get(run_id).state for run_id in ids] == ["running", "running", "queued"]
    for run_id in (ids[2], *ids[:2]):
        wait_for(lambda run_id=run_id: run_id == ids[2] or jobs.get(run_id).status is not None, "the stub to listen")
        jobs.stop(run_id)
    while supervisor.tick(runs, 2, children):
        time.sleep(0.02)
    assert {job.state for job in jobs.list()} == {"stopped"}


def test_a_run_that_does_not_stop_is_killed_after_the_deadline(runs: Path, stub: Stub) -> None:
    stub("deaf")
    jobs = Jobs(runs)
    run_id = jobs.start(toy_request()).run_id
    children: list[subprocess.Popen[bytes]] = []
    supervisor.tick(runs, 1, children)
    wait_for(lambda: jobs.get(run_id).status is not None, "the stub to be deaf")
    assert jobs.stop(run_id, deadline_s=0.3).state == "stopping"
    supervisor.tick(runs, 1, children)
    assert jobs.get(run_id).state == "stopping"  # not yet
    time.sleep(0.4)
    while supervisor.tick(runs, 1, children):
        time.sleep(0.02)
    job = jobs.get(run_id)
    assert (job.state, job.can_resume) == ("stopped", True)
    assert "killed" in job.message


def test_a_run_that_dies_at_once_says_why_and_the_next_one_has_its_turn(runs: Path, stub: Stub) -> None:
    stub("die")
    jobs = Jobs(runs)
    ids = [jobs.start(toy_request()).run_id for _ in range(2)]
    supervisor.run_queue(runs)
    for run_id in ids:
        job = jobs.get(run_id)
        assert job.state == "failed"
        assert "there is no such music" in job.message
        assert "there is no such music" in jobs.log(run_id)
    assert not is_held(runs / supervisor.LOCK_NAME)


def test_a_second_supervisor_leaves_the_work_to_the_first(runs: Path, stub: Stub) -> None:
    run_id = Jobs(runs).start(toy_request()).run_id
    lock = acquire(runs / supervisor.LOCK_NAME)
    assert lock is not None
    supervisor.run_queue(runs)
    assert Jobs(runs).get(run_id).state == "queued"
    lock.release()
    supervisor.run_queue(runs)
    assert Jobs(runs).get(run_id).state == "finished"


def test_queued_runs_are_found_and_started_again_after_a_reboot(
    runs: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the files is left; a look at the list starts a real supervisor, which ends by itself."""
    run_id = Jobs(runs).start(toy_request()).run_id
    (runs / run_id / CONFIG).write_text("{}")  # so that the supervisor, which knows no stub, has little to do
    monkeypatch.setattr("core.jobs.engine.ensure_supervisor", supervisor.ensure_supervisor)
    assert Jobs(runs).list()[0].state == "queued"
    wait_for(lambda: Jobs(runs).get(run_id).state == "failed", "the supervisor")
    assert CONFIG in Jobs(runs).get(run_id).message
    require_none_left(runs)


@pytest.mark.parametrize("state", ["running", "finished", "stopped", "failed"])
def test_the_last_word_of_a_dead_process_stands_and_without_one_the_run_is_lost(runs: Path, state: RunState) -> None:
    made(runs, "a", state, gone())
    job = Jobs(runs).get("a")
    assert job.state == ("lost" if state == "running" else state)
    assert job.can_resume == (state != "finished")
    assert job.checkpoint == ("genre-toy" if state == "finished" else None)
    assert job.progress == (1.0 if state == "finished" else 0.25)


def test_a_foreign_process_with_the_recycled_number_is_not_taken_for_the_run(runs: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as foreign:
        folder = made(runs, "a", "running", of_the_past(foreign.pid))
        write_record(folder / LAUNCH, Launch(of_the_past(foreign.pid), time.time() - 3600))
        jobs = Jobs(runs)
        assert jobs.get("a").state == "lost"
        with pytest.raises(TrainingError, match="nothing to stop"):
            jobs.stop("a")
        assert not (folder / STOP).exists()
        assert foreign.poll() is None
        foreign.communicate()
    assert foreign.returncode in (0, 1)  # ended by itself, not by a signal


def test_a_set_clock_does_not_make_a_living_run_lost(runs: Path) -> None:
    folder = made(runs, "a", "running", of_the_past(os.getpid()))
    assert Jobs(runs).get("a").state == "lost"
    with (folder / ".run.lock").open("w"):
        lock = acquire(folder / ".run.lock")
        assert lock is not None
        assert Jobs(runs).get("a").state == "running"
        lock.release()


def test_a_run_of_another_machine_is_judged_by_its_heartbeat(runs: Path) -> None:
    folder = made(runs, "a", "running", replace(this_process(), host="elsewhere"))
    assert Jobs(runs).get("a").state == "running"
    now = time.time()
    old = RunStatus("running", "training", replace(this_process(), host="elsewhere"), now - 900, now - 600)
    write_record(folder / STATUS, old)
    assert Jobs(runs).get("a").state == "lost"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"state": "dancing"}', b'{"state": "running", "process": 7}', b"9" * 9]
)
def test_a_corrupted_status_is_told_and_can_be_resumed_cloned_or_deleted(
    content: bytes, runs: Path, stub: Stub
) -> None:
    folder = made(runs, "a", "running", gone())
    (folder / STATUS).write_bytes(content)
    jobs = Jobs(runs)
    (job,) = jobs.list()
    assert (job.state, job.status) == ("lost", None)
    assert "status.json is damaged" in job.message
    assert jobs.resume("a").state == "queued"
    supervisor.run_queue(runs)
    assert jobs.get("a").state == "finished"
    jobs.delete("a")
    assert jobs.list() == ()


def test_a_corrupted_config_leaves_only_deleting(runs: Path) -> None:
    folder = made(runs, "a", "stopped")
    (folder / CONFIG).write_text("{]")
    jobs = Jobs(runs)
    job = jobs.get("a")
    assert (job.state, job.request, job.can_resume) == ("stopped", None, False)
    assert "config.json is damaged" in job.message
    for action in (jobs.resume, jobs.clone):
        with pytest.raises(TrainingError):
            action("a")
    jobs.delete("a")
    assert not list(runs.glob("*"))


def test_a_run_at_work_is_not_deleted_and_not_resumed(runs: Path) -> None:
    folder = made(runs, "a", "running")
    jobs = Jobs(runs)
    with pytest.raises(TrainingError, match="Stop it"):
        jobs.delete("a")
    with pytest.raises(TrainingError, match="Only a stopped"):
        jobs.resume("a")
    assert (folder / CONFIG).exists()


@pytest.mark.parametrize("run_id", ["", ".", "..", "../b", "a/b", "/etc", ".hidden", "a\0b", "x" * 200, "link", "none"])
def test_no_run_id_leads_out_of_the_folder(run_id: str, runs: Path) -> None:
    made(runs.parent, "b", "stopped")
    (runs / "link").symlink_to(runs.parent / "b")
    (runs / ".hidden").mkdir()
    jobs = Jobs(runs)
    assert jobs.list() == ()
    for action in (jobs.get, jobs.stop, jobs.resume, jobs.clone, jobs.delete, jobs.log, jobs.curves):
        with pytest.raises(TrainingError, match="There is no run"):
            action(run_id)
    assert (runs.parent / "b" / CONFIG).exists()


def test_a_full_disk_is_seen_before_the_start(runs: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    made(runs, "a", "stopped")
    usage = launch.shutil.disk_usage(runs)
    monkeypatch.setattr(launch.shutil, "disk_usage", lambda _: usage._replace(free=5_000_000))
    jobs = Jobs(runs)
    for begin in (lambda: jobs.start(toy_request()), lambda: jobs.resume("a"), lambda: jobs.clone("a")):
        with pytest.raises(TrainingError, match="5 MB left"):
            begin()
    assert [job.state for job in jobs.list()] == ["stopped"]


def test_looking_costs_little(runs: Path) -> None:
    """20 ms of CPU a second and session is the limit; a look a second at 20 runs, one of which is running."""
    for number in range(19):
        made(runs, f"old-{number}", "finished", gone() if number == 0 else this_process())
    folder = made(runs, "new", "running")
    for step in range(2_000):
        add_points(folder, step, step / 100, {"batch_loss": 1.0})
    jobs = Jobs(runs)
    curves = jobs.curves("new")
    began_s = time.process_time()
    n_looks = 10
    for look in range(n_looks):
        add_points(folder, 2_000 + look, 20.0, {"batch_loss": 1.0})
        assert len(jobs.list()) == 20
        curves = jobs.curves("new", curves)
        assert jobs.log("new") == ""
    assert len(curves.points) == 2_000 + n_looks
    assert (time.process_time() - began_s) / n_looks < 0.020


def test_curves_are_read_on_where_the_last_look_ended(tmp_path: Path) -> None:
    add_points(tmp_path, 1, 0.5, {"batch_loss": 2.0})
    first = read_curves(tmp_path)
    add_points(tmp_path, 2, 1.0, {"valid_loss": 1.5, "valid_accuracy": 0.25})
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write("3,1.5,batch_")  # half a row: somebody is writing it
    second = read_curves(tmp_path, first)
    assert second.points[: len(first.points)] == first.points
    assert second.metrics == ("batch_loss", "valid_loss", "valid_accuracy")
    assert second.of("valid_accuracy")[0].value == 0.25
    assert read_curves(tmp_path, second) == second
    with (tmp_path / "metrics.csv").open("a") as file:
        file.write("loss,1.0\nnonsense\n4,2.0,valid_loss,1.0\n")
    third = read_curves(tmp_path, second)
    assert [point.step for point in third.points] == [1, 2, 2, 3, 4]
    kept = forget_after(tmp_path, 2)
    assert read_curves(tmp_path, third).points == kept.points == third.points[:3]
    assert read_curves(tmp_path / "nothing").points == ()


def test_log_tail_shows_the_last_state_of_a_progress_bar(runs: Path) -> None:
    folder = made(runs, "a", "stopped")
    (folder / LOG).write_bytes(b"one\n10%\r50%\r100%\nl\xffst\n")
    assert Jobs(runs).log("a", 2) == "100%\nl\N{REPLACEMENT CHARACTER}st"


def test_polling_loads_no_heavy_library() -> None:
    """The supervisor lives as long as a run: it should weigh nothing."""
    code = "import sys, core.jobs.__main__; print({'numpy', 'torch', 'sklearn', 'lightning'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=launch.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_an_earlier_run_tells_how_long_the_next_one_takes(runs: Path) -> None:
    jobs = Jobs(runs)
    request = toy_request(epochs=30)
    assert jobs.estimate(request) is None
    folder = made(runs, "a", "running")
    now = time.time()
    status = RunStatus("finished", "exporting", this_process(), now, now, batches_per_s=4.0)
    write_record(folder / STATUS, status)
    estimate = jobs.estimate(request)
    assert estimate is not None
    assert not estimate.is_measured
    assert estimate.duration_s == pytest.approx(30 * 2 / 4.0, rel=0.2)  # two batches of five, and validation
    whole = jobs.estimate(replace(request, subset_size=None))
    assert whole is not None
    assert whole.duration_s == pytest.approx(estimate.duration_s * 60, rel=0.01)  # 599 clips in 120 batches
    assert jobs.estimate(request.with_changes(batch_size=6)) is None
    assert jobs.estimate(replace(request, kind="tempo", model="tcn", recipe="quick")) is None
