"""What a fusion can be built on: checkpoints that ship, and those that runs have left, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.splits import N_FOLDS, make_split
from core.errors import CheckpointError, TrainingError
from core.evaluation.predictions import trained_on
from core.models.checkpoint import load_header
from core.runs.request import FusionBase
from core.system.paths import CHECKPOINT_DIR
from core.training.fusion.checkpoints import Found, checkpoint_for, find_checkpoints

GENRE_NET, TEMPO_NET = "genre_cnn", "tempo_tcn"
"""Architectures that can be built on."""


@dataclass(frozen=True)
class Base:
    """A checkpoint to build on.

    Attributes:
        reference: `NAME` of one that ships, `FOLDER/NAME` of one in a run's folder.
        found: it.
    """

    reference: str
    found: Found


def folders_of(base: FusionBase) -> tuple[Path, ...]:
    """Where the checkpoints of a fusion are looked for, in this order."""
    return (CHECKPOINT_DIR,) if base.checkpoints is None else (base.checkpoints, CHECKPOINT_DIR)


def find_base(reference: str, folders: Sequence[Path]) -> Found:
    """A checkpoint by its reference.

    Args:
        reference: `NAME`, in one of the folders itself, or `FOLDER/NAME`, right below one of them.
        folders: looked through in this order.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    below, _, name = reference.rpartition("/")
    if Path(below).name != below:  # more than one folder, or a way out
        raise CheckpointError(f"“{reference}” is not a checkpoint's name. Give NAME, or FOLDER/NAME for a run's.")
    for folder in folders:
        if (folder / below / f"{name}.json").is_file():
            return Found(load_header(name, folder / below), folder / below)
    raise CheckpointError(
        f"There is no checkpoint “{reference}” in {', '.join(folder.name for folder in folders)}. Give another, or "
        "the folder it is in with --checkpoints."
    )


def bases(model: str, runs: Path) -> tuple[Base, ...]:
    """All checkpoints of an architecture that can be built on: those that ship, then those of runs.

    Args:
        model: `GENRE_NET` or `TEMPO_NET`.
        runs: folder of the runs.
    """
    shipped = [Base(found.header.name, found) for found in find_checkpoints(CHECKPOINT_DIR, model)]
    own = [
        Base(f"{found.folder.name}/{found.header.name}", found)
        for found in find_checkpoints(runs, model)
        if found.folder != runs and not found.folder.name.startswith(".")  # such as one that is being deleted
    ]
    return (*shipped, *own)


def fold_folder(folders: Sequence[Path], recipe: str, split_seed: int) -> Path:
    """The first folder that holds tempo models of a recipe for all artist folds, or has them right below.

    Raises:
        CheckpointError: none does; it names what is missing in the first one.
    """
    problems = []
    for folder in folders:
        try:
            for fold in range(N_FOLDS):
                checkpoint_for(folder, TEMPO_NET, recipe, make_split("artist_folds", split_seed, fold))
        except CheckpointError as error:
            problems.append(str(error))
            continue
        return folder
    raise CheckpointError(
        f"This fusion needs five compact tempo models, one for each artist fold, of recipe “{recipe}” and split "
        f"seed {split_seed}; they are not all here. {problems[0]}"
    )


def require_base(base: FusionBase, needs_folds: bool) -> None:
    """Holds that a fusion can be built: all its checkpoints are there, and none saw test clips in training.

    Args:
        base: what it is built on.
        needs_folds: whether it is trained on the tempo models of the artist folds, or from `base.tempo` itself.

    Raises:
        CheckpointError: a checkpoint is missing, damaged or of another architecture.
        TrainingError: the tempo model was trained on clips that the fusion is to be evaluated on.
    """
    folders = folders_of(base)
    genre, tempo = find_base(base.genre, folders).header, find_base(base.tempo, folders).header
    for header, model in ((genre, GENRE_NET), (tempo, TEMPO_NET)):
        if header.model != model:
            raise CheckpointError(
                f"“{header.name}” is of the model {header.model}, and a fusion is built on {model}. Choose another."
            )
    if needs_folds:
        fold_folder(folders, base.tempo_recipe or tempo.provenance.recipe, base.fold_seed)
        return
    split = trained_on(genre)
    known = set(trained_on(tempo).train).intersection((*split.valid, *split.test))
    if known:
        raise TrainingError(
            f"“{tempo.name}” was trained on {len(known)} validation and test clips of “{genre.name}”'s split, so the "
            f"fusion would be evaluated on clips seen in training. Choose a tempo model of the split {split.name}."
        )
