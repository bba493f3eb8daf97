"""Clips as heads receive them, in batches, and the Lightning module of a head."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning.pytorch import LightningDataModule, LightningModule
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Sampler

from core.data.clips import load_clips
from core.inference.fusion import pooled_logits
from core.models.fusion import FusionHead, TempoInput
from core.training.fusion.data import EmbeddedClips
from core.training.recipes.fusion import Candidate, FusionRecipe
from core.types import GENRES


class HeadBatch(NamedTuple):
    """Windows of clips.

    Attributes:
        embeddings: `[M, 128]`, of all windows.
        owner: `[M]`, which of the clips each window is from.
        tempo: `[N, P]`, tempo features of each clip.
        genres: `[N]`, genre indices.
    """

    embeddings: Tensor
    owner: Tensor
    tempo: Tensor
    genres: Tensor


class BatchKey(NamedTuple):
    """Which clips to draw a window of, and what the draw depends on."""

    epoch: int
    number: int
    indices: list[int]


@dataclass(frozen=True)
class HeadClips(Dataset[HeadBatch]):
    """The clips of one subset; an item is a whole batch, a random window of each clip.

    Attributes:
        windows: `[W, 128]` of each clip.
        tempo: `[N, P]`.
        genres: `[N]`.
        seed: of the draws.
    """

    windows: tuple[Tensor, ...]
    tempo: Tensor
    genres: Tensor
    seed: int

    def __getitem__(self, key: BatchKey) -> HeadBatch:
        rng = np.random.default_rng([self.seed, key.epoch, key.number])
        drawn = [self.windows[index][int(rng.integers(len(self.windows[index])))] for index in key.indices]
        return HeadBatch(
            torch.stack(drawn), torch.arange(len(drawn)), self.tempo[key.indices], self.genres[key.indices]
        )

    def everything(self) -> HeadBatch:
        """All windows of all clips."""
        counts = torch.tensor([len(windows) for windows in self.windows])
        owner = torch.repeat_interleave(torch.arange(len(self.windows)), counts)
        return HeadBatch(torch.cat(self.windows), owner, self.tempo, self.genres)


def head_clips(
    clip_ids: tuple[str, ...], embedded: EmbeddedClips, tempi: Mapping[str, TempoInput], head: FusionHead, seed: int
) -> HeadClips:
    """Clips of a subset as a head receives them; with no tempi at all the tempo features are zero."""
    genre_of = {clip.clip_id: GENRES.index(clip.genre) for clip in load_clips()}
    n_windows = None if embedded.hop_frames else 1
    features = [head.tempo_features(tempi[clip_id]) for clip_id in clip_ids] if tempi else []
    return HeadClips(
        windows=tuple(embedded.embeddings[clip_id][:n_windows] for clip_id in clip_ids),
        tempo=torch.stack(features) if features else torch.zeros(len(clip_ids), 1),
        genres=torch.tensor([genre_of[clip_id] for clip_id in clip_ids]),
        seed=seed,
    )


class EpochBatches(Sampler[BatchKey]):
    """Batches in an order that depends on the seed and the epoch alone."""

    def __init__(self, n_items: int, batch_size: int, seed: int) -> None:
        self.n_items, self.batch_size, self.seed, self.epoch = n_items, batch_size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Called by Lightning before each epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.n_items // self.batch_size)

    def __iter__(self) -> Iterator[BatchKey]:
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.n_items).tolist()
        starts = range(0, self.n_items, self.batch_size)
        return iter([BatchKey(self.epoch, n, order[i : i + self.batch_size]) for n, i in enumerate(starts)])


class HeadData(LightningDataModule):
    """Training and validation clips of a head."""

    def __init__(self, train: HeadClips, valid: HeadClips, batch_size: int, seed: int) -> None:
        super().__init__()
        self.train_clips, self.valid_clips, self.batch_size, self.seed = train, valid, batch_size, seed

    def train_dataloader(self) -> DataLoader[HeadBatch]:
        """Shuffled anew each epoch."""
        order = EpochBatches(len(self.train_clips.windows), self.batch_size, self.seed)
        return DataLoader(self.train_clips, sampler=order, batch_size=None)

    def val_dataloader(self) -> DataLoader[HeadBatch]:
        """All windows of all validation clips at once."""
        everything = [self.valid_clips.everything()]
        return DataLoader(everything, batch_size=None)  # type: ignore[arg-type]  # a list will do


def clip_logits(head: FusionHead, batch: HeadBatch) -> Tensor:
    """`[N, 10]`: logits of each clip, the mean over its windows."""
    logits = head(batch.embeddings, batch.tempo[batch.owner])
    return pooled_logits(logits, batch.owner, len(batch.genres))


class HeadModule(LightningModule):
    """Trains a head with cross-entropy; logs loss and accuracy each epoch, of training only if somebody reads them."""

    def __init__(
        self, head: FusionHead, recipe: FusionRecipe, candidate: Candidate, seed: int, logs_training: bool = False
    ) -> None:
        super().__init__()
        self.logs_training = logs_training
        self.head, self.recipe, self.candidate, self.seed = head, recipe, candidate, seed

    def training_step(self, batch: HeadBatch, batch_index: int) -> Tensor:
        """Cross-entropy of a batch; what is dropped depends on seed, epoch and batch alone."""
        draw = np.random.SeedSequence([self.seed, self.current_epoch, batch_index]).generate_state(1)[0]
        torch.default_generator.manual_seed(int(draw))  # of the CPU alone: seeding all devices takes as long as a step
        return self._logged("train", batch)

    def validation_step(self, batch: HeadBatch, _: int) -> None:
        """The same over all windows of all validation clips."""
        self._logged("valid", batch)

    def _logged(self, subset: str, batch: HeadBatch) -> Tensor:
        logits, n_clips = clip_logits(self.head, batch), len(batch.genres)
        loss = functional.cross_entropy(logits, batch.genres)
        if subset == "train" and not self.logs_training:  # it takes a quarter of a step
            return loss
        accuracy = (logits.argmax(1) == batch.genres).float().mean()
        self.log(f"{subset}_loss", loss, on_step=False, on_epoch=True, batch_size=n_clips)
        self.log(f"{subset}_accuracy", accuracy, on_step=False, on_epoch=True, batch_size=n_clips)
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW; with a weight decay of 0, as in the study, it is Adam."""
        learned = [parameter for parameter in self.head.parameters() if parameter.requires_grad]
        return torch.optim.AdamW(learned, lr=self.recipe.learning_rate, weight_decay=self.candidate.weight_decay)
