"""The calibrated confidence of tempo checkpoints, as it ships: how confidences become probabilities of being right."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import DatasetError
from core.metrics.calibration import PlattScaling
from core.system.paths import DATA_DIR

DATA_FILE = DATA_DIR / "tempo_calibration.json"


@dataclass(frozen=True)
class TempoCalibration:
    """What was fitted to one checkpoint's predictions.

    Attributes:
        checkpoint: its name.
        weights_sha256: of its weights; others of the same name are not calibrated by it.
        n: validation clips that it was fitted to.
        scaling: confidence to the probability that the tempo is within 4 % of the annotation (Accuracy1).
    """

    checkpoint: str
    weights_sha256: str
    n: int
    scaling: PlattScaling


@lru_cache(maxsize=4)
def load_calibrations(path: Path = DATA_FILE) -> tuple[TempoCalibration, ...]:
    """All that ship.

    Raises:
        DatasetError: the file is missing or damaged.
    """
    try:
        return tuple(
            TempoCalibration(
                str(row["checkpoint"]),
                str(row["weights_sha256"]),
                int(row["n"]),
                PlattScaling(float(row["scaling"]["slope"]), float(row["scaling"]["intercept"])),
            )
            for row in json.loads(path.read_text(encoding="utf-8"))
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"The calibration of tempi {path} cannot be read ({error}). It ships with the project: restore it with "
            f"'git checkout data/{path.name}'."
        ) from error


def save_calibrations(calibrations: Sequence[TempoCalibration], path: Path = DATA_FILE) -> None:
    """Writes them as JSON."""
    path.write_text(json.dumps([asdict(each) for each in calibrations], indent=1) + "\n", encoding="utf-8")


def calibration_of(weights_sha256: str) -> TempoCalibration | None:
    """That of a checkpoint, by its weights; None where there is none."""
    return next((each for each in load_calibrations() if each.weights_sha256 == weights_sha256), None)
