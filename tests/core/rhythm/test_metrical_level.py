"""Metrical levels: tempo and beats at another level, and which one lies inside a range."""

import numpy as np
import pytest

from core.errors import TempoRangeError
from core.rhythm.metrical_level import LEVELS, PREDICTED, TempoRange, level_within, parse_range
from core.rhythm.tempo import estimate_at, soft_label
from core.types import TempoEstimate

BEATS_S = np.array([1.0, 1.5, 2.0, 2.6, 3.2])
"""A little slower from the third on."""


def estimate(tempo_bpm: float, **shares: float) -> TempoEstimate:
    """The tempo, and the share of the distribution at other levels."""
    distribution = (1.0 - sum(shares.values())) * soft_label(tempo_bpm)
    for name, share in shares.items():
        distribution += share * soft_label(LEVELS[name.replace("_", " ")].tempo_bpm(tempo_bpm))
    return estimate_at(tempo_bpm, 0.6, distribution.astype(np.float32))


@pytest.mark.parametrize(
    ("name", "tempo_bpm", "beats_s"),
    [
        ("predicted", 120.0, [1.0, 1.5, 2.0, 2.6, 3.2]),
        ("half", 60.0, [1.0, 2.0, 3.2]),
        ("double", 240.0, [1.0, 1.25, 1.5, 1.75, 2.0, 2.3, 2.6, 2.9, 3.2]),
        ("two thirds", 80.0, [1.0, 1.75, 2.6]),
        ("three halves", 180.0, [1.0, 1 + 1 / 3, 1 + 2 / 3, 2.0, 2.4, 2.8, 3.2]),
        ("three quarters", 90.0, [1.0, 1 + 2 / 3, 2.4, 3.2]),
        ("four thirds", 160.0, [1.0, 1.375, 1.75, 2.15, 2.6, 3.05]),
        ("third", 40.0, [1.0, 2.6]),
        ("triple", 360.0, np.interp(np.arange(13) / 3, np.arange(5), BEATS_S)),
    ],
)
def test_tempo_and_beats_at_each_level(name: str, tempo_bpm: float, beats_s: list[float]) -> None:
    assert LEVELS[name].tempo_bpm(120.0) == pytest.approx(tempo_bpm)
    assert LEVELS[name].beats_s(BEATS_S) == pytest.approx(np.array(beats_s))


def test_without_beats_there_are_none_at_any_level() -> None:
    for level in LEVELS.values():
        assert len(level.beats_s(np.zeros(0))) == 0
        assert level.beats_s(BEATS_S[:1]).tolist() == [1.0]


def test_a_tempo_inside_the_range_stays_whatever_else_is_probable() -> None:
    assert level_within(estimate(120.0, half=0.4), TempoRange(60, 120)) == PREDICTED


def test_the_most_probable_level_inside_the_range_is_taken() -> None:
    wide = TempoRange(60, 130)
    assert level_within(estimate(140.0, half=0.3, two_thirds=0.1), wide) == LEVELS["half"]
    assert level_within(estimate(140.0, half=0.1, two_thirds=0.3), wide) == LEVELS["two thirds"]
    assert level_within(estimate(140.0, double=0.4, half=0.1), wide) == LEVELS["half"], "double lies outside"


def test_all_parts_of_a_track_that_changes_lie_inside() -> None:
    changing = estimate(128.0, half=0.4)
    assert level_within(changing, TempoRange(60, 90)) == LEVELS["half"]
    assert level_within(changing, TempoRange(60, 90), (90.0, 128.0)) == LEVELS["two thirds"], "half of 90 is outside"
    assert level_within(changing, TempoRange(90, 130), (90.0, 128.0)) == PREDICTED
    assert level_within(changing, TempoRange(60, 70), (90.0, 128.0)) is None


def test_no_level_inside_a_narrow_range() -> None:
    assert level_within(estimate(140.0), TempoRange(80, 85)) is None


def test_ranges_are_parsed() -> None:
    assert parse_range("60:120") == TempoRange(60, 120)
    assert parse_range("30:300") == TempoRange(30, 300)


@pytest.mark.parametrize("text", ["", "60", "60:", "a:b", "60:120:180", "120:60", "60:60", "29:60", "60:301", "nan:60"])
def test_what_is_no_range_is_told_so(text: str) -> None:
    with pytest.raises(TempoRangeError, match=r"is no range of tempi\. Give LOW:HIGH"):
        parse_range(text)
