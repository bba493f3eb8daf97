"""How Cnn14 learns the tempo: the study's way, and one that works within a small budget."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from core.features.specs import CNN14_22K
from core.training.recipes.adjustable import EPOCHS, LEARNING_RATE, batch_size_up_to


@dataclass(frozen=True, kw_only=True)
class Cnn14Recipe:
    """How a Cnn14 learns.

    Attributes:
        name: as given on the command line.
        label: one sentence for people.
        head: "scalar": one number, learned with mean squared error; "bins": a distribution over tempi, and beats.
        window_s: seconds that the network receives at once.
        epochs: at most.
        batch_size: clips in a step. Batch normalisation takes its statistics over all of them together: in parts of
            fewer clips the gradients would add up to nearly the same, but each part would be normalised by statistics
            of its own, noisier ones, and the network would be another than the one that was asked for.
        learning_rate: of Adam; with `one_cycle` the maximum learning rate of Muon for the kernels of the first five
            blocks and of the head's inner layers. The sixth block holds two thirds of all weights: to orthogonalise its
            steps costs more than the steps.
        other_rate: with `one_cycle`, of AdamW for the rest, as a share of `learning_rate`.
        weight_decay: decoupled, used with `one_cycle`.
        one_cycle: learning rate rises and falls over the run (Smith and Topin, 2018), steps by `Muon`.
        patience: epochs without a better validation loss before stopping, None to run the whole schedule.
        averaging_decay: of the EMA weights, None for none.
        spec_augment: blank stripes of time and bands, as the published networks were trained.
        time_stretch: a window is played up to so many times faster or slower, its labels with it.
        gain_std_db: random level.
        beat_weight: of the loss of the beats beside that of the tempo, which weighs 1.
        synth_per_style: synthetic tracks in each style of `core.synth`.
        pretraining_epochs: epochs at the beginning on nothing but these tracks, as many windows as later ones.
        n_without_tempo: pieces of silence, noise and steady tones among the clips, with a flat distribution as target.
        hop_length: samples between two frames of the project's own front end; official weights bring theirs.
        hop_s: between windows at test time, None for the first window alone.
    """

    name: str
    label: str = field(default="", repr=False, compare=False)
    head: Literal["scalar", "bins"]
    window_s: float
    epochs: Annotated[int, EPOCHS]
    batch_size: Annotated[int, batch_size_up_to(64)] = 16
    learning_rate: Annotated[float, LEARNING_RATE] = 1e-4
    other_rate: float = 1.0
    weight_decay: float = 0.0
    one_cycle: bool = False
    patience: int | None = None
    averaging_decay: float | None = None
    spec_augment: bool = False
    time_stretch: float = 1.0
    gain_std_db: float = 0.0
    beat_weight: float = 0.0
    synth_per_style: int = 0
    pretraining_epochs: int = 0
    n_without_tempo: int = 0
    hop_length: int = CNN14_22K.hop_length
    hop_s: float | None = None


CNN14_RECIPES: dict[str, Cnn14Recipe] = {
    "strong": Cnn14Recipe(
        name="strong",
        label="A distribution over tempi, from stretched crops of ten seconds",
        head="bins",
        window_s=10.0,
        epochs=12,
        learning_rate=0.02,
        other_rate=0.025,
        weight_decay=0.01,
        one_cycle=True,
        averaging_decay=0.99,
        spec_augment=True,
        time_stretch=1.3,
        gain_std_db=3.0,
        beat_weight=0.5,
        synth_per_style=8,
        pretraining_epochs=1,
        n_without_tempo=20,
        hop_length=2 * CNN14_22K.hop_length,  # half the work; a beat of the fastest music is still five frames long
        hop_s=5.0,
    ),
    # It does not state how many epochs at most, and its patience decides.
    "seed": Cnn14Recipe(
        name="seed",
        label="The study's recipe, to the letter: many hours on a CPU",
        head="scalar",
        window_s=30.0,
        epochs=100,
        patience=10,
    ),
}
