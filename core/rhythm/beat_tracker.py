"""Beat times from a beat activation by dynamic programming.

After D. P. W. Ellis, "Beat Tracking by Dynamic Programming", Journal of New Music Research 36(1), 2007: the best
sequence of beats has strong activation at each and intervals close to the period of the tempo.
"""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray

TIGHTNESS = 300.0
"""Weight of steady intervals against strong beats: times the squared log of interval / period it is the penalty."""
FEWEST_BEATS = 8
"""With fewer, the place of a single one moves the tempo between them by more than a distribution leaves open."""
_STEADY_SHARE = 0.05
"""RMS distance of steady beats from a line, as a share of the period."""
_SPAN_BEATS = 4
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


def are_steady(beat_times_s: NDArray[np.float64]) -> bool:
    """Whether beats lie on a line: the players keep one tempo, and what is left is their and the tracker's jitter.

    Args:
        beat_times_s: `[b]`, ascending.
    """
    if len(beat_times_s) < FEWEST_BEATS:
        return False
    period_s, deviation_s = _line(beat_times_s)
    return deviation_s <= _STEADY_SHARE * period_s


def tempo_of_beats(beat_times_s: NDArray[np.float64]) -> float:
    """The tempo of a line through steady beats, BPM; of others the mean of the tempi over each four beats.

    The ground truth is the mean of the tempi from each hand-marked beat to the next. For beats of the tracker that is
    too high, as a beat found late makes the next interval as much shorter as its own longer, and 1 / interval weighs
    the shorter one more; over four beats little of that is left, and on a line nothing.

    Args:
        beat_times_s: `[b]`, ascending, b >= 2.
    """
    if are_steady(beat_times_s):
        return 60.0 / _line(beat_times_s)[0]
    span = min(_SPAN_BEATS, len(beat_times_s) - 1)
    return float((60.0 * span / (beat_times_s[span:] - beat_times_s[:-span])).mean())


def local_tempi(beat_times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The tempo over each four beats, BPM, and the moment in the middle of these, seconds.

    Args:
        beat_times_s: `[b]`, ascending.

    Returns:
        Moments and tempi, `[b - 4]` both; empty for four beats or fewer.
    """
    first, last = beat_times_s[:-_SPAN_BEATS], beat_times_s[_SPAN_BEATS:]
    return (first + last) / 2.0, 60.0 * _SPAN_BEATS / (last - first)


def _line(beat_times_s: NDArray[np.float64]) -> tuple[float, float]:
    """Slope of the line of least squares through beats and their RMS distance from it, seconds."""
    numbers = np.arange(len(beat_times_s), dtype=np.float64)
    period_s, first_s = np.polyfit(numbers, beat_times_s, 1)
    return float(period_s), float(np.sqrt(np.mean((beat_times_s - first_s - period_s * numbers) ** 2)))


def best_scores(activation: FloatArray, frame_s: float, tempo_bpm: float) -> NDArray[np.float64]:
    """How much the best sequence of beats at about a tempo has collected by the beat in each frame, `[T]`.

    Args:
        activation: `[T]`, 0..1, high where a beat is.
        frame_s: seconds between two frames.
        tempo_bpm: about how many beats there are in a minute.
    """
    strongest = activation.max(initial=0.0)
    if not strongest > 0.0:
        return np.zeros(len(activation))
    return _best_paths(activation / strongest, 60.0 / tempo_bpm / frame_s)[0]


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
