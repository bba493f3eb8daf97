"""What ships, on what people bring: any level, any length, silence before, inside and after."""

from functools import lru_cache

import numpy as np
import pytest

from core.audio.resample import resampled
from core.features.log_mel import FeatureSpec
from core.features.musicnn import SAMPLE_RATE
from core.inference.load import load_genre
from core.inference.predict import Predictor
from core.inference.record import as_record
from core.synth import render
from core.types import Audio, AudioInfo, FloatArray, Prediction

RATE = 22_050
TEMPO_BPM = 120.0
MUSIC_S = 15.0


@lru_cache(maxsize=1)
def predictor() -> Predictor:
    return Predictor.load()


@lru_cache(maxsize=1)
def music() -> FloatArray:
    return render("disco", TEMPO_BPM, MUSIC_S, RATE, seed=2).samples


def predict(samples: FloatArray) -> Prediction:
    return predictor().predict(Audio(samples, RATE, AudioInfo("samples", RATE, 1, len(samples) / RATE)))


@lru_cache(maxsize=1)
def reference() -> Prediction:
    return predict(music())


def silence(duration_s: float) -> FloatArray:
    return np.zeros(round(duration_s * RATE), np.float32)


def tempo_of(prediction: Prediction) -> float:
    assert prediction.tempo is not None
    return prediction.tempo.estimate.tempo_bpm


def beats_of(prediction: Prediction) -> FloatArray:
    assert prediction.tempo is not None
    return prediction.tempo.beat_times_s.astype(np.float32)


@pytest.mark.parametrize("gain_db", [-60.0, -40.0, -20.0, 6.0])
def test_a_gain_changes_nothing(gain_db: float) -> None:
    changed = predict(music() * np.float32(10.0 ** (gain_db / 20.0)))
    np.testing.assert_allclose(changed.genre.probs, reference().genre.probs, atol=2e-3)
    np.testing.assert_allclose(changed.spectrogram, reference().spectrogram, atol=1e-2)
    assert tempo_of(changed) == pytest.approx(tempo_of(reference()), rel=1e-3)
    np.testing.assert_allclose(beats_of(changed), beats_of(reference()), atol=5e-3)


@pytest.mark.parametrize(
    ("before_s", "after_s"), [(0.0, 2.0), (2.0, 0.0), (60.0, 0.0), (0.0, 60.0), (10.0, 30.0)], ids=str
)
def test_silence_around_music_is_left_out_and_said(before_s: float, after_s: float) -> None:
    prediction = predict(np.concatenate([silence(before_s), music(), silence(after_s)]))
    np.testing.assert_allclose(prediction.genre.probs, reference().genre.probs, atol=0.1)
    assert prediction.genre.genre == reference().genre.genre
    assert tempo_of(prediction) == pytest.approx(TEMPO_BPM, rel=0.01)
    beats = beats_of(prediction)
    assert len(beats) == pytest.approx(MUSIC_S * TEMPO_BPM / 60, abs=2)
    assert beats.min() >= before_s - 0.05
    assert beats.max() <= before_s + MUSIC_S + 0.05
    assert prediction.used is not None
    assert prediction.used.left_out_s == pytest.approx(before_s + after_s, abs=0.5)
    assert f"{prediction.used.left_out_s:.0f} s of silence left out." in prediction.notes
    assert prediction.spectrogram.shape[1] == 1 + round((before_s + MUSIC_S + after_s) * RATE) // 551


def test_silence_inside_music_is_left_out_and_beats_lie_on_both_sides_of_it() -> None:
    first = round(8.0 * RATE)
    prediction = predict(np.concatenate([music()[:first], silence(20.0), music()[first:]]))
    assert prediction.genre.genre == reference().genre.genre
    assert tempo_of(prediction) == pytest.approx(TEMPO_BPM, rel=0.01)
    beats = beats_of(prediction)
    assert not ((beats > 8.3) & (beats < 27.7)).any()
    assert (beats < 8.3).sum() == pytest.approx(16, abs=2)
    assert (beats > 27.7).sum() == pytest.approx(14, abs=2)


@pytest.mark.parametrize("n_beats", [2, 3, 4, 8, 16])
def test_a_loop_is_predicted_as_if_it_went_on(n_beats: int) -> None:
    begin = round(2.0 * RATE)
    loop = music()[begin : begin + round(n_beats * 60.0 / TEMPO_BPM * RATE)]
    prediction = predict(loop)
    duration_s = len(loop) / RATE
    assert max(tempo_of(prediction) / TEMPO_BPM, TEMPO_BPM / tempo_of(prediction)) in (
        pytest.approx(1.0, rel=0.02), pytest.approx(2.0, rel=0.02),
    )  # fmt: skip
    assert (beats_of(prediction) < duration_s).all()
    assert prediction.spectrogram.shape[1] == 1 + len(loop) // 551
    assert prediction.is_too_short == (duration_s < 3.0)
    assert any("too short to be sure" in note for note in prediction.notes) == (duration_s < 3.0)
    assert (prediction.fused is None) == (duration_s < 10.0)


def test_a_short_sound_is_not_taken_for_a_quiet_one() -> None:
    """Silence in the place of what is missing made everything classical."""
    for duration_s in (1.0, 2.0, 5.0, 9.0):
        prediction = predict(music()[: round(duration_s * RATE)])
        assert prediction.cnn.genre != "classical"
        assert prediction.cnn.probs[1] < 0.2
        assert prediction.genre.genre != "classical"


def test_in_a_short_sound_the_cnn_counts_beside_the_classifier() -> None:
    short, window_s = predict(music()[: 5 * RATE]), FeatureSpec().window_s
    alone = load_genre("genre-transfer").predict(resampled(music()[: 5 * RATE], RATE, SAMPLE_RATE))
    mixed = alone.probs**0.75 * short.cnn.probs**0.25
    np.testing.assert_allclose(short.genre.probs, mixed / mixed.sum(), atol=1e-4)
    whole = predict(music()[: round((window_s + 0.1) * RATE)])
    alone = load_genre("genre-transfer").predict(
        resampled(music()[: round((window_s + 0.1) * RATE)], RATE, SAMPLE_RATE)
    )
    np.testing.assert_allclose(whole.genre.probs, alone.probs, atol=1e-4)


def test_speech_and_noise_get_a_word_in_the_record() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 8 * RATE).astype(np.float32)
    record = as_record(predict(noise))
    assert record["is_unlike_training"] is True
    assert record["notes"] == ["Unlike anything in the training data: the genre means little."]
    assert as_record(reference())["is_unlike_training"] is False
    assert as_record(reference())["notes"] == []
