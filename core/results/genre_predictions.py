"""Genre predictions that ship in `data/predictions/`: ten probabilities a clip, with four significant digits."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from core.results.predictions import PREDICTIONS, Predictions, PredictionTable
from core.types import GENRES, FloatArray, GenreEstimate

SavedGenre: TypeAlias = Predictions[FloatArray]
"""`[10]` a clip, in the order of `GENRES`."""


def _fields(probs: FloatArray) -> list[str]:
    return [f"{p:.4g}" for p in probs]


def _probs(row: Mapping[str, str]) -> FloatArray:
    return np.array([row[genre] for genre in GENRES], dtype=np.float32)


def _kept(estimate: GenreEstimate) -> FloatArray:
    return estimate.probs


GENRE_TABLE: PredictionTable[FloatArray] = PredictionTable("genre", Path(PREDICTIONS), GENRES, _fields, _probs, _kept)
"""Of genre and fusion systems."""
