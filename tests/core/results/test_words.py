"""Numbers, splits and clips in words."""

import pytest

from core.metrics.significance import Measured
from core.results.clip_sets import clip_set
from core.results.words import (
    clips_words,
    in_words,
    interval_words,
    listed,
    p_words,
    percent,
    significance_words,
    split_words,
    spread_words,
    with_ci,
)


@pytest.mark.parametrize(
    ("share", "number"), [(0.0, "<1"), (0.0099, "<1"), (0.37, "37"), (0.99, "99"), (0.9999, ">99")]
)
def test_percent_claims_neither_none_nor_all(share: float, number: str) -> None:
    assert percent(share) == f"{number}\N{NO-BREAK SPACE}%"


def test_cells_in_words() -> None:
    assert in_words(Measured(-0.44, -2.0, 1.3), "bpm difference") == "−0.4 BPM (−2.0 to +1.3)"
    assert in_words(Measured(0.705, 0.6384, 0.7639), "share") == "70.5 % (63.8 to 76.4)"
    assert in_words(Measured(-0.02, -0.05, 0.01), "points") == "−2.0 points (−5.0 to +1.0)"
    assert in_words(Measured(12.92, 11.0, 15.0), "bpm") == "12.9 BPM (11.0 to 15.0)"
    assert in_words(0.1234, "number") == "0.123"
    assert (in_words(0.0312, "p"), in_words(0.0004, "p")) == ("0.031", "<0.001")
    assert (p_words(0.0312), p_words(0.0004)) == ("p = 0.031", "p < 0.001")
    assert in_words(None, "share") == "–"


def test_an_interval_in_a_sentence_is_named() -> None:
    measured = Measured(0.705, 0.6384, 0.7639)
    assert with_ci(measured, "share") == "70.5 % (95 % CI 63.8 to 76.4)"
    assert with_ci(measured, "share", bold=True) == "**70.5 %** (95 % CI 63.8 to 76.4)"
    assert with_ci(Measured(5.4, 1.0, 10.0), "bpm difference", label="95 %:", what="of mean absolute error") == (
        "+5.4 BPM of mean absolute error (95 %: +1.0 to +10.0)"
    )
    assert interval_words(measured, "share") == "63.8 to 76.4"
    assert spread_words(0.814, 0.022) == "81.4 ± 2.2 %"


def test_a_difference_is_significant_where_its_interval_leaves_out_none() -> None:
    words = [significance_words(Measured(0.0, *ends)) for ends in ((-0.1, 0.1), (0.1, 0.2), (-0.2, -0.1), (0.0, 0.1))]
    assert words == ["not significant", "significant", "significant", "not significant"]


def test_splits_and_clips_are_named() -> None:
    assert split_words("artist_folds") == "five artist folds"
    assert (split_words("stratified"), split_words("stratified", (0, 1))) == (
        "random split (seed 42)", "random splits (seeds 0, 1)"
    )  # fmt: skip
    clips = clip_set("stratified", "test", "recording")
    assert clips_words(clips) == (
        f"{len(clips.clip_ids)} test clips of the random split (seed 42), without shared recordings"
    )
    assert clips_words(clip_set("fault_filtered", "valid")).endswith(" validation clips of the fault-filtered split")


def test_lists_end_with_and() -> None:
    assert [listed(parts) for parts in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
