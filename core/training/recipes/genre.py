"""The recipes: how a model learns. The architecture and the clips are the same for all of them."""

from dataclasses import dataclass, field, replace
from typing import Annotated

from core.training.recipes.adjustable import EPOCHS, LEARNING_RATE, batch_size_up_to


@dataclass(frozen=True)
class Augmentation:
    """What is done to a training window, drawn anew each time a clip is seen.

    Attributes:
        time_stretch: window length factor is drawn from 1 / this .. this.
        band_shift: frequency axis is stretched by up to this share.
        equaliser_std: smooth random equaliser, standard deviations of a band's level.
        gain_std: random level, in the same unit.
        n_masks, max_mask_bands, max_mask_frames: SpecAugment (Park et al., Interspeech 2019, sec. 2).
        mixup_alpha: Beta parameter of mixup (Zhang et al., ICLR 2018).
        n_segments: a window is put together of so many pieces of the clip, from anywhere in it.
        cutmix_chance: chance of a batch that a stretch of each window comes from another one (`augment.cutmix`).
    """

    time_stretch: float = 1.15
    band_shift: float = 0.02
    equaliser_std: float = 0.1
    gain_std: float = 0.2
    n_masks: int = 2
    max_mask_bands: int = 8
    max_mask_frames: int = 40
    mixup_alpha: float = 0.2
    n_segments: int = 1
    cutmix_chance: float = 0.0


@dataclass(frozen=True, kw_only=True)
class GenreRecipe:
    """How the genre CNN learns.

    Attributes:
        name: as given on the command line.
        label: one sentence for people.
        epochs: at most.
        batch_size: windows in a step.
        learning_rate: of Adam; with `one_cycle` the maximum learning rate of Muon for the convolution kernels.
        embedding_rate, other_rate: with `one_cycle`, rate of Muon for the embedding layer's weights and of AdamW for
            all that is no matrix and for the classifier, as shares of `learning_rate`.
        weight_decay: decoupled (AdamW), 0 is plain Adam.
        patience: epochs without a better validation loss before stopping, None to run the whole schedule.
        one_cycle: learning rate rises and falls over the run (Smith and Topin, 2018), steps by `Muon`.
        averaging_decay: of the EMA weights, None for none.
        augmentation: None trains on the first window of each clip, as it is.
        hop_frames: between the windows that are averaged at test time, None for the first window alone.
        calibrate: fit a temperature on the validation subset (Guo et al., ICML 2017).
        clips_keep_level: clips are trained on and scored at the level of their recording; else all at one level.
    """

    name: str
    label: str = field(default="", repr=False, compare=False)
    epochs: Annotated[int, EPOCHS]
    batch_size: Annotated[int, batch_size_up_to(256)]
    learning_rate: Annotated[float, LEARNING_RATE]
    embedding_rate: float
    other_rate: float
    weight_decay: float
    patience: int | None
    one_cycle: bool
    averaging_decay: float | None
    augmentation: Augmentation | None
    hop_frames: int | None
    calibrate: bool
    clips_keep_level: bool


_SEED = GenreRecipe(
    name="seed",
    label="The study's recipe, to the letter",
    epochs=30,
    batch_size=32,
    learning_rate=1e-3,
    embedding_rate=1.0,
    other_rate=1.0,
    weight_decay=0.0,
    patience=10,
    one_cycle=False,
    averaging_decay=None,
    augmentation=None,
    hop_frames=None,
    calibrate=False,
    clips_keep_level=True,
)
GENRE_RECIPES: dict[str, GenreRecipe] = {
    "seed": _SEED,
    # Every epoch is run and the best one kept.
    "seed-all-epochs": replace(
        _SEED,
        name="seed-all-epochs",
        label="The study's recipe without stopping early, a control",
        patience=_SEED.epochs,
    ),
    "strong": GenreRecipe(
        name="strong",
        label="The same network, trained on augmented windows",
        epochs=40,
        batch_size=16,
        learning_rate=0.05,
        embedding_rate=0.4,
        other_rate=0.06,
        weight_decay=0.01,
        patience=None,
        one_cycle=True,
        averaging_decay=0.99,
        augmentation=Augmentation(
            time_stretch=1.0, band_shift=0.0, equaliser_std=0.3, gain_std=0.4, n_segments=4, cutmix_chance=0.5
        ),
        hop_frames=100,
        calibrate=True,
        clips_keep_level=False,
    ),
}
