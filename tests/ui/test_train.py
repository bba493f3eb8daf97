"""The plain functions of the train page: who may, and words."""

import pytest

from core.figures.curves import MAX_DRAWN_POINTS, LearningCurve, grow, learning_curves
from core.runs.status import Best
from ui.shared.run_words import best_words, duration_words
from ui.train.access import decide


@pytest.mark.parametrize(
    ("setting", "is_local", "password", "given", "granted", "asks"),
    [
        ("", True, "", "", True, False),
        ("", True, "word", "", True, False),
        ("", False, "", "", False, False),
        ("", False, "word", "", False, True),
        ("", False, "word", "wrong", False, True),
        ("", False, "word", "word", True, False),
        ("on", False, "", "", True, False),
        ("off", True, "word", "word", False, False),
        ("password", True, "word", "", False, True),
        ("password", True, "wörd", "wörd", True, False),
        ("password", True, "", "", False, False),
        ("yes", True, "", "", False, False),
    ],
)
def test_who_may_train(setting: str, is_local: bool, password: str, given: str, granted: bool, asks: bool) -> None:
    found = decide(setting, is_local, password, given)
    assert (found.granted, found.asks_password) == (granted, asks)
    assert bool(found.reason) != granted


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (7_500, "2 h 5 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_best_epoch() -> None:
    assert best_words(None) == "–"
    assert best_words(Best("valid_accuracy", 0.634, 4)) == "63\N{NO-BREAK SPACE}% in epoch 4"
    assert best_words(Best("valid_loss", 1.23456, 2)) == "1.235 in epoch 2"


def test_learning_curves_are_drawn_and_told() -> None:
    curves = [
        LearningCurve("inside", (0.5, 1.0), (3.0, 2.0), is_faint=True),
        LearningCurve("validation", (1.0, 2.0), (2.5, 1.25)),
        LearningCurve("nothing yet", (), ()),
    ]
    shown = learning_curves(curves, "Loss", n_epochs=10)
    assert [line.name for line in shown.figure.data] == ["inside", "validation"]
    assert list(shown.figure.data[1].y) == [2.5, 1.25]
    assert shown.figure.layout.xaxis.range[1] > 10
    assert shown.alt == "Loss over epochs: inside from 3 to 2 at epoch 1; validation from 2.5 to 1.25 at epoch 2."
    assert learning_curves([], "Loss").alt == "Loss over epochs: no value yet."


def test_a_grown_chart_is_the_chart_of_all_points() -> None:
    def curves(n: int) -> list[LearningCurve]:
        epochs = tuple(i / 100 for i in range(n))
        return [LearningCurve("long", epochs, tuple(1 - e / 20 for e in epochs)), LearningCurve("nothing yet", (), ())]

    grown = grow(learning_curves(curves(3), "Accuracy", True, 2), curves(900), "Accuracy", True, 2)
    assert grown == learning_curves(curves(900), "Accuracy", True, 2)


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    n = 10_000
    curve = LearningCurve("long", tuple(i / 100 for i in range(n)), tuple(i / n for i in range(n)))
    (line,) = learning_curves([curve], "Accuracy", as_percent=True).figure.data
    assert len(line.x) == MAX_DRAWN_POINTS
    assert (line.x[0], line.x[-1]) == (0.0, (n - 1) / 100)


def test_more_runs_than_colours_differ_in_their_dashes() -> None:
    curves = [LearningCurve(str(i), (1.0,), (0.5,)) for i in range(18)]
    lines = learning_curves(curves, "Accuracy").figure.data
    assert len({(line.line.color, line.line.dash) for line in lines}) == 18
