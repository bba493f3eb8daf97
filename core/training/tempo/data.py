"""Training data of tempo models: tracks with their beats, to stretched windows whose labels move along."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from core.data.beats import Beats, load_beats
from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.features.log_mel import FeatureSpec, Normalisation, pad_frames
from core.rhythm.tempo import soft_label
from core.training.genre.augment import distorted, drawn_stretch
from core.training.loop.data import EpochData
from core.training.recipes.tempo import TempoRecipe
from core.training.tempo.auxiliary_targets import NO_TARGETS, AuxiliaryTargets
from core.training.tempo.synthetic_tracks import SyntheticTrack, synthetic_tracks, tracks_without_tempo
from core.types import Clip, Split, Subset

HALF_WIDTH = 2.0
"""Frames over which a beat's target fades out: annotations and frames are not exact to 20 ms."""


class TempoBatch(NamedTuple):
    """One window with its labels, or a batch of them with `B` in front.

    Attributes:
        windows: `[1, 64, T]`, normalised.
        beats, downbeats: `[T]`, 1 in the frame of a beat, fading to 0 over two frames.
        knows_bars: `[]`, 0 where the downbeats are unknown.
        tempo: `[N_BINS]`, sums to 1.
        tempo_bpm: `[]`, 0 without a tempo.
        auxiliary: `[2, N_BINS]`, see `AuxiliaryTargets.labels`.
    """

    windows: Tensor
    beats: Tensor
    downbeats: Tensor
    knows_bars: Tensor
    tempo: Tensor
    tempo_bpm: Tensor
    auxiliary: Tensor


@dataclass(frozen=True)
class TempoTrack:
    """A spectrogram and all that is known of its rhythm; no beats and no tempo for what has none.

    Attributes:
        features: normalised `[64, T]`.
        beats: times in seconds.
        tempo_bpm: None for what has no tempo.
        auxiliary: targets from other annotations.
    """

    features: Tensor
    beats: Beats
    tempo_bpm: float | None
    auxiliary: AuxiliaryTargets = NO_TARGETS


def beat_target(frames: NDArray[np.float64], n_frames: int) -> Tensor:
    """`[n_frames]`: 1 where a beat is, half that a frame beside it; beats may lie between frames or outside."""
    if not len(frames):
        return torch.zeros(n_frames)
    distance = np.abs(np.arange(n_frames)[:, None] - frames).min(axis=1)
    return torch.from_numpy(np.clip(1.0 - distance / HALF_WIDTH, 0.0, 1.0).astype(np.float32))


def labelled(window: Tensor, track: TempoTrack, start: int, speed: float, frame_s: float) -> TempoBatch:
    """Gives a window of a track the labels that belong to it.

    Args:
        window: `[1, 64, T]`.
        track: where it is from.
        start: its first frame in the track.
        speed: how many times faster than the track it is played.
        frame_s: seconds between two frames.
    """
    n_frames = window.shape[-1]
    frames = (track.beats.times_s / frame_s - start + 0.5) / speed - 0.5
    tempo_bpm = None if track.tempo_bpm is None else track.tempo_bpm * speed
    return TempoBatch(
        windows=window,
        beats=beat_target(frames, n_frames),
        downbeats=beat_target(frames[track.beats.beat_in_bar == 1], n_frames),
        knows_bars=torch.tensor(float(track.beats.knows_bars)),
        tempo=torch.from_numpy(soft_label(tempo_bpm)),
        tempo_bpm=torch.tensor(tempo_bpm or 0.0),
        auxiliary=track.auxiliary.labels(speed),
    )


@dataclass(frozen=True)
class StretchedWindows(Dataset[TempoBatch]):
    """A random, stretched, distorted window of each track."""

    tracks: tuple[TempoTrack, ...]
    recipe: TempoRecipe
    seed: int

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, key: tuple[int, int]) -> TempoBatch:
        epoch, index = key
        track, recipe = self.tracks[index], self.recipe
        rng = np.random.default_rng([self.seed, epoch, index])
        n_frames = recipe.features.n_frames
        features = pad_frames(track.features, n_frames)
        n_source = min(round(n_frames * drawn_stretch(recipe.augmentation, rng)), features.shape[-1])
        start = int(rng.integers(0, features.shape[-1] - n_source + 1))
        window = distorted(features[:, start : start + n_source], n_frames, recipe.augmentation, rng)
        return labelled(window, track, start, n_source / n_frames, recipe.features.frame_s)


@dataclass(frozen=True)
class WholeTracks(Dataset[TempoBatch]):
    """The first window of each track, as it is."""

    tracks: tuple[TempoTrack, ...]
    spec: FeatureSpec

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, key: tuple[int, int]) -> TempoBatch:
        track = self.tracks[key[1]]
        window = pad_frames(track.features, self.spec.n_frames)[None, :, : self.spec.n_frames]
        return labelled(window, track, 0, 1.0, self.spec.frame_s)


@lru_cache(maxsize=1)
def _synthetic(n_per_style: int, n_without_tempo: int, spec: FeatureSpec, seed: int) -> tuple[SyntheticTrack, ...]:
    """Kept, as every split learns from the same ones."""
    return (*synthetic_tracks(n_per_style, spec, seed), *tracks_without_tempo(n_without_tempo, spec, seed))


class TempoData(EpochData):
    """Annotated clips of the training and validation subsets, and what the recipe mixes into training.

    Everything is normalised with the statistics of the training subset's clips.

    Args:
        log_mels: the spectrograms of all clips, dB; clips without a tempo annotation are left out.
        split: which clip is in which subset.
        recipe: batch size, augmentation, what is mixed in.
        seed: of order, augmentation and what is mixed in.
    """

    def __init__(self, log_mels: LogMelSet, split: Split, recipe: TempoRecipe, seed: int) -> None:
        super().__init__(recipe.batch_size, seed)
        self.recipe = recipe
        by_id = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
        known = {clip.clip_id: clip for clip in load_clips() if clip.tempo_bpm is not None}
        self.clip_ids = {
            subset: tuple(clip_id for clip_id in split.members(subset) if clip_id in by_id and clip_id in known)
            for subset in ("train", "valid")
        }
        self.normalisation = Normalisation.fit([by_id[clip_id] for clip_id in self.clip_ids["train"]])
        self._tracks = {
            subset: tuple(self._track(known[clip_id], by_id[clip_id]) for clip_id in ids)
            for subset, ids in self.clip_ids.items()
        }
        self._mixed_in: tuple[TempoTrack, ...] | None = None

    def _track(self, clip: Clip, log_mel: Tensor) -> TempoTrack:
        beats = load_beats()[clip.clip_id]
        return TempoTrack(self.normalisation.apply(log_mel), beats, clip.tempo_bpm, AuxiliaryTargets.of(clip))

    def tracks(self, subset: Subset) -> tuple[TempoTrack, ...]:
        """The annotated clips of a subset."""
        return self._tracks[subset]

    def mixed_in(self) -> tuple[TempoTrack, ...]:
        """Synthetic tracks and pieces without a tempo, made when first asked for."""
        if self._mixed_in is None:
            # Long enough to be played faster, too.
            spec = self.recipe.features
            spec = replace(spec, n_frames=round(spec.n_frames * self.recipe.augmentation.time_stretch))
            tracks = _synthetic(self.recipe.synth_per_style, self.recipe.n_without_tempo, spec, self.seed)
            self._mixed_in = tuple(
                TempoTrack(self.normalisation.apply(each.log_mel), each.beats, each.tempo_bpm) for each in tracks
            )
        return self._mixed_in

    def training_items(self) -> StretchedWindows:
        """What the recipe mixes in, too."""
        return StretchedWindows(self.tracks("train") + self.mixed_in(), self.recipe, self.seed)

    def validation_items(self) -> WholeTracks:
        """As they are."""
        return WholeTracks(self.tracks("valid"), self.recipe.features)
