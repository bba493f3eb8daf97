"""Predicted tempi, and from which confidence on they are shown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types.base import FloatArray

CLEAR_CONFIDENCE = 0.4
"""Below it the tempo is "no clear tempo"; set on validation clips and non-rhythmic sounds, see the decisions."""
TRACKED_CONFIDENCE = 0.3
"""From it on beats are tracked: the pulse may be plain where its octave is too open to name a tempo."""


@dataclass(frozen=True)
class TempoCandidate:
    """Another tempo that the same music can be counted in.

    Attributes:
        relation: "half", "double", "third", "triple", "two thirds" or "three halves" of the estimate.
        tempo_bpm: that many times the estimate.
        weight: probability of the tempi within 4 % of it, 0..1.
    """

    relation: str
    tempo_bpm: float
    weight: float


@dataclass(frozen=True)
class TempoEstimate:
    """An estimate from a distribution over tempi.

    Attributes:
        tempo_bpm: the estimate.
        confidence: probability of the tempi within 4 % of it, 0..1: the chance to be right by that measure.
        distribution: `[N_BINS]`, over `core.rhythm.tempo.TEMPO_BINS_BPM`, sums to 1.
        candidates: related tempi inside the range of the bins, the weightiest first.
    """

    tempo_bpm: float
    confidence: float
    distribution: FloatArray
    candidates: tuple[TempoCandidate, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the number is worth showing; silence, noise and a single tone have no clear tempo."""
        return self.confidence >= CLEAR_CONFIDENCE

    @property
    def best_alternative(self) -> TempoCandidate | None:
        """The weightiest of the related tempi; None when none is within the range of the bins."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True)
class TempoPart:
    """A stretch of a track with a steady tempo of its own.

    Attributes:
        start_s, end_s: where it lies in the track, seconds.
        tempo_bpm: its tempo.
        confidence: 0..1, as in `TempoEstimate`.
    """

    start_s: float
    end_s: float
    tempo_bpm: float
    confidence: float

    @property
    def is_clear(self) -> bool:
        """As `TempoEstimate.is_clear`."""
        return self.confidence >= CLEAR_CONFIDENCE


@dataclass(frozen=True)
class TempoReading:
    """What a tempo model predicts for one piece of audio, as a whole and over its length.

    A track of up to one and a half windows is one window, and that window's estimate is that of the whole.

    Attributes:
        checkpoint: name of the checkpoint that predicted it.
        estimate: of the whole.
        beat_times_s: `[b]`, float64, seconds; empty when the confidence is below `TRACKED_CONFIDENCE`.
        window_tempo_bpm: `[W]`, BPM of each window.
        window_confidence: `[W]`, 0..1, of each window, as in `TempoEstimate`.
        window_distributions: `[W, N_BINS]`, one row per window, each sums to 1.
        window_start_s: `[W]`, seconds, where each window begins.
        window_s: seconds, length of a window.
        parts: stretches of different tempo, in order, where the tempo changes for good; empty where one tempo holds.
        accuracy1_probability: calibrated on validation clips, the probability that the estimate is within 4 % of what
            people would annotate, 0..1; None for a checkpoint without a calibration.
    """

    checkpoint: str
    estimate: TempoEstimate
    beat_times_s: NDArray[np.float64]
    window_tempo_bpm: FloatArray
    window_confidence: FloatArray
    window_distributions: FloatArray
    window_start_s: FloatArray
    window_s: float
    parts: tuple[TempoPart, ...] = ()
    accuracy1_probability: float | None = None

    @property
    def changes(self) -> bool:
        """Whether the track has no single tempo."""
        return len(self.parts) > 1

    @property
    def tempi_bpm(self) -> tuple[float, ...]:
        """The tempo of each part in turn; a single one where one tempo holds."""
        return tuple(part.tempo_bpm for part in self.parts) or (self.estimate.tempo_bpm,)
