"""Tempo predictions that ship in `data/predictions/tempo/`: one csv per system, one row per clip.

A row keeps the whole distribution, so that pages can draw it and weigh any two tempi, as `bin:permille` of the bins
that round to at least one per mille (what the other bins hold together is spread evenly over them when read): text, 100
to 300 characters for a clip. Beat times are kept to 10 ms, half a frame of the model, for players and for pictures
without audio; they are another 350 characters. A system of 999 clips takes 0.6 MB.
"""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError
from core.results.genre_predictions import PREDICTIONS
from core.rhythm.tempo import N_BINS, estimate_at
from core.system.paths import DATA_DIR
from core.system.storage import write_whole
from core.types import SUBSETS, FloatArray, Subset, TempoEstimate

TEMPO_FOLDER = "tempo"
"""Below the folder of the genre predictions."""

_LESS_THAN_LISTED = 0.49
"""Per mille: no bin that is not listed holds more."""
_COLUMNS = ("clip_id", "subset", "tempo_bpm", "confidence", "distribution_permille", "beat_times_s")


@dataclass(frozen=True)
class SavedTempo:
    """Tempo predictions of one system for every clip.

    Attributes:
        system: name, a checkpoint's or an out-of-fold system's.
        description: one sentence for people.
        estimates: by clip id, sorted.
        beat_times_s: `[b]`, seconds, by clip id; empty where no beats were tracked, and from a system that marks none.
        subsets: the subset that each clip was in for the model that predicted it; a clip outside the split is "test".
    """

    system: str
    description: str
    estimates: Mapping[str, TempoEstimate]
    beat_times_s: Mapping[str, NDArray[np.float64]]
    subsets: Mapping[str, Subset]


def list_saved_tempo(folder: Path = DATA_DIR) -> list[str]:
    """Names of the systems with saved tempo predictions."""
    return sorted(path.stem for path in (folder / PREDICTIONS / TEMPO_FOLDER).glob("*.csv"))


def load_saved_tempo(system: str, folder: Path = DATA_DIR) -> SavedTempo:
    """Saved tempo predictions of one system.

    Raises:
        DatasetError: there are none, or the file is damaged.
    """
    available = list_saved_tempo(folder)
    if system not in available:
        known = f"Choose one of {', '.join(available)}." if available else "Make them with 'python -m core export'."
        raise DatasetError(f"There are no saved tempo predictions of “{system}”. {known}")
    path = _path(system, folder)
    try:
        with path.open(newline="", encoding="utf-8") as file:
            description = file.readline().removeprefix("# ").strip()
            rows = {row["clip_id"]: _whole(row) for row in csv.DictReader(file)}
        return SavedTempo(
            system=system,
            description=description,
            estimates=MappingProxyType({clip_id: _estimate(row) for clip_id, row in rows.items()}),
            beat_times_s=MappingProxyType({clip_id: _beats(row["beat_times_s"]) for clip_id, row in rows.items()}),
            subsets=MappingProxyType({clip_id: _subset(row["subset"]) for clip_id, row in rows.items()}),
        )
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DatasetError(
            f"The saved tempo predictions {path} cannot be read ({error}). They ship with the project: restore them "
            "with 'git checkout data', or make them again with 'python -m core export'."
        ) from error


def save_tempo(saved: SavedTempo, folder: Path = DATA_DIR) -> None:
    """Writes predictions as csv: BPM with two decimals, confidence with four, the distribution in per mille.

    Raises:
        DatasetError: the folder cannot be written.
    """
    path = _path(saved.system, folder)
    text = io.StringIO()
    text.write(f"# {saved.description}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for clip_id in sorted(saved.estimates):
        estimate = saved.estimates[clip_id]
        writer.writerow(
            [
                clip_id,
                saved.subsets[clip_id],
                f"{estimate.tempo_bpm:.2f}",
                f"{estimate.confidence:.4f}",
                _permille_text(estimate.distribution),
                " ".join(f"{time_s:.2f}" for time_s in saved.beat_times_s[clip_id]),
            ]
        )
    write_whole(DatasetError, path, text.getvalue().encode())


def _path(system: str, folder: Path) -> Path:
    return folder / PREDICTIONS / TEMPO_FOLDER / f"{system}.csv"


def _permille_text(distribution: FloatArray) -> str:
    permille = np.rint(1000.0 * distribution.astype(np.float64)).astype(int)
    return " ".join(f"{index}:{permille[index]}" for index in np.flatnonzero(permille))


# Reading; all of these raise ValueError on what is no such thing


def _whole(row: Mapping[str, str | None]) -> dict[str, str]:
    """The row, if no field of it is missing."""
    fields = {column: row[column] for column in _COLUMNS}
    present = {column: text for column, text in fields.items() if text is not None}
    if len(present) < len(fields):
        raise ValueError(f"the row of {fields['clip_id']} is cut off")
    return present


def _estimate(row: Mapping[str, str]) -> TempoEstimate:
    tempo_bpm, confidence = float(row["tempo_bpm"]), float(row["confidence"])
    if not (math.isfinite(tempo_bpm) and tempo_bpm > 0 and 0 <= confidence <= 1):
        raise ValueError(f"{row['tempo_bpm']} BPM with confidence {row['confidence']} is no tempo")
    return estimate_at(tempo_bpm, confidence, _distribution(row["distribution_permille"]))


def _distribution(text: str) -> FloatArray:
    distribution = np.zeros(N_BINS, dtype=np.float64)
    for entry in text.split():
        index, permille = (int(part) for part in entry.split(":"))
        if not (0 <= index < N_BINS and 0 < permille <= 1000):
            raise ValueError(f"{entry} is no share of a tempo")
        distribution[index] = permille
    if not distribution.any():
        raise ValueError("a distribution over tempi is empty")
    rest = np.flatnonzero(distribution == 0)
    if len(rest):
        distribution[rest] = min(_LESS_THAN_LISTED, max(0.0, 1000.0 - distribution.sum()) / len(rest))
    return np.asarray(distribution / distribution.sum(), dtype=np.float32)


def _beats(text: str) -> NDArray[np.float64]:
    times_s = np.array([float(entry) for entry in text.split()], dtype=np.float64)
    if not np.isfinite(times_s).all() or (np.diff(times_s) < 0).any():
        raise ValueError("beat times are not ascending")
    return times_s


def _subset(text: str) -> Subset:
    return SUBSETS[SUBSETS.index(text)]
