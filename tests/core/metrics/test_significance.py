"""Bootstrap and paired tests against values worked out by hand, scipy and their own promises."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap

from core.errors import DatasetError
from core.metrics.significance import Interval, bootstrap_interval, mcnemar, paired_bootstrap


def flags(text: str) -> np.ndarray:
    """ "10" to True, False."""
    return np.array([letter == "1" for letter in text])


def test_bootstrap_of_equal_values_has_no_width() -> None:
    assert bootstrap_interval([3.0] * 5) == Interval(3.0, 3.0)
    assert bootstrap_interval([7.0], "median") == Interval(7.0, 7.0)


def test_bootstrap_of_two_values_reaches_both() -> None:
    """A quarter of the resamples holds the first value twice, a quarter the second."""
    assert bootstrap_interval([0.0, 1.0]) == Interval(0.0, 1.0)


def test_bootstrap_repeats_with_its_seed_and_differs_with_another() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values, seed=1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_bootstrap_agrees_with_scipy(statistic: str) -> None:
    values = np.random.default_rng(5).exponential(10.0, 120)
    function = np.mean if statistic == "mean" else np.median
    expected = bootstrap(
        (values,), function, method="percentile", n_resamples=4000, rng=np.random.default_rng(9)
    ).confidence_interval
    found = bootstrap_interval(values, "mean" if statistic == "mean" else "median", n_resamples=4000)
    assert found.low == pytest.approx(expected.low, abs=0.5)
    assert found.high == pytest.approx(expected.high, abs=0.5)


def test_bootstrap_of_a_mean_is_about_two_standard_errors() -> None:
    values = np.random.default_rng(2).normal(5.0, 2.0, 400)
    half = 1.96 * values.std(ddof=1) / math.sqrt(400)
    found = bootstrap_interval(values)
    assert found.low == pytest.approx(values.mean() - half, abs=0.02)
    assert found.high == pytest.approx(values.mean() + half, abs=0.02)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf], [[1.0, 2.0]]])
def test_bootstrap_refuses_what_has_no_mean(values: list[float]) -> None:
    with pytest.raises(DatasetError, match="one finite number per clip"):
        bootstrap_interval(np.array(values))


def test_bootstrap_refuses_no_resamples() -> None:
    with pytest.raises(DatasetError, match="at least 1"):
        bootstrap_interval([1.0], n_resamples=0)


def test_mcnemar_by_hand() -> None:
    """Five clips differ, one of them for the second: p is 2 (1 + 5) / 32."""
    result = mcnemar(flags("1111010"), flags("0000110"))
    assert (result.only_first, result.only_second) == (4, 1)
    assert result.p_value == pytest.approx(12 / 32)


def test_mcnemar_is_significant_at_six_to_none_whichever_is_first() -> None:
    assert mcnemar(flags("111111"), flags("000000")).p_value == pytest.approx(2 / 64)
    assert mcnemar(flags("000000"), flags("111111")).p_value == pytest.approx(2 / 64)


def test_mcnemar_of_equal_systems_finds_nothing() -> None:
    assert mcnemar(flags("1010"), flags("1010")).p_value == 1.0
    assert mcnemar(flags("10"), flags("01")).p_value == 1.0


def test_mcnemar_agrees_with_scipy_on_a_thousand_clips() -> None:
    rng = np.random.default_rng(8)
    first, second = rng.random(1000) < 0.8, rng.random(1000) < 0.75
    result = mcnemar(first, second)
    expected = binomtest(result.only_first, result.only_first + result.only_second).pvalue
    assert result.p_value == pytest.approx(expected)


@pytest.mark.parametrize("second", [flags("10"), np.array([1, 0, 1]), flags("101").reshape(1, 3)])
def test_mcnemar_refuses_other_than_flags_of_the_same_clips(second: np.ndarray) -> None:
    with pytest.raises(DatasetError, match="True or False per clip"):
        mcnemar(flags("101"), second)


def test_paired_bootstrap_by_hand() -> None:
    """Constant difference: no resample can differ from it."""
    result = paired_bootstrap([1.0, 5.0, 9.0], [3.0, 7.0, 11.0], n_resamples=999)
    assert result.difference == -2.0
    assert result.interval == Interval(-2.0, -2.0)
    assert result.p_value == pytest.approx(2 / 1000)


def test_paired_bootstrap_of_a_system_with_itself_finds_nothing() -> None:
    result = paired_bootstrap([1.0, 5.0, 9.0], [1.0, 5.0, 9.0])
    assert (result.difference, result.interval, result.p_value) == (0.0, Interval(0.0, 0.0), 1.0)


def test_paired_bootstrap_turns_its_sign_with_the_order() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.exponential(5.0, 200), rng.exponential(6.0, 200)
    one, other = paired_bootstrap(first, second), paired_bootstrap(second, first)
    assert one.difference == pytest.approx(-other.difference)
    assert one.interval.low == pytest.approx(-other.interval.high)
    assert one.p_value == other.p_value


def test_pairing_finds_a_small_difference_between_noisy_systems() -> None:
    """The noise of the clips is common to both; unpaired intervals of the means overlap widely."""
    rng = np.random.default_rng(6)
    common = rng.exponential(20.0, 300)
    first, second = common + rng.normal(0.0, 1.0, 300), common + 0.5 + rng.normal(0.0, 1.0, 300)
    assert paired_bootstrap(first, second).p_value < 0.01
    assert bootstrap_interval(first).high > bootstrap_interval(second).low


def test_paired_bootstrap_of_medians() -> None:
    """Outliers move the means, not the medians."""
    shifted = [value - 0.5 for value in range(1, 101)]
    result = paired_bootstrap([*shifted, 900.0], [*range(1, 101), 0.0], statistic="median")
    assert result.difference == pytest.approx(50.5 - 50.0)
    typical = paired_bootstrap([1.0] * 90 + [500.0] * 10, [2.0] * 100, statistic="median")
    assert (typical.difference, typical.interval) == (-1.0, Interval(-1.0, -1.0))
    assert typical.p_value == pytest.approx(2 / 2001)
    assert paired_bootstrap([1.0] * 90 + [500.0] * 10, [2.0] * 100).difference > 0


def test_paired_bootstrap_refuses_different_clips() -> None:
    with pytest.raises(DatasetError, match="same clips"):
        paired_bootstrap([1.0, 2.0], [1.0])
