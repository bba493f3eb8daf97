"""What a tempo model must manage without recorded music: synthetic tracks, and non-rhythmic sounds.

The synthesiser's songs are of seeds that training does not use (`training.tempo.synthetic_tracks`), and the sounds
without a tempo are synthesised in another way than there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.log_mels import Progress
from core.inference.load import Model
from core.metrics.tempo import error_kinds
from core.synth import STYLES, render
from core.types import FloatArray, TempoEstimate, TempoReading

CRITERION_TEMPI_BPM = (60.0, 75.0, 90.0, 100.0, 120.0, 128.0, 140.0, 174.0)
CRITERION_TOLERANCE = 0.02
"""Share of the tempo, or of half or double it."""

_DURATION_S = 30.0
_N_TAKES = 3


@dataclass(frozen=True)
class SyntheticTempo:
    """Predictions for the tracks at one tempo, one in each style.

    Attributes:
        tempo_bpm: what was played.
        n: tracks.
        n_exact: within 2 % of it.
        n_octave: octave errors, within 2 % of half or double.
        missed: style and estimate of the others, as "jazz 87.3".
    """

    tempo_bpm: float
    n: int
    n_exact: int
    n_octave: int
    missed: tuple[str, ...]


@dataclass(frozen=True)
class NoTempo:
    """The most confident prediction for several takes of a sound without a tempo.

    Attributes:
        sound: in words.
        confidence: 0..1; should be low.
        is_clear: whether a number would be shown; should be False.
    """

    sound: str
    confidence: float
    is_clear: bool


def synthetic_tempi(
    model: Model[TempoReading],
    styles: tuple[str, ...] = STYLES,
    tempi_bpm: tuple[float, ...] = CRITERION_TEMPI_BPM,
    duration_s: float = _DURATION_S,
    progress: Progress | None = None,
) -> tuple[SyntheticTempo, ...]:
    """The predicted tempi of tracks of each style at each tempo.

    Args:
        model: the checkpoint.
        styles: of the synthesiser.
        tempi_bpm: 40 to 250.
        duration_s: of a track.
        progress: called after each track.
    """
    rate, n_tracks = model.header.features.sample_rate, len(styles) * len(tempi_bpm)
    rows = []
    for number, tempo_bpm in enumerate(tempi_bpm):
        predicted_bpm = []
        for style in styles:
            track = render(style, tempo_bpm, duration_s, rate, seed=number)
            predicted_bpm.append(model.predict(track.samples).estimate.tempo_bpm)
            if progress:
                progress(number * len(styles) + len(predicted_bpm), n_tracks)
        rows.append(_row(tempo_bpm, styles, predicted_bpm))
    return tuple(rows)


def _row(tempo_bpm: float, styles: tuple[str, ...], predicted_bpm: list[float]) -> SyntheticTempo:
    kinds = error_kinds(predicted_bpm, [tempo_bpm] * len(predicted_bpm), CRITERION_TOLERANCE)
    return SyntheticTempo(
        tempo_bpm=tempo_bpm,
        n=len(kinds),
        n_exact=kinds.count("exact"),
        n_octave=kinds.count("half") + kinds.count("double"),
        missed=tuple(
            f"{style} {bpm:.1f}"
            for style, bpm, kind in zip(styles, predicted_bpm, kinds, strict=True)
            if kind not in ("exact", "half", "double")
        ),
    )


def without_tempo(
    model: Model[TempoReading], duration_s: float = _DURATION_S, n_takes: int = _N_TAKES
) -> tuple[NoTempo, ...]:
    """Silence, noise, speech-like noise and a single tone; of several takes of each the most confident counts."""
    rate = model.header.features.sample_rate
    highest: dict[str, TempoEstimate] = {}
    for take in range(n_takes):
        for sound, samples in sounds_without_tempo(rate, duration_s, take).items():
            estimate = model.predict(samples).estimate
            highest[sound] = max(estimate, highest.get(sound, estimate), key=lambda each: each.confidence)
    return tuple(NoTempo(sound, estimate.confidence, estimate.is_clear) for sound, estimate in highest.items())


def sounds_without_tempo(sample_rate: int, duration_s: float = _DURATION_S, seed: int = 0) -> dict[str, FloatArray]:
    """Mono samples `[n]` by the sound's name; the seed draws the noise and the pitch of the tone."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    sounds: dict[str, NDArray[np.float64]] = {
        "silence": np.zeros_like(times_s),
        "white noise": 0.1 * rng.normal(size=len(times_s)),
        "speech-like noise": _speech_like(times_s, rng),
        "a single tone": 0.3 * np.sin(2 * np.pi * rng.choice([220.0, 440.0, 880.0]) * times_s),
    }
    return {name: samples.astype(np.float32) for name, samples in sounds.items()}


def _speech_like(times_s: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise with the long-term spectrum of speech, in syllables of 0.1 to 0.35 s and pauses, none of them periodic."""
    n, duration_s = len(times_s), float(times_s[-1])
    spectrum = np.fft.rfft(rng.normal(size=n))
    frequencies_hz = np.fft.rfftfreq(n, duration_s / n)
    # Flat to 500 Hz, then 6 dB an octave, nothing below 80 Hz.
    noise = np.fft.irfft(spectrum / np.maximum(1.0, frequencies_hz / 500.0) * (frequencies_hz > 80.0), n)
    knots_s, levels = [0.0], [0.0]
    while knots_s[-1] < duration_s:
        syllable_s, pause_s = rng.uniform(0.1, 0.35), rng.exponential(0.06) + (rng.random() < 0.1) * rng.uniform(0.2, 1)
        start_s = knots_s[-1]
        knots_s += [start_s + 0.3 * syllable_s, start_s + syllable_s, start_s + syllable_s + pause_s]
        levels += [rng.uniform(0.3, 1.0), 0.1, 0.02]
    return np.asarray(0.1 * noise / noise.std() * np.interp(times_s, knots_s, levels))
