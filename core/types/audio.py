"""Decoded audio, and which parts of it the models receive."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types.base import FloatArray


@dataclass(frozen=True)
class AudioInfo:
    """What was found in an audio file, before resampling and mixing down.

    Attributes:
        codec: codec in words, e.g. "MP3" or "WAV, 16-bit PCM".
        sample_rate: Hz, of the file.
        n_channels: channels of the file.
        duration_s: seconds of decoded audio.
        notes: what of the file could not be used and why, each a sentence for the user; empty when all of it was read.
    """

    codec: str
    sample_rate: int
    n_channels: int
    duration_s: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audio:
    """Decoded audio.

    Attributes:
        samples: mono, `[n]`, float32, nominally within -1..1.
        sample_rate: Hz, of `samples`.
        info: what the file held.
    """

    samples: FloatArray
    sample_rate: int
    info: AudioInfo

    @property
    def duration_s(self) -> float:
        """Seconds of `samples`."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True)
class UsedSound:
    """Which parts of a sound the models receive: silence before, after and inside it is left out.

    Attributes:
        duration_s: seconds of the whole.
        parts_s: start and end of each part that holds sound, seconds, ascending, disjoint.
    """

    duration_s: float
    parts_s: tuple[tuple[float, float], ...]

    @property
    def used_s(self) -> float:
        """Seconds that the models receive."""
        return sum(end - start for start, end in self.parts_s)

    @property
    def left_out_s(self) -> float:
        """Seconds of silence that they do not."""
        return max(0.0, self.duration_s - self.used_s)

    def in_track(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Times in what the models receive, the parts joined, as times in the whole sound: `[n]`, seconds."""
        ends_s = np.cumsum([end - start for start, end in self.parts_s])
        part = np.minimum(np.searchsorted(ends_s, times_s, side="right"), len(self.parts_s) - 1)
        before_s = np.array([start for start, _ in self.parts_s]) - np.concatenate([[0.0], ends_s[:-1]])
        return np.asarray(times_s + before_s[part], dtype=np.float64)
