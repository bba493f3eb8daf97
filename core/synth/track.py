"""A style, a tempo and a seed to a finished track with its exact beats."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import AudioError
from core.synth.arranger import arrange, compose
from core.synth.mixer import Bus, decibels, master, reverb
from core.synth.performer import Performer, Timing
from core.synth.style import Style
from core.synth.styles import STYLE_TABLE
from core.types import FloatArray

STYLES: tuple[str, ...] = tuple(STYLE_TABLE)
"""Names of all styles."""
INSTRUMENTS = ("drums", "bass", "comp", "pad", "lead")
"""Parts of a track."""

TEMPO_RANGE_BPM = (40.0, 250.0)
DURATION_RANGE_S = (1.0, 600.0)
SAMPLE_RATE_RANGE = (16_000, 48_000)

_REVERB_SENDS = (0.10, 0.03, 0.22, 0.25, 0.32)


@dataclass(frozen=True)
class SynthTrack:
    """A synthesised track and its ground truth.

    Attributes:
        style: one of `STYLES`.
        tempo_bpm: beats per minute, constant over the track.
        samples: mono, `[n]`, float32, never louder than 0.9.
        sample_rate: Hz.
        beat_times_s: `[b]`, float64, seconds of the nominal beat grid; the players are a few ms off it.
        beat_in_bar: `[b]`, int64, place of each beat in its bar, 1 is the downbeat.
    """

    style: str
    tempo_bpm: float
    samples: FloatArray
    sample_rate: int
    beat_times_s: NDArray[np.float64]
    beat_in_bar: NDArray[np.int64]


def render(
    style: str,
    tempo_bpm: float,
    duration_s: float = 30.0,
    sample_rate: int = 22_050,
    seed: int = 0,
    instruments: Collection[str] = INSTRUMENTS,
) -> SynthTrack:
    """Make a track of `round(duration_s * sample_rate)` samples; equal arguments give equal samples.

    The seed draws the song (key, chords, patterns, instruments, melody, form), its sound and its performance. Every
    second seed or so starts in mid-bar like an excerpt from a record, the others on a downbeat after up to 0.4 s.
    Of the song's `INSTRUMENTS` only those that are named sound.

    Raises:
        AudioError: the style is unknown, or tempo (40..250 BPM), duration (1..600 s), sample rate (16..48 kHz) or seed
            (0 or more) is out of range.
    """
    _check(style, tempo_bpm, duration_s, sample_rate, seed)
    chosen = STYLE_TABLE[style]
    # The checksum of the name keeps the songs of a style the same when styles are added.
    streams = np.random.SeedSequence([seed, zlib.crc32(style.encode())]).spawn(4)
    song_rng, form_rng, timing_rng, mix_rng = (np.random.default_rng(stream) for stream in streams)
    n_samples = round(duration_s * sample_rate)

    song = compose(chosen, song_rng)
    timing, is_excerpt = _draw_timing(chosen, song.swing, tempo_bpm, timing_rng)
    n_bars = int(np.ceil(duration_s / (timing.beat_s * timing.beats_per_bar))) + 1
    bars = arrange(chosen, song, n_bars, form_rng)
    performer = Performer(chosen, song, timing, n_samples, sample_rate, int(mix_rng.integers(2**31)))
    for bar in bars if is_excerpt else bars[1:]:
        performer.play(bar)

    first_beat = -timing.beats_per_bar if is_excerpt else 0
    beat_numbers = np.arange(first_beat, (n_bars + 1) * timing.beats_per_bar)
    beat_times_s = np.asarray(timing.first_downbeat_s + beat_numbers * timing.beat_s, dtype=np.float64)
    inside = (beat_times_s >= 0.0) & (beat_times_s < duration_s)
    return SynthTrack(
        style=style,
        tempo_bpm=float(tempo_bpm),
        samples=_mix(chosen, performer, sample_rate, mix_rng, instruments),
        sample_rate=sample_rate,
        beat_times_s=beat_times_s[inside],
        beat_in_bar=(beat_numbers[inside] % timing.beats_per_bar + 1).astype(np.int64),
    )


def _check(style: str, tempo_bpm: float, duration_s: float, sample_rate: int, seed: int) -> None:
    if style not in STYLE_TABLE:
        raise AudioError(f"There is no synthesiser style “{style}”. Choose one of: {', '.join(STYLES)}.")
    for what, value, (lowest, highest), unit in (
        ("tempo", tempo_bpm, TEMPO_RANGE_BPM, "BPM"),
        ("duration", duration_s, DURATION_RANGE_S, "seconds"),
        ("sample rate", sample_rate, SAMPLE_RATE_RANGE, "Hz"),
    ):
        # Written so that NaN fails too.
        if not lowest <= value <= highest:
            raise AudioError(
                f"The synthesiser cannot play a {what} of {value:g} {unit}. Choose {lowest:g} to {highest:g} {unit}."
            )
    if seed < 0:
        raise AudioError(f"The synthesiser cannot use the seed {seed}. Choose a whole number from 0 up.")


def _draw_timing(style: Style, swing: float, tempo_bpm: float, rng: np.random.Generator) -> tuple[Timing, bool]:
    """The beat grid, and whether the track starts in mid-bar."""
    bar_s = 60.0 / tempo_bpm * style.beats_per_bar
    is_excerpt = bool(rng.random() < 0.5)
    first_downbeat_s = float(rng.uniform(0.0, bar_s) if is_excerpt else rng.uniform(0.02, 0.4))
    # Swing evens out when it gets fast, as players do it.
    evened = 0.5 + (swing - 0.5) * float(np.clip((280.0 - tempo_bpm) / 120.0, 0.2, 1.0))
    human_s = float(rng.uniform(0.0005, 0.005))
    return Timing(first_downbeat_s, tempo_bpm, style.beats_per_bar, evened, human_s), is_excerpt


def _mix(
    style: Style, performer: Performer, sample_rate: int, rng: np.random.Generator, instruments: Collection[str]
) -> FloatArray:
    """Buses at the style's levels, 1.5 dB more or less, with the room, through the limiter."""
    levels = style.levels
    parts = (
        (performer.drums, levels.drums),
        (performer.bass, levels.bass),
        (performer.comp, levels.comp),
        (performer.pad, levels.pad),
        (performer.lead, levels.lead),
    )
    dry = np.zeros_like(performer.drums.samples)
    send = np.zeros_like(dry)
    for name, (bus, level_db), reverb_send in zip(INSTRUMENTS, parts, _REVERB_SENDS, strict=True):
        gain = decibels(level_db + float(np.clip(rng.normal(0.0, 1.5), -3.0, 3.0)))
        if name not in instruments:
            continue
        levelled = _levelled(bus, gain)
        dry += levelled
        send += np.float32(reverb_send) * levelled
    wetness = float(rng.uniform(0.6, 1.6))
    room = reverb(send, sample_rate, style.reverb_s * float(rng.uniform(0.8, 1.3)), rng)
    return master(dry + np.float32(wetness) * room, sample_rate, rms=float(rng.uniform(0.11, 0.19)))


def _levelled(bus: Bus, gain: float) -> FloatArray:
    """A bus scaled so that it has the RMS `gain` while it sounds; a silent bus stays silent."""
    magnitude = np.abs(bus.samples)
    sounding = magnitude > 0.01 * magnitude.max(initial=0.0)
    if not sounding.any():
        return bus.samples
    rms = np.sqrt(np.mean(np.square(bus.samples[sounding], dtype=np.float64)))
    return bus.samples * np.float32(gain / float(rms))
