"""Drum sounds from sines and filtered noise; a kit is built once per song and every hit is a copy of its sounds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

DRUMS = ("kick", "snare", "rim", "clap", "hat", "open hat", "pedal hat", "ride", "crash", "tom high", "tom low",
         "shaker", "brush", "tambourine")  # fmt: skip
"""Names that a drum pattern may use."""


@dataclass(frozen=True)
class KitSound:
    """How a kit is tuned.

    Attributes:
        kick_hz: pitch that the kick falls to.
        kick_decay_s: time constant of the kick.
        kick_click: level of its attack, 0..1.
        snare_hz: pitch of the snare's shell.
        snare_decay_s: time constant of the snare wires.
        hat_decay_s: time constant of the closed hat.
        cymbal_hz: lower edge of hats and cymbals.
    """

    kick_hz: float
    kick_decay_s: float
    kick_click: float
    snare_hz: float
    snare_decay_s: float
    hat_decay_s: float
    cymbal_hz: float


KITS: dict[str, KitSound] = {
    "acoustic": KitSound(58.0, 0.11, 0.35, 190.0, 0.11, 0.045, 4_500.0),
    "heavy": KitSound(62.0, 0.09, 0.8, 170.0, 0.15, 0.05, 4_000.0),
    "electronic": KitSound(48.0, 0.22, 0.5, 215.0, 0.09, 0.035, 6_000.0),
    "deep": KitSound(44.0, 0.3, 0.3, 180.0, 0.12, 0.03, 5_500.0),
    "jazz": KitSound(72.0, 0.09, 0.12, 225.0, 0.09, 0.035, 3_800.0),
}
"""Kits by their name in the style table."""


def _time(duration_s: float, sample_rate: int) -> NDArray[np.float64]:
    return np.arange(round(duration_s * sample_rate)) / sample_rate


def _noise(t: NDArray[np.float64], low_hz: float, high_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise of unit RMS with soft edges at `low_hz` and `high_hz`, as long as the time axis `t`."""
    frequency_hz = np.fft.rfftfreq(len(t), t[1])
    high_pass = 1.0 + (low_hz / np.maximum(frequency_hz, 1.0)) ** 6
    low_pass = 1.0 + (frequency_hz / high_hz) ** 6
    response = 1.0 / np.sqrt(high_pass * low_pass)
    noise: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(rng.standard_normal(len(t))) * response, len(t))
    noise /= np.sqrt(np.mean(noise**2))
    return noise


def _drop(t: NDArray[np.float64], end_hz: float, start_ratio: float, fall_s: float) -> NDArray[np.float64]:
    """Sine that falls from `start_ratio * end_hz` to `end_hz`."""
    cycles = end_hz * (t + (start_ratio - 1.0) * fall_s * (1.0 - np.exp(-t / fall_s)))
    return np.sin(2 * np.pi * cycles)


def _fade(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """1, and down to 0 over the last tenth, so that no sound ends in a click."""
    fade: NDArray[np.float64] = np.clip((t[-1] - t) / (0.1 * t[-1]), 0.0, 1.0)
    return fade


def _kick(kit: KitSound, sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = _time(4.0 * kit.kick_decay_s, sample_rate)
    body = _drop(t, kit.kick_hz, 4.5, 0.018) * np.exp(-t / kit.kick_decay_s)
    return body + kit.kick_click * 0.5 * _noise(t, 1_500.0, 6_000.0, rng) * np.exp(-t / 0.004)


def _snare(kit: KitSound, sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = _time(5.0 * kit.snare_decay_s, sample_rate)
    shell = _drop(t, kit.snare_hz, 1.5, 0.02) + 0.6 * _drop(t, 1.78 * kit.snare_hz, 1.3, 0.02)
    wires = _noise(t, 1_200.0, 8_500.0, rng) * np.exp(-t / kit.snare_decay_s)
    return 0.5 * shell * np.exp(-t / 0.07) + 0.3 * wires


def _clap(sample_rate: int, rng: np.random.Generator) -> NDArray[np.float64]:
    t = _time(0.35, sample_rate)
    bursts = sum((np.exp(-np.maximum(t - start, 0.0) / 0.006) * (t >= start) for start in (0.0, 0.009, 0.019)), 0.0 * t)
    tail = np.exp(-np.maximum(t - 0.026, 0.0) / 0.07) * (t >= 0.026)
    sound: NDArray[np.float64] = 0.32 * _noise(t, 900.0, 3_500.0, rng) * (bursts + tail)
    return sound


def _rim(sample_rate: int) -> NDArray[np.float64]:
    t = _time(0.09, sample_rate)
    return (0.6 * np.sin(2 * np.pi * 1_720 * t) + 0.5 * np.sin(2 * np.pi * 520 * t)) * np.exp(-t / 0.014)


def _metal(
    kit: KitSound, decay_s: float, ping: float, sample_rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Hat or cymbal: high noise, and inharmonic partials as loud as `ping`."""
    t = _time(min(1.8, 5.0 * decay_s), sample_rate)
    partials_hz = kit.cymbal_hz * np.array([0.71, 0.93, 1.13, 1.31, 1.52, 1.77])
    ringing = sum((np.sin(2 * np.pi * f * t + i) for i, f in enumerate(partials_hz)), 0.0 * t)
    hiss = _noise(t, kit.cymbal_hz, 10_000.0, rng)
    return (0.25 * hiss + ping * 0.12 * ringing) * np.exp(-t / decay_s)


def _soft_noise(
    attack_s: float, decay_s: float, low_hz: float, sample_rate: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Shaker, brush: noise that swells before it dies away."""
    t = _time(attack_s + 5.0 * decay_s, sample_rate)
    return 0.28 * _noise(t, low_hz, 9_000.0, rng) * np.clip(t / attack_s, 0.0, 1.0) * np.exp(-t / decay_s)


def _tom(frequency_hz: float, sample_rate: int) -> NDArray[np.float64]:
    t = _time(0.5, sample_rate)
    return 0.9 * _drop(t, frequency_hz, 1.6, 0.03) * np.exp(-t / 0.14)


def build_kit(kit: KitSound, sample_rate: int, rng: np.random.Generator) -> dict[str, FloatArray]:
    """One sound per name in `DRUMS`, `[n]`, peak about 1, made from the kit's settings; `rng` draws the noise."""
    sounds = (
        _kick(kit, sample_rate, rng),
        _snare(kit, sample_rate, rng),
        _rim(sample_rate),
        _clap(sample_rate, rng),
        _metal(kit, kit.hat_decay_s, 0.5, sample_rate, rng),
        _metal(kit, 5.0 * kit.hat_decay_s, 0.5, sample_rate, rng),
        0.7 * _metal(kit, 0.6 * kit.hat_decay_s, 0.2, sample_rate, rng),
        0.7 * _metal(kit, 0.3, 0.6, sample_rate, rng),
        1.2 * _metal(kit, 0.5, 0.3, sample_rate, rng),
        _tom(2.6 * kit.kick_hz, sample_rate),
        _tom(1.7 * kit.kick_hz, sample_rate),
        _soft_noise(0.012, 0.025, 5_000.0, sample_rate, rng),
        _soft_noise(0.02, 0.07, 1_800.0, sample_rate, rng),
        _metal(kit, 0.07, 1.6, sample_rate, rng),
    )
    faded = ((sound * _fade(np.arange(float(len(sound))))).astype(np.float32) for sound in sounds)
    return dict(zip(DRUMS, faded, strict=True))
