"""From a request to a run: its directory, fewer clips, the shipped spectrograms, how its end is told."""

import dataclasses
import errno
import json
import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.commands import main as cli
from core.commands import train
from core.data.clips import load_clips
from core.data.splits import make_split
from core.errors import DatasetError, TrainingError
from core.evaluation.clips import shipped_log_mels, subset_of
from core.inference.load import DEFAULT_CNN
from core.models.checkpoint import load_header
from core.results.spectrograms import spectrogram
from core.runs.lock import acquire
from core.runs.processes import this_process
from core.runs.records import read_record, write_record
from core.runs.request import Hardware, RunConfig, TrainRequest
from core.runs.status import CONFIG, LAST, LOCK, LOG, RESERVE, STATUS, RunStatus, tail
from core.training.commands import train_command
from core.training.loop.reported import ReportedRun
from core.training.loop.reporter import Reporter
from core.training.loop.stopping import RunStoppedError, stopped_by_sigterm
from core.types import GENRES
from tests.support.jobs_world import toy_request

GENRE_OF = {clip.clip_id: clip.genre for clip in load_clips()}
SPLIT = make_split("stratified", 42, None)


def request(out: Path) -> TrainRequest:
    return replace(toy_request(), out=out)


def status_of(out: Path) -> RunStatus:
    status = read_record(RunStatus, out / STATUS)
    assert status is not None
    return status


@pytest.mark.parametrize("size", [10, 25, 100, 599])
def test_a_subset_has_all_genres_in_equal_shares_and_leaves_the_test_clips_alone(size: int) -> None:
    small = subset_of(SPLIT, size, seed=3)
    assert len(small.train) == size
    shares = Counter(GENRE_OF[clip_id] for clip_id in small.train)
    assert set(shares) == set(GENRES)
    assert max(shares.values()) - min(shares.values()) <= 1
    assert {GENRE_OF[clip_id] for clip_id in small.valid} == set(GENRES)
    assert len(small.valid) == max(10, round(size * len(SPLIT.valid) / len(SPLIT.train)))
    assert set(small.train) <= set(SPLIT.train)
    assert set(small.valid) <= set(SPLIT.valid)
    assert small.test == SPLIT.test
    assert subset_of(SPLIT, size, seed=3) == small
    assert size == len(SPLIT.train) or subset_of(SPLIT, size, seed=4).train != small.train


@pytest.mark.parametrize("size", [0, 9, 600])
def test_a_subset_of_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(TrainingError, match="from 10 to 599"):
        subset_of(SPLIT, size, seed=0)


def test_shipped_spectrograms_are_in_db_again() -> None:
    """As the shipped model normalises them, at the level of their clips, they are what ships."""
    log_mels, spec = shipped_log_mels()
    assert log_mels.clip_ids == tuple(sorted(GENRE_OF))
    header = load_header(DEFAULT_CNN)
    assert spec == header.features
    for index in (0, 500, 998):
        again = dataclasses.replace(header.normalisation, level_db=None).apply(log_mels.log_mels[index])
        assert torch.allclose(again, torch.from_numpy(spectrogram(log_mels.clip_ids[index])), atol=1e-4)
        assert -120.0 < float(log_mels.log_mels[index].mean()) < 40.0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["genre", "--data", "shipped", "--f-max", "4000"], "Leave --f-max out"),
        (["tempo", "--recipe", "quick", "--data", "shipped"], "too short"),
        (["genre", "--data", "shipped", "--recipe", "none"], "There is no genre recipe"),
        (["genre", "--data", "shipped", "--subset-size", "3"], "The subset size is 3"),
        (["genre", "--data", "shipped", "--epochs", "0"], "“Epochs, at most” is 0"),
        (["genre", "--data", "shipped", "--batch-size", "0"], "“Batch size” is 0"),
        (["genre", "--data", "shipped", "--learning-rate", "nan"], "“Learning rate” is nan"),
        (["genre", "--data", "shipped", "--seed", "-1"], "The seed is -1"),
        (["genre", "--data", "shipped", "--threads", "0"], "The number of threads is 0"),
        (["genre", "--data", "shipped", "--recipe", "seed", "--validation", "trained-on"], "of a fixed length"),
    ],
)
def test_what_cannot_be_trained_is_explained(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", *words, "--out", str(tmp_path / "run")]) == 1
    assert message in capsys.readouterr().err


def test_a_request_is_the_same_in_words_and_in_a_file(tmp_path: Path) -> None:
    full = TrainRequest(
        kind="tempo", recipe="quick", split="artist_folds", split_seed=7, fold=2, seed=5, out=tmp_path, name="tempo-x",
        model="tcn", gtzan=Path("/music"), subset_size=50, f_max_hz=9e3,
        changes={"epochs": 3, "batch_size": 4, "learning_rate": 1e-3},
        threads=2, hardware=Hardware("gpu", "0,1", 2, "ddp", "bf16-mixed"), resume=True,
    )  # fmt: skip
    for each in (full, request(tmp_path)):
        write_record(tmp_path / CONFIG, RunConfig(each, 1.5))
        assert read_record(RunConfig, tmp_path / CONFIG) == RunConfig(each, 1.5)
        options = cli._parser().parse_args(["train", *each.arguments()])
        assert train._request(options) == each
    assert full.command.endswith("--gtzan DIR --out DIR")
    assert str(tmp_path) not in full.command
    assert full.differences(replace(full, out=Path("x"), threads=9, gtzan=None, resume=False)) == []
    assert full.differences(replace(full, changes={"batch_size": 4, "learning_rate": 1e-3}, seed=6)) == [
        "--seed 5 instead of 6",
        "--epochs 3 instead of left out",
    ]


def test_requests_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """They had a field for each of three hyper-parameters."""
    record = json.loads(json.dumps(dataclasses.asdict(request(tmp_path)), default=str))
    del record["changes"]
    record |= {"epochs": 4, "batch_size": 5, "learning_rate": None}
    (tmp_path / CONFIG).write_text(json.dumps({"request": record, "created_s": 1.5}))
    config = read_record(RunConfig, tmp_path / CONFIG)
    assert config == RunConfig(request(tmp_path), 1.5)
    assert config.request.command.count("--epochs 4 --batch-size 5 --name") == 1


def test_a_run_tells_its_end(tmp_path: Path) -> None:
    with ReportedRun(request(tmp_path / "good")) as reporter:
        assert status_of(tmp_path / "good").state == "running"
        assert status_of(tmp_path / "good").process == this_process()
        reporter.prepared(3, 3)
        assert status_of(tmp_path / "good").n_prepared == 3
    assert status_of(tmp_path / "good").state == "finished"
    for error, state, message in (
        (RunStoppedError("Resume it."), "stopped", "Resume it."),
        (KeyboardInterrupt(), "stopped", ""),
        (DatasetError("No clips."), "failed", "No clips."),
        (RuntimeError("boom"), "failed", "RuntimeError: boom"),
    ):
        out = tmp_path / state / type(error).__name__
        with pytest.raises(type(error)), ReportedRun(request(out)):
            raise error
        assert (status_of(out).state, status_of(out).message) == (state, message)
        assert state in tail(out / LOG, 1)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_from_the_reserve(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be written any more until the reserve has been given back."""
    write = Reporter.report

    def report(reporter: Reporter, status: RunStatus) -> None:
        if (reporter.out / RESERVE).exists() and status.phase == "training":
            raise OSError(number, os.strerror(number))
        write(reporter, status)

    monkeypatch.setattr(Reporter, "report", report)
    tmp_path.joinpath(".last.ckpt.7.part").write_bytes(b"half")
    with pytest.raises(TrainingError, match="Make room and resume"), ReportedRun(request(tmp_path)) as reporter:
        reporter.report(replace(reporter.status, phase="training"))
    assert status_of(tmp_path).state == "failed"
    assert "is full" in status_of(tmp_path).message
    assert not list(tmp_path.glob(".*.part"))


def test_one_process_a_directory(tmp_path: Path) -> None:
    lock = acquire(tmp_path / LOCK)
    assert lock is not None
    with pytest.raises(TrainingError, match="Another process"), ReportedRun(request(tmp_path)):
        raise AssertionError("two trainings in one directory")
    assert not (tmp_path / STATUS).exists()
    lock.release()


def test_a_run_is_neither_overwritten_nor_resumed_with_other_settings(tmp_path: Path) -> None:
    with ReportedRun(request(tmp_path)):
        (tmp_path / LAST).touch()
    before = (tmp_path / STATUS).read_bytes()
    other = replace(request(tmp_path).with_changes(epochs=9), resume=True)
    for wrong, message in ((request(tmp_path), "--resume"), (other, "--epochs 9 instead of 4")):
        with pytest.raises(TrainingError, match=message):
            train_command(wrong, None)
    assert (tmp_path / STATUS).read_bytes() == before


def test_a_run_whose_settings_are_unreadable_is_not_resumed(tmp_path: Path) -> None:
    for name in (LAST, CONFIG):
        (tmp_path / name).write_text("{")
    with pytest.raises(TrainingError, match="settings cannot be read"):
        train_command(replace(request(tmp_path), resume=True), None)
    assert (tmp_path / CONFIG).read_text() == "{"


def test_time_of_all_resumptions_adds_up(tmp_path: Path) -> None:
    past = replace(this_process(), started_s=1.0)
    write_record(
        tmp_path / STATUS, RunStatus("stopped", "training", past, 0.0, 0.0, elapsed_s=100.0, epoch=3, message="old")
    )
    with ReportedRun(request(tmp_path)):
        assert (status_of(tmp_path).message, status_of(tmp_path).epoch) == ("", 3)
        assert 100.0 <= status_of(tmp_path).elapsed_s < 160.0


def test_sigterm_while_preparing_stops_at_once_and_is_left_as_it_was(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(RunStoppedError), stopped_by_sigterm(), ReportedRun(request(tmp_path)):
        signal.raise_signal(signal.SIGTERM)
    assert status_of(tmp_path).state == "stopped"
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_disk_that_is_full_from_the_start_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reserve(_: Reporter) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Reporter, "reserve", reserve)
    with pytest.raises(TrainingError, match="Make room and resume"), ReportedRun(request(tmp_path)):
        raise AssertionError("began without room")
