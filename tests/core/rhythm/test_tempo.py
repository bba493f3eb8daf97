"""Tempo bins, distributions to estimates, and the beat tracker, on signals whose answer is known."""

import numpy as np
import pytest

from core.rhythm.beat_tracker import are_steady, tempo_of_beats, track_beats
from core.rhythm.tempo import (
    BINS_PER_OCTAVE,
    N_BINS,
    TEMPO_BINS_BPM,
    bin_position,
    counted_in_beats,
    estimate_tempo,
    peak_bpm,
    periodic_bpm,
    soft_label,
    tempo_at,
    weight_near,
)
from core.types import FloatArray

FRAME_S = 0.02
TEMPI_BPM = (37.7, 60.0, 75.0, 100.3, 120.0, 128.0, 140.9, 174.0, 250.0, 321.6)


def pulses(tempo_bpm: float, n_frames: int = 1500, first_s: float = 0.3) -> FloatArray:
    """A beat activation: a bump of three frames at each beat."""
    times = np.arange(n_frames) * FRAME_S
    phase = (times - first_s) * tempo_bpm / 60.0
    distance_s = np.abs(phase - np.round(phase)) * 60.0 / tempo_bpm
    return np.exp(-0.5 * (distance_s / FRAME_S) ** 2).astype(np.float32)


def test_bins_are_log_spaced_and_cover_the_annotated_tempi() -> None:
    assert TEMPO_BINS_BPM[0] == 30.0
    assert TEMPO_BINS_BPM[BINS_PER_OCTAVE] == pytest.approx(60.0)
    assert TEMPO_BINS_BPM[-1] > 322.0
    assert TEMPO_BINS_BPM[1:] / TEMPO_BINS_BPM[:-1] == pytest.approx(np.full(N_BINS - 1, 1.0194), abs=1e-4)


def test_position_and_tempo_are_inverse() -> None:
    assert bin_position(120.0) == pytest.approx(72.0)
    assert tempo_at(bin_position(97.3)) == pytest.approx(97.3)


@pytest.mark.parametrize("tempo_bpm", TEMPI_BPM)
def test_a_perfect_distribution_gives_its_tempo(tempo_bpm: float) -> None:
    estimate = estimate_tempo(soft_label(tempo_bpm))
    assert estimate.tempo_bpm == pytest.approx(tempo_bpm, rel=0.005)
    assert estimate.confidence > 0.95
    assert estimate.is_clear


def test_labels_sum_to_one_and_stay_within_the_bins() -> None:
    for tempo_bpm in (10.0, 120.0, 1000.0, None):
        assert soft_label(tempo_bpm).sum() == pytest.approx(1.0, abs=1e-5)
    assert soft_label(10.0).argmax() == 0
    assert soft_label(1000.0).argmax() == N_BINS - 1


def test_a_flat_distribution_is_not_clear() -> None:
    estimate = estimate_tempo(soft_label(None))
    assert estimate.confidence == pytest.approx(5 / N_BINS, rel=0.5)
    assert not estimate.is_clear


def test_candidates_carry_the_weight_at_their_tempo() -> None:
    estimate = estimate_tempo(0.6 * soft_label(90.0) + 0.3 * soft_label(180.0) + 0.1 * soft_label(45.0))
    assert estimate.tempo_bpm == pytest.approx(90.0, rel=0.005)
    assert estimate.confidence == pytest.approx(0.6, abs=0.02)
    first, second, *others = estimate.candidates
    assert (first.relation, second.relation) == ("double", "half")
    assert first.tempo_bpm == pytest.approx(2 * estimate.tempo_bpm)
    assert first.weight == pytest.approx(0.3, abs=0.02)
    assert second.weight == pytest.approx(0.1, abs=0.02)
    assert all(candidate.weight < 0.01 for candidate in others)


def test_candidates_outside_the_bins_are_left_out() -> None:
    assert {candidate.relation for candidate in estimate_tempo(soft_label(300.0)).candidates} == {
        "half", "third", "two thirds",
    }  # fmt: skip


def test_weight_near_counts_four_percent() -> None:
    distribution = np.zeros(N_BINS, dtype=np.float32)
    distribution[72] = 1.0
    assert weight_near(distribution, 120.0 * 1.035) == 1.0
    assert weight_near(distribution, 120.0 * 1.06) == 0.0


@pytest.mark.parametrize("tempo_bpm", TEMPI_BPM)
def test_the_beat_activation_refines_a_tempo_that_is_a_bin_off(tempo_bpm: float) -> None:
    assert periodic_bpm(pulses(tempo_bpm), FRAME_S, 1.019 * tempo_bpm) == pytest.approx(tempo_bpm, rel=0.001)


def test_an_activation_that_never_changes_refines_nothing() -> None:
    assert periodic_bpm(np.zeros(1500, dtype=np.float32), FRAME_S, 123.4) == 123.4
    assert periodic_bpm(np.full(1500, 0.2, dtype=np.float32), FRAME_S, 123.4) == 123.4


def test_the_estimate_uses_the_activation() -> None:
    coarse = soft_label(121.5)
    assert peak_bpm(coarse) == pytest.approx(121.5, rel=1e-3)
    assert estimate_tempo(coarse, pulses(120.0), FRAME_S).tempo_bpm == pytest.approx(120.0, rel=0.001)


@pytest.mark.parametrize("tempo_bpm", [45.0, 97.0, 120.0, 200.0])
def test_beats_of_a_pulse_train_are_found(tempo_bpm: float) -> None:
    expected = np.arange(0.3, 29.9, 60.0 / tempo_bpm)
    found = track_beats(pulses(tempo_bpm), FRAME_S, 1.01 * tempo_bpm)
    assert len(found) == pytest.approx(len(expected), abs=2)
    assert all(np.abs(found - beat).min() < 0.03 for beat in expected)


def test_a_missing_beat_is_filled_in_and_noise_between_beats_ignored() -> None:
    activation = pulses(120.0)
    activation[round(10.3 / FRAME_S) - 4 : round(10.3 / FRAME_S) + 5] = 0.0
    activation += np.random.default_rng(0).uniform(0, 0.2, len(activation)).astype(np.float32)
    found = track_beats(activation, FRAME_S, 120.0)
    assert np.abs(found - 10.3).min() < 0.06
    assert np.diff(found) == pytest.approx(np.full(len(found) - 1, 0.5), abs=0.07)


def test_beats_stop_where_the_music_stops() -> None:
    activation = pulses(120.0)
    activation[750:] = 0.0
    found = track_beats(activation, FRAME_S, 120.0)
    assert len(found) > 25
    assert found.max() < 15.1


def test_no_activation_has_no_beats() -> None:
    assert len(track_beats(np.zeros(1500, dtype=np.float32), FRAME_S, 120.0)) == 0
    assert len(track_beats(np.ones(10, dtype=np.float32), FRAME_S, 120.0)) == 0


def test_of_peaks_about_as_high_the_one_with_the_most_about_it_is_the_tempo() -> None:
    broad, narrow = round(bin_position(88.0)), round(bin_position(176.0))
    distribution = np.full(N_BINS, 1e-4, dtype=np.float32)
    distribution[broad - 1 : broad + 2] = (0.14, 0.16, 0.12)
    distribution[narrow - 1 : narrow + 2] = (0.05, 0.162, 0.05)
    assert peak_bpm(distribution) == pytest.approx(88.0, rel=0.01)
    distribution[narrow] = 0.4  # beyond doubt
    assert peak_bpm(distribution) == pytest.approx(176.0, rel=0.01)


@pytest.mark.parametrize("tempo_bpm", [30.0, 30.6, float(TEMPO_BINS_BPM[-1])])
def test_tempi_at_the_ends_of_the_bins_are_found(tempo_bpm: float) -> None:
    assert peak_bpm(soft_label(tempo_bpm)) == pytest.approx(tempo_bpm, rel=0.011)


@pytest.mark.parametrize("tempo_bpm", [60.0, 127.0, 240.0])
def test_steady_beats_have_the_tempo_of_a_line_through_them(tempo_bpm: float) -> None:
    """Beats of whole frames: the mean of 60 / interval is high by more than 0.05 % of it."""
    beats_s = np.round(np.arange(0.3, 30.0, 60.0 / tempo_bpm) / FRAME_S) * FRAME_S
    beats_s += np.random.default_rng(0).normal(0.0, 0.008, len(beats_s))
    assert are_steady(beats_s)
    assert tempo_of_beats(beats_s) == pytest.approx(tempo_bpm, rel=0.0005)


def test_beats_that_drift_have_the_mean_of_their_tempi() -> None:
    beats_s = np.cumsum(60.0 / np.linspace(90.0, 120.0, 50))
    assert not are_steady(beats_s)
    assert tempo_of_beats(beats_s) == pytest.approx((60.0 / np.diff(beats_s)).mean(), rel=0.002)
    assert tempo_of_beats(beats_s[:2]) == pytest.approx(60.0 / (beats_s[1] - beats_s[0]))
    assert not are_steady(beats_s[:5])


def test_eighths_of_six_eight_give_way_to_the_dotted_quarter() -> None:
    estimate = estimate_tempo(0.55 * soft_label(216.0) + 0.45 * soft_label(72.0))
    assert estimate.tempo_bpm == pytest.approx(72.0, rel=0.005)
    assert estimate.confidence == pytest.approx(0.55, abs=0.02)
    assert estimate.best_alternative is not None
    assert (estimate.best_alternative.relation, estimate.best_alternative.weight) == (
        "triple", pytest.approx(0.45, abs=0.02),
    )  # fmt: skip
    assert estimate.distribution.sum() == pytest.approx(1.0, abs=1e-5)


def bars(n_pulses: int, pulse_frames: int = 20, n_frames: int = 1_200) -> FloatArray:
    """A downbeat activation: a high bump at the first of so many pulses, a low one at half of them."""
    frames = np.arange(n_frames)
    first, middle = (np.abs((frames + shift) % (n_pulses * pulse_frames) - 10) for shift in (0, n_pulses * 10))
    return (np.exp(-0.5 * (first / 2.0) ** 2) + 0.4 * np.exp(-0.5 * (middle / 2.0) ** 2)).astype(np.float32)


@pytest.mark.parametrize(("n_pulses", "tempo_bpm"), [(6, 50.0), (4, 150.0), (8, 150.0)])
def test_where_a_bar_has_six_pulses_little_weight_on_the_third_is_enough(n_pulses: int, tempo_bpm: float) -> None:
    distribution = 0.97 * soft_label(150.0) + 0.03 * soft_label(50.0)
    counted = counted_in_beats(distribution, bars(n_pulses), 20.0)
    assert peak_bpm(counted) == pytest.approx(tempo_bpm, rel=0.01)
    assert peak_bpm(counted_in_beats(distribution)) == pytest.approx(150.0, rel=0.01)


@pytest.mark.parametrize(
    ("fast_bpm", "half_share", "tempo_bpm"), [(280.0, 0.4, 140.0), (280.0, 0.2, 280.0), (200.0, 0.4, 200.0)]
)
def test_half_of_a_very_fast_tempo_needs_less_weight(fast_bpm: float, half_share: float, tempo_bpm: float) -> None:
    distribution = (1.0 - half_share) * soft_label(fast_bpm) + half_share * soft_label(fast_bpm / 2.0)
    assert estimate_tempo(distribution).tempo_bpm == pytest.approx(tempo_bpm, rel=0.005)
