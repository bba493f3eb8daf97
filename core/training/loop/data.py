"""Training data in batches: all randomness is a function of (seed, epoch, item), never of what ran before.

So a resumed run draws what an uninterrupted one would have drawn.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightning.pytorch import LightningDataModule, Trainer
from torch.utils.data import DataLoader, Sampler

from core.errors import TrainingError


@dataclass(frozen=True)
class Share:
    """Which part of every batch is this process's.

    Attributes:
        rank: number of the process.
        world: how many there are.
        batch_size: windows in a step, of all processes together.
    """

    rank: int
    world: int
    batch_size: int

    @classmethod
    def of(cls, trainer: Trainer | None, batch_size: int) -> "Share":
        """The share of the process that a trainer runs in.

        Raises:
            TrainingError: a batch cannot be shared out evenly.
        """
        rank, world = (0, 1) if trainer is None else (trainer.global_rank, trainer.world_size)
        if batch_size % world:
            raise TrainingError(f"A batch of {batch_size} cannot be shared by {world} processes. Choose a multiple.")
        return cls(rank, world, batch_size)

    @property
    def per_process(self) -> int:
        """Windows in a step of one process."""
        return self.batch_size // self.world


class EpochSampler(Sampler[tuple[int, int]]):
    """Yields (epoch, index) in an order that depends on the seed and the epoch alone.

    Several processes each get their share of what one would have had in a batch, so that the mean of their gradients is
    that of one process. A last batch that cannot be shared evenly is filled up from the epoch's beginning.
    """

    def __init__(self, n_items: int, seed: int, share: Share | None = None) -> None:
        self.n_items, self.seed, self.epoch = n_items, seed, 0
        self.share = share or Share(0, 1, 1)

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.n_items // self.share.world)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.n_items)
        world, size = self.share.world, self.share.batch_size
        order = np.resize(order, len(self) * world)  # repeats the beginning
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        parts = [np.split(batch, world)[self.share.rank] for batch in batches]
        return iter([(self.epoch, int(index)) for part in parts for index in part])


class EpochData(LightningDataModule):
    """Batches of what a subclass gives, items by (epoch, index).

    Args:
        batch_size: items in a step, of all processes together.
        seed: of the order.
    """

    def __init__(self, batch_size: int, seed: int) -> None:
        super().__init__()
        self.batch_size, self.seed = batch_size, seed

    @abstractmethod
    def training_items(self) -> Any:
        """A dataset with a length."""

    @abstractmethod
    def validation_items(self) -> Any:
        """The same, nothing drawn."""

    def train_dataloader(self) -> DataLoader[Any]:
        """Shuffled anew each epoch."""
        items, share = self.training_items(), Share.of(self.trainer, self.batch_size)
        return DataLoader(items, batch_size=share.per_process, sampler=EpochSampler(len(items), self.seed, share))

    def val_dataloader(self) -> DataLoader[Any]:
        """In order, never shuffled."""
        items = self.validation_items()
        return DataLoader(items, batch_size=self.batch_size, sampler=[(0, index) for index in range(len(items))])
