"""Predictions to a row of the reports, whatever they are of."""

from collections.abc import Callable, Sequence
from typing import Any

from core.evaluation.genre import evaluate_genre
from core.evaluation.predictions import Predicted
from core.evaluation.tempo import evaluate_tempo
from core.results.predictions import Predictions
from core.results.rows import Row
from core.types import Task

_EVALUATIONS: dict[Task, Callable[[Predicted[Any], str, Sequence[Predictions[Any]]], Row]] = {
    "genre": lambda predicted, data_note, _: evaluate_genre(predicted, data_note),
    "tempo": evaluate_tempo,
    "fusion": lambda predicted, data_note, _: evaluate_genre(predicted, data_note),
}


def evaluate(predicted: Predicted[Any], data_note: str, beside: Sequence[Predictions[Any]] = ()) -> Row:
    """Scores what was predicted.

    Args:
        predicted: on a subset of a split, or out of fold.
        data_note: the copy of the data, in words.
        beside: of a tempo checkpoint: our own saved systems to compare with.

    Raises:
        DatasetError: there is nothing to score.
    """
    return _EVALUATIONS[predicted.headers[0].kind](predicted, data_note, beside)
