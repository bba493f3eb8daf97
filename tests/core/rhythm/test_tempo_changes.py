"""Changes of tempo, found in beat activations whose changes are known."""

import numpy as np
import pytest

from core.rhythm.tempo_changes import find_changes, same_but_for_its_octave
from tests.support.rhythms import FRAME_S, beat_activation, beats_of

STEPS = [(60.0, 80.0), (60.0, 90.0), (80.0, 120.0), (90.0, 140.0), (100.0, 90.0), (120.0, 80.0), (140.0, 128.0)]


@pytest.mark.parametrize("seconds", [10.0, 30.0])
@pytest.mark.parametrize(("before_bpm", "after_bpm"), STEPS)
def test_a_step_is_found_where_it_is(before_bpm: float, after_bpm: float, seconds: float) -> None:
    beats_s = beats_of(((before_bpm, seconds), (after_bpm, seconds)))
    (change,) = find_changes(beat_activation(beats_s, 2.0 * seconds), FRAME_S)
    assert change * FRAME_S == pytest.approx(0.3 + seconds, abs=0.8)  # a beat may belong to either


def test_three_parts_have_two_changes() -> None:
    beats_s = beats_of(((120.0, 12.0), (80.0, 14.0), (120.0, 13.0)))
    changes = find_changes(beat_activation(beats_s, 40.0), FRAME_S)
    assert [change * FRAME_S for change in changes] == pytest.approx([12.3, 26.3], abs=0.8)


@pytest.mark.parametrize("tempo_bpm", [38.0, 50.0, 71.0, 90.0, 128.0, 174.0, 240.0])
def test_one_tempo_has_no_change_however_its_beats_are_played(tempo_bpm: float) -> None:
    rng = np.random.default_rng(0)
    beats_s = beats_of(((tempo_bpm, 40.0),))
    beats_s += rng.normal(0.0, 0.012, len(beats_s))
    activation = beat_activation(beats_s[rng.random(len(beats_s)) < 0.8], 41.0)
    assert find_changes(activation, FRAME_S) == ()


def test_an_octave_is_no_change() -> None:
    assert find_changes(beat_activation(beats_of(((80.0, 20.0), (160.0, 20.0))), 41.0), FRAME_S) == ()


@pytest.mark.parametrize(("first_bpm", "last_bpm"), [(90.0, 130.0), (140.0, 100.0), (100.0, 108.0)])
def test_a_tempo_that_drifts_has_no_change(first_bpm: float, last_bpm: float) -> None:
    beats_s = 0.2 + np.cumsum(60.0 / np.linspace(first_bpm, last_bpm, 110))
    assert find_changes(beat_activation(beats_s, float(beats_s[-1]) + 1.0), FRAME_S) == ()


def test_a_short_sound_a_fill_and_no_beats_have_no_change() -> None:
    assert find_changes(beat_activation(beats_of(((90.0, 5.0), (140.0, 5.0))), 10.0), FRAME_S) == ()
    fill = beats_of(((100.0, 15.0), (133.0, 3.0), (100.0, 15.0)))
    assert find_changes(beat_activation(fill, 33.5), FRAME_S) == ()
    assert find_changes(np.zeros(1_500, dtype=np.float32), FRAME_S) == ()
    assert find_changes(np.zeros(0, dtype=np.float32), FRAME_S) == ()
    noise = np.random.default_rng(0).random(2_000).astype(np.float32)
    assert find_changes(noise, FRAME_S) == ()


@pytest.mark.parametrize(
    ("one_bpm", "other_bpm", "are_same"),
    [(90.0, 92.0, True), (70.0, 141.0, True), (60.0, 180.0, True), (90.0, 100.0, False), (80.0, 120.0, False)],
)
def test_what_counts_as_the_same_tempo(one_bpm: float, other_bpm: float, are_same: bool) -> None:
    assert same_but_for_its_octave(one_bpm, other_bpm) == are_same
    assert same_but_for_its_octave(other_bpm, one_bpm) == are_same
