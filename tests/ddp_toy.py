"""A toy genre run as a program, which Lightning can start again for its other processes: `ddp_toy.py OUT DEVICES`."""

import dataclasses
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from torch import Tensor, nn

from core.runs.request import Hardware
from core.training import genre
from core.training.recipes import GENRE_RECIPES
from core.training.run import GenreRun, train_genre
from core.types import GENRES
from tests.small_world import SPEC, genre_tracks, small_split


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


def train(out: Path, devices: str) -> None:
    """Three epochs of two batches, with one process a device."""
    split = small_split(n_train=8)
    clips = genre_tracks((*split.train, *split.valid), n_frames=410, noise=1.0)
    recipe = dataclasses.replace(GENRE_RECIPES["seed"], epochs=3, batch_size=4)
    hardware = Hardware() if devices == "1" else Hardware("cpu", devices, 1, "ddp")
    run = GenreRun("genre-toy", recipe, split, 0, out, "made up", "python -m core train genre", hardware)
    train_genre(run, clips, SPEC)


if __name__ == "__main__":
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    torch.set_num_threads(1)
    genre.GenreCNN = PlainNet
    train(Path(sys.argv[1]), sys.argv[2])
