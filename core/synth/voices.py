"""Pitched instruments, one note at a time: band-limited wavetables shaped by envelopes; no recorded samples.

A bright and a dull table of the same waveform are cross-faded over the note, which sounds like a closing filter at the
price of two table look-ups.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

_TABLE_SIZE = 8_192
_MAX_HARMONICS = 60
_NYQUIST_MARGIN = 0.45


@dataclass(frozen=True)
class Tone:
    """One note to play.

    Attributes:
        frequency_hz: fundamental.
        duration_s: seconds from the attack to the release.
        sample_rate: Hz.
        brightness: 0 (dull) .. 1 (bright), the song's setting of the instrument.
    """

    frequency_hz: float
    duration_s: float
    sample_rate: int
    brightness: float

    def seconds(self, release_s: float) -> NDArray[np.float64]:
        """Time axis of the note with its release, seconds."""
        n_samples = max(64, round((self.duration_s + release_s) * self.sample_rate))
        return np.arange(n_samples) / self.sample_rate

    def harmonic_numbers(self) -> NDArray[np.float64]:
        """1, 2, 3 ... as far as they stay below half the sample rate."""
        highest = int(_NYQUIST_MARGIN * self.sample_rate / self.frequency_hz)
        return np.arange(1, max(1, min(_MAX_HARMONICS, highest)) + 1, dtype=np.float64)


Instrument = Callable[[Tone], FloatArray]


def midi_to_hz(midi: float) -> float:
    """Frequency of a MIDI note number in equal temperament, A4 = 69 = 440 Hz."""
    return float(440.0 * 2.0 ** ((midi - 69.0) / 12.0))


def _oscillate(harmonics: NDArray[np.float64], cycles: NDArray[np.float64]) -> FloatArray:
    """Waveform with the given harmonic amplitudes (from the fundamental up) at the given phases, in cycles."""
    spectrum = np.zeros(_TABLE_SIZE // 2 + 1, dtype=np.complex128)
    spectrum[1 : len(harmonics) + 1] = -0.5j * harmonics
    table = (np.fft.irfft(spectrum) * _TABLE_SIZE).astype(np.float32)
    positions = (cycles * _TABLE_SIZE).astype(np.int64) & (_TABLE_SIZE - 1)
    sound: FloatArray = table[positions]
    return sound


def _saw(tone: Tone, cutoff_hz: float) -> NDArray[np.float64]:
    """Sawtooth harmonics behind a low-pass of 12 dB per octave."""
    number = tone.harmonic_numbers()
    return 0.6 / number / (1.0 + (number * tone.frequency_hz / cutoff_hz) ** 2)


def _square(tone: Tone, cutoff_hz: float) -> NDArray[np.float64]:
    """Square-wave harmonics: a sawtooth without its even ones."""
    return _saw(tone, cutoff_hz) * (tone.harmonic_numbers() % 2) * 1.3


def _string_harmonics(tone: Tone, pluck_position: float, cutoff_hz: float) -> NDArray[np.float64]:
    """Harmonics of a string plucked at a fraction of its length."""
    number = tone.harmonic_numbers()
    return _saw(tone, cutoff_hz) * np.abs(np.sin(np.pi * number * pluck_position)) * 1.6


def _envelope(t: NDArray[np.float64], tone: Tone, attack_s: float, release_s: float) -> NDArray[np.float64]:
    """Linear attack, full level, and a squared fade after the note's end."""
    attack = np.clip(t / attack_s, 0.0, 1.0)
    release = np.clip(1.0 - (t - tone.duration_s) / release_s, 0.0, 1.0)
    return attack * release**2


def _vibrato(t: NDArray[np.float64], tone: Tone, rate_hz: float, depth: float) -> NDArray[np.float64]:
    """Phase in cycles of a tone whose pitch swings by the fraction `depth`, setting in after a moment."""
    onset = np.clip((t - 0.15) / 0.4, 0.0, 1.0)
    swing = onset * depth / (2 * np.pi * rate_hz) * (1.0 - np.cos(2 * np.pi * rate_hz * t))
    return tone.frequency_hz * (t + swing)


def _struck(tone: Tone, harmonics: NDArray[np.float64], decay_s: float, release_s: float = 0.08) -> FloatArray:
    """A struck or plucked note: the higher a harmonic, the sooner it dies away."""
    t = tone.seconds(release_s)
    cycles = tone.frequency_hz * t
    sound = np.zeros(len(t))
    for first, last, speed in ((0, 2, 1.0), (2, 6, 2.2), (6, _MAX_HARMONICS, 5.0)):
        group = np.zeros_like(harmonics)
        group[first:last] = harmonics[first:last]
        sound += _oscillate(group, cycles) * np.exp(-t * speed / decay_s)
    return (sound * _envelope(t, tone, 0.002, release_s)).astype(np.float32)


def _swept(
    tone: Tone, bright: NDArray[np.float64], dull: NDArray[np.float64], sweep_s: float, release_s: float = 0.05
) -> FloatArray:
    """A synthesiser note whose filter closes within `sweep_s`."""
    t = tone.seconds(release_s)
    cycles = tone.frequency_hz * t
    opening = np.exp(-t / sweep_s)
    sound = _oscillate(bright, cycles) * opening + _oscillate(dull, cycles) * (1.0 - opening)
    return (sound * _envelope(t, tone, 0.003, release_s)).astype(np.float32)


def _ensemble(tone: Tone, cutoff_hz: float, attack_s: float, release_s: float, detune: float) -> FloatArray:
    """Three slightly detuned sawtooths: a string section or a pad."""
    t = tone.seconds(release_s)
    harmonics = _saw(tone, cutoff_hz)
    phase = _vibrato(t, tone, 5.2, 0.004)
    voices = [_oscillate(harmonics, phase * (1.0 + offset) + start)
              for offset, start in ((-detune, 0.0), (0.0, 0.37), (detune, 0.71))]  # fmt: skip
    return (sum(voices, np.zeros(len(t))) * 0.5 * _envelope(t, tone, attack_s, release_s)).astype(np.float32)


def finger_bass(tone: Tone) -> FloatArray:
    """Electric bass played with the fingers."""
    return 1.3 * _struck(tone, _string_harmonics(tone, 0.22, 350 + 900 * tone.brightness), 1.2)


def upright_bass(tone: Tone) -> FloatArray:
    """Plucked double bass: round, soon gone."""
    return 1.6 * _struck(tone, _string_harmonics(tone, 0.35, 220 + 350 * tone.brightness), 0.6)


def synth_bass(tone: Tone) -> FloatArray:
    """Analogue-style bass with a closing filter."""
    peak_hz = 700 + 2_500 * tone.brightness
    return _swept(tone, _saw(tone, peak_hz), _square(tone, 260.0), 0.09)


def sub_bass(tone: Tone) -> FloatArray:
    """Nearly a sine, with enough second and third harmonic to be heard on small loudspeakers."""
    t = tone.seconds(0.06)
    sound = _oscillate(np.array([1.0, 0.25, 0.15 * tone.brightness]), tone.frequency_hz * t)
    return (0.8 * sound * np.exp(-t / 1.5) * _envelope(t, tone, 0.008, 0.06)).astype(np.float32)


def reese_bass(tone: Tone) -> FloatArray:
    """Beating pair of dark sawtooths, the bass of drum and bass."""
    return 1.2 * _ensemble(tone, 260 + 500 * tone.brightness, 0.01, 0.06, 0.006)


def piano(tone: Tone) -> FloatArray:
    """Hammered string."""
    return _struck(tone, _string_harmonics(tone, 0.13, 700 + 1_800 * tone.brightness), 1.4)


def electric_piano(tone: Tone) -> FloatArray:
    """Tine piano: a soft fundamental, a short bell above it and a slow tremolo."""
    t = tone.seconds(0.12)
    bell = np.array([0.0] * 6 + [0.12 + 0.25 * tone.brightness])[: len(tone.harmonic_numbers())]
    body = _oscillate(np.array([0.8, 0.18, 0.05]), tone.frequency_hz * t) * np.exp(-t / 1.6)
    sound = body + _oscillate(bell, tone.frequency_hz * t) * np.exp(-t / 0.12)
    tremolo = 1.0 - 0.12 * np.sin(2 * np.pi * 4.8 * t)
    return (sound * tremolo * _envelope(t, tone, 0.003, 0.12)).astype(np.float32)


def steel_guitar(tone: Tone) -> FloatArray:
    """Acoustic guitar with steel strings."""
    return 0.9 * _struck(tone, _string_harmonics(tone, 0.17, 1_500 + 3_500 * tone.brightness), 0.9)


def muted_guitar(tone: Tone) -> FloatArray:
    """Clean electric guitar, damped by the palm: the off-beat and funk chop."""
    return 1.1 * _struck(tone, _string_harmonics(tone, 0.11, 2_000 + 2_500 * tone.brightness), 0.22, 0.03)


def harp(tone: Tone) -> FloatArray:
    """Harp or pizzicato."""
    return 1.2 * _struck(tone, _string_harmonics(tone, 0.4, 900 + 1_500 * tone.brightness), 0.55, 0.25)


def vibraphone(tone: Tone) -> FloatArray:
    """Tuned bar: first and fourth harmonic, turning tremolo."""
    t = tone.seconds(0.3)
    bar = np.array([0.8, 0.0, 0.0, 0.15 + 0.2 * tone.brightness])
    sound = _oscillate(bar, tone.frequency_hz * t) * np.exp(-t / 0.9) * (1.0 - 0.25 * np.sin(2 * np.pi * 5.5 * t))
    return (sound * _envelope(t, tone, 0.002, 0.3)).astype(np.float32)


def organ(tone: Tone) -> FloatArray:
    """Drawbar organ with a rotating loudspeaker."""
    t = tone.seconds(0.03)
    drawbars = np.array([0.5, 0.4, 0.3, 0.15, 0.0, 0.12, 0.0, 0.15]) * np.array([1.0] * 3 + [tone.brightness + 0.3] * 5)
    sound = _oscillate(drawbars[: len(tone.harmonic_numbers())], _vibrato(t, tone, 6.3, 0.003))
    rotation = 1.0 - 0.18 * np.sin(2 * np.pi * 6.3 * t)
    return (0.7 * sound * rotation * _envelope(t, tone, 0.006, 0.03)).astype(np.float32)


def synth_pluck(tone: Tone) -> FloatArray:
    """Short bright synthesiser pluck."""
    sound = _swept(tone, _saw(tone, 2_500 + 4_000 * tone.brightness), _saw(tone, 600.0), 0.07, 0.12)
    return (sound * np.exp(-tone.seconds(0.12) / 0.35)).astype(np.float32)


def super_saw(tone: Tone) -> FloatArray:
    """Wide bright chord sound of dance music."""
    return _ensemble(tone, 1_500 + 4_000 * tone.brightness, 0.008, 0.08, 0.007)


def strings(tone: Tone) -> FloatArray:
    """String section, bowed."""
    return _ensemble(tone, 1_100 + 1_800 * tone.brightness, min(0.07, 0.4 * tone.duration_s), 0.15, 0.003)


def soft_pad(tone: Tone) -> FloatArray:
    """Slow warm pad."""
    return _ensemble(tone, 500 + 800 * tone.brightness, min(0.25, 0.4 * tone.duration_s), 0.3, 0.004)


def brass(tone: Tone) -> FloatArray:
    """Brass section: opens within the attack, then settles."""
    t = tone.seconds(0.07)
    phase = _vibrato(t, tone, 5.0, 0.004)
    opening = np.clip(t / 0.05, 0.0, 1.0) * (0.55 + 0.45 * np.exp(-t / 0.25))
    bright = _oscillate(_saw(tone, 1_500 + 2_200 * tone.brightness), phase)
    sound = bright * opening + _oscillate(_saw(tone, 500.0), phase) * (1.0 - opening)
    return (sound * _envelope(t, tone, 0.02, 0.07)).astype(np.float32)


def flute(tone: Tone) -> FloatArray:
    """Flute or whistle: few harmonics, vibrato."""
    t = tone.seconds(0.08)
    sound = _oscillate(np.array([0.8, 0.2 * tone.brightness + 0.08, 0.06]), _vibrato(t, tone, 5.4, 0.006))
    return (sound * _envelope(t, tone, 0.03, 0.08)).astype(np.float32)


def square_lead(tone: Tone) -> FloatArray:
    """Hollow synthesiser lead with vibrato."""
    t = tone.seconds(0.06)
    sound = _oscillate(_square(tone, 1_500 + 3_000 * tone.brightness), _vibrato(t, tone, 5.8, 0.006))
    return (0.8 * sound * _envelope(t, tone, 0.006, 0.06)).astype(np.float32)


def distorted_guitar(tone: Tone) -> FloatArray:
    """Power chord (root, fifth, octave) through one overdriven amplifier and a loudspeaker that ends at 5 kHz."""
    t = tone.seconds(0.04)
    mix = np.zeros(len(t))
    for ratio, level in ((1.0, 1.0), (1.4983, 0.8), (2.003, 0.6)):
        string = Tone(tone.frequency_hz * ratio, tone.duration_s, tone.sample_rate, tone.brightness)
        mix += level * _oscillate(_string_harmonics(string, 0.19, 1_600.0), string.frequency_hz * t + 0.3 * ratio)
    sustain = np.exp(-t / 2.5) * (0.6 + 0.4 * np.exp(-t / 0.05))
    driven = np.tanh((4.0 + 8.0 * tone.brightness) * mix * sustain)
    return (0.75 * _loudspeaker(driven, tone.sample_rate) * _envelope(t, tone, 0.003, 0.04)).astype(np.float32)


def lead_guitar(tone: Tone) -> FloatArray:
    """One overdriven string with vibrato."""
    t = tone.seconds(0.06)
    string = _oscillate(_string_harmonics(tone, 0.19, 1_800.0), _vibrato(t, tone, 5.6, 0.008))
    driven = np.tanh((3.0 + 5.0 * tone.brightness) * string)
    return (0.7 * _loudspeaker(driven, tone.sample_rate) * _envelope(t, tone, 0.005, 0.06)).astype(np.float32)


def _loudspeaker(sound: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    """Guitar cabinet: pass band from about 90 Hz to 4.5 kHz."""
    frequency_hz = np.fft.rfftfreq(len(sound), 1.0 / sample_rate)
    response = 1.0 / (1.0 + (frequency_hz / 4_500.0) ** 4) * (frequency_hz**2 / (frequency_hz**2 + 90.0**2))
    return np.fft.irfft(np.fft.rfft(sound) * response, len(sound))


INSTRUMENTS: dict[str, Instrument] = {
    player.__name__: player
    for player in (
        finger_bass, upright_bass, synth_bass, sub_bass, reese_bass, piano, electric_piano, steel_guitar, muted_guitar,
        harp, vibraphone, organ, synth_pluck, super_saw, strings, soft_pad, brass, flute, square_lead,
        distorted_guitar, lead_guitar,
    )
}  # fmt: skip
"""Every instrument by its name in the style table."""

POWER_CHORD_INSTRUMENTS = frozenset({"distorted_guitar"})
"""Instruments that make a whole power chord out of one root note."""
