"""What more than one of the other files needs: arrays, genres, subsets, tasks."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Subset = Literal["train", "valid", "test"]
Task = Literal["genre", "tempo", "fusion"]
"""What a checkpoint predicts: fusion is genre from a genre and a tempo checkpoint together."""
RecordValue: TypeAlias = (
    float
    | str
    | list[float]
    | list[str]
    | dict[str, float]
    | dict[str, dict[str, float]]
    | list[dict[str, float | str]]
    | None
)
"""What a field of a JSON record may hold."""

GENRES: tuple[str, ...] = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip
"""The ten GTZAN genres; every vector of genre scores is in this order."""

SUBSETS: tuple[Subset, ...] = ("train", "valid", "test")
