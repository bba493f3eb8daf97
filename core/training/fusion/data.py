"""Inputs of fusion heads: embeddings and tempi of clips, computed once, and which tempi are allowed.

Both are kept on disk under a digest of the checkpoint and of the spectrograms, so they are never served for others.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.data.clips import load_clips
from core.data.log_mels import CACHE_VARIABLE, LogMelSet, Progress, default_cache_dir
from core.data.splits import N_FOLDS
from core.errors import DatasetError, TrainingError
from core.evaluation.predictions import trained_on
from core.features.log_mel import window_starts
from core.inference.fusion import embed_windows, frozen_trunk, source_of
from core.inference.genre import GenreModel
from core.inference.load import Model
from core.models.checkpoint import CheckpointHeader
from core.models.fusion import Source, TempoInput
from core.results.tempo_predictions import SavedTempo
from core.rhythm.tempo import N_BINS
from core.system.storage import explained, write_atomic
from core.training.fusion.checkpoints import in_words, was_trained_on
from core.types import FloatArray, Split, Subset, TempoReading

CACHE_VERSION = 3
"""Raise it when a network's outputs change without a change of its weights."""


@dataclass(frozen=True)
class EmbeddedClips:
    """What the frozen genre network makes of clips.

    Attributes:
        genre: header of the genre checkpoint.
        hop_frames: between windows; None for the first window of each clip alone.
        embeddings: `[W, 128]` by clip id, the first window first.
    """

    genre: CheckpointHeader
    hop_frames: int | None
    embeddings: Mapping[str, Tensor]


@dataclass(frozen=True)
class TempoTable:
    """What tempo models predict for clips, and which clips they were trained on.

    Attributes:
        tempi: by clip id.
        subsets: the subset that each clip was in for the model that predicted it; "test" where it had no part in it.
        predicted_by: the checkpoint that predicted it.
    """

    tempi: Mapping[str, TempoInput]
    subsets: Mapping[str, Subset]
    predicted_by: Mapping[str, Source]

    @property
    def sources(self) -> tuple[Source, ...]:
        """All checkpoints that predicted, sorted by name."""
        return tuple(sorted(set(self.predicted_by.values()), key=lambda source: (source.name, source.weights_sha256)))


# Which tempi are allowed


def require_unseen(table: TempoTable, clip_ids: Sequence[str]) -> None:
    """Holds that no tempo of these clips is from a model that was trained on the clip.

    Raises:
        TrainingError: one is, or a clip has no tempo.
    """
    require_tempi(table, clip_ids)
    seen = [clip_id for clip_id in clip_ids if table.subsets[clip_id] == "train"]
    if seen:
        raise TrainingError(
            f"The tempo of {len(seen)} of {len(clip_ids)} clips, such as {seen[0]}, is from a model that was trained "
            f"on that very clip (“{table.predicted_by[seen[0]].name}”), so it is better than on new music. Give the "
            f"out-of-fold predictions of {N_FOLDS} tempo models, trained with `python -m core train tempo --split "
            "artist_folds --fold 0` to `--fold 4`."
        )


def require_tempi(table: TempoTable, clip_ids: Sequence[str]) -> None:
    """Raises `TrainingError` if a clip has no tempo in the table."""
    missing = [clip_id for clip_id in clip_ids if clip_id not in table.tempi]
    if missing:
        raise TrainingError(
            f"{len(missing)} of {len(clip_ids)} clips have no predicted tempo, such as {missing[0]}. Predict "
            "all clips of the split; complete the GTZAN folder if audio is missing."
        )


def require_own_split(genre: CheckpointHeader, split: Split) -> None:
    """Raises `TrainingError` unless the genre checkpoint was trained on this split: another saw its test clips."""
    if not was_trained_on(genre, split):
        seed = "" if split.seed is None else f" --split-seed {split.seed}"
        fold = "" if split.fold is None else f" --fold {split.fold}"
        raise TrainingError(
            f"“{genre.name}” was not trained on {in_words(split)}: test clips may be among its own. Give a genre "
            f"checkpoint trained with --split {split.name}{seed}{fold}."
        )


# Embeddings and tempi


def embed_clips(
    model: GenreModel,
    log_mels: LogMelSet,
    hop_frames: int | None,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> EmbeddedClips:
    """Embeddings of all clips by a genre checkpoint.

    Args:
        model: the genre checkpoint.
        log_mels: spectrograms made with its features, dB.
        hop_frames: between windows; None for the first window of each clip alone.
        cache_dir: folder of the cache, by default `core.data.log_mels.default_cache_dir()`.
        progress: called after each clip.

    Raises:
        CheckpointError: the checkpoint's network has no embedding.
        DatasetError: the cache cannot be written.
    """
    trunk, spec = frozen_trunk(model.net, model.header.name), model.header.features

    def compute() -> Iterator[FloatArray]:
        for log_mel in log_mels.log_mels:
            track = model.normalised_clip(log_mel)
            starts = window_starts(track.shape[-1], spec, hop_frames) if hop_frames else [0]
            yield embed_windows(trunk, track, spec, starts).numpy()

    rows = _kept(model.header, f"embeddings every {hop_frames}", log_mels, compute, cache_dir, progress)
    return EmbeddedClips(model.header, hop_frames, {clip_id: torch.from_numpy(each) for clip_id, each in rows.items()})


def predict_tempi(
    model: Model[TempoReading],
    log_mels: LogMelSet,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> TempoTable:
    """What one tempo model predicts for clips, marked with the subset that each was in for it.

    Raises:
        DatasetError: the cache cannot be written.
    """

    def compute() -> Iterator[FloatArray]:
        for log_mel in log_mels.log_mels:
            estimate = model.predict_clip(log_mel).estimate
            yield np.concatenate([[estimate.tempo_bpm], estimate.distribution]).astype(np.float32)

    rows = _kept(model.header, "tempi", log_mels, compute, cache_dir, progress)
    subset_of, source = trained_on(model.header).subset_of, source_of(model.header)
    return TempoTable(
        tempi={clip_id: TempoInput(float(row[0]), row[1 : 1 + N_BINS]) for clip_id, row in rows.items()},
        subsets={clip_id: subset_of.get(clip_id, "test") for clip_id in rows},
        predicted_by=dict.fromkeys(rows, source),
    )


def saved_tempi(saved: SavedTempo) -> TempoTable:
    """Tempi that ship, marked with the subset that each clip was in for the model that predicted it.

    The clip without an annotated tempo has none: it receives the mean of the others, marked as unknown.
    """
    tempi = {
        clip_id: TempoInput(kept.estimate.tempo_bpm, kept.estimate.distribution)
        for clip_id, kept in saved.by_clip.items()
    }
    mean = replace(mean_tempo(list(tempi.values())), is_known=False)
    every = {clip.clip_id: tempi.get(clip.clip_id, mean) for clip in load_clips()}
    subsets: dict[str, Subset] = {clip_id: saved.subsets.get(clip_id, "test") for clip_id in every}
    return TempoTable(every, subsets, dict.fromkeys(every, Source(saved.system, "")))


def mean_tempo(tempi: Sequence[TempoInput]) -> TempoInput:
    """The mean of the tempi, and of their distributions."""
    distribution: FloatArray = np.mean([tempo.distribution for tempo in tempi], axis=0, dtype=np.float64)
    tempo_bpm = float(np.mean([tempo.tempo_bpm for tempo in tempi]))
    return TempoInput(tempo_bpm, (distribution / distribution.sum()).astype(np.float32))


def out_of_fold_tempi(
    models: Sequence[Model[TempoReading]],
    log_mels: LogMelSet,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> TempoTable:
    """What the tempo models of the artist folds predict, each for the test clips of its own fold.

    Raises:
        TrainingError: the models are not of five folds of one division.
        DatasetError: the cache cannot be written.
    """
    splits = [trained_on(model.header) for model in models]
    folds = sorted(split.fold for split in splits if split.name == "artist_folds" and split.fold is not None)
    if folds != list(range(N_FOLDS)) or len({split.seed for split in splits}) != 1:
        those = "; ".join(
            f"{model.header.name}: {in_words(split)}" for model, split in zip(models, splits, strict=True)
        )
        raise TrainingError(
            f"These tempo models do not cover the clips once each ({those}). Give five, one for each fold of "
            "artist_folds, all with the same split seed."
        )
    tables, done = [], 0
    for model, split in zip(models, splits, strict=True):
        tables.append(predict_tempi(model, _some(log_mels, split.test), cache_dir, _shifted(progress, done, log_mels)))
        done += len(tables[-1].tempi)
    return TempoTable(
        tempi={clip_id: tempo for table in tables for clip_id, tempo in table.tempi.items()},
        subsets={clip_id: subset for table in tables for clip_id, subset in table.subsets.items()},
        predicted_by={clip_id: source for table in tables for clip_id, source in table.predicted_by.items()},
    )


def annotated_tempi() -> Mapping[str, float]:
    """The hand-marked tempo of each clip that has one, BPM; `reggae.00086` has none."""
    return {clip.clip_id: clip.tempo_bpm for clip in load_clips() if clip.tempo_bpm is not None}


def _some(log_mels: LogMelSet, clip_ids: Sequence[str]) -> LogMelSet:
    wanted = set(clip_ids)
    pairs = [each for each in zip(log_mels.clip_ids, log_mels.log_mels, strict=True) if each[0] in wanted]
    return LogMelSet(tuple(clip_id for clip_id, _ in pairs), tuple(log_mel for _, log_mel in pairs))


def _shifted(progress: Progress | None, offset: int, log_mels: LogMelSet) -> Progress | None:
    if progress is None:
        return None
    return lambda done, _: progress(offset + done, len(log_mels.clip_ids))


# The cache


def _kept(
    header: CheckpointHeader,
    what: str,
    log_mels: LogMelSet,
    compute: Callable[[], Iterator[FloatArray]],
    cache_dir: Path | None,
    progress: Progress | None,
) -> Mapping[str, FloatArray]:
    """An array for each clip, from the cache or computed and put there."""
    key = hashlib.sha256()
    settings = (CACHE_VERSION, what, header.weights_sha256, header.features, header.normalisation, header.inference)
    key.update(repr(settings).encode())
    for clip_id, log_mel in zip(log_mels.clip_ids, log_mels.log_mels, strict=True):
        key.update(clip_id.encode())
        key.update(log_mel.numpy().tobytes())
    entry = (cache_dir or default_cache_dir()) / "fusion" / f"{key.hexdigest()[:32]}.npz"
    rows = _read_entry(entry)
    n_clips = len(log_mels.clip_ids)
    if rows is None or tuple(rows) != log_mels.clip_ids:
        rows = {}
        for clip_id, row in zip(log_mels.clip_ids, compute(), strict=True):
            rows[clip_id] = row
            if progress:
                progress(len(rows), n_clips)
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **rows)
        cure = f"Set {CACHE_VARIABLE} to a folder that can be written."
        with explained(DatasetError, f"The cache folder {entry.parent}", cure):
            entry.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(entry, content.getvalue())
    elif progress:
        progress(n_clips, n_clips)
    return rows


def _read_entry(entry: Path) -> dict[str, FloatArray] | None:
    """What is kept, or None where there is nothing or it is damaged (zip checks each member's sum)."""
    try:
        with np.load(entry, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
