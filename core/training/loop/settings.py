"""The settings of a run: its recipe with the changes asked for, kept beside its state; it is not resumed with others.

The request in config.json names a recipe; what the recipe says may change with the version of the code, and who calls
the training from Python writes no request at all.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from core.errors import TrainingError
from core.runs.request import Hardware
from core.runs.status import LAST, RECIPE
from core.system.storage import write_atomic
from core.training.recipes.adjustable import settings_of
from core.types import Split

_BEFORE_SAID = {"clips_keep_level": "True"}
"""What was so before a setting for it came."""

RecipeT = TypeVar("RecipeT")


@dataclass(frozen=True)
class Run(Generic[RecipeT]):
    """What to train and where.

    Attributes:
        name: of the exported checkpoint.
        recipe: how to learn.
        split: which clips.
        seed: of all that is drawn: weights, order, augmentation, what is made.
        out: directory of the run, see `core.runs`.
        data_note: the copy of the data, in words, for the checkpoint's header.
        command: that does this again, for the checkpoint's header.
        hardware: what to compute on.
    """

    name: str
    recipe: RecipeT
    split: Split
    seed: int
    out: Path
    data_note: str
    command: str
    hardware: Hardware = field(default_factory=Hardware)


def keep_or_compare_settings(run: Run[Any]) -> None:
    """Writes the settings of a run that begins; holds that one that goes on has the same.

    Raises:
        TrainingError: it was begun with others.
        OSError: the disk is full.
    """
    file, now = run.out / RECIPE, _settings(run)
    then = _read(file) if (run.out / LAST).exists() else None
    if then is None:
        run.out.mkdir(parents=True, exist_ok=True)
        write_atomic(file, (json.dumps(now, indent=1) + "\n").encode())
        return
    then = {name: value for name, value in _BEFORE_SAID.items() if name in now} | then
    differences = [
        f"{name} {now.get(name, 'left out')} instead of {then.get(name, 'left out')}"
        for name in dict.fromkeys([*now, *then])
        if now.get(name) != then.get(name)
    ]
    if differences:
        raise TrainingError(
            f"{run.out} holds a run that was begun with other settings: {', '.join(differences)}. Resume it with its "
            "own, or, where a newer version of the code has changed a recipe, begin a new run."
        )


def _settings(run: Run[Any]) -> dict[str, str]:
    """In words, by name."""
    split = run.split
    clips = hashlib.sha256(repr((split.train, split.valid)).encode()).hexdigest()[:8]
    return {
        **_flat("", settings_of(run.recipe)),
        "seed": str(run.seed),
        "split": f"{split.name}, seed {split.seed}, fold {split.fold}",
        "training clips": f"{len(split.train)} ({clips})",
    }


def _flat(prefix: str, values: dict[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= _flat(f"{prefix}{name}.", value)
        else:
            found[f"{prefix}{name}"] = str(value)
    return found


def _read(file: Path) -> dict[str, str] | None:
    """None where there is no file, as of runs of an earlier version, or a damaged one."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else None
