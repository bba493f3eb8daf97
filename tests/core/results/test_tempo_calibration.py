"""The calibrated confidence of the tempo: fitted to validation clips alone, shown on others."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.commands import calibrate
from core.commands.main import main
from core.data import tempo_calibrations
from core.data.tempo_calibrations import (
    DATA_FILE,
    TempoCalibration,
    calibration_of,
    load_calibrations,
    save_calibrations,
)
from core.errors import DatasetError
from core.metrics.calibration import PlattScaling, fit_platt
from core.models.checkpoint import load_header
from core.results.tempo_calibration import fit_calibration, tempo_reliability
from core.results.tempo_comparison import truths
from core.results.tempo_predictions import TEMPO_TABLE, SavedTempo
from core.rhythm.tempo import estimate_at, soft_label
from core.types import Subset
from tests.support.tempo_saved import table_of, tempo_predictions

CLIPS = tuple(truths())


def overconfident(name: str = "tempo-tcn") -> SavedTempo:
    """Confidence 0.9 or 0.6; of validation clips 70 or 40 % are right, of the others none."""
    estimates, subsets = {}, dict[str, Subset]()
    for number, clip_id in enumerate(CLIPS):
        subsets[clip_id] = "valid" if number < 400 else "test"
        is_sure, place = number % 2 == 0, number // 2 % 10
        is_right = place < (7 if is_sure else 4) and number < 400
        bpm = truths()[clip_id] * (1.0 if is_right else 1.3)
        estimates[clip_id] = estimate_at(bpm, 0.9 if is_sure else 0.6, soft_label(bpm))
    return tempo_predictions(name, "Made up.", estimates, {}, subsets)


def test_scaling_finds_the_share_that_is_right() -> None:
    confidences = np.repeat([0.6, 0.9], 2_000)
    right = np.concatenate([np.arange(2_000) < 800, np.arange(2_000) < 1_400])
    assert fit_platt(confidences, right).apply(np.array([0.6, 0.9])) == pytest.approx([0.4, 0.7], abs=0.002)
    assert PlattScaling(1.0, 0.0).apply(np.array([0.2, 0.85])) == pytest.approx([0.2, 0.85])
    assert np.isfinite(PlattScaling(1.0, 0.0).apply(np.array([0.0, 1.0]))).all()


def test_all_right_is_not_certainty() -> None:
    scaling = fit_platt(np.linspace(0.5, 1.0, 50), np.ones(50, dtype=bool))
    assert (scaling.apply(np.linspace(0.5, 1.0, 50)) < 0.999).all()


def test_only_validation_clips_are_fitted_to() -> None:
    fitted = fit_calibration(overconfident(), "abc")
    assert (fitted.checkpoint, fitted.weights_sha256, fitted.n) == ("tempo-tcn", "abc", 400)
    assert fitted.scaling.apply(np.array([0.6, 0.9])) == pytest.approx([0.4, 0.7], abs=0.01)
    out_of_fold = TEMPO_TABLE.load("tempo-tcn-oof")
    with pytest.raises(DatasetError, match="no saved predictions of validation clips"):
        fit_calibration(out_of_fold, "abc")


def test_reliability_leaves_out_the_clips_of_the_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    save_calibrations([TempoCalibration("tempo-tcn", "abc", 400, PlattScaling(1.0, -1.0))], path)
    monkeypatch.setattr("core.results.tempo_calibration.load_calibrations", lambda: load_calibrations(path))
    monkeypatch.setattr("core.results.tempo_calibration.TEMPO_TABLE", table_of(overconfident()))
    for saved in (overconfident(), overconfident("tempo-tcn-oof")):
        plain, calibrated = tempo_reliability(saved, CLIPS)
        assert plain.n == calibrated.n == len(CLIPS) - 400
        assert plain.error.value == pytest.approx(0.75, abs=0.01), "none of these is right"
        assert calibrated.error.value < plain.error.value
        assert sum(each.n for each in calibrated.bins) == calibrated.n
    assert tempo_reliability(overconfident(), CLIPS[:400]) == ()
    (plain,) = tempo_reliability(overconfident("tempo-other"), CLIPS[:400])
    assert plain.n == 400


def test_what_ships_is_what_the_command_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    monkeypatch.setattr(calibrate, "save_calibrations", lambda fitted: save_calibrations(fitted, path))
    assert main(["calibrate"]) == 0
    assert path.read_bytes() == DATA_FILE.read_bytes()


def test_a_checkpoint_is_found_by_its_weights() -> None:
    found = calibration_of(load_header("tempo-tcn").weights_sha256)
    assert found is not None
    assert found.checkpoint == "tempo-tcn"
    assert calibration_of("other weights") is None


@pytest.mark.parametrize("text", ["", "{}x", '[{"checkpoint": "a"}]', "[1]"])
def test_a_damaged_file_is_explained(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(DatasetError, match="git checkout"):
        tempo_calibrations.load_calibrations(path)
    path.write_text(json.dumps([]))
