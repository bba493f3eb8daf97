"""Training data: normalised spectrograms to augmented windows."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset

from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.features.log_mel import FeatureSpec, Normalisation, cut_windows, repeat_frames
from core.training.genre.augment import augmented_window
from core.training.loop.data import EpochData
from core.training.recipes.genre import Augmentation, GenreRecipe
from core.types import GENRES, Split, Subset


@dataclass(frozen=True)
class Windows(Dataset[tuple[Tensor, int]]):
    """A window of each clip: the first, or a random augmented one. Items are `[1, 64, 400]`, genre index."""

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


class GenreData(EpochData):
    """Windows of the training and validation subsets of a split, normalised with the training subset's statistics.

    Args:
        log_mels: the spectrograms of all clips, dB.
        split: which clip is in which subset.
        spec: what the spectrograms are.
        recipe: batch size and augmentation.
        seed: of order and augmentation.
    """

    def __init__(self, log_mels: LogMelSet, split: Split, spec: FeatureSpec, recipe: GenreRecipe, seed: int) -> None:
        super().__init__(recipe.batch_size, seed)
        self.spec, self.recipe = spec, recipe
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

    def training_items(self) -> Windows:
        """Augmented where the recipe has it."""
        return self._windows("train", self.recipe.augmentation)

    def validation_items(self) -> Windows:
        """As they are."""
        return self._windows("valid", None)

    def _windows(self, subset: Subset, augmentation: Augmentation | None) -> Windows:
        return Windows(self.tracks(subset), self.genres(subset), self.spec, augmentation, self.seed)
