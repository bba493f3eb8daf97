"""Checkpoints by what trained them: in a folder, and in those of runs right below it."""

from dataclasses import dataclass
from pathlib import Path

from core.data.splits import N_FOLDS, make_split
from core.errors import CheckpointError
from core.inference.load import Model, load_tempo
from core.models.checkpoint import CheckpointHeader, list_checkpoints, load_header
from core.types import Split, TempoReading


def was_trained_on(header: CheckpointHeader, split: Split) -> bool:
    """Whether it was this very split."""
    training = header.provenance
    return (training.split, training.split_seed, training.fold) == (split.name, split.seed, split.fold)


def in_words(split: Split) -> str:
    """A split with its seed and fold."""
    seed = "" if split.seed is None else f" with split seed {split.seed}"
    return f"{split.name}{seed}" + ("" if split.fold is None else f", fold {split.fold}")


@dataclass(frozen=True)
class Found:
    """A checkpoint and the folder it is in."""

    header: CheckpointHeader
    folder: Path


def find_checkpoints(folder: Path, model: str) -> list[Found]:
    """Checkpoints of one architecture in a folder and in the folders right below it, as training runs leave them."""
    places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())] if folder.is_dir() else []
    headers = [Found(load_header(name, place), place) for place in places for name in list_checkpoints(folder=place)]
    return [found for found in headers if found.header.model == model]


def checkpoint_for(folder: Path, model: str, recipe: str, split: Split) -> Found:
    """The one checkpoint of an architecture and a recipe that was trained on a split.

    Raises:
        CheckpointError: there is none, or there are several with different weights.
    """
    fits = [
        found
        for found in find_checkpoints(folder, model)
        if found.header.provenance.recipe == recipe and was_trained_on(found.header, split)
    ]
    what = f"{model} checkpoint of recipe “{recipe}” trained on {in_words(split)}"
    if not fits:
        raise CheckpointError(
            f"There is no {what} in {folder.name}/ or right below it. Train one with `python -m core train`, or name "
            "another folder or recipe."
        )
    if len({found.header.weights_sha256 for found in fits}) > 1:
        places = ", ".join(f"{found.folder.name}/{found.header.name}" for found in fits)
        raise CheckpointError(f"There is more than one {what}: {places}. Move all but one elsewhere.")
    return fits[0]


def fold_tempo_models(folder: Path, recipe: str, split_seed: int) -> tuple[Model[TempoReading], ...]:
    """The tempo models of all artist folds.

    Raises:
        CheckpointError: a fold is missing, ambiguous or damaged.
    """
    found = (
        checkpoint_for(folder, "tempo_tcn", recipe, make_split("artist_folds", split_seed, fold))
        for fold in range(N_FOLDS)
    )
    return tuple(load_tempo(each.header.name, each.folder) for each in found)
