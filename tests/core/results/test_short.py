"""The short answers turn with the intervals, cited figures are marked, and what was not measured is named."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.errors import DatasetError
from core.metrics.significance import Interval
from core.results.fusion_reports import FUSED, FUSION_ROWS, NO_TEMPO, FusionReport
from core.results.genre_reports import GENRE_ROWS
from core.results.short import short_answers, short_genre_table, short_tempo_table
from core.results.tempo_reports import TEMPO_ROWS, TempoReport

GENRE, TEMPO, FUSION = GENRE_ROWS.load(), TEMPO_ROWS.load(), FUSION_ROWS.load()


def with_gain(report: FusionReport, low: float, high: float) -> FusionReport:
    """The same with another interval of the fused head against no tempo, in shares."""
    pair = report.pair(FUSED, NO_TEMPO)
    assert pair is not None
    gain = replace(pair, accuracy=replace(pair.accuracy, difference=(low + high) / 2, interval=Interval(low, high)))
    return replace(report, comparisons=tuple(gain if each is pair else each for each in report.comparisons))


def with_gain_over(row: TempoReport, baseline: str, low: float) -> TempoReport:
    """The same with another lower end of the interval against a baseline."""
    rivals = tuple(
        replace(each, accuracy1_difference=replace(each.accuracy1_difference, interval=Interval(low, 0.5)))
        if each.name == baseline
        else each
        for each in row.rhythm.rivals
    )
    return replace(row, rhythm=replace(row.rhythm, rivals=rivals))


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (-0.014, 0.0, "**No significant gain**: −0.7 points (95 % CI −1.4 to 0.0) of accuracy"),
        (-0.0004, 0.02, "**No significant gain**: +1.0 points (95 % CI 0.0 to 2.0) of accuracy"),
        (0.01, 0.02, "**Significant gain**: +1.5 points (95 % CI 1.0 to 2.0) of accuracy"),
    ],
)
def test_the_third_answer_turns_with_the_interval(low: float, high: float, answer: str) -> None:
    text = short_answers(GENRE, TEMPO, [with_gain(report, low, high) for report in FUSION])
    assert text.splitlines()[2].startswith(f"- Q3 {answer}")


@pytest.mark.parametrize(
    ("strong", "seed", "verdict"),
    [(0.1, 0.1, "Yes"), (0.1, -0.1, "Yes, but not by the study's recipe"), (-0.1, -0.1, "No significant gain")],
)
def test_the_second_answer_turns_with_both_recipes(strong: float, seed: float, verdict: str) -> None:
    rows = [with_gain_over(with_gain_over(row, "genre_median", strong), "median", seed) for row in TEMPO]
    assert short_answers(GENRE, rows, FUSION).splitlines()[1].startswith(f"- Q2 **{verdict}**: ")


def test_figures_of_others_are_cited_and_other_training_data_is_named() -> None:
    genre, tempo = short_genre_table(GENRE).splitlines()[2:], short_tempo_table(TEMPO).splitlines()[2:]
    others = [row for row in (*genre, *tempo) if "not measured by us" in row]
    assert len(others) == 3
    assert all("source: " in row for row in others)
    assert "other music (up to" in genre[-1]
    assert "trained on other music" in tempo[1]


@pytest.mark.parametrize(
    ("file", "write"),
    [
        ("genre.json", lambda: short_genre_table([])),
        ("genre.json", lambda: short_answers([], TEMPO, FUSION)),
        ("tempo.json", lambda: short_tempo_table([])),
        ("tempo.json", lambda: short_answers(GENRE, [], FUSION)),
        ("fusion.json", lambda: short_answers(GENRE, TEMPO, [])),
    ],
)
def test_what_was_not_measured_is_named(file: str, write: Callable[[], str]) -> None:
    with pytest.raises(DatasetError, match=rf"{file} has no row for .*git checkout"):
        write()
