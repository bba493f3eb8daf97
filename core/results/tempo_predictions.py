"""Tempo predictions that ship in `data/predictions/tempo/`: one csv per system, one row per clip.

A row keeps the whole distribution, so that pages can draw it and weigh any two tempi, as `bin:permille` of the bins
that round to at least one per mille (what the other bins hold together is spread evenly over them when read): text, 100
to 300 characters for a clip. Beat times are kept to 10 ms, half a frame of the model, for players and for pictures
without audio; they are another 350 characters. A system of 999 clips takes 0.6 MB.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.results.predictions import PREDICTIONS, Predictions, PredictionTable
from core.rhythm.tempo import N_BINS, estimate_at
from core.types import FloatArray, TempoEstimate, TempoReading

_LESS_THAN_LISTED = 0.49
"""Per mille: no bin that is not listed holds more."""


@dataclass(frozen=True)
class TempoWithBeats:
    """What is kept of a tempo model's prediction for a clip.

    Attributes:
        estimate: the tempo.
        beat_times_s: `[b]`, seconds; empty where no beats were tracked, and from a system that marks none.
    """

    estimate: TempoEstimate
    beat_times_s: NDArray[np.float64]


SavedTempo: TypeAlias = Predictions[TempoWithBeats]


def estimate_of(saved: SavedTempo | None, clip_id: str) -> TempoEstimate | None:
    """The tempo that a system predicts for a clip; None where there is no system or it has none for the clip."""
    kept = None if saved is None else saved.by_clip.get(clip_id)
    return None if kept is None else kept.estimate


def tempi_of(saved: SavedTempo) -> dict[str, float]:
    """The tempo in BPM by clip id."""
    return {clip_id: kept.estimate.tempo_bpm for clip_id, kept in saved.by_clip.items()}


def _kept(reading: TempoReading) -> TempoWithBeats:
    return TempoWithBeats(reading.estimate, reading.beat_times_s)


def _fields(tempo: TempoWithBeats) -> list[str]:
    """BPM with two decimals, confidence with four, the distribution in per mille, times to 10 ms."""
    estimate = tempo.estimate
    return [
        f"{estimate.tempo_bpm:.2f}",
        f"{estimate.confidence:.4f}",
        _permille_text(estimate.distribution),
        " ".join(f"{time_s:.2f}" for time_s in tempo.beat_times_s),
    ]


def _permille_text(distribution: FloatArray) -> str:
    permille = np.rint(1000.0 * distribution.astype(np.float64)).astype(int)
    return " ".join(f"{index}:{permille[index]}" for index in np.flatnonzero(permille))


# Reading; all of these raise ValueError on what is no such thing


def _estimate(row: Mapping[str, str]) -> TempoEstimate:
    tempo_bpm, confidence = float(row["tempo_bpm"]), float(row["confidence"])
    if not (math.isfinite(tempo_bpm) and tempo_bpm > 0 and 0 <= confidence <= 1):
        raise ValueError(f"{row['tempo_bpm']} BPM with confidence {row['confidence']} is no tempo")
    return estimate_at(tempo_bpm, confidence, _distribution(row["distribution_permille"]))


def _distribution(text: str) -> FloatArray:
    distribution = np.zeros(N_BINS, dtype=np.float64)
    for entry in text.split():
        index, permille = map(int, entry.split(":"))
        if not (0 <= index < N_BINS and 0 < permille <= 1000):
            raise ValueError(f"{entry} is no share of a tempo")
        distribution[index] = permille
    if not distribution.any():
        raise ValueError("a distribution over tempi is empty")
    rest = np.flatnonzero(distribution == 0)
    if len(rest):
        distribution[rest] = min(_LESS_THAN_LISTED, max(0.0, 1000.0 - distribution.sum()) / len(rest))
    return np.asarray(distribution / distribution.sum(), dtype=np.float32)


def _beats(text: str) -> NDArray[np.float64]:
    times_s = np.array([float(entry) for entry in text.split()], dtype=np.float64)
    if not np.isfinite(times_s).all() or (np.diff(times_s) < 0).any():
        raise ValueError("beat times are not ascending")
    return times_s


def _tempo(row: Mapping[str, str]) -> TempoWithBeats:
    return TempoWithBeats(_estimate(row), _beats(row["beat_times_s"]))


TEMPO_TABLE: PredictionTable[TempoWithBeats] = PredictionTable(
    "tempo",
    Path(PREDICTIONS) / "tempo",
    ("tempo_bpm", "confidence", "distribution_permille", "beat_times_s"),
    _fields,
    _tempo,
    _kept,
)
"""Of tempo systems."""
