"""Demo tracks for someone who opens the app with no music at hand."""

import io
from dataclasses import dataclass

import soundfile

from core.synth.track import SynthTrack, render


@dataclass(frozen=True)
class DemoTrack:
    """A named track of the synthesiser.

    Attributes:
        name: title with style and tempo, as shown to the user.
        style: one of `STYLES`.
        tempo_bpm: beats per minute.
        seed: which song of the style.
        duration_s: seconds.
        sample_rate: Hz.
    """

    name: str
    style: str
    tempo_bpm: float
    seed: int
    duration_s: float = 24.0
    sample_rate: int = 44_100

    def track(self) -> SynthTrack:
        """The track with its beats."""
        return render(self.style, self.tempo_bpm, self.duration_s, self.sample_rate, self.seed)

    def wav_bytes(self) -> bytes:
        """The track as a WAV file, mono, 16-bit PCM."""
        buffer = io.BytesIO()
        soundfile.write(buffer, self.track().samples, self.sample_rate, format="WAV", subtype="PCM_16")
        return buffer.getvalue()


def _demo(title: str, style: str, tempo_bpm: int, seed: int) -> DemoTrack:
    return DemoTrack(f"{title} ({style}, {tempo_bpm} BPM)", style, float(tempo_bpm), seed)


DEMO_TRACKS: tuple[DemoTrack, ...] = (
    _demo("Neon Mile", "disco", 120, 2),
    _demo("Gravel and Chrome", "rock", 128, 3),
    _demo("Late Bus Home", "hiphop", 90, 3),
    _demo("Mango Noon", "reggae", 75, 4),
    _demo("Corner Table", "jazz", 140, 9),
    _demo("Paper Lanterns", "waltz", 100, 6),
    _demo("Slow Freight", "blues", 60, 8),
    _demo("Glass Tunnel", "drum and bass", 174, 8),
)
"""Tracks that the analyze page offers; each starts on a downbeat."""
