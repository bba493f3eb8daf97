"""How fusion heads learn, and the systems that a fused head is measured against."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from core.results.fusion_reports import FUSED, NO_TEMPO, TRUE_TEMPO
from core.training.recipes.adjustable import EPOCHS, LEARNING_RATE, batch_size_up_to

InputKind = Literal["out of fold", "seen", "none", "constant", "shuffled", "true"]
"""Whose tempo a head receives: of a model that has not, or has, trained on the clip; none; constant, the mean of the
training clips; permuted, that of another clip; oracle, the annotated one."""


@dataclass(frozen=True)
class Candidate:
    """Regularisation of a head; the candidate with the best validation loss is kept.

    Attributes:
        dropout: share of inputs and hidden units dropped; the study's head has none.
        weight_decay: of AdamW; with 0 it is Adam.
        pulse_only: receive tempo and confidence without the distribution.
    """

    dropout: float = 0.0
    weight_decay: float = 0.0
    pulse_only: bool = False


@dataclass(frozen=True, kw_only=True)
class FusionRecipe:
    """How a head is trained.

    Attributes:
        name: as given on the command line.
        label: one sentence for people.
        model: key of `core.models.registry.ARCHITECTURES`.
        feed: whose tempo the fused head receives.
        epochs: at most.
        patience: epochs without a better validation loss before stopping; the best epoch's weights are kept.
        batch_size: clips in a step.
        learning_rate: of AdamW.
        hop_frames: between the windows that a clip is cut into, a random one in each epoch, all of them averaged at
            test time; None for the first window alone.
        calibrate: fit a temperature on the validation subset (Guo et al., ICML 2017).
        candidates: tried in turn.
    """

    name: str
    label: str = field(default="", repr=False, compare=False)
    model: str
    feed: InputKind
    epochs: Annotated[int, EPOCHS]
    patience: int
    batch_size: Annotated[int, batch_size_up_to(512)]
    learning_rate: Annotated[float, LEARNING_RATE]
    hop_frames: int | None
    calibrate: bool
    candidates: tuple[Candidate, ...]

    averaging_decay = None
    """The best epoch's weights are kept, no EMA weights."""

    @property
    def needs_folds(self) -> bool:
        """Whether it is trained on five tempo models, each of which has not trained on a fold of the clips."""
        return self.feed == "out of fold"


FUSION_RECIPES: dict[str, FusionRecipe] = {
    "seed": FusionRecipe(
        name="seed",
        label="The study's: the BPM of one tempo model joins the genre network",
        model="fusion_seed",
        feed="seen",
        epochs=30,
        patience=10,
        batch_size=32,
        learning_rate=1e-3,
        hop_frames=None,
        calibrate=False,
        candidates=(Candidate(),),
    ),
    "strong": FusionRecipe(
        name="strong",
        label="Receives the tempo distribution of out-of-fold models",
        model="fusion_strong",
        feed="out of fold",
        epochs=60,
        patience=15,
        batch_size=64,
        learning_rate=1e-3,
        hop_frames=100,
        calibrate=True,
        candidates=(
            Candidate(dropout=0.3, weight_decay=0.01),
            Candidate(dropout=0.5, weight_decay=0.1),
            Candidate(dropout=0.5, weight_decay=0.1, pulse_only=True),
        ),
    ),
}


@dataclass(frozen=True)
class System:
    """A head and whose tempo it receives.

    Attributes:
        name: short.
        feed: whose tempo.
        is_widened: the parameter-matched control, without a tempo.
        description: one sentence for people.
    """

    name: str
    feed: InputKind
    description: str
    is_widened: bool = False

    @property
    def receives_tempo(self) -> bool:
        """Whether the tempo is an input of the head at all."""
        return self.feed != "none"


_OUT_OF_FOLD = System(
    "out-of-fold", "out of fold", "Fused, with the tempo of a model that has not trained on the clip."
)
CONTROLS: tuple[System, ...] = (
    System(NO_TEMPO, "none", "The same head, retrained without a tempo."),
    System("widened", "none", "The same head without a tempo, as many parameters as the fused one.", is_widened=True),
    System("constant", "constant", "The fused head, every clip with the mean tempo of the training clips."),
    System("shuffled", "shuffled", "The fused head, every clip with the tempo of another clip."),
    System(TRUE_TEMPO, "true", "The fused head with the annotated tempo: the most that a tempo could give."),
)


def systems_of(recipe: FusionRecipe) -> tuple[System, ...]:
    """The fused head first, then everything it is measured against."""
    if recipe.needs_folds:
        return (System(FUSED, "out of fold", _OUT_OF_FOLD.description), *CONTROLS)
    fused = System(FUSED, recipe.feed, "Fused, with the tempo of a model that has trained on the training clips.")
    return (fused, _OUT_OF_FOLD, *CONTROLS)
