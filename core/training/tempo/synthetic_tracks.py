"""Synthetic training tracks: music at a known tempo, and non-rhythmic sounds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.data.beats import Beats
from core.features.log_mel import FeatureSpec, log_mel
from core.synth import STYLES, render
from core.types import FloatArray

_SYNTH_RANGE_BPM = (50.0, 200.0)
_FrontEnd = Callable[[FloatArray, FeatureSpec], Tensor]
_NO_BEATS = Beats(np.zeros(0), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class SyntheticTrack:
    """A synthetic track.

    Attributes:
        log_mel: `[n_mels, T]`, dB.
        beats: empty without a tempo.
        tempo_bpm: None without one.
    """

    log_mel: Tensor
    beats: Beats
    tempo_bpm: float | None


def synthetic_tracks(
    n_per_style: int, spec: FeatureSpec, seed: int, front_end: _FrontEnd = log_mel
) -> list[SyntheticTrack]:
    """Tracks of one window's length in each style of the synthesiser, tempi even on the log axis.

    The synthesiser is asked for songs that `core.synth.DEMO_TRACKS` and the tests do not use (seeds from a million).
    """
    made = []
    for style_index, style in enumerate(STYLES):
        for number in range(n_per_style):
            rng = np.random.default_rng([seed, style_index, number])
            tempo_bpm = float(np.exp(rng.uniform(*np.log(_SYNTH_RANGE_BPM))))
            track = render(style, tempo_bpm, spec.window_s, spec.sample_rate, 1_000_000 + int(rng.integers(1_000_000)))
            beats = Beats(track.beat_times_s, track.beat_in_bar)
            made.append(SyntheticTrack(front_end(track.samples, spec), beats, tempo_bpm))
    return made


def tracks_without_tempo(
    n_pieces: int, spec: FeatureSpec, seed: int, front_end: _FrontEnd = log_mel
) -> list[SyntheticTrack]:
    """Silence, noise of several colours, steady tones and noise of wandering loudness, in turn."""
    n_samples = round(spec.window_s * spec.sample_rate)
    made = []
    for number in range(n_pieces):
        rng = np.random.default_rng([seed, number])
        samples = _sound_without_tempo(number % 4, n_samples, spec.sample_rate, rng)
        made.append(SyntheticTrack(front_end(samples, spec), _NO_BEATS, None))
    return made


def _sound_without_tempo(kind: int, n_samples: int, sample_rate: int, rng: np.random.Generator) -> FloatArray:
    level = float(10.0 ** rng.uniform(-2.5, -0.3))
    if kind == 0:
        sound: NDArray[np.float64] = rng.normal(0.0, 1e-4 * rng.integers(0, 2), n_samples)
        return sound.astype(np.float32)
    if kind == 1:
        sound = _coloured_noise(n_samples, float(rng.uniform(0.0, 2.0)), rng)
    elif kind == 2:
        times_s = np.arange(n_samples) / sample_rate
        sound = np.sin(2 * np.pi * float(np.exp(rng.uniform(np.log(60), np.log(4000)))) * times_s)
    else:
        # Loudness that wanders without a period, as of many voices.
        wander = _coloured_noise(n_samples // 1000 + 2, 1.0, rng)
        loudness = np.interp(np.arange(n_samples) / 1000.0, np.arange(len(wander)), wander)
        sound = _coloured_noise(n_samples, 1.0, rng) * np.exp(loudness)
    return np.asarray(level * sound / np.abs(sound).max(), dtype=np.float32)


def _coloured_noise(n_samples: int, exponent: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise whose power falls with frequency to the given power: 0 white, 1 pink, 2 brown; standard deviation 1."""
    spectrum = np.fft.rfft(rng.normal(size=n_samples))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (exponent / 2.0)
    spectrum[0] = 0.0
    noise: NDArray[np.float64] = np.fft.irfft(spectrum, n_samples)
    return np.asarray(noise / noise.std())
