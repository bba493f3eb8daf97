"""The same music counted at another metrical level: its tempo, its beats, and the level inside a range of tempi."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from core.errors import TempoRangeError
from core.rhythm.tempo import weight_near
from core.types import TempoEstimate

LOWEST_RANGE_BPM, HIGHEST_RANGE_BPM = 30, 300
"""Ranges of tempi lie within these."""


@dataclass(frozen=True)
class MetricalLevel:
    """A level that the same music can be counted at.

    Attributes:
        name: what its tempo is of the predicted one.
        multiple: the same as a number.
    """

    name: str
    multiple: Fraction

    def tempo_bpm(self, predicted_bpm: float) -> float:
        """The tempo at this level, BPM."""
        return float(predicted_bpm * self.multiple)

    def beats_s(self, predicted_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """The beats at this level, from the first predicted one to at most the last, by interpolation between them.

        Args:
            predicted_s: `[b]`, seconds, ascending.

        Returns:
            `[1 + (b - 1) * multiple]`, rounded down; empty where there are no beats.
        """
        if not len(predicted_s):
            return predicted_s
        n_beats = 1 + int((len(predicted_s) - 1) * self.multiple)
        positions = np.arange(n_beats) / float(self.multiple)
        return np.interp(positions, np.arange(len(predicted_s)), predicted_s)


PREDICTED = MetricalLevel("predicted", Fraction(1))
_LEVELS = (
    PREDICTED,
    MetricalLevel("half", Fraction(1, 2)),
    MetricalLevel("double", Fraction(2)),
    MetricalLevel("two thirds", Fraction(2, 3)),
    MetricalLevel("three halves", Fraction(3, 2)),
    MetricalLevel("three quarters", Fraction(3, 4)),
    MetricalLevel("four thirds", Fraction(4, 3)),
    MetricalLevel("third", Fraction(1, 3)),
    MetricalLevel("triple", Fraction(3)),
)
LEVELS = {level.name: level for level in _LEVELS}
"""By name, the predicted one first."""


@dataclass(frozen=True)
class TempoRange:
    """Tempi from `low_bpm` to `high_bpm`, both included.

    Raises:
        TempoRangeError: not within 30 to 300 BPM, or the low end is not below the high end.
    """

    low_bpm: float
    high_bpm: float

    def __post_init__(self) -> None:
        if not LOWEST_RANGE_BPM <= self.low_bpm < self.high_bpm <= HIGHEST_RANGE_BPM:
            raise TempoRangeError(
                f"{self.low_bpm:g}:{self.high_bpm:g} is no range of tempi. Give LOW:HIGH in BPM within "
                f"{LOWEST_RANGE_BPM} to {HIGHEST_RANGE_BPM}, LOW below HIGH, such as 60:120."
            )

    def __contains__(self, tempo_bpm: float) -> bool:
        return self.low_bpm <= tempo_bpm <= self.high_bpm

    def __str__(self) -> str:
        return f"{self.low_bpm:g} to {self.high_bpm:g} BPM"


def parse_range(text: str) -> TempoRange:
    """A range from `LOW:HIGH`, BPM.

    Raises:
        TempoRangeError: no such thing, or as `TempoRange`.
    """
    try:
        low_bpm, high_bpm = map(float, text.split(":"))
    except ValueError as error:
        raise TempoRangeError(
            f"“{text}” is no range of tempi. Give LOW:HIGH in BPM, two numbers and a colon, such as 60:120."
        ) from error
    return TempoRange(low_bpm, high_bpm)


def level_within(estimate: TempoEstimate, tempi: TempoRange, parts_bpm: Sequence[float] = ()) -> MetricalLevel | None:
    """The metrical level inside a range: the predicted one where it lies inside, else the most probable one.

    A level's support is the probability of the tempi within 4 % of its own.

    Args:
        estimate: with the distribution over tempi.
        tempi: the range.
        parts_bpm: predicted tempo of each part where the tempo changes; all of them are to lie inside.

    Returns:
        None where no level lies inside.
    """
    predicted_bpm = parts_bpm or (estimate.tempo_bpm,)
    inside = [level for level in LEVELS.values() if all(level.tempo_bpm(bpm) in tempi for bpm in predicted_bpm)]
    if PREDICTED in inside:
        return PREDICTED
    return max(
        inside, key=lambda level: weight_near(estimate.distribution, level.tempo_bpm(estimate.tempo_bpm)), default=None
    )
