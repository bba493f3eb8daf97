"""Clips to score on: a subset of a split, with or without those that share a recording or an artist with training."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

from core.data.splits import DEFAULT_SPLIT_SEED, N_FOLDS, SPLITS, leakage, make_split
from core.errors import DatasetError
from core.types import Split, Subset

Without = Literal["nothing", "recording", "artist"]

WITHOUT: tuple[Without, ...] = get_args(Without)
"""Which clips are left out: none, those whose recording is in training, those whose recording or artist is."""


@dataclass(frozen=True)
class ClipSet:
    """Clips to score on.

    Attributes:
        split, subset: where they come from.
        without: what they are free of.
        clip_ids: sorted.
        n_left_out: clips of the subset that `without` took away.
    """

    split: str
    subset: Subset
    without: Without
    clip_ids: tuple[str, ...]
    n_left_out: int


@lru_cache(maxsize=len(SPLITS))
def split_parts(name: str) -> tuple[Split, ...]:
    """The divisions that make up a split: one, or the five artist folds; the random one with the default seed.

    Raises:
        DatasetError: no such split.
    """
    if name == "artist_folds":
        return tuple(make_split(name, DEFAULT_SPLIT_SEED, fold) for fold in range(N_FOLDS))
    return (make_split(name, DEFAULT_SPLIT_SEED),)


def subsets_of(split: str) -> tuple[Subset, ...]:
    """Subsets that can be scored: over five folds every clip is a test clip once, so there is nothing else."""
    return ("test",) if split == "artist_folds" else ("test", "valid", "train")


@lru_cache(maxsize=64)
def clip_set(split: str, subset: Subset = "test", without: Without = "nothing") -> ClipSet:
    """The clips of a subset, with or without those that share a recording or an artist with training.

    Raises:
        DatasetError: no such split, a subset that it has not, or training clips without what is in training.
    """
    if subset not in subsets_of(split):
        raise DatasetError(f"Over the folds of {split} each clip is a test clip once. Choose the subset test.")
    if subset == "train" and without != "nothing":
        raise DatasetError("Training clips share everything with training. Keep them all, or choose another subset.")
    members: list[str] = []
    kept: list[str] = []
    for part in split_parts(split):
        ids = part.members(subset)
        members += ids
        leak = leakage(replace(part, test=ids))
        gone: frozenset[str] = {
            "nothing": frozenset(),
            "recording": leak.same_recording_ids,
            "artist": leak.leaked_ids,
        }[without]
        kept += [clip_id for clip_id in ids if clip_id not in gone]
    return ClipSet(split, subset, without, tuple(sorted(kept)), len(members) - len(kept))


def split_of(subsets: Mapping[str, Subset]) -> str | None:
    """The split that a system was trained on, found from the subsets of its clips; None for one of another seed.

    A system for which each clip is a test clip predicted out of fold: "artist_folds".
    """
    if set(subsets.values()) == {"test"}:
        return "artist_folds"
    for name in ("stratified", "fault_filtered"):
        subset_of = split_parts(name)[0].subset_of
        if all(subset == subset_of.get(clip_id, "test") for clip_id, subset in subsets.items()):
            return name
    return None


def can_be_scored(subsets: Mapping[str, Subset], split: str) -> bool:
    """Whether the subsets of a split hold for a system, given its clips' subsets: it is its own, or out of fold."""
    return split_of(subsets) in (split, "artist_folds")
