"""Metrics against values worked out by hand, scikit-learn and scipy."""

import math

import numpy as np
import pytest
import sklearn.metrics
import torch
from numpy.typing import NDArray
from scipy.stats import binomtest
from torchmetrics.functional.classification import multiclass_calibration_error

from core.metrics.calibration import ReliabilityBin, expected_calibration_error, reliability
from core.metrics.genre import (
    ClassScore,
    accuracy,
    brier,
    class_scores,
    confusion,
    log_loss,
    log_losses,
    macro_f1,
    top_accuracy,
    wilson_interval,
)

# Four clips, three classes: right, wrong, right, wrong.
PROBS = np.array([[0.5, 0.3, 0.2], [0.6, 0.1, 0.3], [0.1, 0.1, 0.8], [0.25, 0.35, 0.4]])
LABELS = np.array([0, 1, 2, 1])


def random_case(n: int = 300, n_classes: int = 10) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores that lean towards the label, as a middling model's do."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, n_classes, n)
    probs = rng.dirichlet(np.ones(n_classes), n)
    probs[np.arange(n), labels] += rng.uniform(0, 0.5, n)
    return probs / probs.sum(1, keepdims=True), labels


def test_accuracy_by_hand() -> None:
    assert accuracy(PROBS, LABELS) == 0.5
    assert accuracy(PROBS, np.array([0, 0, 2, 2])) == 1.0
    assert accuracy(PROBS, np.array([1, 1, 1, 1])) == 0.0


def test_log_loss_by_hand() -> None:
    expected = -(math.log(0.5) + math.log(0.1) + math.log(0.8) + math.log(0.35)) / 4
    assert log_loss(PROBS, LABELS) == pytest.approx(expected)


def test_log_loss_of_knowing_nothing_is_the_logarithm_of_the_number_of_classes() -> None:
    assert log_loss(np.full((5, 10), 0.1), np.arange(5)) == pytest.approx(math.log(10))


def test_log_loss_of_a_label_ruled_out_is_large_but_finite() -> None:
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(-math.log(1e-15))


def test_log_loss_agrees_with_scikit_learn() -> None:
    probs, labels = random_case()
    assert log_loss(probs, labels) == pytest.approx(sklearn.metrics.log_loss(labels, probs, labels=range(10)))


def test_confusion_by_hand_has_labels_in_rows() -> None:
    assert confusion(PROBS, LABELS).tolist() == [[1, 0, 0], [1, 0, 1], [0, 0, 1]]


def test_confusion_agrees_with_scikit_learn_and_its_diagonal_with_accuracy() -> None:
    probs, labels = random_case()
    counts = confusion(probs, labels)
    np.testing.assert_array_equal(counts, sklearn.metrics.confusion_matrix(labels, probs.argmax(1)))
    assert np.trace(counts) / len(labels) == accuracy(probs, labels)


def test_macro_f1_by_hand() -> None:
    # Class 0: precision 1/2, recall 1; class 1: never right; class 2: precision 1/2, recall 1.
    assert macro_f1(confusion(PROBS, LABELS)) == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)


def test_macro_f1_agrees_with_scikit_learn() -> None:
    probs, labels = random_case()
    expected = sklearn.metrics.f1_score(labels, probs.argmax(1), average="macro")
    assert macro_f1(confusion(probs, labels)) == pytest.approx(expected)


def test_macro_f1_counts_an_absent_never_predicted_class_as_zero() -> None:
    assert macro_f1(np.diag([5, 5, 0])) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("n_right", "n"), [(0, 10), (10, 10), (1, 2), (133, 200), (150, 200), (215, 290)])
def test_wilson_interval_agrees_with_scipy(n_right: int, n: int) -> None:
    expected = binomtest(n_right, n).proportion_ci(0.95, "wilson")
    assert wilson_interval(n_right, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_wilson_interval_stays_within_0_and_1_and_narrows_with_n() -> None:
    low, high = wilson_interval(0, 5)
    assert low == pytest.approx(0.0, abs=1e-12)
    assert 0 < high < 1
    few, many = wilson_interval(7, 10), wilson_interval(700, 1_000)
    assert many[1] - many[0] < (few[1] - few[0]) / 5


def test_log_losses_are_the_parts_of_the_log_loss() -> None:
    assert log_losses(PROBS, LABELS) == pytest.approx([-math.log(p) for p in (0.5, 0.1, 0.8, 0.35)])


def test_top_accuracy_by_hand() -> None:
    # Second clip: label 1 comes last. Fourth clip: label 1 comes second.
    assert top_accuracy(PROBS, LABELS, 1) == 0.5
    assert top_accuracy(PROBS, LABELS, 2) == 0.75
    assert top_accuracy(PROBS, LABELS, 3) == 1.0


def test_top_accuracy_agrees_with_scikit_learn() -> None:
    probs, labels = random_case()
    expected = sklearn.metrics.top_k_accuracy_score(labels, probs, k=2, labels=range(10))
    assert top_accuracy(probs, labels, 2) == pytest.approx(expected)


def test_brier_by_hand() -> None:
    parts = (
        0.5**2 + 0.3**2 + 0.2**2,
        0.6**2 + 0.9**2 + 0.3**2,
        0.1**2 + 0.1**2 + 0.2**2,
        0.25**2 + 0.65**2 + 0.4**2,
    )
    assert brier(PROBS, LABELS) == pytest.approx(sum(parts) / 4)
    assert brier(np.full((5, 10), 0.1), np.arange(5)) == pytest.approx(0.9)


def test_brier_agrees_with_scikit_learn() -> None:
    probs, labels = random_case()
    expected = sklearn.metrics.brier_score_loss(labels, probs, labels=range(10), scale_by_half=False)
    assert brier(probs, labels) == pytest.approx(expected)


def test_class_scores_by_hand() -> None:
    first, never_predicted, third = class_scores(confusion(PROBS, LABELS))
    assert first == ClassScore(n_true=1, n_predicted=2, n_right=1)
    assert (first.precision, first.recall) == (0.5, 1.0)
    assert never_predicted == ClassScore(n_true=2, n_predicted=0, n_right=0)
    assert (never_predicted.precision, never_predicted.recall) == (None, 0.0)
    assert (third.precision, third.recall) == (0.5, 1.0)
    assert ClassScore(0, 3, 0).recall is None


def test_class_scores_agree_with_scikit_learn() -> None:
    probs, labels = random_case()
    precisions, recalls, _, n_true = sklearn.metrics.precision_recall_fscore_support(labels, probs.argmax(1))
    ours = class_scores(confusion(probs, labels))
    assert [each.precision for each in ours] == pytest.approx(list(precisions))
    assert [each.recall for each in ours] == pytest.approx(list(recalls))
    assert [each.n_true for each in ours] == list(n_true)


def test_reliability_and_its_error_by_hand() -> None:
    # Highest probabilities: 0.5 right, 0.6 wrong, 0.8 right, 0.4 wrong; a bin holds its upper end.
    bins = reliability(PROBS, LABELS, n_bins=2)
    assert bins == (
        ReliabilityBin(0.0, 0.5, n=2, n_right=1, confidence=pytest.approx(0.45)),
        ReliabilityBin(0.5, 1.0, n=2, n_right=1, confidence=pytest.approx(0.7)),
    )
    assert expected_calibration_error(bins) == pytest.approx((2 * 0.05 + 2 * 0.2) / 4)


def test_reliability_leaves_out_empty_bins_and_takes_certainty() -> None:
    (only,) = reliability(np.array([[1.0, 0.0]]), np.array([0]))
    assert (only.low, only.high, only.n, only.accuracy) == (0.9, 1.0, 1, 1.0)


def test_calibration_error_agrees_with_torchmetrics() -> None:
    probs, labels = random_case()
    expected = multiclass_calibration_error(torch.tensor(probs), torch.tensor(labels), 10, n_bins=10)
    assert expected_calibration_error(reliability(probs, labels, 10)) == pytest.approx(float(expected), abs=1e-6)
