"""A world in which the tempo helps: the embedding tells a pair of genres, the tempo which of the two it is."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from core.data.splits import N_FOLDS
from core.models.checkpoint import CheckpointHeader
from core.models.fusion import Source, TempoInput
from core.models.genre_cnn import EMBEDDING_SIZE
from core.rhythm.tempo import soft_label
from core.training.fusion.data import EmbeddedClips, TempoTable
from core.training.fusion.run import Material
from core.training.fusion.tempo_inputs import Tempi
from core.training.recipes.fusion import FUSION_RECIPES, FusionRecipe, systems_of
from core.types import GENRES, Split, Subset
from tests.support.small_world import header

PAIRS = (("blues", "rock"), ("disco", "metal"))
SLOW_BPM, FAST_BPM = 70.0, 160.0
N_WINDOWS = 3
FOLDS = tuple(Source(f"tempo-fold{fold}", str(fold) * 64) for fold in range(N_FOLDS))


def world_split(n_train: int = 12, n_valid: int = 6, n_test: int = 12) -> Split:
    """Clips of each of the four genres in every subset."""
    members: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for genre in (genre for pair in PAIRS for genre in pair):
        for number in range(n_train + n_valid + n_test):
            subset = "train" if number < n_train else "valid" if number < n_train + n_valid else "test"
            members[subset].append(f"{genre}.{number:05d}")
    return Split("stratified", 42, None, *(tuple(sorted(ids)) for ids in members.values()))


def clip_ids_of(split: Split) -> tuple[str, ...]:
    return (*split.train, *split.valid, *split.test)


def tempo_of(clip_id: str) -> TempoInput:
    """Slow for the first genre of a pair, fast for the second, a little different for each clip."""
    genre, number = clip_id.split(".")
    tempo_bpm = (FAST_BPM if any(genre == pair[1] for pair in PAIRS) else SLOW_BPM) + int(number) % 6 / 4
    return TempoInput(tempo_bpm, soft_label(tempo_bpm))


def genre_header(split: Split) -> CheckpointHeader:
    base = header("genre-x", model="genre_cnn", split=split.name, split_seed=split.seed, fold=split.fold)
    return replace(base, weights_sha256="a" * 64)


def embedded(split: Split, hop_frames: int | None = 100) -> EmbeddedClips:
    """`N_WINDOWS` windows of each clip that tell the pair, with noise."""
    rng = torch.Generator().manual_seed(0)

    def windows(clip_id: str) -> Tensor:
        pair = next(index for index, pair in enumerate(PAIRS) if clip_id.split(".")[0] in pair)
        rows = torch.zeros(N_WINDOWS, EMBEDDING_SIZE)
        rows[:, :6] = 0.3 * torch.randn(N_WINDOWS, 6, generator=rng)  # as in real embeddings, many units are silent
        rows[:, pair] += 3.0
        return rows

    return EmbeddedClips(genre_header(split), hop_frames, {clip_id: windows(clip_id) for clip_id in clip_ids_of(split)})


def table(split: Split, subsets: Mapping[str, Subset] | None = None) -> TempoTable:
    """Readings by the five fold models, none of which has trained on the clip unless `subsets` says so."""
    ids = clip_ids_of(split)
    return TempoTable(
        tempi={clip_id: tempo_of(clip_id) for clip_id in ids},
        subsets=dict.fromkeys(ids, "test") | dict(subsets or {}),
        predicted_by={clip_id: FOLDS[int(clip_id[-1]) % N_FOLDS] for clip_id in ids},
    )


def seen_table(split: Split) -> TempoTable:
    """Readings by one model that was trained on the split."""
    by_folds = table(split, split.subset_of)
    return replace(by_folds, predicted_by=dict.fromkeys(by_folds.tempi, Source("tempo-x", "e" * 64)))


def material(split: Split, hop_frames: int | None = 100) -> Material:
    return Material(split, embedded(split, hop_frames), Tempi(table(split), seen_table(split)))


SPLIT = world_split()
IDS = clip_ids_of(SPLIT)
FUSED_SYSTEM = systems_of(FUSION_RECIPES["strong"])[0]


def quick(name: str, epochs: int = 20) -> FusionRecipe:
    """A recipe for so few clips: small batches, large steps, one candidate."""
    recipe = FUSION_RECIPES[name]
    return replace(recipe, epochs=epochs, batch_size=16, learning_rate=1e-2, candidates=recipe.candidates[:1])


def accuracy(probs: np.ndarray, clip_ids: tuple[str, ...]) -> float:
    return float(
        np.mean([GENRES[int(row.argmax())] == i.split(".")[0] for row, i in zip(probs, clip_ids, strict=True)])
    )
