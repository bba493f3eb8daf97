"""`python -m core` with a toy network, also for the processes that Lightning starts: `-m tests.support.ddp_toy`."""

import sys

import numpy as np
import torch
from torch import Tensor, nn

from core.commands import main as cli
from core.training.genre import module as genre
from core.types import GENRES


class PlainNet(nn.Module):
    """Without batch norm, whose statistics would be those of a process's own share."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(nn.AdaptiveAvgPool2d((8, 5)), nn.Flatten())
        self.embedding = nn.Sequential(nn.Linear(40, 16), nn.ReLU())
        self.classifier = nn.Linear(16, len(GENRES))

    def forward(self, windows: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.embedding(self.convolutions(windows)))
        return logits


def unmixed(windows: Tensor, targets: Tensor, *_how: float | np.random.Generator) -> tuple[Tensor, Tensor]:
    """Instead of mixup and cutmix, which mix the windows of a process's own share."""
    return windows, targets


def main() -> int:
    """Does what the command line says."""
    torch.set_num_threads(1)
    genre.GenreCNN, genre.mixup, genre.cutmix = PlainNet, unmixed, unmixed
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
