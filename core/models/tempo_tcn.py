"""A compact network for tempo, beats and downbeats: convolutions, dilated convolutions, and a learned tempogram.

The trunk follows S. Boeck and M. E. P. Davies, "Deconstruct, Analyse, Reconstruct: How to Improve Tempo, Beat, and
Downbeat Estimation", ISMIR 2020: a small 2D front end pools frequency away, residual temporal convolutions with two
dilation rates per layer follow, and the tempo is read from the skip connections of all of them.

New here is how it is read, see `core.models.tempo_head`, and that it is several networks at once.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.models.tempo_head import TempoHead

N_MELS = 64
CHANNELS = 96
N_LAYERS = 10
"""Dilations 1, 2, 4, ... 512 beside twice those: from 0.1 s to 41 s, so each frame depends on the whole clip."""


@dataclass(frozen=True)
class TempoOutput:
    """What the network gives for a batch.

    Attributes:
        beat_logits: `[B, T]`, one per frame.
        downbeat_logits: `[B, T]`, one per frame.
        tempo_logits: `[B, N_BINS]`.
        evidence: `[B, N_EVIDENCE, N_BINS]`, evidence of a single network for each tempo; None of several.
    """

    beat_logits: Tensor
    downbeat_logits: Tensor
    tempo_logits: Tensor
    evidence: Tensor | None = None


class _FrontEnd(nn.Sequential):
    """`[B, 1, 64, T]` to `[B, CHANNELS, 1, T]`: local patterns of 0.1 s, frequency pooled away."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 16, 3, padding=1, bias=False),
            nn.MaxPool2d((4, 1)),
            nn.BatchNorm2d(16),
            nn.ELU(),
            nn.Conv2d(16, 24, 3, padding=1, bias=False),
            nn.MaxPool2d((4, 1)),
            nn.BatchNorm2d(24),
            nn.ELU(),
            nn.Conv2d(24, CHANNELS, (4, 3), padding=(0, 1), bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ELU(),
        )


class _TemporalLayer(nn.Module):
    """Two dilated convolutions side by side, mixed and added to the input (Boeck and Davies 2020, sec. 2.2)."""

    def __init__(self, dilation: int, dropout: float) -> None:
        super().__init__()
        half = CHANNELS // 2
        self.near, self.far = (
            nn.Conv1d(CHANNELS, half, 5, padding=2 * rate, dilation=rate, bias=False)
            for rate in (dilation, 2 * dilation)
        )
        self.norm = nn.BatchNorm2d(CHANNELS)
        self.dropout = nn.Dropout2d(dropout)
        self.mix = nn.Conv1d(CHANNELS, CHANNELS, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """`[B, CHANNELS, 1, T]` to (input plus change, the change alone as skip connection)."""
        both = torch.cat([_along_time(self.near, features), _along_time(self.far, features)], dim=1)
        mixed = self.dropout(functional.elu(self.norm(both))).movedim(1, -1)
        change = functional.linear(mixed, self.mix.weight[:, :, 0], self.mix.bias).movedim(-1, 1)
        return features + change, change


def _along_time(conv: nn.Conv1d, features: Tensor) -> Tensor:
    """Applies a convolution of odd width to `[B, C, 1, T]`: torch has the fast channels-last layout in 2D only."""
    rate = conv.dilation[0]
    padding = rate * (conv.kernel_size[0] // 2)
    return functional.conv2d(features, conv.weight[:, :, None], conv.bias, 1, (0, padding), (1, rate))


class TempoMember(nn.Module):
    """One network: beats, downbeats and tempo of normalised log-mel windows at 50 frames a second.

    Args:
        dropout: share of channels dropped in training.
    """

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.front_end = _FrontEnd()
        self.layers = nn.ModuleList(_TemporalLayer(2**index, dropout) for index in range(N_LAYERS))
        self.beats = nn.Conv1d(CHANNELS, 2, 1)
        self.tempo = TempoHead(CHANNELS, dropout)
        # Beats are rare: starting from that, training need not first learn it.
        nn.init.constant_(self.beats.get_parameter("bias"), -3.0)

    def forward(self, windows: Tensor) -> TempoOutput:
        """`[B, 1, 64, T]` normalised windows, T >= 2, to all three outputs."""
        # Channels last takes two thirds of the time on a CPU; every layer keeps the layout it is given.
        features = self.front_end(windows.to(memory_format=torch.channels_last))
        skips = torch.zeros_like(features)
        for layer in self.layers:
            features, skip = layer(features)
            skips = skips + skip
        # A tempo differs from the next one by a few per cent of a sum over the whole window: too fine for bfloat16.
        with torch.autocast(windows.device.type, enabled=False):
            beat_logits, downbeat_logits = self.beats(functional.elu(features[:, :, 0].float())).unbind(1)
            tempo_logits, evidence = self.tempo.with_evidence(functional.elu(skips[:, :, 0].float()))
        return TempoOutput(beat_logits, downbeat_logits, tempo_logits, evidence)


class TempoTCN(nn.Module):
    """Several networks that differ by chance alone, each with its own loss; what they predict is averaged.

    They mostly disagree about the octave, where a clip leaves it open, so their mean is right more often and less
    confident when wrong. Source: Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using
    Deep Ensembles", NeurIPS 2017.

    Args:
        n_members: how many.
    """

    def __init__(self, n_members: int = 2) -> None:
        super().__init__()
        self.members = nn.ModuleList(TempoMember() for _ in range(n_members))

    @classmethod
    def shaped_like(cls, weights: Mapping[str, Tensor]) -> "TempoTCN":
        """An untrained model with as many members as stored weights have, at least one."""
        members = {name.split(".")[1] for name in weights if name.startswith("members.")}
        return cls(max(len(members), 1))

    def member_outputs(self, windows: Tensor) -> list[TempoOutput]:
        """`[B, 1, 64, T]` normalised windows, T >= 2, to the outputs of each member."""
        return [member(windows) for member in self.members]

    def outputs(self, windows: Tensor) -> TempoOutput:
        """The same, to logits of the members' mean probabilities."""
        members = self.member_outputs(windows)
        return TempoOutput(
            _mean_odds([each.beat_logits for each in members]),
            _mean_odds([each.downbeat_logits for each in members]),
            _mean_logs([functional.log_softmax(each.tempo_logits, dim=-1) for each in members]),
        )

    def forward(self, windows: Tensor) -> Tensor:
        """`[B, 1, 64, T]` normalised windows to `[B, N_BINS]` tempo logits, over `core.rhythm.tempo.TEMPO_BINS_BPM`."""
        return self.outputs(windows).tempo_logits


def _mean_logs(logs: list[Tensor]) -> Tensor:
    """Logarithm of the mean of what has these logarithms."""
    return torch.stack(logs).logsumexp(0) - math.log(len(logs))


def _mean_odds(logits: list[Tensor]) -> Tensor:
    """Logits of the mean of the probabilities with these logits."""
    yes, no = (_mean_logs([functional.logsigmoid(sign * each) for each in logits]) for sign in (1, -1))
    return yes - no
