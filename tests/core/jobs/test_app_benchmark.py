"""What becomes of measured times; the measurement itself is `python -m core benchmark --training`."""

import pytest

from core.commands import main as cli
from core.commands.measure import app_timing_lines
from core.jobs.app_benchmark import AppTiming, lags


def test_a_line_is_behind_until_the_first_drawing_that_shows_it() -> None:
    written = [(100.0, 0.5), (101.0, 0.8), (102.0, 1.0), (103.0, 1.2)]
    drawn = [(99.0, 0.3), (101.5, 0.8), (103.5, 1.0)]  # the last line was not drawn in time
    assert lags(written, drawn) == pytest.approx([1.5, 0.5, 1.5])
    assert lags(written, []) == []


def test_what_was_measured_stands_beside_what_is_promised() -> None:
    timing = AppTiming((0.2, 0.2, 0.4), (0.3, 0.3, 0.9), (1.0, 2.0), 0.0125)
    assert timing.slowdown == pytest.approx(1.5)
    lines = app_timing_lines(timing)
    assert "200 ms median, 400 ms at most, 3 x" in lines[0]
    assert "1.50" in lines[2]
    assert "2.00 s at most, 1.50 s median, 2 writings" in lines[3]
    assert "12.5 ms of CPU a second and session" in lines[4]
    assert "watch for longer" in app_timing_lines(AppTiming((1.0,), (1.0,), (), 0.0))[3]


@pytest.mark.parametrize("words", [["--interactions", "0"], ["--watch", "0"], ["--watch", "nan"]])
def test_nothing_is_measured_with_impossible_numbers(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["benchmark", "--training", *words]) == 1
    assert "Give at least one click" in capsys.readouterr().err
