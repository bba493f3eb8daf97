"""Tempi as a distribution over log-spaced bins, and back to one number with its alternatives.

A tempo is a class, not a quantity to regress: half and double tempo are neighbours in music, not on the number line
(H. Schreiber and M. Mueller, "A Single-Step Approach to Musical Tempo Estimation Using a Convolutional Neural Network",
ISMIR 2018). The bins are spaced so that an octave is a whole number of them; a half, a double or a triple tempo is
then a fixed distance away, which `core.models.tempo_tcn` makes use of.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from core.types import FloatArray, TempoCandidate, TempoEstimate

BINS_PER_OCTAVE = 36
"""One bin is 1.94 %, half of the 4 % within which a tempo counts as right."""
LOWEST_BPM = 30.0
N_BINS = 125
"""30 to 327 BPM; the annotated tempi of GTZAN lie within 37 and 322 BPM."""

TEMPO_BINS_BPM: FloatArray = (LOWEST_BPM * 2.0 ** (np.arange(N_BINS) / BINS_PER_OCTAVE)).astype(np.float32)
"""Centre of each bin, `[N_BINS]`, BPM."""

TEMPO_LABELS: tuple[str, ...] = tuple(f"{bpm:.2f} BPM" for bpm in TEMPO_BINS_BPM)
"""The bins in words; a checkpoint carries them, so that its outputs are never taken for other bins."""

_BINS = np.arange(N_BINS, dtype=np.float64)
_LABEL_STD_BINS = 1.0
_TOLERANCE_BINS = 2.0
"""4 %: what counts as the same tempo."""
_THIRD_BINS, _THIRD_SHARE = 57, 0.2
"""A third of a tempo is so many bins below it, and is taken for it from so many times its weight on."""
_EIGHTHS_FROM_BPM, _LIKELY_THIRD_SHARE, _ALIKE, _NOISE = 130.0, 0.0075, 0.5, 0.005
"""From so many BPM on, so many times the weight is enough where downbeats are so much alike in sixes, give or take."""
_FAST_BPM, _HALF_SHARE = 220.0, 0.4
"""Above so many BPM half the tempo is taken from so many times the weight on."""
_PEAK_BINS = 3
"""A peak reaches so far to either side."""
_RELATIONS: tuple[tuple[str, float], ...] = (
    ("half", 1 / 2), ("double", 2.0), ("third", 1 / 3), ("triple", 3.0), ("two thirds", 2 / 3), ("three halves", 3 / 2),
)  # fmt: skip


def bin_position(tempo_bpm: float) -> float:
    """Where a tempo lies on the axis of the bins: 0 is the first bin's centre, fractions lie between bins."""
    return float(BINS_PER_OCTAVE * np.log2(tempo_bpm / LOWEST_BPM))


def tempo_at(position: float) -> float:
    """The tempo at a place on the axis of the bins, BPM; the inverse of `bin_position`."""
    return float(LOWEST_BPM * 2.0 ** (position / BINS_PER_OCTAVE))


def soft_label(tempo_bpm: float | None) -> FloatArray:
    """The distribution that a model should give: a narrow Gaussian on the log axis, or all bins alike for None.

    A tempo outside the bins gets the nearest bin. After S. Boeck and M. E. P. Davies, "Deconstruct, Analyse,
    Reconstruct: How to Improve Tempo, Beat, and Downbeat Estimation", ISMIR 2020, who widen tempo targets too.

    Returns:
        `[N_BINS]`, sums to 1.
    """
    if tempo_bpm is None:
        return np.full(N_BINS, 1.0 / N_BINS, dtype=np.float32)
    centre = min(max(bin_position(tempo_bpm), 0.0), N_BINS - 1.0)
    label = _bump(centre)
    return np.asarray(label / label.sum(), dtype=np.float32)


def levels_label(levels_bpm: Iterable[float]) -> FloatArray:
    """Which tempi are pulse rates of a piece: 1 at each of its metrical levels, fading out like `soft_label`.

    Levels outside the bins are left out.

    Returns:
        `[N_BINS]`, 0..1.
    """
    label = np.zeros(N_BINS)
    for position in map(bin_position, levels_bpm):
        if -0.5 <= position <= N_BINS - 0.5:
            label = np.maximum(label, _bump(position))
    return label.astype(np.float32)


def _bump(position: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-0.5 * ((_BINS - position) / _LABEL_STD_BINS) ** 2))


def weight_near(distribution: FloatArray, tempo_bpm: float) -> float:
    """Probability of the tempi within 4 % of one, 0..1, fading out over one bin beyond, so that it moves smoothly."""
    distance = np.abs(_BINS - bin_position(tempo_bpm))
    share = np.minimum(np.maximum(_TOLERANCE_BINS + 1.0 - distance, 0.0), 1.0)
    return min(1.0, float((distribution * share).sum()))


def peak_bpm(distribution: FloatArray) -> float:
    """The most probable tempo, finer than a bin: the top of a parabola through the logarithms about the highest bin.

    Of peaks about as high, as an octave apart, the one with the most about it is taken, as wide as a label is: a single
    bin more or less does not change the estimate. For the Gaussian of `soft_label` this is exact.
    """
    weight = np.convolve(distribution, _bump(N_BINS // 2), mode="same")
    is_near = np.abs(np.arange(N_BINS) - weight.argmax()) <= _TOLERANCE_BINS
    peak = int(np.where(is_near, distribution, -1.0).argmax())
    if peak in (0, N_BINS - 1):
        return tempo_at(peak)
    left, top, right = np.log(distribution[peak - 1 : peak + 2].astype(np.float64) + 1e-12)
    curvature = left - 2.0 * top + right
    return tempo_at(peak + (0.5 * (left - right) / curvature if curvature < 0 else 0.0))


def counted_in_beats(
    distribution: FloatArray, downbeat_activation: FloatArray | None = None, pulse_frames: float = 0.0
) -> FloatArray:
    """A distribution whose highest peak is the beat, where the eighths of 6/8 or of a fast piece were higher.

    A network trained on music in 4/4 gives the eighths of 6/8 as much weight as the dotted quarter or more; but
    it gives a third of the tempo hardly any weight in other music. And of very fast estimates the half is often right.
    The two peaks change places then, so that the confidence is as it was, and the alternative stays one.

    Args:
        distribution: `[N_BINS]`, sums to 1.
        downbeat_activation: `[T]`, 0..1, of the same audio; where it repeats itself after six pulses, little weight on
            a third is enough.
        pulse_frames: frames of it from a pulse to the next, at the highest peak's tempo.

    Returns:
        The same, or one with two peaks exchanged.
    """
    tempo_bpm = peak_bpm(distribution)
    own, third, half = (weight_near(distribution, tempo_bpm / factor) for factor in (1, 3, 2))
    is_in_eighths = third >= _THIRD_SHARE * own or (
        downbeat_activation is not None
        and third >= _LIKELY_THIRD_SHARE * own
        and _is_in_sixes(downbeat_activation, pulse_frames)
    )
    if tempo_bpm >= _EIGHTHS_FROM_BPM and is_in_eighths:
        return _exchanged(distribution, tempo_bpm, _THIRD_BINS)
    if tempo_bpm > _FAST_BPM and half >= _HALF_SHARE * own:
        return _exchanged(distribution, tempo_bpm, BINS_PER_OCTAVE)
    return distribution


def _is_in_sixes(activation: FloatArray, pulse: float) -> bool:
    """Whether an activation repeats itself after six pulses, better than after four and, other than a waltz, three."""
    three, four, six, twelve = (_likeness_after(activation, number * pulse) for number in (3, 4, 6, 12))
    return six >= _ALIKE and six > four and max(six, twelve) > three - _NOISE


def _likeness_after(activation: FloatArray, lag: float) -> float:
    """Correlation of an activation with itself, so many frames later; 0 where it is not long enough for two of them."""
    whole, part = divmod(lag, 1.0)
    if len(activation) < 2.0 * lag:
        return 0.0
    near, far = (
        float(np.corrcoef(activation[:-shift], activation[shift:])[0, 1]) for shift in (int(whole), int(whole) + 1)
    )
    return (1.0 - part) * near + part * far


def _exchanged(distribution: FloatArray, tempo_bpm: float, n_bins: int) -> FloatArray:
    """With the peak at a tempo and the bins so far below it exchanged."""
    upper = round(bin_position(tempo_bpm)) + np.arange(-_PEAK_BINS, _PEAK_BINS + 1)
    upper = upper[(upper < N_BINS) & (upper >= n_bins)]
    exchanged = distribution.copy()
    exchanged[upper], exchanged[upper - n_bins] = distribution[upper - n_bins], distribution[upper]
    return exchanged


def periodic_bpm(activation: FloatArray, frame_s: float, near_bpm: float) -> float:
    """The tempo within 4 % of `near_bpm` at which a beat activation repeats itself best.

    Beats are pulses, so their spectrum has lines at all multiples of the tempo; the tempo whose first four multiples
    are strongest together is far finer than a bin. Without any change in the activation `near_bpm` is returned.

    Args:
        activation: `[T]`, 0..1.
        frame_s: seconds between two frames.
        near_bpm: a tempo that is right to within a bin or two.
    """
    n_frames = len(activation)
    centred = (activation - activation.mean()) * np.hanning(n_frames)
    if not np.abs(centred).max(initial=0.0) > 1e-6:
        return near_bpm
    tempi_bpm: NDArray[np.float64] = near_bpm * np.linspace(0.96, 1.04, 41)
    harmonics = np.arange(1, 5)
    # Multiples above half the frame rate would fold back.
    harmonics = harmonics[harmonics * near_bpm * 1.04 / 60.0 < 0.5 / frame_s]
    rates_hz = tempi_bpm[:, None] * harmonics / 60.0
    phases = np.exp(-2j * np.pi * rates_hz[..., None] * (np.arange(n_frames) * frame_s))
    strength = np.abs(phases @ centred).sum(1)
    best = int(strength.argmax())
    if best in (0, len(tempi_bpm) - 1):  # no peak near: the neighbour's flank
        return near_bpm
    left, top, right = strength[best - 1 : best + 2]
    offset = 0.5 * (left - right) / (left - 2.0 * top + right)
    return float(tempi_bpm[best] + offset * (tempi_bpm[1] - tempi_bpm[0]))


def estimate_tempo(
    distribution: FloatArray,
    beat_activation: FloatArray | None = None,
    frame_s: float = 0.0,
    downbeat_activation: FloatArray | None = None,
) -> TempoEstimate:
    """The most probable tempo, counted in beats, with its alternatives.

    Args:
        distribution: `[N_BINS]`, sums to 1.
        beat_activation: `[T]`, 0..1, of the same audio, to find the tempo more finely; None does without.
        frame_s: seconds between two frames of it.
        downbeat_activation: `[T]`, 0..1, to detect 6/8 by; None does without.
    """

    def refined(tempo_bpm: float) -> float:
        if beat_activation is None or len(beat_activation) < 2:
            return tempo_bpm
        return periodic_bpm(beat_activation, frame_s, tempo_bpm)

    if downbeat_activation is None:
        counted = counted_in_beats(distribution)
    else:
        pulse_frames = 60.0 / refined(peak_bpm(distribution)) / frame_s
        counted = counted_in_beats(distribution, downbeat_activation, pulse_frames)
    tempo_bpm = peak_bpm(counted)
    return estimate_at(refined(tempo_bpm), weight_near(counted, tempo_bpm), counted)


def estimate_at(tempo_bpm: float, confidence: float, distribution: FloatArray) -> TempoEstimate:
    """An estimate whose tempo and confidence are known, with the alternatives that its distribution gives.

    Args:
        tempo_bpm: the tempo.
        confidence: 0..1.
        distribution: `[N_BINS]`, sums to 1.
    """
    related = [(name, factor * tempo_bpm) for name, factor in _RELATIONS]
    candidates = [
        TempoCandidate(name, bpm, weight_near(distribution, bpm))
        for name, bpm in related
        if 0.0 <= bin_position(bpm) <= N_BINS - 1
    ]
    ranked = tuple(sorted(candidates, key=lambda candidate: -candidate.weight))
    return TempoEstimate(tempo_bpm, confidence, distribution, ranked)
