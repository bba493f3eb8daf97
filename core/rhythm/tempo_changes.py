"""Where a track changes its tempo for good, from its beat activation alone.

The activation is correlated with itself over some seconds at a time, as in P. Grosche, M. Mueller and F. Kurth, "Cyclic
Tempogram: A Mid-Level Tempo Representation for Music Signals", ICASSP 2010: of tempi an octave apart the slower one
explains both, and less than two octaves of tempi are enough to tell any change but that of the octave. The best course
through these is found by dynamic programming: it may drift, as players do, and pays for each leap.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.rhythm.beat_tracker import best_scores
from core.types import FloatArray

_Floats = NDArray[np.float64]

_TEMPI_BPM: _Floats = 70.0 * 2.0 ** (np.arange(133) / 72)
"""70 to 250 BPM in steps of 1 %; slower music is periodic at twice or three times its tempo."""
_AROUND_S, _STEP_S = 8.0, 0.5
"""The tempo at a moment is that of so many seconds about it, looked at so often."""
_N_MULTIPLES = 4
_LEAP_COST, _DRIFT_COST = 3.0, 0.3
"""Of a change of tempo, and of moving to the next tempo within a step; a step of perfect pulses gains 1."""
SHORTEST_S = 6.0
"""A part is at least so long: a break or a fill is none."""
_SAME = 0.06
"""Tempi that differ by no more are the same."""
_SMALL_SCORE = 1.0
"""A tenth of what the strongest beat gives to `best_scores`."""
_AHEAD_BEATS = 0.25
"""A part begins so long before its first beat, as its onset does."""
_UNSURE_S = 3.0
"""How far from the truth the place of a change may first be."""


def same_but_for_its_octave(one_bpm: float, other_bpm: float) -> bool:
    """Whether two tempi are within 6 % of each other, of double or triple: the same music, counted otherwise."""
    factors = np.array([1 / 4, 1 / 3, 1 / 2, 1.0, 2.0, 3.0, 4.0])
    return bool((np.abs(factors * one_bpm / other_bpm - 1.0) <= _SAME).any())


@lru_cache(maxsize=8)
def _taper(n_frames: int) -> tuple[_Floats, _Floats]:
    """A window and the correlation with itself, `[n]` both."""
    window = np.hanning(n_frames)
    return window, _correlation(window)


def _correlation(signal: _Floats) -> _Floats:
    n = len(signal)
    full = np.fft.irfft(np.abs(np.fft.rfft(signal, 2 * n)) ** 2)
    return np.asarray(full[: n // 2 + 1] / max(full[0], 1e-12))


def local_periodicity(activation: FloatArray, frame_s: float) -> _Floats:
    """How well each tempo explains the activation about each moment.

    Args:
        activation: `[T]`, 0..1.
        frame_s: seconds between two frames.

    Returns:
        `[moments, tempi]`, every `_STEP_S` from the start: 1 where the activation repeats itself exactly.
    """
    length = round(_AROUND_S / frame_s)
    window, of_window = _taper(length)
    lags = 60.0 / _TEMPI_BPM / frame_s * np.arange(1, _N_MULTIPLES + 1)[:, None]
    is_inside = lags <= length // 2
    padded = np.pad(activation.astype(np.float64), (length // 2, length))
    rows = []
    for start in range(0, len(activation), round(_STEP_S / frame_s)):
        excerpt = padded[start : start + length]
        likeness = _correlation((excerpt - excerpt.mean()) * window) / of_window
        found = np.interp(lags, np.arange(len(likeness)), likeness)
        rows.append((found * is_inside).sum(0) / is_inside.sum(0))
    return np.array(rows)


def _course(strength: _Floats) -> NDArray[np.int64]:
    """The best tempo at each moment, as an index into `_TEMPI_BPM`."""
    n_tempi = strength.shape[1]
    own = np.arange(n_tempi)
    score, origins = strength[0], []
    for row in strength[1:]:
        slower, faster = (np.full(n_tempi, -np.inf) for _ in range(2))
        slower[1:], faster[:-1] = score[:-1] - _DRIFT_COST, score[1:] - _DRIFT_COST
        leap = np.full(n_tempi, score.max() - _LEAP_COST)
        options = np.stack([score, slower, faster, leap])
        choice = options.argmax(0)
        origins.append(np.choose(choice, [own, own - 1, own + 1, np.full(n_tempi, score.argmax())]))
        score = options.max(0) + row
    course = [int(score.argmax())]
    for origin in reversed(origins):
        course.append(int(origin[course[-1]]))
    return np.array(course[::-1], dtype=np.int64)


def find_changes(activation: FloatArray, frame_s: float) -> tuple[int, ...]:
    """Frames at which a new tempo sets in; none where one tempo holds, drifts, or changes by an octave only.

    Args:
        activation: `[T]`, 0..1.
        frame_s: seconds between two frames.

    Returns:
        Ascending; `SHORTEST_S` at least lie between two, and before the first and after the last.
    """
    if len(activation) * frame_s < 2.0 * SHORTEST_S:
        return ()
    course = _course(local_periodicity(activation, frame_s))
    leaps = np.flatnonzero(np.abs(np.diff(course)) > 1) + 1
    changes = []
    for leap in leaps:
        before_bpm, after_bpm = float(_TEMPI_BPM[course[leap - 1]]), float(_TEMPI_BPM[course[leap]])
        near = round((leap - 0.5) * _STEP_S / frame_s)
        changes.append(_refined(activation, frame_s, near, before_bpm, after_bpm))
    return _far_enough_apart(changes, len(activation), round(SHORTEST_S / frame_s))


def _refined(activation: FloatArray, frame_s: float, near: int, before_bpm: float, after_bpm: float) -> int:
    """The frame up to which beats at one tempo, and from which beats at the other, collect most together."""
    reach, unsure = round(2.0 * _UNSURE_S / frame_s), round(_UNSURE_S / frame_s)
    first, last = max(0, near - reach), min(len(activation), near + reach)
    excerpt = activation[first:last]
    until = np.maximum.accumulate(best_scores(excerpt, frame_s, before_bpm))
    since = np.maximum.accumulate(best_scores(excerpt[::-1], frame_s, after_bpm))[::-1]
    ahead = round(_AHEAD_BEATS * 60.0 / max(before_bpm, after_bpm) / frame_s)
    # A pulse is some frames wide, and must not count for both.
    together = until[:-ahead] + since[ahead:]
    frames = np.arange(ahead, len(excerpt))
    together[np.abs(first + frames - near) > unsure] = -np.inf
    # Alike from the last beat of the one to the first of the other, and a beat that fits both belongs to the other.
    earliest = int(frames[together >= together.max() - _SMALL_SCORE][0])
    is_beat = since[earliest:-1] - since[earliest + 1 :] > _SMALL_SCORE
    return first + max(earliest, earliest + int(is_beat.argmax()) - ahead)


def _far_enough_apart(changes: list[int], n_frames: int, shortest: int) -> tuple[int, ...]:
    kept: list[int] = []
    for change in changes:
        if change - (kept[-1] if kept else 0) >= shortest and n_frames - change >= shortest:
            kept.append(change)
    return tuple(kept)
