"""The Lightning module of the compact tempo model."""

from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.nn import functional

from core.metrics.tempo import headline_scores
from core.models.tempo_tcn import TempoOutput, TempoTCN
from core.rhythm.tempo import estimate_tempo
from core.training.loop.optimizers import ParameterGroup, one_cycle
from core.training.recipes.tempo import TempoRecipe
from core.training.tempo.auxiliary_targets import AuxiliaryHead, auxiliary_loss
from core.training.tempo.data import TempoBatch

_FIRST_AND_LAST = (".front_end.0.", ".beats.", ".tempo.prior.", ".tempo.answer.")
"""Layers of each member that see the input or give the outputs: their steps are no case for `Muon`."""


def is_hidden(name: str, parameter: nn.Parameter) -> bool:
    """Whether a parameter is stepped by `Muon`; `name` as in a `TempoTCN`."""
    return parameter.ndim > 1 and not any(layer in name for layer in _FIRST_AND_LAST)


def tempo_losses(output: TempoOutput, batch: TempoBatch, beat_emphasis: float) -> tuple[Tensor, Tensor, Tensor]:
    """Losses of beats, downbeats and tempo, each a mean over what is known of the batch.

    Binary cross-entropy for every frame, where frames with a beat weigh more, and cross-entropy with soft labels for
    the tempo. The three tasks together as in Boeck and Davies 2020, sec. 2.3.
    """
    beats = _weighted_bce(output.beat_logits, batch.beats, beat_emphasis).mean()
    # Downbeats are a quarter of the beats: they weigh as much more.
    downbeats = _weighted_bce(output.downbeat_logits, batch.downbeats, 4.0 * beat_emphasis).mean(-1)
    known = batch.knows_bars.sum().clamp(min=1.0)
    tempo = functional.cross_entropy(output.tempo_logits, batch.tempo)
    return beats, (downbeats * batch.knows_bars).sum() / known, tempo


def _weighted_bce(logits: Tensor, targets: Tensor, emphasis: float) -> Tensor:
    losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    return losses * (1.0 + (emphasis - 1.0) * targets)


class TempoModule(LightningModule):
    """Trains a `TempoTCN`; logs the losses, and Accuracy1, Accuracy2 and MAE of the validation clips, each epoch."""

    def __init__(self, recipe: TempoRecipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.net = TempoTCN(recipe.n_members)
        self.others = nn.ModuleList(AuxiliaryHead() for _ in range(recipe.n_members))
        self._estimates_bpm: list[float] = []
        self._truths_bpm: list[float] = []

    def forward(self, windows: Tensor) -> Tensor:
        """`[B, 1, 64, T]` to `[B, N_BINS]` tempo logits."""
        logits: Tensor = self.net(windows)
        return logits

    def training_step(self, batch: TempoBatch, _: int) -> Tensor:
        """The weighted sum of all losses, the mean over the members: each learns as if it were alone."""
        outputs = self.net.member_outputs(batch.windows)
        return self._logged_loss("train", outputs, batch) + self.recipe.other_weight * self._auxiliary_loss(
            outputs, batch
        )

    def validation_step(self, batch: TempoBatch, _: int) -> None:
        """The same on whole clips, and their estimated tempi."""
        output = self.net.outputs(batch.windows)
        self._logged_loss("valid", [output], batch)
        probs = torch.softmax(output.tempo_logits.float(), dim=-1).cpu().numpy()
        beats = output.beat_logits.float().sigmoid().cpu().numpy()
        frame_s = self.recipe.features.frame_s
        self._estimates_bpm += [
            estimate_tempo(row, beat, frame_s).tempo_bpm for row, beat in zip(probs, beats, strict=True)
        ]
        self._truths_bpm += batch.tempo_bpm.tolist()

    def on_validation_epoch_end(self) -> None:
        """Scores the epoch's estimates."""
        for name, score in headline_scores(self._estimates_bpm, self._truths_bpm).items():
            self.log(f"valid_{name}", score, prog_bar=True)
        self._estimates_bpm, self._truths_bpm = [], []

    def configure_optimizers(self) -> Any:
        """Muon for the weights between the first layer and the outputs, AdamW for the rest; one-cycle schedule."""
        recipe = self.recipe
        hidden = [parameter for name, parameter in self.net.named_parameters() if is_hidden(name, parameter)]
        matrices = set(hidden)
        others = [parameter for parameter in self.parameters() if parameter not in matrices]
        rate = recipe.learning_rate
        groups = [ParameterGroup(hidden, rate, orthogonal=True), ParameterGroup(others, rate * recipe.other_rate)]
        return one_cycle(self, groups, recipe.weight_decay)

    def _auxiliary_loss(self, outputs: list[TempoOutput], batch: TempoBatch) -> Tensor:
        losses = [
            auxiliary_loss(head(output.evidence), batch.auxiliary)
            for head, output in zip(self.others, outputs, strict=False)
            if output.evidence is not None
        ]
        return torch.stack(losses).mean() if losses else torch.zeros(())

    def _logged_loss(self, subset: str, outputs: list[TempoOutput], batch: TempoBatch) -> Tensor:
        recipe, n_clips = self.recipe, len(batch.tempo_bpm)
        losses = [torch.stack(tempo_losses(output, batch, recipe.beat_emphasis)) for output in outputs]
        beats, downbeats, tempo = torch.stack(losses).mean(0)
        loss: Tensor = recipe.beat_weight * beats + recipe.downbeat_weight * downbeats + recipe.tempo_weight * tempo
        for name, value in (("loss", loss), ("beat_loss", beats), ("tempo_loss", tempo)):
            self.log(f"{subset}_{name}", value, on_step=False, on_epoch=True, batch_size=n_clips)
        return loss
