"""A classifier of genres on features of a network that was trained on other music: ten support vector machines."""

import torch
from torch import Tensor, nn

from core.models.musicnn import N_FEATURES
from core.types import GENRES


class TransferHead(nn.Module):
    """How much each genre's machine is for a sound: a weighted sum of how like it is to clips of the training.

    Attributes:
        support: `[S, 1506]`, float16, features of those clips.
        mean, scale: `[1506]`, what standardises features.
        gamma: of the Gaussian kernel.
        weight, bias: `[S, 10]` and `[10]`, of the machines.
    """

    support: Tensor
    mean: Tensor
    scale: Tensor
    gamma: Tensor

    def __init__(self, n_support: int) -> None:
        super().__init__()
        self.register_buffer("support", torch.zeros(n_support, N_FEATURES, dtype=torch.float16))
        self.register_buffer("mean", torch.zeros(N_FEATURES))
        self.register_buffer("scale", torch.ones(N_FEATURES))
        self.register_buffer("gamma", torch.ones(()))
        self.weight = nn.Parameter(torch.zeros(n_support, len(GENRES)))
        self.bias = nn.Parameter(torch.zeros(len(GENRES)))

    def forward(self, features: Tensor) -> Tensor:
        """`[B, 1506]` features to `[B, 10]` outputs, in the order of `GENRES`: above 0 is for a genre."""
        near, support = ((rows.float() - self.mean) / self.scale for rows in (features, self.support))
        return torch.exp(-self.gamma * torch.cdist(near, support).square()) @ self.weight + self.bias
