"""Training data: normalised spectrograms to shuffled, augmented windows.

All randomness is a function of (seed, epoch, clip), never of what ran before, so that a resumed run draws what an
uninterrupted one would have drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from core.dataset import LogMelSet
from core.features import FeatureSpec, Normalisation, cut_windows, pad_frames
from core.gtzan import load_clips
from core.training.augment import augmented_window
from core.training.recipes import Augmentation, GenreRecipe
from core.types import GENRES, Split, Subset


class EpochSampler(Sampler[tuple[int, int]]):
    """Yields (epoch, index) in an order that depends on the seed and the epoch alone."""

    def __init__(self, n_items: int, seed: int) -> None:
        self.n_items, self.seed, self.epoch = n_items, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n_items

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.n_items)
        return iter([(self.epoch, int(index)) for index in order])


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
            clip_id: pad_frames(log_mel, spec.n_frames)
            for clip_id, log_mel in zip(log_mels.clip_ids, log_mels.log_mels, strict=True)
        }
        self.clip_ids = {subset: [c for c in split.members(subset) if c in by_id] for subset in ("train", "valid")}
        self.normalisation = Normalisation.fit([by_id[clip_id] for clip_id in self.clip_ids["train"]])
        self._tracks = {
            subset: tuple(self.normalisation.apply(by_id[clip_id]) for clip_id in ids)
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
        return DataLoader(windows, batch_size=self.recipe.batch_size, sampler=EpochSampler(len(windows), self.seed))

    def val_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """In order, never shuffled or augmented."""
        windows = FixedWindows(self.tracks("valid"), self.genres("valid"), self.spec)
        return DataLoader(windows, batch_size=self.recipe.batch_size)
