"""Beat activations and sounds whose tempo is known: pulses, clicks, and a drum kit with a bass in 6/8 or in swing."""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

FRAME_S = 0.02
RATE = 22_050

_Floats = NDArray[np.float64]


def beat_activation(beat_times_s: _Floats, duration_s: float) -> FloatArray:
    """A bump of three frames at each beat, `[T]`."""
    times_s = np.arange(round(duration_s / FRAME_S)) * FRAME_S
    activation = np.zeros_like(times_s)
    for beat_s in beat_times_s:
        activation = np.maximum(activation, np.exp(-0.5 * ((times_s - beat_s) / FRAME_S) ** 2))
    return activation.astype(np.float32)


def beats_of(parts: tuple[tuple[float, float], ...], first_s: float = 0.3) -> _Floats:
    """Beats of parts (tempo, seconds) one after the other; each part begins with a beat."""
    beats, start_s = [], first_s
    for tempo_bpm, duration_s in parts:
        beats.append(start_s + np.arange(0.0, duration_s - 1e-6, 60.0 / tempo_bpm))
        start_s += duration_s
    return np.concatenate(beats)


def decaying(frequency_hz: float, tau_s: float) -> _Floats:
    """A struck tone."""
    times_s = np.arange(round(6.0 * tau_s * RATE)) / RATE
    return np.asarray(np.sin(2.0 * np.pi * frequency_hz * times_s) * np.exp(-times_s / tau_s))


def struck_noise(rng: np.random.Generator, tau_s: float) -> _Floats:
    """A drum without pitch."""
    times_s = np.arange(round(6.0 * tau_s * RATE)) / RATE
    return np.asarray(rng.normal(size=len(times_s)) * np.exp(-times_s / tau_s))


def played(events: list[tuple[float, float, _Floats]], duration_s: float) -> FloatArray:
    """Sounds at times, each (seconds, loudness, sound), mixed down: mono samples at `RATE`."""
    mix = np.zeros(round(duration_s * RATE) + RATE)
    for time_s, loudness, sound in events:
        if 0.0 <= time_s < duration_s:
            start = round(time_s * RATE)
            mix[start : start + len(sound)] += loudness * sound[: len(mix) - start]
    mix = mix[: round(duration_s * RATE)]
    return np.asarray(0.7 * mix / np.abs(mix).max(), dtype=np.float32)


def clicks(tempo_bpm: float, duration_s: float = 24.0, per_accent: int = 4) -> FloatArray:
    """A metronome that accents every so many beats."""
    low, high = decaying(1_000.0, 0.015), decaying(1_600.0, 0.015)
    beats_s = np.arange(0.2, duration_s, 60.0 / tempo_bpm)
    events = [(time_s, 1.0, high if n % per_accent == 0 else low) for n, time_s in enumerate(beats_s)]
    return played(events, duration_s)


def six_eight(tempo_bpm: float, duration_s: float = 24.0, root_hz: float = 55.0) -> FloatArray:
    """Kick on 1, snare on 4, hats in eighths and a bass; the tempo is that of the dotted quarter."""
    rng = np.random.default_rng(0)
    kick, snare, hat, bass = (
        decaying(60.0, 0.06),
        struck_noise(rng, 0.04),
        struck_noise(rng, 0.015),
        decaying(root_hz, 0.2),
    )
    events: list[tuple[float, float, _Floats]] = []
    for eighth, time_s in enumerate(np.arange(0.2, duration_s, 20.0 / tempo_bpm)):
        place = eighth % 6
        events.append((time_s, (0.3, 0.15, 0.2, 0.3, 0.15, 0.2)[place], hat))
        if place in (0, 3):
            events += [(time_s, 1.0 if place == 0 else 0.6, kick if place == 0 else snare), (time_s, 0.8, bass)]
    return played(events, duration_s)
