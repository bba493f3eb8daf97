"""Hyper-parameters that a request may set in a recipe's stead: bounds and help stand in the type of the recipe's field.

Options of the command line, fields of the form and checks come from them. Another one takes a line of a recipe:
`weight_decay: Annotated[float, HyperParameter("Weight decay", 0.0, 1.0, "Decoupled.", step=0.001)]`.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from core.errors import TrainingError

_Recipe = TypeVar("_Recipe")


@dataclass(frozen=True)
class HyperParameter:
    """What is known of one.

    Attributes:
        label: for people.
        least, most: what is allowed.
        help: one sentence.
        step: of a form's field.
    """

    label: str
    least: float
    most: float
    help: str
    step: float = 1

    @property
    def kind(self) -> type[int] | type[float]:
        """Whole numbers or any."""
        return int if isinstance(self.step, int) else float

    @property
    def format(self) -> str:
        """How a form writes it: one digit more than a step has."""
        return "%d" if self.kind is int else f"%.{1 - math.floor(math.log10(self.step))}f"

    def check(self, value: float) -> None:
        """Raises `TrainingError` for a value that is not allowed."""
        if not self.least <= value <= self.most or self.kind(value) != value:  # also refuses what is not a number
            whole = "whole number" if self.kind is int else "number"
            raise TrainingError(f"“{self.label}” is {value:g}. Choose a {whole} from {self.least:g} to {self.most:g}.")


EPOCHS = HyperParameter("Epochs, at most", 1, 1_000, "Some recipes stop earlier when validation no longer improves.")
LEARNING_RATE = HyperParameter("Learning rate", 1e-5, 1e-1, "Its maximum, where it is scheduled.", step=1e-4)


def batch_size_up_to(most: int) -> HyperParameter:
    """At most what fits in the memory of a large machine."""
    return HyperParameter("Batch size", 1, most, "Windows in a step.")


def hyper_parameters(recipe: Any) -> dict[str, HyperParameter]:
    """Of a recipe or a class of recipes, by the name of the field, in their order."""
    return {
        field.name: each
        for field in dataclasses.fields(recipe)
        for each in get_args(field.type)
        if isinstance(each, HyperParameter)
    }


def settings_of(recipe: Any) -> dict[str, object]:
    """All fields but the words for people, those of nested dataclasses as dicts."""
    words = {each.name for each in dataclasses.fields(recipe) if not each.repr}
    return {name: value for name, value in dataclasses.asdict(recipe).items() if name not in words}


def changed(recipe: _Recipe, changes: Mapping[str, float]) -> _Recipe:
    """A recipe with what a request sets in its stead.

    Raises:
        TrainingError: the recipe has no such hyper-parameter.
    """
    known = hyper_parameters(recipe)
    for name in changes:
        if name not in known:
            raise TrainingError(f"This recipe has no “{name}” to set. Choose of {', '.join(known)}.")
    values = {name: known[name].kind(value) for name, value in changes.items()}
    return dataclasses.replace(recipe, **values)  # type: ignore[type-var]  # every recipe is a dataclass
