"""What can be trained, for forms and the command line, and for checking what they send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.data.clip_files import find_clips, gtzan_root
from core.data.splits import N_FOLDS, SPLITS, make_split
from core.errors import TrainingError
from core.runs.request import GTZAN, HELD_OUT, SHIPPED, TRAINED_ON, Hardware, TrainRequest
from core.runs.status import RECORDS
from core.training.recipes.adjustable import HyperParameter, changed, hyper_parameters
from core.training.recipes.cnn14 import CNN14_RECIPES, Cnn14Recipe
from core.training.recipes.fusion import FUSION_RECIPES, FusionRecipe
from core.training.recipes.genre import GENRE_RECIPES, GenreRecipe
from core.training.recipes.tempo import TEMPO_RECIPES, TempoRecipe

Recipe = GenreRecipe | TempoRecipe | Cnn14Recipe | FusionRecipe

MAX_SEED = 2**32 - 1
MAX_THREADS = 256
SUBSET_SIZES = (10, 599)
"""From one clip of each genre to the training subset of the stratified split."""

ACCELERATORS = ("cpu", "gpu", "auto")
STRATEGIES = ("auto", "ddp")
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_REFERENCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,127}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Trainable:
    """A model that can be trained.

    Attributes:
        kind, model: as given on the command line.
        label: for people.
        recipes: by name, the default one first.
        data: where its clips may come from.
        disk_mb: room that a run needs, twice what it leaves.
        takes_panns: can start from official PANNs weights, and has their front end in any case.
        has_base: is built on a genre and a tempo checkpoint.
    """

    kind: str
    model: str | None
    label: str
    recipes: Mapping[str, Recipe]
    data: tuple[str, ...]
    disk_mb: int = 300
    takes_panns: bool = False
    has_base: bool = False


TRAINABLES: tuple[Trainable, ...] = (
    Trainable("genre", None, "Genre CNN", GENRE_RECIPES, (SHIPPED, GTZAN)),
    Trainable("tempo", "tcn", "Compact tempo model", TEMPO_RECIPES, (GTZAN,)),
    Trainable("tempo", "cnn14", "Cnn14 tempo model", CNN14_RECIPES, (GTZAN,), disk_mb=7_000, takes_panns=True),
    Trainable("fusion", None, "Fusion of genre and tempo", FUSION_RECIPES, (GTZAN,), has_base=True),
)


def all_hyper_parameters() -> dict[str, HyperParameter]:
    """Of all recipes together, by name."""
    found: dict[str, HyperParameter] = {}
    for choice in TRAINABLES:
        found |= hyper_parameters(next(iter(choice.recipes.values())))
    return found


def trainable(request: TrainRequest) -> Trainable:
    """What a request is about.

    Raises:
        TrainingError: nothing that can be trained.
    """
    for choice in TRAINABLES:
        if choice.kind == request.kind and (request.model or choice.model) == choice.model:
            return choice
    known = ", ".join(" ".join(filter(None, (each.kind, each.model))) for each in TRAINABLES)
    raise TrainingError(f"“{request.kind} {request.model or ''}” cannot be trained. Choose one of {known}.")


def recipe_of(request: TrainRequest) -> Recipe:
    """The recipe of a request, with what the request sets in its stead.

    Raises:
        TrainingError: there is no such model or recipe, or the recipe has no such hyper-parameter.
    """
    choice = trainable(request)
    if request.recipe not in choice.recipes:
        raise TrainingError(
            f"There is no {choice.kind} recipe “{request.recipe}”. Choose one of {', '.join(choice.recipes)}."
        )
    return changed(choice.recipes[request.recipe], request.changes)


def check_request(request: TrainRequest) -> None:
    """Refuses what the forms do not offer, as nothing stops a caller from asking for it.

    Raises:
        TrainingError: a value that is not allowed, or GTZAN audio is needed and missing.
        DatasetError: the GTZAN folder holds no clip.
    """
    check_combination(request)
    check_values(request)
    _check_hardware(request.hardware)
    if request.data == GTZAN:
        root: Path | None = gtzan_root(request.gtzan)
        if root is None:
            raise TrainingError(
                "This needs GTZAN audio, and no folder is set. Set GTZAN_DIR or choose the shipped data."
            )
        find_clips(root)


def check_values(request: TrainRequest) -> None:
    """Refuses names and numbers that are not allowed, whoever asks.

    Raises:
        TrainingError: one of them is not.
    """
    _check_names(request)
    _check_numbers(request)
    _check_subset(request)


def check_combination(request: TrainRequest) -> None:
    """Refuses what does not go together, whoever asks.

    Raises:
        TrainingError: there is no such recipe, or an option or the data are not for this model.
    """
    choice = trainable(request)
    recipe_of(request)
    _check_init(request, choice)
    _check_base(request, choice)
    _check_validation(request)
    if request.data not in choice.data:
        raise TrainingError(
            f"{choice.label}: cannot be trained on “{request.data[:80]}”. Choose one of {', '.join(choice.data)}; the "
            "shipped spectrograms are too short and too coarse for all but the genre CNN."
        )
    if request.data == SHIPPED and request.f_max_hz is not None:
        raise TrainingError("The shipped spectrograms have their band edges. Leave --f-max out.")


def _check_init(request: TrainRequest, choice: Trainable) -> None:
    """Official weights for another network than Cnn14, or another front end for that one."""
    if request.init is not None and not choice.takes_panns:
        raise TrainingError("Official PANNs weights fit Cnn14 alone. Leave --init out, or give --model cnn14.")
    if request.f_max_hz is not None and choice.takes_panns:
        raise TrainingError("Cnn14 has a front end of its own, with its own band edges. Leave the upper band edge out.")


def _check_base(request: TrainRequest, choice: Trainable) -> None:
    """A fusion of nothing, options that are not for a fusion or only for one, a checkpoint's name that is none."""
    base = request.base
    if choice.has_base != (base is not None):
        raise TrainingError("A fusion, and nothing else, is built on a genre and a tempo checkpoint. Name both for it.")
    if base is None:
        return
    for reference in (base.genre, base.tempo):
        if not _REFERENCE.fullmatch(reference):
            raise TrainingError(
                f"“{reference[:80]}” is not a checkpoint's name. Give one such as genre-strong, or FOLDER/NAME for "
                "that of a run."
            )
    if request.subset_size is not None or request.f_max_hz is not None or request.hardware != Hardware():
        raise TrainingError(
            "A fusion trains in seconds on the CPU, on all clips of its genre checkpoint's split and with its "
            "features. Leave subset size, band edge and hardware out."
        )


def _check_validation(request: TrainRequest) -> None:
    """Validation clips are trained on only where nothing is chosen on them: by a recipe of a fixed length."""
    if request.validation not in (HELD_OUT, TRAINED_ON):
        raise TrainingError(f"Validation clips are {HELD_OUT} or {TRAINED_ON}, not “{request.validation[:80]}”.")
    recipe = recipe_of(request)
    if request.validation == TRAINED_ON and not (isinstance(recipe, GenreRecipe) and recipe.patience is None):
        raise TrainingError(
            "Only a genre recipe of a fixed length, such as strong, can train on validation clips: others stop by them."
        )


def _check_names(request: TrainRequest) -> None:
    if request.split not in SPLITS:
        raise TrainingError(f"There is no split “{request.split}”. Choose one of {', '.join(SPLITS)}.")
    if (request.fold is not None) != (request.split == "artist_folds"):
        raise TrainingError("The split artist_folds needs a fold, 0 to 4, the others have none. Correct the fold.")
    if not _NAME.fullmatch(request.name) or f"{request.name}.json" in RECORDS:
        raise TrainingError(
            f"“{request.name[:80]}” cannot be the checkpoint's name. Use small letters, digits, dots and dashes, such "
            "as genre-mine."
        )


def _check_numbers(request: TrainRequest) -> None:
    _within("seed", request.seed, 0, MAX_SEED)
    _within("split seed", request.split_seed, 0, MAX_SEED)
    _within("fold", request.fold, 0, N_FOLDS - 1)
    _within("split seed of the folds", None if request.base is None else request.base.fold_seed, 0, MAX_SEED)
    known = hyper_parameters(recipe_of(request))
    for name, value in request.changes.items():
        known[name].check(value)
    _within("subset size", request.subset_size, *SUBSET_SIZES)
    _within("number of threads", request.threads, 1, MAX_THREADS)
    _within("upper band edge in Hz", request.f_max_hz, 1_000.0, 11_025.0)


def _check_subset(request: TrainRequest) -> None:
    if request.subset_size is None:
        return
    n_train = len(make_split(request.split, request.split_seed, request.fold).train)
    if request.subset_size > n_train:
        raise TrainingError(
            f"The subset size is {request.subset_size}, and the split {request.split} has {n_train} training clips. "
            f"Choose one from {SUBSET_SIZES[0]} to {n_train}, or leave it out."
        )


def _within(what: str, value: float | None, least: float, most: float) -> None:
    if value is not None and not least <= value <= most:  # also refuses what is not a number
        raise TrainingError(f"The {what} is {value:g}. Choose one from {least:g} to {most:g}.")


def _check_hardware(hardware: Hardware) -> None:
    for what, value, allowed in (
        ("accelerator", hardware.accelerator, ACCELERATORS),
        ("strategy", hardware.strategy, STRATEGIES),
        ("precision", hardware.precision, PRECISIONS),
    ):
        if value not in allowed:
            raise TrainingError(f"The {what} is “{value[:80]}”. Choose one of {', '.join(allowed)}.")
    if not re.fullmatch(r"auto|\d{1,2}(,\d{1,2})*", hardware.devices):
        raise TrainingError(f"The devices are “{hardware.devices[:80]}”. Give a number, numbers such as 0,1, or auto.")
    _within("number of machines", hardware.num_nodes, 1, 64)
