"""Clicks on beats: where they are, how high, and that nothing clips."""

import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from core.sonify import ANNOTATED_CLICK_HZ, PREDICTED_CLICK_HZ, with_clicks
from core.types import Audio, AudioInfo, FloatArray

RATE = 16_000
NONE = np.zeros(0)


def audio(samples: FloatArray) -> Audio:
    return Audio(samples, RATE, AudioInfo("made up", RATE, 1, len(samples) / RATE))


def silence(duration_s: float = 3.0) -> Audio:
    return audio(np.zeros(round(duration_s * RATE), dtype=np.float32))


def heard(wav: bytes) -> NDArray[np.float64]:
    samples, rate = soundfile.read(io.BytesIO(wav))
    assert rate == RATE
    assert samples.ndim == 1
    return np.asarray(samples)


def pitch_hz(samples: NDArray[np.float64]) -> float:
    return float(np.abs(np.fft.rfft(samples, 16_000)).argmax() * RATE / 16_000)


def test_every_click_begins_on_its_beat() -> None:
    beats = np.array([0.5, 1.25, 2.0])
    samples = heard(with_clicks(silence(), beats))
    assert len(samples) == 3 * RATE
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    onsets = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE // 10)]
    assert onsets / RATE == pytest.approx(beats, abs=0.002)


def test_the_two_kinds_differ_in_pitch() -> None:
    samples = heard(with_clicks(silence(), np.array([0.5]), np.array([2.0])))
    assert pitch_hz(samples[:RATE]) == pytest.approx(PREDICTED_CLICK_HZ, abs=40)
    assert pitch_hz(samples[2 * RATE :]) == pytest.approx(ANNOTATED_CLICK_HZ, abs=40)
    assert PREDICTED_CLICK_HZ == 2 * ANNOTATED_CLICK_HZ


def test_beats_outside_the_audio_are_left_out_and_order_does_not_matter() -> None:
    inside = with_clicks(silence(), np.array([0.5, 2.99]))
    assert with_clicks(silence(), np.array([99.0, 2.99, -0.2, 3.0, 0.5])) == inside
    assert heard(inside)[round(2.99 * RATE) :].any()


def test_without_beats_the_music_is_as_it_was_but_for_its_level() -> None:
    rng = np.random.default_rng(0)
    music = audio((0.05 * rng.normal(size=RATE)).clip(-0.1, 0.1).astype(np.float32))
    samples = heard(with_clicks(music, NONE, NONE))
    assert np.corrcoef(samples, music.samples)[0, 1] > 0.9999
    assert np.abs(samples).max() == pytest.approx(0.5, abs=1e-3)
    assert not heard(with_clicks(silence(), NONE)).any()


def test_loud_music_with_both_clicks_does_not_clip() -> None:
    rng = np.random.default_rng(0)
    music = audio(np.sign(rng.normal(size=2 * RATE)).astype(np.float32))
    beats = np.array([0.5, 1.0])
    assert np.abs(heard(with_clicks(music, beats, beats))).max() < 1.0
