"""Sounds placed in time, one bus per part, then reverb and a soft limiter."""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

PEAK = 0.9
"""No sample of a finished track is louder."""

_KNEE = 0.6
_FADE_S = 0.01


class Bus:
    """Overlap-add buffer of one part, `[n]`."""

    def __init__(self, n_samples: int) -> None:
        self.samples = np.zeros(n_samples, dtype=np.float32)

    def add(self, sound: FloatArray, start: int, gain: float) -> None:
        """Add a sound from sample `start` on; what lies before or after the track is cut off."""
        first, last = max(start, 0), min(start + len(sound), len(self.samples))
        if first < last:
            self.samples[first:last] += gain * sound[first - start : last - start]


def decibels(level_db: float) -> float:
    """Amplitude factor of a level in dB."""
    return float(10.0 ** (level_db / 20.0))


def reverb(samples: FloatArray, sample_rate: int, decay_s: float, rng: np.random.Generator) -> FloatArray:
    """Reverberation of `samples` `[n]` in a small hall, without the direct sound; `decay_s` is its time constant."""
    t = np.arange(round(min(1.5, 5.0 * decay_s) * sample_rate)) / sample_rate
    impulse = rng.standard_normal(len(t)) * np.exp(-t / decay_s) * np.clip(t / 0.02, 0.0, 1.0)
    n_fft = 1 << (len(samples) + len(t)).bit_length()
    room = np.fft.rfft((impulse / np.sqrt(np.sum(impulse**2))).astype(np.float32), n_fft)
    # Air and walls swallow the highs, and a rumble of reverberated bass would only blur the mix.
    frequency_hz = np.fft.rfftfreq(n_fft, 1.0 / sample_rate).astype(np.float32)
    damping = frequency_hz / (frequency_hz + 200.0) / (1.0 + (frequency_hz / 4_000.0) ** 2)
    wet = np.fft.irfft(np.fft.rfft(samples, n_fft) * room * damping, n_fft)[: len(samples)]
    return wet.astype(np.float32)


def master(samples: FloatArray, sample_rate: int, rms: float) -> FloatArray:
    """Bring a mix `[n]` to an RMS level, bend peaks softly below `PEAK` and fade the cut edges (10 ms)."""
    level = np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
    scaled = samples * np.float32(rms / max(float(level), 1e-9))
    over = np.maximum(np.abs(scaled) - _KNEE, 0.0)
    bent = np.sign(scaled) * (np.minimum(np.abs(scaled), _KNEE) + (PEAK - _KNEE) * np.tanh(over / (PEAK - _KNEE)))
    return _fade_edges(np.clip(bent, -PEAK, PEAK).astype(np.float32), sample_rate)


def _fade_edges(samples: FloatArray, sample_rate: int) -> FloatArray:
    n_fade = min(round(_FADE_S * sample_rate), len(samples) // 2)
    ramp: NDArray[np.float32] = np.linspace(0.0, 1.0, n_fade, dtype=np.float32)
    samples[:n_fade] *= ramp
    samples[len(samples) - n_fade :] *= ramp[::-1]
    return samples
