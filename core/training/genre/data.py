"""Training data: normalised spectrograms to shuffled, augmented windows.

All randomness is a function of (seed, epoch, clip), never of what ran before, so that a resumed run draws what an
uninterrupted one would have drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from lightning.pytorch import LightningDataModule, Trainer
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from core.data.gtzan import load_clips
from core.data.log_mels import LogMelSet
from core.errors import TrainingError
from core.features.log_mel import FeatureSpec, Normalisation, cut_windows, repeat_frames
from core.training.genre.augment import augmented_window
from core.training.recipes.genre import Augmentation, GenreRecipe
from core.types import GENRES, Split, Subset


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


@dataclass(frozen=True)
class TrainingWindows(Dataset[tuple[Tensor, int]]):
    """A window of each training clip: the first, or a random augmented one. Items are `[1, 64, 400]`, genre index."""

    tracks: tuple[Tensor, ...]
    genres: tuple[int, ...]
    spec: FeatureSpec
    augmentation: Augmentation | None
    seed: int

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, int]:
        epoch, index = key
        track = self.tracks[index]
        if self.augmentation is None:
            return cut_windows(track, [0], self.spec)[0], self.genres[index]
        rng = np.random.default_rng([self.seed, epoch, index])
        return augmented_window(track, self.spec, self.augmentation, rng), self.genres[index]


@dataclass(frozen=True)
class FixedWindows(Dataset[tuple[Tensor, int]]):
    """The first window of each clip, as it is. Items are (`[1, 64, 400]`, genre index)."""

    tracks: tuple[Tensor, ...]
    genres: tuple[int, ...]
    spec: FeatureSpec

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return cut_windows(self.tracks[index], [0], self.spec)[0], self.genres[index]


class GenreData(LightningDataModule):
    """Windows of the training and validation subsets of a split, normalised with the training subset's statistics.

    Args:
        log_mels: the spectrograms of all clips, dB.
        split: which clip is in which subset.
        spec: what the spectrograms are.
        recipe: batch size and augmentation.
        seed: of order and augmentation.
    """

    def __init__(self, log_mels: LogMelSet, split: Split, spec: FeatureSpec, recipe: GenreRecipe, seed: int) -> None:
        super().__init__()
        self.spec, self.recipe, self.seed = spec, recipe, seed
        by_id = {
            clip_id: repeat_frames(log_mel, spec.n_frames)
            for clip_id, log_mel in zip(log_mels.clip_ids, log_mels.log_mels, strict=True)
        }
        self.clip_ids = {subset: [c for c in split.members(subset) if c in by_id] for subset in ("train", "valid")}
        self.normalisation = Normalisation.fit(
            [by_id[clip_id] for clip_id in self.clip_ids["train"]], clips_keep_level=recipe.clips_keep_level
        )
        self._tracks = {
            subset: tuple(self.normalisation.apply_to_clip(by_id[clip_id]) for clip_id in ids)
            for subset, ids in self.clip_ids.items()
        }

    def genres(self, subset: Subset) -> tuple[int, ...]:
        """Genre index of each clip of a subset."""
        genre_of = {clip.clip_id: clip.genre for clip in load_clips()}
        return tuple(GENRES.index(genre_of[clip_id]) for clip_id in self.clip_ids[subset])

    def tracks(self, subset: Subset) -> tuple[Tensor, ...]:
        """Normalised `[64, T]` spectrogram of each clip of a subset."""
        return self._tracks[subset]

    def train_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """Shuffled anew each epoch."""
        windows = TrainingWindows(
            self.tracks("train"), self.genres("train"), self.spec, self.recipe.augmentation, self.seed
        )
        share = Share.of(self.trainer, self.recipe.batch_size)
        return DataLoader(windows, batch_size=share.per_process, sampler=EpochSampler(len(windows), self.seed, share))

    def val_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """In order, never shuffled or augmented."""
        windows = FixedWindows(self.tracks("valid"), self.genres("valid"), self.spec)
        return DataLoader(windows, batch_size=self.recipe.batch_size)
