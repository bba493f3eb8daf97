"""The tempo of taps. Streamlit-free on purpose, so that it can be tested as a plain function."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_TAPS = 4
"""Fewer give no standard error worth the name."""


@dataclass(frozen=True)
class TappedTempo:
    """Tempo of some taps.

    Attributes:
        tempo_bpm: of the line that fits the taps best.
        uncertainty_bpm: its standard error.
        n_taps: how many there were.
    """

    tempo_bpm: float
    uncertainty_bpm: float
    n_taps: int


def tapped_tempo(times_s: Sequence[float]) -> TappedTempo | None:
    """Tempo of evenly meant taps: least squares of their times over their numbers, so that every tap counts.

    The mean of the intervals would use the first and the last tap alone.

    Args:
        times_s: ascending, seconds from any moment on.

    Returns:
        None for fewer than `MIN_TAPS`, or for times that do not ascend.
    """
    times = np.asarray(times_s, dtype=np.float64)
    n_taps = len(times)
    if n_taps < MIN_TAPS or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        return None
    number = np.arange(n_taps) - (n_taps - 1) / 2
    spread = float((number**2).sum())
    period_s = float(number @ times) / spread
    rest = times - times.mean() - number * period_s
    error_s = float(np.sqrt((rest**2).sum() / (n_taps - 2) / spread))
    tempo_bpm = 60.0 / period_s
    return TappedTempo(tempo_bpm, tempo_bpm * error_s / period_s, n_taps)
