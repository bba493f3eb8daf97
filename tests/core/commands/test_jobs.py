"""`python -m core jobs`: what it prints and does. The training is a stub."""

import sys
from pathlib import Path

import pytest

from core.commands import main as cli
from core.jobs import launch
from core.jobs.api import Jobs
from core.system.paths import ROOT
from tests.support.jobs_world import toy_request

STUB = ROOT / "tests" / "support" / "run_stub.py"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr("core.jobs.engine.ensure_supervisor", lambda *_: None)
    monkeypatch.setattr(launch, "PROGRAM", (sys.executable, str(STUB), "finish"))


def said(capsys: Captured, runs: Path, *words: str) -> str:
    assert cli.main(["jobs", "--runs", str(runs), *words]) == 0
    return capsys.readouterr().out


def test_a_run_from_the_queue_to_its_deletion(tmp_path: Path, capsys: Captured) -> None:
    assert said(capsys, tmp_path / "none", "list") == "There are no runs.\n"
    run_id = Jobs(tmp_path).start(toy_request()).run_id
    assert said(capsys, tmp_path, "list") == f"{run_id}: queued (number 1)\n"
    assert said(capsys, tmp_path, "stop", run_id).startswith(f"{run_id}: stopped")
    assert said(capsys, tmp_path, "resume", run_id) == f"{run_id}: queued\n"
    assert said(capsys, tmp_path, "run-queue") == ""
    assert said(capsys, tmp_path, "list") == f"{run_id}: finished, epoch 0 of 1\n"
    (tmp_path / run_id / "log.txt").write_text("one\ntwo\n")
    assert said(capsys, tmp_path, "log", run_id) == "one\ntwo\n"
    clone = said(capsys, tmp_path, "clone", run_id).split(":")[0]
    assert clone != run_id
    said(capsys, tmp_path, "delete", run_id)
    assert [job.run_id for job in Jobs(tmp_path).list()] == [clone]


def test_what_cannot_be_done_is_one_line(tmp_path: Path, capsys: Captured) -> None:
    run_id = Jobs(tmp_path).start(toy_request()).run_id
    for words in (["resume", run_id], ["stop", "../x"], ["log", "none"]):
        assert cli.main(["jobs", "--runs", str(tmp_path), *words]) == 1
        error = capsys.readouterr().err
        assert error.startswith("error: ")
        assert error.count("\n") == 1
