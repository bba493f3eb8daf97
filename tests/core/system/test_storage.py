"""Folders that cannot be written or read: an error of a line with the cure, never a traceback, and nothing lost.

A file in the place of a folder stands for all of them, as tests may run as root, who may write anywhere.
"""

import errno
import os
from pathlib import Path

import pytest

from core.commands import main as cli
from core.data.clip_files import ClipFiles
from core.errors import DatasetError, TrainingError
from core.jobs.api import Jobs, open_jobs
from core.jobs.job import RUNS_VARIABLE
from core.results.genre_reports import GENRE_ROWS
from core.runs import lock
from core.runs.request import SHIPPED, TrainRequest
from core.system.storage import explained, in_words, require_writable, write_whole
from ui.app import run_checkpoints

REQUEST = TrainRequest(
    "genre",
    "strong",
    "stratified",
    42,
    None,
    0,
    Path("unset"),
    "genre-mine",
    data=SHIPPED,
    subset_size=20,
    changes={"epochs": 1},
)
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file where a folder should be."""
    path = tmp_path / "file"
    path.write_text("mine")
    return path


@pytest.mark.parametrize("below", ["", "runs"])
def test_no_run_is_started_where_none_can_be_kept(file: Path, below: str) -> None:
    jobs = Jobs(file / below)
    with pytest.raises(TrainingError, match=rf"folder of runs .* cannot be written .*file.*{RUNS_VARIABLE}"):
        jobs.start(REQUEST)
    assert file.read_text() == "mine"


def test_a_disk_that_is_full_leaves_no_half_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "config.json")

    monkeypatch.setattr("core.jobs.api.write_record", full)
    with pytest.raises(TrainingError, match=r"the disk is full.*Make room"):
        Jobs(tmp_path).start(REQUEST)
    assert list(tmp_path.iterdir()) == []


def test_runs_that_cannot_be_listed(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The command line and the train page say why; pages that only offer checkpoints of runs do without."""
    monkeypatch.setenv(RUNS_VARIABLE, str(file))
    with pytest.raises(TrainingError, match="cannot be read"):
        open_jobs().list()
    assert run_checkpoints.run_checkpoints("genre") == []
    for words in (["jobs", "list"], ["jobs", "run-queue"], ["jobs", "--runs", str(file / "below"), "list"]):
        assert cli.main(words) == 1
        printed = capsys.readouterr()
        assert printed.err.startswith("error: The folder of runs")
        assert printed.err.count("\n") == 1


def test_train_into_a_file(file: Path, capsys: Captured) -> None:
    assert cli.main(["train", "genre", "--data", "shipped", "--out", str(file)]) == 1
    assert capsys.readouterr().err.startswith(f"error: The run's folder {file} cannot be written (there is a file")


def test_export_and_save_begin_with_a_look_at_their_folder(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("core.commands.export.DATA_DIR", file)
    monkeypatch.setattr("core.commands.evaluate.REPORT_DIR", file / "reports")
    for words in (["export"], ["evaluate", "genre", "--save"]):
        assert cli.main(words) == 1
        assert "cannot be written (there is a file" in capsys.readouterr().err


def test_reports_are_kept_when_they_cannot_be_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "genre.json"
    report.write_text("[]\n")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "genre.json.partial")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DatasetError, match=r"genre\.json cannot be written \(the disk is full\)\. Make room"):
        GENRE_ROWS.write([], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["genre.json"]
    assert report.read_text() == "[]\n"


def test_a_refusal_that_nobody_explains_is_a_line(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def refused(_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", "/data/thing")

    monkeypatch.setattr("core.commands.show._results", refused)
    assert cli.main(["results"]) == 1
    assert capsys.readouterr().err == (
        "error: /data/thing cannot be used: this user is not allowed to. Check its name and permissions, or use "
        "another folder, and try again.\n"
    )
    assert in_words(OSError(errno.ENOSPC, "No space left on device")).startswith(
        "A file cannot be used: the disk is full"
    )


def test_helpers(tmp_path: Path, file: Path) -> None:
    require_writable(TrainingError, "The folder", tmp_path / "a" / "b", "Cure.")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    write_whole(TrainingError, tmp_path / "c" / "d", b"content")
    assert (tmp_path / "c" / "d").read_bytes() == b"content"
    refused = pytest.raises(TrainingError, match=r"It cannot be written \(there is a file of that name")
    with refused, explained(TrainingError, "It", "Cure."):
        file.mkdir()


def test_who_may_only_read_a_folder_can_see_who_holds_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lock"
    held = lock.acquire(path)
    assert held is not None
    really = os.open

    def read_only(name: Path, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_RDWR:
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return really(name, flags, mode)

    monkeypatch.setattr(os, "open", read_only)
    assert lock.is_held(path)
    held.release()
    assert not lock.is_held(path)


def test_the_cache_names_its_variable(file: Path) -> None:
    from core.data.log_mels import each_clip

    files = ClipFiles(file.parent, {}, ())
    with pytest.raises(DatasetError, match=r"cache folder .* cannot be written .*LAB_CACHE_DIR"):
        each_clip(files, file / "cache", lambda path, folder: 0, None)
