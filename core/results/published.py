"""What others have reported on GTZAN: cited, never measured here. The table is `data/published.csv`."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from core.data.splits import SPLITS
from core.errors import DatasetError
from core.system.paths import DATA_DIR

PUBLISHED_TABLE = DATA_DIR / "published.csv"

Task = Literal["genre", "tempo"]
Metric = Literal["accuracy", "accuracy1", "accuracy2", "mae_bpm", "median_ae_bpm"]


@dataclass(frozen=True)
class Published:
    """One figure that somebody reported.

    Attributes:
        task: what was predicted.
        system: that predicted it.
        learned_from: the music it was trained on.
        split: the split of `SPLITS` that is the nearest to theirs, "" for tempo and where it is not stated.
        split_stated: theirs, in words.
        annotation: for tempo "rhythm" (GTZAN-Rhythm), "marsyas" or "not stated", else "".
        metric: what was measured; accuracies are shares of 0..1.
        value: in the unit of the metric.
        spread: as reported after ±, None where nothing was.
        source: where it is written.
    """

    task: Task
    system: str
    learned_from: str
    split: str
    split_stated: str
    annotation: str
    metric: Metric
    value: float
    spread: float | None
    source: str


def _entry(row: dict[str, str]) -> Published:
    """Raises KeyError or ValueError on a row that is not one."""
    tasks, metrics = get_args(Task), get_args(Metric)
    if row["split"] not in ("", *SPLITS):
        raise ValueError(f"{row['split']} is no split")
    return Published(
        task=tasks[tasks.index(row["task"])],
        system=row["system"],
        learned_from=row["learned_from"],
        split=row["split"],
        split_stated=row["split_stated"],
        annotation=row["annotation"],
        metric=metrics[metrics.index(row["metric"])],
        value=float(row["value"]),
        spread=float(row["spread"]) if row["spread"] else None,
        source=row["source"],
    )


@lru_cache(maxsize=2)
def load_published(path: Path = PUBLISHED_TABLE) -> tuple[Published, ...]:
    """All cited figures, in the order of the table.

    Raises:
        DatasetError: the table is missing or damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return tuple(_entry(row) for row in csv.DictReader(file))
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DatasetError(
            f"The published figures {path} cannot be read ({error}). They ship with the project: restore the table "
            "with 'git checkout data/published.csv'."
        ) from error
