"""Sounds unlike the training data: what ships flags noise, hum, tones and speech, and lets music pass."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.audio.load import load_audio
from core.errors import CheckpointError
from core.evaluation.tempo_criteria import sounds_without_tempo
from core.features.log_mel import FeatureSpec, log_mel
from core.inference.out_of_distribution import OutOfDistribution, load_detector, statistics_of
from core.synth import DEMO_TRACKS, DemoTrack, render
from core.system.paths import ROOT

SPEC = FeatureSpec()
RATE = SPEC.sample_rate
TIMES_S = np.arange(8 * RATE) / RATE
SPEECH = ROOT / "tests" / "sounds" / "speech.ogg"


def is_unlike(samples: NDArray[np.floating]) -> bool:
    return load_detector().is_unlike(log_mel(samples.astype(np.float32), SPEC), SPEC)


def coloured_noise(exponent: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(np.random.default_rng(3).normal(size=len(TIMES_S)))
    return np.fft.irfft(spectrum / np.maximum(1, np.arange(len(spectrum))) ** (exponent / 2), len(TIMES_S))


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0], ids=["white", "pink", "brown"])
@pytest.mark.parametrize("level", [1e-3, 1.0])
def test_noise_is_unlike_the_training_data_at_any_level(exponent: float, level: float) -> None:
    noise = coloured_noise(exponent)
    assert is_unlike(level * noise / np.abs(noise).max())


@pytest.mark.parametrize("frequency_hz", [110.0, 440.0, 2_000.0])
def test_a_tone_is(frequency_hz: float) -> None:
    assert is_unlike(0.3 * np.sin(2 * np.pi * frequency_hz * TIMES_S))


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_mains_hum_is(mains_hz: float) -> None:
    hum = sum(np.sin(2 * np.pi * mains_hz * k * TIMES_S) / k for k in range(1, 9))
    assert is_unlike(0.01 * (hum + 0.05 * np.random.default_rng(0).normal(size=len(TIMES_S))))


def test_murmurs_are() -> None:
    assert is_unlike(sounds_without_tempo(RATE, 8.0, seed=5)["speech-like noise"])


@pytest.mark.parametrize("duration_s", [4.0, 9.0])
def test_speech_is(duration_s: float) -> None:
    samples = load_audio(SPEECH, RATE).samples
    assert is_unlike(samples[: round(duration_s * RATE)])


@pytest.mark.parametrize("track", DEMO_TRACKS, ids=lambda track: track.style)
def test_demo_tracks_are_music(track: DemoTrack) -> None:
    assert not is_unlike(load_audio(track.wav_bytes(), RATE).samples)


def test_a_loop_of_drums_alone_is_music() -> None:
    assert not is_unlike(render("hiphop", 95.0, 4 * 60 / 95, RATE, seed=1, instruments=("drums",)).samples)


def test_statistics_do_not_depend_on_the_level_and_are_as_many_for_any_length() -> None:
    samples = render("rock", 120.0, 6.0, RATE).samples
    loud, faint, short = (
        statistics_of(log_mel(sound, SPEC), SPEC) for sound in (samples, samples * np.float32(1e-3), samples[:RATE])
    )
    np.testing.assert_allclose(loud, faint, atol=0.02)
    assert len(loud) == len(short) == len(load_detector().weights)
    assert np.isfinite(short).all()


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    detector, path = OutOfDistribution((1.0, 2.0), (0.5, 4.0), (-1.25, 0.125), -0.5), tmp_path / "detector.json"
    detector.save(path)
    assert load_detector(path) == detector


@pytest.mark.parametrize("change", [{"mean": [1.0]}, {"std": [0.0, 1.0]}, {"bias": "high"}, {"weights": None}])
def test_a_damaged_file_is_said_in_words(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "detector.json"
    detector = OutOfDistribution((1.0, 2.0), (0.5, 4.0), (-1.25, 0.125), -0.5)
    path.write_text(json.dumps(dataclasses.asdict(detector) | change))
    with pytest.raises(CheckpointError, match=r"detector\.json .* damaged.* Restore it with git"):
        load_detector(path)
