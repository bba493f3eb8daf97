"""Curves of a finished run: read from its directory, kept on disk, found again by the digest of the weights."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.commands import main as cli
from core.errors import CheckpointError, DatasetError, TrainingError
from core.models.registry import ARCHITECTURES
from core.results import store
from core.results.curve_reports import CURVE_ROWS, Curve, CurveReport, curve_report, shipped_curves
from core.runs.curves import BATCH_LOSS, add_points
from core.runs.processes import this_process
from core.runs.records import write_record
from core.runs.status import STATUS, RunStatus
from tests.support.small_world import BAND_ARCHITECTURE, BAND_NET, header, save_band_net


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run of two epochs."""
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    folder = tmp_path / "run"
    save_band_net(folder)
    add_points(folder, 5, 0.5, {BATCH_LOSS: 2.5})
    add_points(folder, 10, 1, {"train_loss": 2.0, "valid_loss": 2.25, "valid_accuracy": 0.25})
    add_points(folder, 20, 2, {"train_loss": 1.2345678, "valid_loss": 1.5, "valid_accuracy": 0.5})
    write_record(folder / STATUS, RunStatus("finished", "exporting", this_process(), 0.0, 1.0))
    return folder


def test_values_of_whole_epochs_are_kept_with_what_trained_them(run: Path) -> None:
    report = curve_report(run)
    assert [curve.metric for curve in report.curves] == ["train_loss", "valid_loss", "valid_accuracy"]
    assert report.of("train_loss") == Curve("train_loss", (1, 2), (2.0, 1.2346))
    assert report.of("train_accuracy") is None
    described = header()
    assert (report.recipe, report.split, report.split_seed, report.seed) == ("strong", "stratified", 42, 7)
    assert (report.n_train, report.n_valid, report.best_epoch, report.epochs) == (599, 200, 39, 40)
    assert (report.train_command, report.commit) == (described.provenance.command, "abc1234")
    assert str(run.parent) not in json.dumps(asdict(report)), "no folder of the machine"


def test_an_epoch_that_was_run_again_counts_once(run: Path) -> None:
    add_points(run, 20, 2, {"valid_loss": 1.25})
    assert curve_report(run).of("valid_loss") == Curve("valid_loss", (1, 2), (2.25, 1.25))


def test_round_trip_and_replacement_by_run(run: Path, tmp_path: Path) -> None:
    first = curve_report(run)
    other = replace(first, n_train=60)
    for row in (first, other, replace(first, commit="def5678")):
        CURVE_ROWS.save(row, tmp_path / "reports")
    assert set(CURVE_ROWS.load(tmp_path / "reports")) == {replace(first, commit="def5678"), other}


@pytest.mark.parametrize("content", [b"[{", b"7", b"[{}]", b'[{"curves": 3}]', b'[{"curves": [{"metric": "x"}]}]'])
def test_damage_names_its_cure(content: bytes, tmp_path: Path) -> None:
    (tmp_path / CURVE_ROWS.file_name).write_bytes(content)
    with pytest.raises(DatasetError, match="git checkout data/reports"):
        CURVE_ROWS.load(tmp_path)


def test_curves_belong_to_the_checkpoint_with_the_weights_of_the_run(run: Path) -> None:
    report = curve_report(run)
    trained = replace(header("renamed"), weights_sha256=report.weights_sha256)
    retrained = replace(header(), weights_sha256="0" * 64)
    assert shipped_curves([report], [trained, retrained]) == ((trained, report), (retrained, None))


def test_what_cannot_be_saved_says_why(run: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no folder"):
        curve_report(tmp_path / "nowhere")
    write_record(run / STATUS, RunStatus("running", "training", this_process(), 0.0, 1.0))
    with pytest.raises(TrainingError, match="is running, not finished"):
        curve_report(run)
    (run / STATUS).write_text("{")
    with pytest.raises(TrainingError, match="Resume the run"):
        curve_report(run)
    (run / STATUS).unlink()
    save_band_net(run, header("genre-other"))
    with pytest.raises(TrainingError, match=r"genre-other, genre-strong.*--name"):
        curve_report(run)
    assert curve_report(run, "genre-other").checkpoint == "genre-other"
    with pytest.raises(CheckpointError, match="genre-x"):
        curve_report(run, "genre-x")
    (run / "metrics.csv").unlink()
    with pytest.raises(TrainingError, match=r"holds no metrics\.csv"):
        curve_report(run, "genre-other")
    with pytest.raises(TrainingError, match="no checkpoint"):
        curve_report(tmp_path)


def test_the_command_prints_and_keeps(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "REPORT_DIR", tmp_path)
    assert cli.main(["curves", str(run)]) == 0
    text = capsys.readouterr().out
    assert "genre-strong, recipe strong on stratified, split seed 42, seed 7, 599 training and 200 validation" in text
    assert "1.235 in epoch 2" in text
    assert CURVE_ROWS.load(tmp_path) == ()
    assert cli.main(["curves", str(run), "--json", "--save"]) == 0
    assert json.loads(capsys.readouterr().out)["curves"][1]["metric"] == "valid_loss"
    (row,) = CURVE_ROWS.load(tmp_path)
    assert isinstance(row, CurveReport)
    assert cli.main(["curves", str(tmp_path / "nowhere")]) == 1


def test_shipped_rows_are_consistent() -> None:
    """Holds for as many rows as there are."""
    for row in CURVE_ROWS.load():
        assert row.curves, row.key
        assert 1 <= row.best_epoch <= row.epochs, row.key
        for curve in row.curves:
            assert len(curve.epochs) == len(curve.values), (row.key, curve.metric)
            assert list(curve.epochs) == sorted(set(curve.epochs)), (row.key, curve.metric)
        assert "/" not in row.command + row.train_command, row.key
