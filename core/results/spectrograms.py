"""8-bit spectrograms of the GTZAN clips that ship in `data/`: pictures without sound."""

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.clips import load_clips
from core.errors import DatasetError
from core.system.paths import DATA_DIR
from core.system.storage import write_whole
from core.types import FloatArray

SPECTROGRAMS = "spectrograms.npy"
RANGE_STD = 4.0
"""8-bit spectrograms span -4..4 standard deviations; what lies beyond is cut."""

_CURE = "It ships with the project: restore it with 'git checkout data'."


@lru_cache(maxsize=1)
def _stored_spectrograms(folder: Path) -> NDArray[np.uint8]:
    path = folder / SPECTROGRAMS
    try:
        stored: NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"The spectrograms {path} cannot be read ({error}). {_CURE}") from error
    if stored.dtype != np.uint8 or stored.ndim != 3 or len(stored) != len(load_clips()):
        raise DatasetError(f"The spectrograms {path} have an unexpected shape. {_CURE}")
    return stored


def spectrogram(clip_id: str, folder: Path = DATA_DIR) -> FloatArray:
    """First 10 s of a clip, `[64, 400]`, normalised log-mel in standard deviations, to the nearest 1/32.

    Raises:
        DatasetError: no such clip, or the file is missing or damaged.
    """
    index = {clip.clip_id: i for i, clip in enumerate(load_clips())}.get(clip_id)
    if index is None:
        raise DatasetError(f"There is no clip “{clip_id}”. Clips are called like blues.00000.")
    levels: FloatArray = np.asarray(_stored_spectrograms(folder)[index], dtype=np.float32)
    return levels * (2 * RANGE_STD / 255) - RANGE_STD


def save_spectrograms(spectrograms: list[FloatArray], folder: Path = DATA_DIR) -> None:
    """Writes the spectrograms of all clips of `load_clips()`, in that order, `[64, 400]` each, as 8-bit levels."""
    levels = (np.stack(spectrograms) + RANGE_STD) * (255 / (2 * RANGE_STD))
    npy = io.BytesIO()
    np.save(npy, np.clip(np.rint(levels), 0, 255).astype(np.uint8), allow_pickle=False)
    write_whole(DatasetError, folder / SPECTROGRAMS, npy.getvalue())
