"""Beat times from a beat activation by dynamic programming.

After D. P. W. Ellis, "Beat Tracking by Dynamic Programming", Journal of New Music Research 36(1), 2007: the best
sequence of beats has strong activation at each and intervals close to the period of the tempo.
"""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

TIGHTNESS = 300.0
"""Weight of steady intervals against strong beats: times the squared log of interval / period it is the penalty."""
_STRONG_SHARE = 0.3
"""Beats at the ends weaker than this share of the median beat are dropped: there is no music there."""


def track_beats(activation: FloatArray, frame_s: float, tempo_bpm: float) -> NDArray[np.float64]:
    """The best sequence of beats at about a tempo.

    Args:
        activation: `[T]`, 0..1, high where a beat is.
        frame_s: seconds between two frames.
        tempo_bpm: about how many beats there are in a minute.

    Returns:
        Beat times, `[b]`, seconds, ascending; empty where the activation is zero or shorter than a beat.
    """
    period = 60.0 / tempo_bpm / frame_s
    if len(activation) < period or not activation.max(initial=0.0) > 0.0:
        return np.zeros(0)
    score, previous = _best_paths(activation / activation.max(), period)
    first_of_last_period = max(0, len(score) - round(period))
    frame = first_of_last_period + int(score[first_of_last_period:].argmax())
    frames = []
    while frame >= 0:
        frames.append(frame)
        frame = int(previous[frame])
    beats = np.array(frames[::-1])
    return _refined(activation, _without_weak_ends(activation, beats)) * frame_s


def tempo_of_beats(beat_times_s: NDArray[np.float64]) -> float:
    """The mean of the tempi from each beat to the next, BPM, as the ground truth is made from hand-marked beats.

    Args:
        beat_times_s: `[b]`, ascending, b >= 2.
    """
    return float((60.0 / np.diff(beat_times_s)).mean())


def _best_paths(activation: FloatArray, period: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Score of the best sequence that ends in each frame, and the beat before it, -1 for none (eq. 4)."""
    shortest, longest = max(1, round(period / 2)), round(2 * period)
    intervals = np.arange(longest, shortest - 1, -1)
    penalty = -TIGHTNESS * np.log(intervals / period) ** 2
    score = np.zeros(len(activation))
    previous = np.full(len(activation), -1, dtype=np.int64)
    strength = activation.astype(np.float64) * 10.0
    for frame in range(len(activation)):
        score[frame] = strength[frame]
        if frame >= shortest:
            known = intervals <= frame
            options = score[frame - intervals[known]] + penalty[known]
            best = int(options.argmax())
            if options[best] > 0.0:
                score[frame] += options[best]
                previous[frame] = frame - intervals[known][best]
    return score, previous


def _without_weak_ends(activation: FloatArray, beats: NDArray[np.int64]) -> NDArray[np.int64]:
    # A beat counts by its neighbourhood: the activation may peak a frame or two beside the steady grid.
    around = np.array([activation[max(0, beat - 2) : beat + 3].max() for beat in beats])
    strong = np.flatnonzero(around >= _STRONG_SHARE * np.median(around))
    return beats[strong[0] : strong[-1] + 1]


def _refined(activation: FloatArray, beats: NDArray[np.int64]) -> NDArray[np.float64]:
    """Beats that are peaks, moved to the top of the parabola through their neighbours."""
    refined = beats.astype(np.float64)
    for index, beat in enumerate(beats):
        if 0 < beat < len(activation) - 1:
            left, top, right = (float(value) for value in activation[beat - 1 : beat + 2])
            if top >= max(left, right) and left - 2 * top + right < 0:
                refined[index] += 0.5 * (left - right) / (left - 2 * top + right)
    return refined
