"""Metrics against values worked out by hand, scikit-learn and scipy."""

import math

import numpy as np
import pytest
import sklearn.metrics
from numpy.typing import NDArray
from scipy.stats import binomtest

from core.metrics import accuracy, confusion, log_loss, macro_f1, wilson_interval

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


def test_macro_f1_counts_a_class_never_met_and_never_said_as_zero() -> None:
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
