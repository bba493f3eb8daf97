"""The clips that a run is trained on: where their spectrograms come from, and fewer of them for a quick lesson."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import torch

from core.data.clip_files import ClipFiles
from core.data.clips import load_clips
from core.data.log_mels import LogMelSet, Progress, load_log_mels
from core.errors import DatasetError, TrainingError
from core.features.log_mel import FeatureSpec
from core.inference.load import DEFAULT_CNN
from core.models.checkpoint import CheckpointHeader, load_header
from core.models.registry import architecture
from core.results.spectrograms import spectrogram
from core.types import GENRES, Split

SHIPPED_NOTE = "GTZAN, 8-bit spectrograms of the first 10 s that ship with the project"


def shipped_log_mels() -> tuple[LogMelSet, FeatureSpec]:
    """The shipped spectrograms of all clips, `[64, 400]`, back in dB, and what they are.

    They are as the shipped genre model sees them, to the nearest 1/32 of a standard deviation and cut at 4 of them; its
    statistics turn them back, so that a model trained on them can predict audio.

    Raises:
        DatasetError, CheckpointError: a file that ships with the project is missing or damaged.
    """
    header = load_header(DEFAULT_CNN)
    mean = torch.tensor(header.normalisation.mean_db)[:, None]
    std = torch.tensor(header.normalisation.std_db)[:, None]
    clip_ids = tuple(clip.clip_id for clip in load_clips())
    log_mels = tuple((torch.from_numpy(spectrogram(clip_id)) * std + mean).float() for clip_id in clip_ids)
    return LogMelSet(clip_ids, log_mels), header.features


ClipSource = Callable[[CheckpointHeader, Sequence[str]], LogMelSet]
"""Spectrograms of clips as a checkpoint's network receives them; raises DatasetError where a clip is missing."""


def audio_clips(files: ClipFiles, show: Callable[[str], AbstractContextManager[Progress | None]]) -> ClipSource:
    """Spectrograms made of GTZAN audio, or taken from the cache; of the clips asked for alone.

    Args:
        files: where the clips are.
        show: begins to show the progress of a step, by its name.
    """

    def clips(header: CheckpointHeader, clip_ids: Sequence[str]) -> LogMelSet:
        missing = [clip_id for clip_id in clip_ids if clip_id not in files.paths]
        if missing:
            raise DatasetError(
                f"{len(missing)} of {len(clip_ids)} clips are missing, such as {missing[0]}. Complete the GTZAN folder."
            )
        wanted = replace(files, paths={clip_id: files.paths[clip_id] for clip_id in clip_ids})
        with show("spectrograms") as progress:
            front_end = architecture(header.model).front_end
            return load_log_mels(wanted, header.features, progress=progress, front_end=front_end)

    return clips


def subset_of(split: Split, size: int | None, seed: int) -> Split:
    """A split with fewer training clips, evenly over the genres, and validation clips in the same proportion.

    Args:
        split: the whole one.
        size: training clips, at least one of each genre; None for all.
        seed: which ones.

    Raises:
        TrainingError: more clips than there are, or fewer than genres.
    """
    if size is None:
        return split
    if not len(GENRES) <= size <= len(split.train):
        raise TrainingError(
            f"The subset size is {size}. Choose one from {len(GENRES)} to {len(split.train)}, or leave it out."
        )
    n_valid = max(len(GENRES), round(size * len(split.valid) / len(split.train)))
    return replace(split, train=_drawn(split.train, size, seed), valid=_drawn(split.valid, n_valid, seed))


def _drawn(clip_ids: tuple[str, ...], size: int, seed: int) -> tuple[str, ...]:
    """In turn one clip of each genre, in a drawn order."""
    rng = np.random.default_rng(seed)
    genre_of = {clip.clip_id: clip.genre for clip in load_clips()}
    rounds: dict[str, tuple[int, int]] = {}
    for genre_index, genre in enumerate(GENRES):
        members = [clip_id for clip_id in clip_ids if genre_of[clip_id] == genre]
        rounds |= {members[i]: (turn, genre_index) for turn, i in enumerate(rng.permutation(len(members)))}
    return tuple(sorted(sorted(rounds, key=lambda clip_id: rounds[clip_id])[:size]))
