"""What can be trained, for forms and for checking what they send; the recipes themselves are in `core.training`."""

import re
from dataclasses import dataclass
from pathlib import Path

from core.data.gtzan import N_FOLDS, SPLITS, find_clips, gtzan_root, make_split
from core.errors import TrainingError
from core.runs.request import GTZAN, SHIPPED, Hardware, TrainRequest
from core.runs.status import RECORDS

MAX_SEED = 2**32 - 1
MAX_EPOCHS = 1_000
MAX_THREADS = 256
LEARNING_RATES = (1e-5, 1e-1)
SUBSET_SIZES = (10, 599)
"""From one clip of each genre to the training subset of the stratified split."""

ACCELERATORS = ("cpu", "gpu", "auto")
STRATEGIES = ("auto", "ddp")
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_REFERENCE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,127}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class RecipeChoice:
    """A recipe as a form offers it.

    Attributes:
        name: as given on the command line.
        label: one sentence for people.
        epochs, batch_size, learning_rate: what it uses unless told otherwise.
        needs_folds: of a fusion: learns from five tempo models, each of which has not trained on a fold of the clips.
    """

    name: str
    label: str
    epochs: int
    batch_size: int
    learning_rate: float
    needs_folds: bool = False


@dataclass(frozen=True)
class Trainable:
    """A model that can be trained.

    Attributes:
        kind, model: as given on the command line.
        label: for people.
        recipes: the default one first.
        data: where its clips may come from.
        disk_mb: room that a run needs, twice what it leaves.
        max_batch_size: what fits in the memory of a large machine.
    """

    kind: str
    model: str | None
    label: str
    recipes: tuple[RecipeChoice, ...]
    data: tuple[str, ...]
    disk_mb: int
    max_batch_size: int

    def recipe(self, name: str) -> RecipeChoice | None:
        """By name, None for one it does not have."""
        return next((recipe for recipe in self.recipes if recipe.name == name), None)


TRAINABLES: tuple[Trainable, ...] = (
    Trainable(
        kind="genre",
        model=None,
        label="Genre CNN",
        recipes=(
            RecipeChoice("seed", "The study's recipe, to the letter", 30, 32, 1e-3),
            RecipeChoice("seed-all-epochs", "The study's recipe without stopping early, a control", 30, 32, 1e-3),
            RecipeChoice("strong", "The same network, learning from augmented windows", 40, 16, 0.05),
        ),
        data=(SHIPPED, GTZAN),
        disk_mb=300,
        max_batch_size=256,
    ),
    Trainable(
        kind="tempo",
        model="tcn",
        label="Compact tempo model",
        recipes=(
            RecipeChoice("quick", "A first impression", 4, 8, 0.02),
            RecipeChoice("strong", "Longer, with synthetic tracks", 44, 8, 0.02),
        ),
        data=(GTZAN,),
        disk_mb=300,
        max_batch_size=64,
    ),
    Trainable(
        kind="tempo",
        model="cnn14",
        label="Cnn14 tempo model",
        recipes=(
            RecipeChoice("strong", "A distribution over tempi, from stretched crops of ten seconds", 12, 16, 0.02),
            RecipeChoice("seed", "The study's recipe, to the letter: many hours on a CPU", 100, 16, 1e-4),
        ),
        data=(GTZAN,),
        disk_mb=7_000,
        max_batch_size=64,
    ),
    Trainable(
        kind="fusion",
        model=None,
        label="Fusion of genre and tempo",
        recipes=(
            RecipeChoice("seed", "The study's: the BPM of one tempo model joins the genre network", 30, 32, 1e-3),
            RecipeChoice("strong", "Hears how sure the tempo is, of models new to the clip", 60, 64, 1e-3, True),
        ),
        data=(GTZAN,),
        disk_mb=300,
        max_batch_size=512,
    ),
)


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


def check_request(request: TrainRequest) -> None:
    """Refuses what the forms do not offer, as nothing stops a caller from asking for it.

    Raises:
        TrainingError: a value that is not allowed, or GTZAN audio is needed and missing.
        DatasetError: the GTZAN folder holds no clip.
    """
    choice = trainable(request)
    if choice.recipe(request.recipe) is None:
        raise TrainingError(
            f"There is no {choice.kind} recipe “{request.recipe}”. "
            f"Choose one of {', '.join(recipe.name for recipe in choice.recipes)}."
        )
    check_init(request)
    check_base(request)
    _check_names(request)
    _check_numbers(request, choice)
    _check_subset(request)
    _check_hardware(request.hardware)
    _check_data(request, choice)


def check_init(request: TrainRequest) -> None:
    """Refuses options that are not for the model.

    Raises:
        TrainingError: official weights for another network than Cnn14, or another front end for that one.
    """
    if request.init is not None and request.model != "cnn14":
        raise TrainingError("Official PANNs weights fit Cnn14 alone. Leave --init out, or give --model cnn14.")
    if request.f_max_hz is not None and request.model == "cnn14":
        raise TrainingError("Cnn14 has a front end of its own, with its own band edges. Leave the upper band edge out.")


def check_base(request: TrainRequest) -> None:
    """Refuses a fusion of nothing, and options that are not for a fusion or only for one.

    Raises:
        TrainingError: so it is, or a checkpoint's name is none.
    """
    base = request.base
    if (request.kind == "fusion") != (base is not None):
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
            "A fusion learns in seconds on the CPU, from all clips of its genre checkpoint's split and with its "
            "features. Leave subset size, band edge and hardware out."
        )


def _check_names(request: TrainRequest) -> None:
    if request.split not in SPLITS:
        raise TrainingError(f"There is no split “{request.split}”. Choose one of {', '.join(SPLITS)}.")
    if (request.fold is not None) != (request.split == "artist_folds"):
        raise TrainingError("The split artist_folds needs a fold, the others have none. Correct the fold.")
    if not _NAME.fullmatch(request.name) or f"{request.name}.json" in RECORDS:
        raise TrainingError(
            f"“{request.name[:80]}” cannot be the checkpoint's name. Use small letters, digits, dots and dashes, such "
            "as genre-mine."
        )


def _check_numbers(request: TrainRequest, choice: Trainable) -> None:
    _within("seed", request.seed, 0, MAX_SEED)
    _within("split seed", request.split_seed, 0, MAX_SEED)
    _within("fold", request.fold, 0, N_FOLDS - 1)
    _within("split seed of the folds", None if request.base is None else request.base.fold_seed, 0, MAX_SEED)
    _within("number of epochs", request.epochs, 1, MAX_EPOCHS)
    _within("batch size", request.batch_size, 1, choice.max_batch_size)
    _within("learning rate", request.learning_rate, *LEARNING_RATES)
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


def _check_data(request: TrainRequest, choice: Trainable) -> None:
    if request.data not in choice.data:
        raise TrainingError(
            f"{choice.label} cannot learn from “{request.data[:80]}”. Choose one of {', '.join(choice.data)}."
        )
    if request.data == SHIPPED:
        if request.f_max_hz is not None:
            raise TrainingError("The shipped spectrograms have their band edges. Leave the upper band edge out.")
        return
    root: Path | None = gtzan_root(request.gtzan)
    if root is None:
        raise TrainingError("This needs GTZAN audio, and no folder is set. Set GTZAN_DIR or choose the shipped data.")
    find_clips(root)
