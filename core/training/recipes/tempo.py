"""How the compact tempo model learns: `TempoTCN` on windows of whole clips at 50 frames a second."""

from dataclasses import dataclass, field
from typing import Annotated

from core.features.specs import FeatureSpec
from core.training.recipes.adjustable import EPOCHS, LEARNING_RATE, batch_size_up_to
from core.training.recipes.genre import Augmentation

TEMPO_FEATURES = FeatureSpec(n_fft=1_024, hop_length=441, n_frames=1_200, f_min_hz=30.0)
"""50 frames a second, 24 s in a window: a clip can be played a quarter faster and still fill it. Analysis windows of
46 ms, short enough to place a beat."""


@dataclass(frozen=True, kw_only=True)
class TempoRecipe:
    """How a tempo model learns.

    Attributes:
        name: as given on the command line.
        label: one sentence for people.
        epochs: all of them are run.
        n_members: networks that learn at once and are averaged, see `TempoTCN`.
        batch_size: windows in a step.
        learning_rate: of Muon for the weights between the first layer and the outputs, the maximum of a one-cycle
            schedule (Smith and Topin, 2018).
        other_rate: of AdamW for the rest, as a share of `learning_rate`.
        weight_decay: decoupled.
        averaging_decay: of the EMA weights.
        augmentation: of a window; the time-stretch changes tempo and beats along with the spectrogram.
        synth_per_style: synthetic tracks in each style of `core.synth` that are mixed into training.
        n_without_tempo: pieces of silence, noise and steady tones that are mixed into training, without beats and
            with a flat distribution as the target.
        beat_weight, downbeat_weight, tempo_weight: of the three losses.
        beat_emphasis: weight of a frame with a beat against one without.
        other_weight: of the losses of the auxiliary targets, see `core.training.tempo.auxiliary_targets`.
        speeds: speeds at which a clip is predicted at test time, averaged.
        hop_frames: between windows of a track at test time.
        features: what the network receives, in training and at test time in windows of the same length.
    """

    name: str
    label: str = field(default="", repr=False, compare=False)
    epochs: Annotated[int, EPOCHS]
    n_members: int = 2
    batch_size: Annotated[int, batch_size_up_to(64)] = 8
    learning_rate: Annotated[float, LEARNING_RATE] = 0.02
    other_rate: float = 0.15
    weight_decay: float = 0.01
    averaging_decay: float = 0.99
    augmentation: Augmentation = field(
        default_factory=lambda: Augmentation(time_stretch=1.25, band_shift=0.08, max_mask_frames=50)
    )
    synth_per_style: int = 0
    n_without_tempo: int = 20
    beat_weight: float = 1.0
    downbeat_weight: float = 0.5
    tempo_weight: float = 0.5
    beat_emphasis: float = 5.0
    other_weight: float = 0.5
    speeds: tuple[float, ...] = (1.0,)
    hop_frames: int = 600
    features: FeatureSpec = TEMPO_FEATURES

    patience = None
    """All epochs are run."""


TEMPO_RECIPES: dict[str, TempoRecipe] = {
    "quick": TempoRecipe(name="quick", label="A first impression", epochs=4),
    "strong": TempoRecipe(
        name="strong",
        label="Longer, with synthetic tracks",
        epochs=44,
        synth_per_style=8,
        speeds=(0.9, 0.95, 1.0, 1.05, 1.1),
    ),
}
