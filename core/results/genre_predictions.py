"""What ships in `data/` for every GTZAN clip: predictions of the checkpoints and 8-bit spectrograms."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.data.clips import load_clips
from core.errors import DatasetError
from core.system.paths import DATA_DIR
from core.system.storage import write_whole
from core.types import GENRES, SUBSETS, FloatArray, Subset

SPECTROGRAMS = "spectrograms.npy"
PREDICTIONS = "predictions"
RANGE_STD = 4.0
"""8-bit spectrograms span -4..4 standard deviations; what lies beyond is cut."""

_CURE = "It ships with the project: restore it with 'git checkout data'."


@dataclass(frozen=True)
class SavedGenre:
    """Predictions of one system for every clip.

    Attributes:
        system: name, a checkpoint's or an out-of-fold system's.
        description: one sentence for people.
        probs: `[10]` by clip id, in the order of `GENRES`.
        subsets: the subset that each clip was in for the model that predicted it; a clip outside the split is "test".
    """

    system: str
    description: str
    probs: Mapping[str, FloatArray]
    subsets: Mapping[str, Subset]


def list_saved(folder: Path = DATA_DIR) -> list[str]:
    """Names of the systems with saved predictions."""
    return sorted(path.stem for path in (folder / PREDICTIONS).glob("*.csv"))


def load_saved(system: str, folder: Path = DATA_DIR) -> SavedGenre:
    """Saved predictions of one system.

    Raises:
        DatasetError: there are none, or the file is damaged.
    """
    path = folder / PREDICTIONS / f"{system}.csv"
    if system not in list_saved(folder):
        raise DatasetError(
            f"There are no saved predictions of “{system}”. Choose one of {', '.join(list_saved(folder))}."
        )
    try:
        with path.open(newline="", encoding="utf-8") as file:
            description = file.readline().removeprefix("# ").strip()
            rows = list(csv.DictReader(file))
        probs = {row["clip_id"]: np.array([row[genre] for genre in GENRES], dtype=np.float32) for row in rows}
        subsets = {row["clip_id"]: _subset(row["subset"]) for row in rows}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise DatasetError(f"The saved predictions {path} cannot be read ({error}). {_CURE}") from error
    return SavedGenre(system, description, MappingProxyType(probs), MappingProxyType(subsets))


def _subset(text: str) -> Subset:
    """Raises ValueError on anything but a subset's name."""
    return SUBSETS[SUBSETS.index(text)]


def save_predictions(saved: SavedGenre, folder: Path = DATA_DIR) -> None:
    """Writes predictions as csv, one row per clip, probabilities with four significant digits.

    Raises:
        DatasetError: the folder cannot be written.
    """
    path = folder / PREDICTIONS / f"{saved.system}.csv"
    text = io.StringIO()
    text.write(f"# {saved.description}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["clip_id", "subset", *GENRES])
    for clip_id in sorted(saved.probs):
        writer.writerow([clip_id, saved.subsets[clip_id], *(f"{p:.4g}" for p in saved.probs[clip_id])])
    write_whole(DatasetError, path, text.getvalue().encode())


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
