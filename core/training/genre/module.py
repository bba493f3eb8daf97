"""The Lightning module of the genre CNN."""

from typing import Any

import numpy as np
import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics.classification import MulticlassAccuracy

from core.models.genre_cnn import GenreCNN
from core.training.genre.augment import cutmix, mixup
from core.training.loop.optimizers import ParameterGroup, one_cycle
from core.training.recipes.genre import GenreRecipe
from core.types import GENRES


class GenreModule(LightningModule):
    """Trains a `GenreCNN` with cross-entropy by its recipe; logs loss and accuracy of both subsets each epoch."""

    def __init__(self, recipe: GenreRecipe, seed: int) -> None:
        super().__init__()
        self.recipe, self.seed = recipe, seed
        self.net = GenreCNN()
        self.train_accuracy = MulticlassAccuracy(len(GENRES), average="micro")
        self.valid_accuracy = MulticlassAccuracy(len(GENRES), average="micro")

    def forward(self, windows: Tensor) -> Tensor:
        """`[B, 1, 64, 400]` to `[B, 10]` logits."""
        logits: Tensor = self.net(windows)
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        """Cross-entropy of a (mixed) batch."""
        windows, genres = batch
        targets = functional.one_hot(genres, len(GENRES)).float()
        if self.recipe.augmentation is not None:
            rng = np.random.default_rng([self.seed, self.current_epoch, batch_index])
            windows, targets = mixup(windows, targets, self.recipe.augmentation.mixup_alpha, rng)
            if rng.random() < self.recipe.augmentation.cutmix_chance:
                windows, targets = cutmix(windows, targets, rng)
        logits = self(windows)
        loss = functional.cross_entropy(logits, targets)
        self.train_accuracy(logits, genres)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(genres))
        self.log("train_accuracy", self.train_accuracy, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> None:
        """Loss and accuracy on first windows."""
        windows, genres = batch
        logits = self(windows)
        self.valid_accuracy(logits, genres)
        self.log(
            "valid_loss", functional.cross_entropy(logits, genres), on_epoch=True, prog_bar=True, batch_size=len(genres)
        )
        self.log("valid_accuracy", self.valid_accuracy, on_epoch=True, prog_bar=True)

    def configure_optimizers(self) -> Any:
        """Adam as in the study; Muon under a one-cycle schedule where the recipe has it."""
        recipe = self.recipe
        if not recipe.one_cycle:
            if not recipe.weight_decay:
                return torch.optim.Adam(self.parameters(), lr=recipe.learning_rate)
            return torch.optim.AdamW(self.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        kernels = _weights(self.net.convolutions)
        embedding = _weights(self.net.embedding)
        matrices = {*kernels, *embedding}
        others = [parameter for parameter in self.net.parameters() if parameter not in matrices]
        rate = recipe.learning_rate
        groups = [
            ParameterGroup(kernels, rate, orthogonal=True),
            ParameterGroup(embedding, rate * recipe.embedding_rate, orthogonal=True),
            ParameterGroup(others, rate * recipe.other_rate),
        ]
        return one_cycle(self, groups, recipe.weight_decay)


def _weights(part: nn.Module) -> list[nn.Parameter]:
    """Of its convolutions and fully connected layers."""
    return [
        parameter
        for layer in part.modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
        for parameter in layer.parameters(recurse=False)
        if parameter.ndim > 1
    ]
