"""GTZAN clips and their divisions."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.types.base import SUBSETS, Subset


@dataclass(frozen=True)
class Clip:
    """One GTZAN clip and what is known about it; empty text and None mean unknown.

    Attributes:
        clip_id: e.g. "blues.00000".
        genre: one of `GENRES`.
        artist, title: after Sturm's index.
        tempo_bpm: mean over hand-marked beats (GTZAN-Rhythm), the ground truth.
        tempo_std_bpm: spread of the same.
        tempo_marsyas_bpm: a second annotation.
        metrical_levels_bpm: pulse rates of all annotated metrical levels.
        meter: e.g. "4/4".
        fault_filtered_subset: subset in the fault-filtered split, None where that split leaves the clip out.
        repetition_group: clip_id of the first clip that holds the same recording, None when unique.
    """

    clip_id: str
    genre: str
    artist: str
    title: str
    tempo_bpm: float | None
    tempo_std_bpm: float | None
    tempo_marsyas_bpm: float | None
    metrical_levels_bpm: tuple[float, ...]
    meter: str
    fault_filtered_subset: Subset | None
    repetition_group: str | None


@dataclass(frozen=True)
class Split:
    """A division of GTZAN clips.

    Attributes:
        name: "stratified", "fault_filtered" or "artist_folds".
        seed: split seed, None where the split is fixed by publication.
        fold: 0..4 for "artist_folds", else None.
        train, valid, test: clip ids, sorted, disjoint.
    """

    name: str
    seed: int | None
    fold: int | None
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    def members(self, subset: Subset) -> tuple[str, ...]:
        """Clip ids of one subset."""
        return {"train": self.train, "valid": self.valid, "test": self.test}[subset]

    @property
    def subset_of(self) -> Mapping[str, Subset]:
        """Subset by clip id; a clip that the split leaves out is absent."""
        return {clip_id: subset for subset in SUBSETS for clip_id in self.members(subset)}
