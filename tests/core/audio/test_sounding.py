"""Which parts of a sound hold sound, how they are joined and repeated, and times in them as times in the whole."""

import numpy as np
import pytest

from core.audio.sounding import find_sound, joined, repeated
from core.types import FloatArray, UsedSound

RATE = 22_050
KEPT_S = 0.03
"""The grain of where sound begins."""


def music(duration_s: float, level: float = 0.1) -> FloatArray:
    return np.random.default_rng(0).normal(0, level, round(duration_s * RATE)).astype(np.float32)


def silence(duration_s: float) -> FloatArray:
    return np.zeros(round(duration_s * RATE), np.float32)


def parts_of(*pieces: FloatArray) -> tuple[tuple[float, float], ...]:
    return find_sound(np.concatenate(pieces), RATE).parts_s


@pytest.mark.parametrize("before_s", [0.0, 2.0, 60.0])
@pytest.mark.parametrize("after_s", [0.0, 1.5, 60.0])
def test_silence_before_and_after_is_left_out(before_s: float, after_s: float) -> None:
    ((start_s, end_s),) = parts_of(silence(before_s), music(3.0), silence(after_s))
    assert start_s == pytest.approx(before_s, abs=KEPT_S)
    assert end_s == pytest.approx(before_s + 3.0, abs=KEPT_S)
    assert start_s <= before_s
    assert end_s == pytest.approx(before_s + 3.0, abs=1e-3)


def test_long_silence_inside_is_left_out_and_a_rest_is_not() -> None:
    used = find_sound(np.concatenate([music(4.0), silence(10.0), music(3.0), silence(1.5), music(2.0)]), RATE)
    (first, second) = used.parts_s
    assert first == pytest.approx((0.0, 4.0), abs=KEPT_S)
    assert second == pytest.approx((14.0, 20.5), abs=KEPT_S)
    assert used.left_out_s == pytest.approx(10.0, abs=2 * KEPT_S)
    assert used.used_s + used.left_out_s == pytest.approx(20.5, abs=0.01)


@pytest.mark.parametrize("level", [1.0, 1e-2, 1e-4])
def test_silence_is_what_lies_far_below_the_loud_parts_whatever_their_level(level: float) -> None:
    hiss = music(20.0, 1e-4)
    ((start_s, end_s),) = parts_of(np.float32(level) * np.concatenate([hiss, music(5.0), hiss]))
    assert (start_s, end_s) == pytest.approx((20.0, 25.0), abs=KEPT_S)


def test_faint_music_and_a_constant_offset_are_told_from_silence() -> None:
    assert parts_of(music(5.0), music(5.0, 1e-3)) == ((0.0, 10.0),)
    ((start_s, _),) = parts_of(silence(5.0) + np.float32(0.3), music(5.0))
    assert start_s == pytest.approx(5.0, abs=KEPT_S)


@pytest.mark.parametrize("sound", [silence(3.0), music(3.0), music(0.01)])
def test_what_has_no_louder_part_is_used_whole(sound: FloatArray) -> None:
    assert find_sound(sound, RATE) == UsedSound(len(sound) / RATE, ((0.0, len(sound) / RATE),))


def test_a_click_between_silences_is_no_part_and_alone_it_leaves_the_sound_whole() -> None:
    ((start_s, end_s),) = parts_of(music(3.0), silence(4.0), music(0.01))
    assert (start_s, end_s) == pytest.approx((0.0, 3.0), abs=KEPT_S)
    assert parts_of(silence(2.0), music(0.004)) == ((0.0, pytest.approx(2.004, abs=1e-3)),)


def test_parts_are_joined_in_order() -> None:
    first, second = music(3.0), music(2.0, 0.2)
    track = np.concatenate([first, silence(5.0), second])
    used = UsedSound(10.0, ((0.0, 3.0), (8.0, 10.0)))
    np.testing.assert_array_equal(joined(track, RATE, used), np.concatenate([first, second]))


def test_times_in_the_joined_parts_are_times_in_the_track() -> None:
    used = UsedSound(20.0, ((1.0, 3.0), (8.0, 10.0), (15.0, 20.0)))
    np.testing.assert_allclose(
        used.in_track(np.array([0.0, 1.9, 2.0, 3.9, 4.0, 9.0])), [1.0, 2.9, 8.0, 9.9, 15.0, 20.0]
    )
    assert used.in_track(np.zeros(0)).shape == (0,)


def test_a_short_sound_is_repeated_and_a_long_one_left_alone() -> None:
    sound = np.array([1.0, 2.0, 3.0], np.float32)
    assert repeated(sound, 7).tolist() == [1, 2, 3, 1, 2, 3, 1]
    assert repeated(sound, 2) is sound
