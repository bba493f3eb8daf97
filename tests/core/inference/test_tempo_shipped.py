"""What the tempo model that ships must read right: steady clicks, 6/8, and a tempo that changes."""

import io

import numpy as np
import pytest
import soundfile

from core.audio.load import load_audio
from core.data.tempo_calibrations import calibration_of
from core.inference.load import load_genre, load_tempo
from core.inference.predict import Predictor
from core.inference.record import as_record
from core.inference.tempo import TempoModel
from core.synth import render
from tests.support.rhythms import RATE, clicks, six_eight


@pytest.fixture(scope="module")
def model() -> TempoModel:
    return load_tempo("tempo-tcn")


def test_steady_clicks_have_their_tempo_to_a_hundredth(model: TempoModel) -> None:
    reading = model.predict(clicks(180.0))
    assert reading.estimate.tempo_bpm == pytest.approx(180.0, abs=0.05)
    assert reading.parts == ()


@pytest.mark.parametrize("tempo_bpm", [60.0, 90.0])
def test_six_eight_is_counted_in_dotted_quarters(model: TempoModel, tempo_bpm: float) -> None:
    assert model.predict(six_eight(tempo_bpm)).estimate.tempo_bpm == pytest.approx(tempo_bpm, rel=0.01)


def test_a_waltz_is_counted_in_quarters(model: TempoModel) -> None:
    waltz = render("waltz", 180.0, 24.0, RATE, seed=1).samples
    assert model.predict(waltz).estimate.tempo_bpm == pytest.approx(180.0, rel=0.01)


def test_a_track_that_changes_has_both_tempi(model: TempoModel) -> None:
    halves = [render("rock", tempo_bpm, 12.0, RATE, seed=3).samples for tempo_bpm in (90.0, 140.0)]
    reading = model.predict(np.concatenate(halves))
    assert [part.tempo_bpm for part in reading.parts] == pytest.approx([90.0, 140.0], rel=0.01)
    assert reading.parts[1].start_s == pytest.approx(12.0, abs=1.0)


def test_the_record_of_a_track_that_changes_says_so_in_its_notes(model: TempoModel) -> None:
    halves = [render("rock", tempo_bpm, 12.0, RATE, seed=3).samples for tempo_bpm in (90.0, 140.0)]
    wav = io.BytesIO()
    soundfile.write(wav, np.concatenate(halves), RATE, format="WAV")
    prediction = Predictor(load_genre("genre-strong"), model).predict(load_audio(wav.getvalue(), RATE))
    assert prediction.tempo is not None
    calibration = calibration_of(model.header.weights_sha256)
    assert calibration is not None
    confidence = np.array([prediction.tempo.estimate.confidence])
    assert prediction.tempo.accuracy1_probability == pytest.approx(calibration.scaling.apply(confidence)[0])
    tempi = ", then ".join(f"{part.tempo_bpm:.1f}" for part in prediction.tempo.parts)
    assert as_record(prediction)["notes"] == [
        *prediction.notes,
        f"The tempo changes: {tempi} BPM. tempo_bpm is that of the longest part, tempo_parts has all.",
    ]
