"""Which parts of a sound hold sound: silence before, after and inside it is no music and reaches no model."""

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, UsedSound

_SILENCE_DB = 50.0
"""So far below the loudest second is silence. Of the 799 training and validation clips of the stratified split with
seed 42 one has a second of it, and that is digital silence."""
_EDGE_S, _INNER_S = 1.0, 2.0
"""Silence is left out from so many seconds on: before and after the music, and inside it, where short rests belong."""
_SHORTEST_S = 0.1
"""What sounds for less between silences is a click, of which no spectrogram can be made."""
_FRAME_S, _LOUD_S = 0.025, 1.0


def find_sound(samples: FloatArray, sample_rate: int) -> UsedSound:
    """The parts of a sound that are not silence; all of it where nothing stands out.

    Args:
        samples: mono `[n]`.
        sample_rate: Hz.
    """
    frame = max(1, round(_FRAME_S * sample_rate))
    power = _frame_power(samples, frame)
    window = min(len(power), round(_LOUD_S / _FRAME_S))
    loudest = float(np.convolve(power, np.full(window, 1.0 / window), mode="valid").max(initial=0.0))
    silent_below = loudest * 10.0 ** (-_SILENCE_DB / 10.0)
    bounds = [
        (first * frame, _end_of_sound(samples, end * frame, frame, silent_below))
        for first, end in _parts(power < silent_below)
    ]
    parts_s = tuple((start / sample_rate, end / sample_rate) for start, end in bounds)
    return UsedSound(len(samples) / sample_rate, parts_s)


def joined(samples: FloatArray, sample_rate: int, used: UsedSound) -> FloatArray:
    """The parts that hold sound, one after the other, `[m]`."""
    kept = [samples[round(start * sample_rate) : round(end * sample_rate)] for start, end in used.parts_s]
    return kept[0] if len(kept) == 1 else np.concatenate(kept)


def repeated(samples: FloatArray, n_samples: int) -> FloatArray:
    """A sound that lasts at least `n_samples`, from its beginning again and again where it is shorter."""
    return np.resize(samples, n_samples) if 0 < len(samples) < n_samples else samples


def _frame_power(samples: FloatArray, frame: int) -> NDArray[np.float64]:
    """Variance of each frame, the last one as long as what is left; a constant offset is silence too."""
    whole = len(samples) // frame * frame
    power = samples[:whole].reshape(-1, frame).var(axis=1, dtype=np.float64)
    return power if whole == len(samples) else np.append(power, samples[whole:].var(dtype=np.float64))


def _end_of_sound(samples: FloatArray, end: int, frame: int, silent_below: float) -> int:
    """The sample after the last one that is no silence, in the frame that ends with `end`."""
    if end >= len(samples):
        return len(samples)
    sounding = np.flatnonzero(np.square(samples[end - frame : end]) >= silent_below)
    return end if len(sounding) == 0 else end - frame + int(sounding[-1]) + 1


def _parts(is_silent: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First frame and end of each stretch between silences that are long enough to be left out; one, where none is."""
    n_frames = len(is_silent)
    changes = np.flatnonzero(np.diff(np.concatenate([[False], is_silent, [False]]).astype(np.int8)))
    bounds = [0]
    for first, end in changes.reshape(-1, 2).tolist():
        if end - first >= (_EDGE_S if first == 0 or end == n_frames else _INNER_S) / _FRAME_S:
            bounds += [first, end]
    bounds.append(n_frames)
    stretches = zip(bounds[::2], bounds[1::2], strict=True)
    return [(start, end) for start, end in stretches if end - start > _SHORTEST_S / _FRAME_S] or [(0, n_frames)]
