"""Predictions of a system for every clip, and the tables in `data/predictions/` that keep them."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from core.errors import DatasetError
from core.system.paths import DATA_DIR
from core.system.storage import write_whole
from core.types import SUBSETS, Subset

PREDICTIONS = "predictions"
_CLIP, _SUBSET = "clip_id", "subset"

A = TypeVar("A")


@dataclass(frozen=True)
class Predictions(Generic[A]):
    """Predictions of one system for every clip.

    Attributes:
        system: name, a checkpoint's or an out-of-fold system's.
        description: one sentence for people.
        by_clip: by clip id.
        subsets: the subset that each clip was in for the model that predicted it; a clip outside the split is "test".
    """

    system: str
    description: str
    by_clip: Mapping[str, A]
    subsets: Mapping[str, Subset]


@dataclass(frozen=True)
class PredictionTable(Generic[A]):
    """How predictions of one kind are kept: one csv per system, one row per clip.

    Attributes:
        kind: in words, for messages.
        place: folder below `data/`.
        columns: besides those of the clip and its subset.
        fields: a prediction as the text of these columns.
        prediction: the text of these columns as a prediction; raises ValueError on what is none.
        kept: of what a model predicts for a clip, what the table keeps.
    """

    kind: str
    place: Path
    columns: Sequence[str]
    fields: Callable[[A], Sequence[str]]
    prediction: Callable[[Mapping[str, str]], A]
    kept: Callable[[Any], A]

    def systems(self, folder: Path = DATA_DIR) -> list[str]:
        """Names of the systems with saved predictions."""
        return sorted(path.stem for path in (folder / self.place).glob("*.csv"))

    def load(self, system: str, folder: Path = DATA_DIR) -> Predictions[A]:
        """Saved predictions of one system.

        Raises:
            DatasetError: there are none, or the file is damaged.
        """
        available = self.systems(folder)
        if system not in available:
            cure = f"Choose one of {', '.join(available)}." if available else "Make them with 'python -m core export'."
            raise DatasetError(f"There are no saved {self.kind} predictions of “{system}”. {cure}")
        path = self._path(system, folder)
        try:
            with path.open(newline="", encoding="utf-8") as file:
                description = file.readline().removeprefix("# ").strip()
                rows = {row[_CLIP]: self._whole(row) for row in csv.DictReader(file)}
            by_clip = {clip_id: self.prediction(row) for clip_id, row in rows.items()}
            subsets = {clip_id: SUBSETS[SUBSETS.index(row[_SUBSET])] for clip_id, row in rows.items()}
        except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
            raise DatasetError(
                f"The saved {self.kind} predictions {path} cannot be read ({error}). They ship with the project: "
                "restore them with 'git checkout data', or make them again with 'python -m core export'."
            ) from error
        return Predictions(system, description, MappingProxyType(by_clip), MappingProxyType(subsets))

    def save(self, predictions: Predictions[A], folder: Path = DATA_DIR) -> None:
        """Writes predictions, sorted by clip.

        Raises:
            DatasetError: the folder cannot be written.
        """
        text = io.StringIO()
        text.write(f"# {predictions.description}\n")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([_CLIP, _SUBSET, *self.columns])
        for clip_id, predicted in sorted(predictions.by_clip.items(), key=lambda item: item[0]):
            writer.writerow([clip_id, predictions.subsets[clip_id], *self.fields(predicted)])
        write_whole(DatasetError, self._path(predictions.system, folder), text.getvalue().encode())

    def _path(self, system: str, folder: Path) -> Path:
        return folder / self.place / f"{system}.csv"

    def _whole(self, row: Mapping[str, str | None]) -> dict[str, str]:
        """The row, if no field of it is missing."""
        present = {name: text for name in (_CLIP, _SUBSET, *self.columns) if (text := row[name]) is not None}
        if len(present) < 2 + len(self.columns):
            raise ValueError(f"the row of {row[_CLIP]} is cut off")
        return present
