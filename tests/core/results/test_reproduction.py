"""Rows measured anew beside those that are kept: agreement to the printed digit, and what differs by how much."""

from dataclasses import replace

import pytest

from core.metrics.significance import Interval
from core.results.reproduction import Difference, check, differences, elsewhere, in_words
from tests.core.results.test_genre_reports import report as genre_row
from tests.core.results.test_tempo_reports import against
from tests.core.results.test_tempo_reports import report as tempo_row


def test_noise_below_the_printed_digit_agrees() -> None:
    kept = genre_row(accuracy=0.705, log_loss=0.7)
    assert differences(genre_row(accuracy=0.7054, log_loss=0.7004), kept) == ()
    found = check("genre", genre_row(accuracy=0.7054), [kept])
    assert (found.outcome, found.differences) == ("agrees", ())


def test_what_differs_is_named_with_its_amount() -> None:
    (found,) = differences(genre_row(accuracy=0.71), genre_row(accuracy=0.705))
    assert (found.field, found.here, found.reported) == ("accuracy", 0.71, 0.705)
    assert found.by == pytest.approx(0.005)
    row = genre_row()
    moved = tuple(tuple(int(cell) + (i == j == 0) for j, cell in enumerate(r)) for i, r in enumerate(row.confusion))
    assert differences(replace(row, confusion=moved), row) == (Difference("confusion.0.0", 2, 1, 1),)
    assert differences(genre_row(accuracy_unleaked=0.5), row) == (Difference("accuracy_unleaked", 0.5, None, None),)
    assert check("genre", genre_row(n=199), [row]).outcome == "differs"


def test_rows_of_another_training_differ_in_what_trained_them() -> None:
    found = check("genre", genre_row(commit="def5678"), [genre_row()])
    assert found.differences == (Difference("commit", "def5678", "abc1234", None),)


def test_how_to_measure_may_be_said_in_several_ways() -> None:
    assert differences(genre_row(command="python -m core evaluate genre --windows mean"), genre_row()) == ()


def test_tempi_agree_to_a_hundredth_and_p_values_to_a_thousandth() -> None:
    def scored(mae_bpm: float, mae_high: float) -> object:
        of = against("rhythm")
        return replace(of, score=replace(of.score, mae_bpm=mae_bpm, mae_interval=Interval(8.0, mae_high)))

    kept = tempo_row(rhythm=scored(11.3, 15.0))
    assert differences(tempo_row(rhythm=scored(11.304, 15.004)), kept) == ()
    names = [each.field for each in differences(tempo_row(rhythm=scored(11.31, 15.01)), kept)]
    assert names == ["rhythm.score.mae_bpm", "rhythm.score.mae_interval.high"]

    def p_value(value: float) -> object:
        of = against("rhythm")
        (rival,) = of.rivals
        changed = replace(rival, mae_difference_bpm=replace(rival.mae_difference_bpm, p_value=value))
        return replace(of, rivals=(changed,))

    assert differences(tempo_row(rhythm=p_value(0.0013)), tempo_row()) == ()
    (found,) = differences(tempo_row(rhythm=p_value(0.003)), tempo_row())
    assert found.field == "rhythm.rivals.median.mae_difference_bpm.p_value", "rivals are known by name"


def test_a_system_that_is_missing_here_does_not_shift_the_others() -> None:
    of = against("rhythm")
    other = replace(of.rivals[0], name="another")
    found = differences(tempo_row(), tempo_row(rhythm=replace(of, rivals=(other, *of.rivals))))
    assert found
    assert all(each.field.startswith("rhythm.rivals.another.") and each.here is None for each in found)


def test_a_row_of_another_run_is_no_counterpart() -> None:
    assert check("genre", genre_row(), [genre_row(seed=1), genre_row(n_train=120)]).outcome == "new"


def test_other_rows_name_what_trains_them() -> None:
    rows = (genre_row(), genre_row(split_seed=3, train_command="python -m core train genre --split-seed 3"))
    (found,) = elsewhere(rows, rows[:1])
    assert found.what == "genre-strong, recipe strong, mean, stratified, split seed 3, test, seed 0"
    assert found.command == "python -m core train genre --split-seed 3"
    assert "120 training clips" in in_words(genre_row(n_train=120))
    assert "fold 2" in in_words(tempo_row(fold=2))
