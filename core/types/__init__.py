"""The vocabulary of the project: what crosses a module border is one of these. Imports nothing else of it.

Arrays are numpy, float32 unless said otherwise. `W` is the number of windows, `T` the number of spectrogram frames.
"""

from core.types.audio import Audio, AudioInfo, UsedSound
from core.types.base import GENRES, SUBSETS, FloatArray, RecordValue, Subset, Task
from core.types.clips import Clip, Split
from core.types.genre import GenreEstimate, Neighbour, Tags
from core.types.prediction import SURE_FROM_S, Prediction
from core.types.tempo import (
    CLEAR_CONFIDENCE,
    TRACKED_CONFIDENCE,
    TempoCandidate,
    TempoEstimate,
    TempoPart,
    TempoReading,
)

__all__ = [
    "CLEAR_CONFIDENCE",
    "GENRES",
    "SUBSETS",
    "SURE_FROM_S",
    "TRACKED_CONFIDENCE",
    "Audio",
    "AudioInfo",
    "Clip",
    "FloatArray",
    "GenreEstimate",
    "Neighbour",
    "Prediction",
    "RecordValue",
    "Split",
    "Subset",
    "Tags",
    "Task",
    "TempoCandidate",
    "TempoEstimate",
    "TempoPart",
    "TempoReading",
    "UsedSound",
]
