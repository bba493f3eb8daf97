"""Training data of Cnn14: whole waveforms with a number, or stretched crops of its log-mel with tempo and beats."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset

from core.data.beats import load_beats
from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.data.waveforms import WaveformSet, samples_of
from core.features.cnn14 import cnn14_log_mel, pad_silence
from core.features.log_mel import FeatureSpec
from core.models.cnn14 import TEMPO_MAX_BPM, TEMPO_MIN_BPM, unit_from_bpm
from core.models.cnn14_bins import BEAT_POOLING
from core.rhythm.tempo import soft_label
from core.training.loop.data import EpochData
from core.training.recipes.cnn14 import Cnn14Recipe
from core.training.tempo.data import TempoTrack, beat_target
from core.training.tempo.synthetic_tracks import synthetic_tracks, tracks_without_tempo
from core.types import Split, Subset


class ScalarBatch(NamedTuple):
    """A clip for the scalar network, or a batch with `B` in front.

    Attributes:
        waveform: `[n]`, float32.
        tempo_unit: `[]`, 0..1 for 40..250 BPM; tempi outside are brought to the nearer end.
        tempo_bpm: `[]`, as annotated.
    """

    waveform: Tensor
    tempo_unit: Tensor
    tempo_bpm: Tensor


class BinsBatch(NamedTuple):
    """A crop for the network with a distribution, or a batch with `B` in front.

    Attributes:
        decibels: `[1, T, 64]`, dB, as `Cnn14.log_mel` gives it.
        tempo: `[N_BINS]`, sums to 1.
        beats: `[T // BEAT_POOLING]`, 1 where a beat is, less beside it.
        tempo_bpm: `[]`, 0 without a tempo.
    """

    decibels: Tensor
    tempo: Tensor
    beats: Tensor
    tempo_bpm: Tensor


def annotated(clip_ids: tuple[str, ...]) -> dict[str, float]:
    """Tempo by clip id, BPM; clips without an annotation are left out."""
    tempo_of = {clip.clip_id: clip.tempo_bpm for clip in load_clips()}
    found = {clip_id: tempo_of.get(clip_id) for clip_id in clip_ids}
    return {clip_id: tempo_bpm for clip_id, tempo_bpm in found.items() if tempo_bpm is not None}


def n_clamped(tempi_bpm: list[float]) -> int:
    """How many tempi lie outside the scale of the scalar network."""
    return sum(not TEMPO_MIN_BPM <= tempo_bpm <= TEMPO_MAX_BPM for tempo_bpm in tempi_bpm)


@dataclass(frozen=True)
class WholeWaveforms(Dataset[ScalarBatch]):
    """The beginning of each clip, never changed."""

    waveforms: tuple[NDArray[np.int16], ...]
    tempi_bpm: tuple[float, ...]
    n_samples: int

    def __len__(self) -> int:
        return len(self.waveforms)

    def __getitem__(self, key: tuple[int, int]) -> ScalarBatch:
        index = key[1]
        tempo_bpm = torch.tensor(self.tempi_bpm[index])
        unit = unit_from_bpm(tempo_bpm.clamp(TEMPO_MIN_BPM, TEMPO_MAX_BPM))
        return ScalarBatch(torch.from_numpy(samples_of(self.waveforms[index], self.n_samples)), unit, tempo_bpm)


class ScalarData(EpochData):
    """Waveforms of the annotated clips of the training and validation subsets.

    Args:
        waveforms: of all clips.
        split: which clip is in which subset.
        recipe: batch size and length.
        seed: of the order.
    """

    def __init__(self, waveforms: WaveformSet, split: Split, recipe: Cnn14Recipe, seed: int) -> None:
        super().__init__(recipe.batch_size, seed)
        by_id = dict(zip(waveforms.clip_ids, waveforms.waveforms, strict=True))
        n_samples = round(recipe.window_s * waveforms.sample_rate)
        self.clip_ids: dict[Subset, tuple[str, ...]] = {}
        self.clips: dict[Subset, WholeWaveforms] = {}
        subsets: tuple[Subset, ...] = ("train", "valid")
        for subset in subsets:
            tempo_of = annotated(split.members(subset))
            self.clip_ids[subset] = tuple(tempo_of)
            chosen = tuple(by_id[clip_id] for clip_id in tempo_of)
            self.clips[subset] = WholeWaveforms(chosen, tuple(tempo_of.values()), n_samples)

    @property
    def label_note(self) -> str:
        """What became of labels outside the network's range."""
        tempi_bpm = [tempo_bpm for clips in self.clips.values() for tempo_bpm in clips.tempi_bpm]
        return (
            f"{n_clamped(tempi_bpm)} of {len(tempi_bpm)} training and validation clips have a tempo outside "
            f"{TEMPO_MIN_BPM:g} to {TEMPO_MAX_BPM:g} BPM; the label is the nearer end"
        )

    def training_items(self) -> WholeWaveforms:
        """Never changed."""
        return self.clips["train"]

    def validation_items(self) -> WholeWaveforms:
        """Never changed."""
        return self.clips["valid"]


def cropped(track: TempoTrack, start: int, n_source: int, spec: FeatureSpec, gain_db: float = 0.0) -> BinsBatch:
    """A stretch of a track, resampled to a window, with the labels that belong to it.

    Args:
        track: its features in dB, at least `start + n_source` frames.
        start, n_source: which frames.
        spec: gives the window's frames.
        gain_db: added to the level.
    """
    n_frames, speed = spec.n_frames, n_source / spec.n_frames
    source = track.features[None, :, start : start + n_source]
    if n_source != n_frames:
        source = functional.interpolate(source, size=n_frames, mode="linear", align_corners=False)
    # Frame t of the track comes to (t - start + 0.5) / speed - 0.5, as in `core.training.genre.augment.distorted`.
    frames = (track.beats.times_s / spec.frame_s - start + 0.5) / speed - 0.5
    tempo_bpm = None if track.tempo_bpm is None else track.tempo_bpm * speed
    return BinsBatch(
        decibels=(source + gain_db).transpose(1, 2),
        tempo=torch.from_numpy(soft_label(tempo_bpm)),
        beats=beat_target((frames + 0.5) / BEAT_POOLING - 0.5, n_frames // BEAT_POOLING),
        tempo_bpm=torch.tensor(tempo_bpm or 0.0),
    )


@dataclass(frozen=True)
class StretchedCrops(Dataset[BinsBatch]):
    """A random, stretched crop of each track; in the first epochs of the synthetic ones in their stead."""

    tracks: tuple[TempoTrack, ...]
    synthetic: tuple[TempoTrack, ...]
    recipe: Cnn14Recipe
    spec: FeatureSpec
    seed: int

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, key: tuple[int, int]) -> BinsBatch:
        epoch, index = key
        rng = np.random.default_rng([self.seed, epoch, index])
        track = self.tracks[index]
        if self.synthetic and epoch < self.recipe.pretraining_epochs:
            track = self.synthetic[int(rng.integers(len(self.synthetic)))]
        n_frames = self.spec.n_frames
        features = pad_silence(track.features, n_frames)
        stretch = float(np.exp(rng.uniform(-1, 1) * np.log(self.recipe.time_stretch)))
        n_source = min(round(n_frames * stretch), features.shape[-1])
        start = int(rng.integers(0, features.shape[-1] - n_source + 1))
        gain_db = float(rng.normal(0.0, self.recipe.gain_std_db))
        return cropped(replace(track, features=features), start, n_source, self.spec, gain_db)


@dataclass(frozen=True)
class MiddleCrops(Dataset[BinsBatch]):
    """The middle window of each track, as it is: for the loss of every epoch, the export predicts whole clips."""

    tracks: tuple[TempoTrack, ...]
    spec: FeatureSpec

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, key: tuple[int, int]) -> BinsBatch:
        index = key[1]
        features = pad_silence(self.tracks[index].features, self.spec.n_frames)
        start = (features.shape[-1] - self.spec.n_frames) // 2
        return cropped(replace(self.tracks[index], features=features), start, self.spec.n_frames, self.spec)


class BinsData(EpochData):
    """Log-mel spectrograms of the annotated clips of the training and validation subsets, and what is made beside them.

    Args:
        log_mels: of all clips, dB, by `cnn14_log_mel`.
        spec: what they are; gives the window's frames.
        split: which clip is in which subset.
        recipe: batch size, augmentation, what is mixed in.
        seed: of order, augmentation and what is made.
    """

    label_note = ""
    """Every label stays as it is."""

    def __init__(self, log_mels: LogMelSet, spec: FeatureSpec, split: Split, recipe: Cnn14Recipe, seed: int) -> None:
        super().__init__(recipe.batch_size, seed)
        self.spec, self.recipe = spec, recipe
        by_id = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
        beats = load_beats()
        self.clip_ids: dict[Subset, tuple[str, ...]] = {}
        self.tracks: dict[Subset, tuple[TempoTrack, ...]] = {}
        subsets: tuple[Subset, ...] = ("train", "valid")
        for subset in subsets:
            tempo_of = annotated(split.members(subset))
            self.clip_ids[subset] = tuple(tempo_of)
            self.tracks[subset] = tuple(TempoTrack(by_id[name], beats[name], bpm) for name, bpm in tempo_of.items())
        self._made: tuple[tuple[TempoTrack, ...], tuple[TempoTrack, ...]] | None = None

    def made(self) -> tuple[tuple[TempoTrack, ...], tuple[TempoTrack, ...]]:
        """Synthetic tracks, and pieces without a tempo; made when first asked for."""
        if self._made is None:
            # Twice a window, so that there is room to crop and to stretch.
            spec = replace(self.spec, n_frames=2 * self.spec.n_frames)
            with_tempo = synthetic_tracks(self.recipe.synth_per_style, spec, self.seed, cnn14_log_mel)
            without = tracks_without_tempo(self.recipe.n_without_tempo, spec, self.seed, cnn14_log_mel)
            synthetic = tuple(TempoTrack(each.log_mel, each.beats, each.tempo_bpm) for each in with_tempo)
            self._made = synthetic, tuple(TempoTrack(each.log_mel, each.beats, None) for each in without)
        return self._made

    def training_items(self) -> StretchedCrops:
        """What is made beside the clips, too."""
        synthetic, without = self.made()
        return StretchedCrops(self.tracks["train"] + without, synthetic, self.recipe, self.spec, self.seed)

    def validation_items(self) -> MiddleCrops:
        """Never stretched."""
        return MiddleCrops(self.tracks["valid"], self.spec)
