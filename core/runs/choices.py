"""What can be trained, for forms and for checking what they send; the recipes themselves are in `core.training`."""

import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import TrainingError
from core.gtzan import N_FOLDS, SPLITS, find_clips, gtzan_root
from core.runs.request import GTZAN, SHIPPED, Hardware, TrainRequest
from core.runs.status import RECORDS

MAX_SEED = 2**32 - 1
MAX_EPOCHS = 1_000
MAX_BATCH_SIZE = 256
MAX_THREADS = 256
LEARNING_RATES = (1e-5, 1e-1)
SUBSET_SIZES = (10, 599)
"""From one clip of each genre to the training subset of the stratified split."""

ACCELERATORS = ("cpu", "gpu", "auto")
STRATEGIES = ("auto", "ddp")
PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class RecipeChoice:
    """A recipe as a form offers it.

    Attributes:
        name: as given on the command line.
        label: one sentence for people.
        epochs, batch_size, learning_rate: what it uses unless told otherwise.
    """

    name: str
    label: str
    epochs: int
    batch_size: int
    learning_rate: float


@dataclass(frozen=True)
class Trainable:
    """A model that can be trained.

    Attributes:
        kind, model: as given on the command line.
        label: for people.
        recipes: the default one first.
        data: where its clips may come from.
        disk_mb: room that a run needs, twice what it leaves.
    """

    kind: str
    model: str | None
    label: str
    recipes: tuple[RecipeChoice, ...]
    data: tuple[str, ...]
    disk_mb: int

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
            RecipeChoice("strong", "The same network, learning from augmented windows", 45, 16, 1e-2),
        ),
        data=(SHIPPED, GTZAN),
        disk_mb=300,
    ),
    Trainable(
        kind="tempo",
        model="tcn",
        label="Compact tempo model",
        recipes=(
            RecipeChoice("quick", "A first impression", 30, 8, 3e-3),
            RecipeChoice("strong", "Longer, with synthetic tracks", 100, 8, 3e-3),
        ),
        data=(GTZAN,),
        disk_mb=300,
    ),
    Trainable(
        kind="tempo",
        model="cnn14",
        label="Cnn14 tempo model",
        recipes=(
            RecipeChoice("strong", "A distribution over tempi, from stretched crops of ten seconds", 40, 16, 5e-4),
            RecipeChoice("seed", "The study's recipe, to the letter: many hours on a CPU", 100, 16, 1e-4),
        ),
        data=(GTZAN,),
        disk_mb=7_000,
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
    _check_names(request)
    _check_numbers(request)
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


def _check_numbers(request: TrainRequest) -> None:
    _within("seed", request.seed, 0, MAX_SEED)
    _within("split seed", request.split_seed, 0, MAX_SEED)
    _within("fold", request.fold, 0, N_FOLDS - 1)
    _within("number of epochs", request.epochs, 1, MAX_EPOCHS)
    _within("batch size", request.batch_size, 1, MAX_BATCH_SIZE)
    _within("learning rate", request.learning_rate, *LEARNING_RATES)
    _within("subset size", request.subset_size, *SUBSET_SIZES)
    _within("number of threads", request.threads, 1, MAX_THREADS)
    _within("upper band edge in Hz", request.f_max_hz, 1_000.0, 11_025.0)


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
