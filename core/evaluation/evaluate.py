"""Predictions to a row of the reports, whatever they are of."""

from collections.abc import Sequence
from typing import Any

from core.evaluation.genre import evaluate_genre
from core.evaluation.predictions import Predicted
from core.evaluation.tempo import evaluate_tempo
from core.results.rows import Row
from core.results.tempo_predictions import SavedTempo


def evaluate(predicted: Predicted[Any], data_note: str, windows: str = "own", beside: Sequence[SavedTempo] = ()) -> Row:
    """Scores what was predicted.

    Args:
        predicted: on a subset of a split, or out of fold.
        data_note: the copy of the data, in words.
        windows: of a genre checkpoint, as given to `with_windows`.
        beside: of a tempo checkpoint: our own saved systems to compare with.

    Raises:
        DatasetError: there is nothing to score.
    """
    if predicted.headers[0].kind == "tempo":
        return evaluate_tempo(predicted, data_note, beside)
    return evaluate_genre(predicted, data_note, windows)
