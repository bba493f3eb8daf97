"""The Lightning modules of Cnn14: a number by mean squared error, or a distribution with beats beside it."""

from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.nn import Parameter, functional

from core.features.specs import Cnn14Spec
from core.metrics.tempo import headline_scores
from core.models.cnn14 import SCALAR_LABELS, Cnn14Tempo, bpm_from_unit
from core.models.cnn14_bins import Cnn14Bins
from core.rhythm.tempo import TEMPO_LABELS, estimate_tempo
from core.training.cnn14.data import BinsBatch, ScalarBatch
from core.training.loop.optimizers import ParameterGroup, one_cycle
from core.training.recipes.cnn14 import Cnn14Recipe

_BEAT_EMPHASIS = 5.0
"""Weight of a frame with a beat against one without."""
_INNER_OF_HEAD = ("rhythm", *(f"rhythm_head.{layer}" for layer in ("channels", "shape", "relate", "context")))
"""Layers of `Cnn14Bins` between its blocks and its outputs."""


class Cnn14Module(LightningModule):
    """What both have in common: the optimizer, and Accuracy1, Accuracy2 and MAE of the validation clips each epoch.

    Attributes:
        model, labels: of the checkpoint's header.
        net: what learns.
    """

    model: str
    labels: tuple[str, ...]
    net: Cnn14Tempo | Cnn14Bins

    def __init__(self, recipe: Cnn14Recipe) -> None:
        super().__init__()
        self.recipe = recipe
        self._estimates_bpm: list[float] = []
        self._truths_bpm: list[float] = []

    def forward(self, waveform: Tensor) -> Tensor:
        """`[B, n]` samples to what the network gives."""
        output: Tensor = self.net(waveform)
        return output

    def learned(self) -> list[Parameter]:
        """All weights but the front end's."""
        return [parameter for parameter in self.net.parameters() if parameter.requires_grad]

    def on_validation_epoch_end(self) -> None:
        """Scores the epoch's estimates."""
        for name, score in headline_scores(self._estimates_bpm, self._truths_bpm).items():
            self.log(f"valid_{name}", score, prog_bar=True)
        self._estimates_bpm, self._truths_bpm = [], []

    def configure_optimizers(self) -> Any:
        """Adam at one rate, or Muon for the kernels and AdamW for the rest under a one-cycle schedule."""
        recipe, rate = self.recipe, self.recipe.learning_rate
        if not recipe.one_cycle:
            return torch.optim.Adam(self.learned(), lr=rate)
        inner = [*self.net.block_names[:-1], *_INNER_OF_HEAD]
        modules = [module for name, module in self.net.named_modules() if name in inner]
        kernels = [parameter for module in modules for parameter in module.parameters() if parameter.ndim > 1]
        matrices = set(kernels)
        others = [parameter for parameter in self.learned() if parameter not in matrices]
        groups = [ParameterGroup(kernels, rate, orthogonal=True), ParameterGroup(others, rate * recipe.other_rate)]
        return one_cycle(self, groups, recipe.weight_decay)

    def note_estimates(self, estimates_bpm: list[float], truths_bpm: Tensor) -> None:
        """Keeps estimates for the scores at the end of the epoch."""
        self._estimates_bpm += estimates_bpm
        self._truths_bpm += truths_bpm.tolist()

    def log_epoch(self, name: str, value: Tensor, n_clips: int) -> None:
        """Logs the mean over an epoch."""
        self.log(name, value, on_step=False, on_epoch=True, batch_size=n_clips)


class ScalarModule(Cnn14Module):
    """Trains a `Cnn14Tempo`: mean squared error on BPM scaled to 0..1."""

    model, labels = "cnn14_tempo", SCALAR_LABELS

    def __init__(self, recipe: Cnn14Recipe, spec: Cnn14Spec) -> None:
        super().__init__(recipe)
        self.net = Cnn14Tempo(spec, spec_augment=recipe.spec_augment)

    def training_step(self, batch: ScalarBatch, _: int) -> Tensor:
        """The mean squared error."""
        loss = functional.mse_loss(self.net(batch.waveform), batch.tempo_unit)
        self.log_epoch("train_loss", loss, len(batch.tempo_unit))
        return loss

    def validation_step(self, batch: ScalarBatch, _: int) -> None:
        """The same, and the estimates in BPM, kept positive for the scores."""
        tempo_unit = self.net(batch.waveform)
        self.log_epoch("valid_loss", functional.mse_loss(tempo_unit, batch.tempo_unit), len(batch.tempo_unit))
        self.note_estimates(bpm_from_unit(tempo_unit).clamp(min=1.0).tolist(), batch.tempo_bpm)


class BinsModule(Cnn14Module):
    """Trains a `Cnn14Bins`: cross-entropy with soft labels for the tempo, binary cross-entropy for beats."""

    model, labels = "cnn14_bins", TEMPO_LABELS
    net: Cnn14Bins

    def __init__(self, recipe: Cnn14Recipe, spec: Cnn14Spec) -> None:
        super().__init__(recipe)
        self.net = Cnn14Bins(spec, spec_augment=recipe.spec_augment)

    def training_step(self, batch: BinsBatch, _: int) -> Tensor:
        """The weighted sum of the two losses."""
        return self._logged_loss("train", batch)[0]

    def validation_step(self, batch: BinsBatch, _: int) -> None:
        """The same, and the estimated tempi."""
        logits = self._logged_loss("valid", batch)[1]
        probs = torch.softmax(logits.float(), dim=-1).cpu().numpy()
        self.note_estimates([estimate_tempo(row).tempo_bpm for row in probs], batch.tempo_bpm)

    def _logged_loss(self, subset: str, batch: BinsBatch) -> tuple[Tensor, Tensor]:
        output = self.net.outputs(batch.decibels)
        beats = functional.binary_cross_entropy_with_logits(
            output.beat_logits, batch.beats, weight=1.0 + (_BEAT_EMPHASIS - 1.0) * batch.beats
        )
        tempo = functional.cross_entropy(output.tempo_logits, batch.tempo)
        loss = tempo + self.recipe.beat_weight * beats
        for name, value in (("loss", loss), ("beat_loss", beats), ("tempo_loss", tempo)):
            self.log_epoch(f"{subset}_{name}", value, len(batch.tempo_bpm))
        return loss, output.tempo_logits
