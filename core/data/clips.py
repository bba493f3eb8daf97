"""The 999 GTZAN clips: the ground truth that ships. Sources: data/README.md."""

import csv
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from core.errors import DatasetError
from core.system.paths import DATA_DIR
from core.types import SUBSETS, Clip, Subset

EXCLUDED_CLIP = "jazz.00054"
"""Its wav in the common copies lacks the beginning, header included; every result leaves it out."""
GROUND_TRUTH = DATA_DIR / "gtzan.csv"


def _number(text: str) -> float | None:
    return float(text) if text else None


def _levels(text: str) -> tuple[float, ...]:
    """All annotators' levels in one; they are apart by `|`, the levels by `;`. 0 is an annotator's "no pulse"."""
    return tuple(sorted({float(level) for level in re.split(r"[;|]", text) if level} - {0.0}))


def _subset(text: str) -> Subset | None:
    return next((subset for subset in SUBSETS if subset == text), None)


def _clip(row: Mapping[str, str]) -> Clip:
    return Clip(
        clip_id=row["clip_id"],
        genre=row["genre"],
        artist=row["artist"],
        title=row["title"],
        tempo_bpm=_number(row["tempo_bpm"]),
        tempo_std_bpm=_number(row["tempo_std_bpm"]),
        tempo_marsyas_bpm=_number(row["tempo_marsyas_bpm"]),
        metrical_levels_bpm=_levels(row["metrical_levels_bpm"]),
        meter=row["meter"],
        fault_filtered_subset=_subset(row["fault_filtered_subset"]),
        repetition_group=row["repetition_group"] or None,
    )


@lru_cache(maxsize=1)
def load_clips() -> tuple[Clip, ...]:
    """The 999 clips that every result is about, sorted by id.

    Raises:
        DatasetError: the table that ships with the project is missing or damaged.
    """
    try:
        with GROUND_TRUTH.open(newline="", encoding="utf-8") as file:
            clips = [_clip(row) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise DatasetError(
            f"The ground truth {GROUND_TRUTH} cannot be read ({error}). It ships with the project: restore it with "
            "'git checkout data/gtzan.csv'."
        ) from error
    return tuple(sorted((clip for clip in clips if clip.clip_id != EXCLUDED_CLIP), key=lambda clip: clip.clip_id))


@lru_cache(maxsize=1)
def clip_by_id() -> Mapping[str, Clip]:
    """The same by id."""
    return MappingProxyType({clip.clip_id: clip for clip in load_clips()})
