"""Auxiliary targets: other annotations of a clip, learned beside its tempo, and left behind after training.

Which of its pulse rates is the tempo of a piece is partly taste. A second annotator's tempo and the list of all its
metrical levels tell the network which pulses there are and how they are related, so that less of what it learns is the
choice of one annotator. Tasks beside the main one as in R. Caruana, "Multitask Learning", Machine Learning 1997.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.models.tempo_head import N_EVIDENCE
from core.rhythm.tempo import N_BINS, levels_label, soft_label
from core.types import Clip

_LEVELS_SHARE = 0.1
"""Of the sum over all bins: with it a clip's levels weigh about as much as its second tempo."""


@dataclass(frozen=True)
class AuxiliaryTargets:
    """Of one clip; None and no levels mean unknown.

    Attributes:
        second_bpm: the tempo after Percival and Tzanetakis 2014 (Marsyas).
        levels_bpm: pulse rates of the metrical levels after Quinton, Harte and Sandler 2015.
    """

    second_bpm: float | None = None
    levels_bpm: tuple[float, ...] = ()

    @classmethod
    def of(cls, clip: Clip) -> "AuxiliaryTargets":
        """What the ground truth has of a clip."""
        return cls(clip.tempo_marsyas_bpm, clip.metrical_levels_bpm)

    def labels(self, speed: float) -> Tensor:
        """`[2, N_BINS]`: the second tempo and the levels of the clip played `speed` times as fast; -1 where unknown."""
        labels = torch.full((2, N_BINS), -1.0)
        if self.second_bpm is not None:
            labels[0] = torch.from_numpy(soft_label(self.second_bpm * speed))
        if self.levels_bpm:
            labels[1] = torch.from_numpy(levels_label(speed * level for level in self.levels_bpm))
        return labels


NO_TARGETS = AuxiliaryTargets()
"""Of a piece that nobody else has annotated."""


class AuxiliaryHead(nn.Module):
    """Predicts both annotations from a network's evidence for each tempo."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = nn.Conv1d(N_EVIDENCE, 2, 1, bias=False)
        self.prior = nn.Parameter(torch.zeros(2, N_BINS))

    def forward(self, evidence: Tensor) -> Tensor:
        """`[B, N_EVIDENCE, N_BINS]` to `[B, 2, N_BINS]` logits: of the second tempo, and of each bin being a level."""
        logits: Tensor = self.answer(evidence.float()) + self.prior
        return logits


def auxiliary_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of the second tempo and binary cross-entropy of the levels, a mean over what is known.

    Args:
        logits: `[B, 2, N_BINS]` of `AuxiliaryHead`.
        labels: `[B, 2, N_BINS]` of `AuxiliaryTargets.labels`.
    """
    known = labels[..., 0] >= 0.0
    second = functional.cross_entropy(logits[:, 0], labels[:, 0], reduction="none")
    levels = functional.binary_cross_entropy_with_logits(logits[:, 1], labels[:, 1], reduction="none").sum(-1)
    losses = torch.stack([second, _LEVELS_SHARE * levels], dim=1)
    # Over the batch, not over what is known: a batch that knows little should move the weights little.
    return (losses * known).sum() / len(logits)
