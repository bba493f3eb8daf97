"""Tempo metrics against values worked out by hand, mir_eval and each other."""

import math
from dataclasses import astuple

import mir_eval
import numpy as np
import pytest

from core.errors import DatasetError
from core.metrics.significance import Interval
from core.metrics.tempo import (
    ERROR_KINDS,
    FACTORS,
    MAX_TOLERANCE,
    absolute_errors,
    accuracy1_hits,
    accuracy2_hits,
    error_kinds,
    genre_median_baseline,
    median_baseline,
    metrical_level_hits,
    octave_errors,
    p_scores,
)
from core.metrics.tempo_scores import error_shares, tempo_score, tempo_score_by_genre, tolerance_curve

# Eight clips at 120 BPM: right, right at the border, just beyond it, half, double, third, triple, nowhere.
TRUTHS = [120.0] * 8
ESTIMATES = [120.0, 124.8, 124.9, 60.0, 240.0, 41.0, 350.0, 90.0]
KINDS = ("exact", "exact", "other", "half", "double", "third", "triple", "other")


def random_tempi(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Estimates as estimators give them: mostly near a metrical level."""
    rng = np.random.default_rng(11)
    truths = rng.uniform(50, 200, n)
    return truths * rng.choice(FACTORS, n, p=[0.6, 0.2, 0.1, 0.05, 0.05]) * rng.normal(1, 0.03, n), truths


def test_absolute_errors_by_hand() -> None:
    assert absolute_errors([100.0, 61.5], [90.0, 63.0]).tolist() == [10.0, 1.5]


def test_octave_errors_by_hand_and_signed() -> None:
    found = octave_errors([120.0, 60.0, 240.0, 40.0, 90.0], [120.0] * 5)
    assert found.tolist() == pytest.approx([0.0, -1.0, 1.0, -math.log2(3), math.log2(0.75)])


def test_accuracies_by_hand() -> None:
    assert accuracy1_hits(ESTIMATES, TRUTHS).tolist() == [True, True] + [False] * 6
    assert accuracy2_hits(ESTIMATES, TRUTHS).tolist() == [kind != "other" for kind in KINDS]


def test_error_kinds_by_hand() -> None:
    assert error_kinds(ESTIMATES, TRUTHS) == KINDS


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("side", [0.96, 1.04])
def test_the_border_belongs_to_the_tolerance_at_every_level(factor: float, side: float) -> None:
    truths = np.round(np.arange(4000, 25000, 7) / 100, 2)
    assert accuracy2_hits(truths * factor * side, truths).all()
    assert not accuracy2_hits(truths * factor * (side + np.sign(side - 1) * 1e-4), truths).any()


def test_kinds_agree_with_accuracies_and_shares() -> None:
    estimates, truths = random_tempi()
    kinds = error_kinds(estimates, truths)
    assert [kind == "exact" for kind in kinds] == accuracy1_hits(estimates, truths).tolist()
    assert [kind != "other" for kind in kinds] == accuracy2_hits(estimates, truths).tolist()
    assert set(kinds) == set(ERROR_KINDS)
    assert sum(astuple(error_shares(kinds))) == pytest.approx(1.0)


def test_kind_of_an_estimate_does_not_change_when_the_tempo_scales() -> None:
    estimates, truths = random_tempi()
    assert error_kinds(estimates * 1.7, truths * 1.7) == error_kinds(estimates, truths)


@pytest.mark.parametrize("tolerance", [0.0, 0.199])
def test_multiples_of_the_truth_have_their_own_kind_at_every_tolerance(tolerance: float) -> None:
    estimates = 90.0 * np.array(FACTORS)
    assert error_kinds(estimates, [90.0] * 5, tolerance) == ("exact", "half", "double", "third", "triple")


def test_error_shares_by_hand() -> None:
    assert astuple(error_shares(KINDS)) == (0.25, 0.125, 0.125, 0.125, 0.125, 0.25)


def test_error_shares_refuses_nothing() -> None:
    with pytest.raises(DatasetError, match="at least one"):
        error_shares([])


def test_metrical_levels_by_hand() -> None:
    levels = [[31.0, 62.8, 124.2], [70.0], [35.0, 70.0]]
    assert metrical_level_hits([60.5, 67.0, 140.0], levels).tolist() == [True, False, False]
    assert metrical_level_hits([60.5, 67.0, 140.0], levels, 0.05).tolist() == [True, True, False]


def test_metrical_levels_refuse_a_clip_without_any() -> None:
    with pytest.raises(DatasetError, match="metrical levels of a clip"):
        metrical_level_hits([100.0, 100.0], [[100.0], []])
    with pytest.raises(DatasetError, match="1 estimates but 2 clips"):
        metrical_level_hits([100.0], [[100.0], [100.0]])


def test_p_scores_by_hand() -> None:
    estimates = np.array([[60.0, 120.0], [60.0, 0.0], [64.8, 129.6], [100.0, 200.0], [120.0, 0.0]])
    references = np.array([[60.0, 120.0], [60.0, 120.0], [60.0, 120.0], [60.0, 120.0], [120.0, 0.0]])
    weights = np.array([0.3, 0.3, 0.3, 0.3, 1.0])
    assert p_scores(estimates, references, weights).tolist() == pytest.approx([1.0, 0.3, 1.0, 0.0, 1.0])


def test_p_scores_agree_with_mir_eval() -> None:
    rng = np.random.default_rng(12)
    references = np.sort(rng.uniform(50, 200, (300, 2)), axis=1)
    estimates = np.sort(references * rng.normal(1.0, 0.08, (300, 2)), axis=1)
    references[:20, 0] = 0.0
    estimates[10:40, 1] = 0.0
    weights = rng.random(300)
    expected = [
        mir_eval.tempo.detection(true, weight, estimated)[0]
        for true, weight, estimated in zip(references, weights, estimates, strict=True)
    ]
    found = p_scores(estimates, references, weights)
    np.testing.assert_allclose(found, expected)
    assert 0.1 < found.mean() < 0.9, "the case tells nothing when all are right or all wrong"


def test_accuracy1_agrees_with_mir_eval_on_one_reference() -> None:
    estimates, truths = random_tempi()
    expected = [
        mir_eval.tempo.detection(np.array([0.0, true]), 0.0, np.array([0.0, estimated]), tol=0.04)[0] == 1
        for true, estimated in zip(truths, estimates, strict=True)
    ]
    assert accuracy1_hits(estimates, truths).tolist() == expected


@pytest.mark.parametrize(
    ("estimates", "references", "weights", "message"),
    [
        ([[60.0]], [[60.0]], [1.0], "two BPM of each"),
        ([[60.0, 120.0]], [[60.0, 120.0]] * 2, [1.0, 1.0], "two BPM of each"),
        ([[60.0, 120.0]], [[0.0, 0.0]], [1.0], "reference above 0"),
        ([[-60.0, 120.0]], [[60.0, 0.0]], [1.0], "below 0"),
        ([[60.0, 120.0]], [[60.0, math.nan]], [1.0], "not finite"),
        ([[60.0, 120.0]], [[60.0, 120.0]], [1.5], "from 0 to 1"),
        ([[60.0, 120.0]], [[60.0, 120.0]], [0.5, 0.5], "one per clip"),
    ],
)
def test_p_scores_refuse_what_they_cannot_score(
    estimates: list[list[float]], references: list[list[float]], weights: list[float], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        p_scores(np.array(estimates), np.array(references), np.array(weights))


def test_tolerance_curve_by_hand() -> None:
    curve = tolerance_curve([100.0, 102.0, 53.0, 130.0], [100.0] * 4, [0.0, 0.02, 0.06, 0.1])
    assert curve.tolerances == (0.0, 0.02, 0.06, 0.1)
    assert curve.accuracy1 == (0.25, 0.5, 0.5, 0.5)
    assert curve.accuracy2 == (0.25, 0.5, 0.75, 0.75)


def test_tolerance_curve_passes_through_the_accuracies_and_never_falls() -> None:
    estimates, truths = random_tempi()
    curve = tolerance_curve(estimates, truths)
    at = curve.tolerances.index(0.04)
    assert curve.accuracy1[at] == accuracy1_hits(estimates, truths).mean()
    assert curve.accuracy2[at] == accuracy2_hits(estimates, truths).mean()
    assert list(curve.accuracy1) == sorted(curve.accuracy1)
    assert curve.accuracy1[0] < curve.accuracy1[-1]


def test_tempo_score_by_hand() -> None:
    """Errors of 0, 4.8, 4.9, 60, 120, 79, 230 and 30 BPM."""
    score = tempo_score(ESTIMATES, TRUTHS)
    assert (score.n, score.tolerance) == (8, 0.04)
    assert score.mae_bpm == pytest.approx(528.7 / 8)
    assert score.median_ae_bpm == pytest.approx(45.0)
    assert (score.accuracy1, score.accuracy2) == (0.25, 0.75)
    octaves = [math.log2(estimate / 120) for estimate in ESTIMATES]
    assert score.mean_octave_error == pytest.approx(sum(octaves) / 8)
    assert score.mean_absolute_octave_error == pytest.approx(sum(map(abs, octaves)) / 8)
    assert score.shares == error_shares(KINDS)


def test_tempo_score_intervals_hold_their_numbers_and_repeat() -> None:
    estimates, truths = random_tempi()
    score = tempo_score(estimates, truths, seed=3)
    assert score.mae_interval.low < score.mae_bpm < score.mae_interval.high
    assert score.median_ae_interval.low < score.median_ae_bpm < score.median_ae_interval.high
    assert score.accuracy1_interval.low < score.accuracy1 < score.accuracy1_interval.high
    assert score.accuracy2_interval.low < score.accuracy2 < score.accuracy2_interval.high
    assert score == tempo_score(estimates, truths, seed=3)


def test_tempo_score_of_one_clip_has_no_width() -> None:
    score = tempo_score([61.0], [60.0])
    assert (score.n, score.mae_bpm, score.mae_interval) == (1, 1.0, Interval(1.0, 1.0))


def test_tempo_score_takes_single_precision() -> None:
    """As models give it."""
    score = tempo_score(np.array([104.0, 110.0], dtype=np.float32), [100.0, 100.0])
    assert (score.mae_bpm, score.accuracy1) == (7.0, 0.5)


def test_tempo_score_by_genre_scores_each_genre_alone() -> None:
    scores = tempo_score_by_genre([100.0, 50.0, 80.0], [100.0, 100.0, 100.0], ["rock", "blues", "rock"])
    assert list(scores) == ["blues", "rock"]
    assert scores["rock"] == tempo_score([100.0, 80.0], [100.0, 100.0])
    assert (scores["blues"].n, scores["blues"].shares.half) == (1, 1.0)


def test_tempo_score_by_genre_refuses_a_missing_genre() -> None:
    with pytest.raises(DatasetError, match="1 genres but 2 true tempi"):
        tempo_score_by_genre([100.0, 50.0], [100.0, 100.0], ["rock"])


def test_median_baseline_by_hand() -> None:
    assert median_baseline([60.0, 100.0, 130.0, 200.0], 3).tolist() == [115.0] * 3
    with pytest.raises(DatasetError, match="at least 1"):
        median_baseline([60.0], 0)


def test_genre_median_baseline_by_hand() -> None:
    found = genre_median_baseline([60.0, 80.0, 120.0], ["blues", "blues", "disco"], ["disco", "blues", "disco"])
    assert found.tolist() == [120.0, 70.0, 120.0]


def test_genre_median_baseline_refuses_a_genre_it_was_not_trained_on() -> None:
    with pytest.raises(DatasetError, match="jazz, pop"):
        genre_median_baseline([60.0], ["blues"], ["pop", "blues", "jazz"])
    with pytest.raises(DatasetError, match="2 training genres but 1 training tempi"):
        genre_median_baseline([60.0], ["blues", "blues"], ["blues"])


@pytest.mark.parametrize(
    ("estimates", "truths", "message"),
    [
        ([], [], "at least one clip"),
        ([[60.0]], [60.0], "shape"),
        ([60.0], [60.0, 70.0], "1 estimates but 2 true tempi"),
        ([60.0, 0.0], [60.0, 70.0], "1 of 2 estimates cannot be used, the first is 0.0 at position 1"),
        ([60.0, 70.0], [math.nan, 70.0], "1 of 2 true tempi cannot be used, the first is nan at position 0"),
        ([math.inf], [60.0], "estimates cannot be used"),
        ([60.0], [-60.0], "true tempi cannot be used"),
    ],
)
def test_unusable_tempi_are_refused_in_words(estimates: list[float], truths: list[float], message: str) -> None:
    for function in (absolute_errors, octave_errors, accuracy1_hits, accuracy2_hits, error_kinds, tempo_score):
        with pytest.raises(DatasetError, match=message):
            function(np.array(estimates), np.array(truths))


@pytest.mark.parametrize("tolerance", [-0.01, MAX_TOLERANCE, 4.0, math.nan])
def test_a_tolerance_in_percent_or_too_wide_is_refused(tolerance: float) -> None:
    with pytest.raises(DatasetError, match="share from 0 to below"):
        accuracy1_hits([60.0], [60.0], tolerance)
    with pytest.raises(DatasetError, match="share from 0 to below"):
        tolerance_curve([60.0], [60.0], [0.04, tolerance])
