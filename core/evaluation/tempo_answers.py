"""Tempo checkpoints asked for the clips of a split: one model's answers, or those of five folds; what ships of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from torch import Tensor

from core.data.gtzan import N_FOLDS, load_clips
from core.data.log_mels import LogMelSet, Progress
from core.errors import DatasetError
from core.evaluation.genre import fold_split, own_split
from core.inference.cnn14 import AnyTempoModel, load_tempo_model
from core.models.checkpoint import CheckpointHeader
from core.results.tempo_comparison import truths
from core.results.tempo_predictions import SavedTempo, save_tempo
from core.system.paths import DATA_DIR
from core.types import Split, Subset, TempoReading


class TempoReader(Protocol):
    """A tempo model of any kind that reads spectrograms."""

    @property
    def header(self) -> CheckpointHeader:
        """What it is; its features say what it reads."""

    def read(self, log_mel_db: Tensor) -> TempoReading:
        """Tempo and beats of a `[64, T]` spectrogram, dB."""


@dataclass(frozen=True)
class TempoAnswers:
    """What a checkpoint says of a subset of a split, or five of the test subsets of their folds.

    Attributes:
        system: the checkpoint's name, or `<name>-oof`.
        headers: of each checkpoint.
        splits: one for each checkpoint.
        subset: of each split.
        readings: by clip id.
    """

    system: str
    headers: tuple[CheckpointHeader, ...]
    splits: tuple[Split, ...]
    subset: Subset
    readings: Mapping[str, TempoReading]


def read_clips(
    model: TempoReader, log_mels: LogMelSet, clip_ids: Sequence[str], progress: Progress | None = None
) -> dict[str, TempoReading]:
    """Readings of clips, in their order.

    Args:
        model: the checkpoint.
        log_mels: spectrograms made with the checkpoint's feature spec.
        clip_ids: which clips.
        progress: called after each clip.

    Raises:
        DatasetError: a clip is not among the spectrograms.
    """
    tracks = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
    missing = [clip_id for clip_id in clip_ids if clip_id not in tracks]
    if missing:
        raise DatasetError(
            f"{len(missing)} of {len(clip_ids)} clips are missing, such as {missing[0]}. Complete the GTZAN folder."
        )
    readings = {}
    for done, clip_id in enumerate(clip_ids, 1):
        readings[clip_id] = model.read(tracks[clip_id])
        if progress:
            progress(done, len(clip_ids))
    return readings


def answer_subset(
    model: TempoReader, log_mels: LogMelSet, split: Split, subset: Subset, progress: Progress | None = None
) -> TempoAnswers:
    """A checkpoint's answers for the clips of a subset that have an annotated tempo.

    Raises:
        DatasetError: clips are missing, or none has an annotated tempo.
    """
    annotated = truths()
    clip_ids = [clip_id for clip_id in split.members(subset) if clip_id in annotated]
    if not clip_ids:
        raise DatasetError(f"No {subset} clip of the split {split.name} has an annotated tempo. Choose another subset.")
    readings = read_clips(model, log_mels, clip_ids, progress)
    return TempoAnswers(model.header.name, (model.header,), (split,), subset, MappingProxyType(readings))


def _later(progress: Progress | None, n_before: int, n_total: int) -> Progress | None:
    """Progress of a part as progress of the whole."""
    if progress is None:
        return None
    return lambda done, _: progress(n_before + done, n_total)


def load_folds(name: str, checkpoints: Path) -> tuple[tuple[AnyTempoModel, ...], tuple[Split, ...]]:
    """The checkpoints `<name>-fold0` to `<name>-fold4` and their splits.

    Raises:
        CheckpointError: a fold is missing or damaged.
        DatasetError: one was not trained on that fold, or with another split seed or features than the others.
    """
    models = tuple(load_tempo_model(f"{name}-fold{fold}", checkpoints) for fold in range(N_FOLDS))
    splits: tuple[Split, ...] = ()
    for fold, model in enumerate(models):
        splits += (fold_split(model, fold, splits),)
        if model.header.features != models[0].header.features:
            raise DatasetError(
                f"{model.header.name} hears other features than {models[0].header.name}. Train all five alike."
            )
    return models, splits


def answer_out_of_fold(
    name: str,
    models: Sequence[TempoReader],
    splits: tuple[Split, ...],
    log_mels: LogMelSet,
    progress: Progress | None = None,
) -> TempoAnswers:
    """Every annotated clip answered by the model that has met neither it nor its artist; models of `load_folds`.

    Raises:
        DatasetError: clips are missing.
    """
    readings: dict[str, TempoReading] = {}
    annotated = truths()
    asked = [[clip_id for clip_id in split.test if clip_id in annotated] for split in splits]
    for model, clip_ids in zip(models, asked, strict=True):
        readings |= read_clips(model, log_mels, clip_ids, _later(progress, len(readings), sum(map(len, asked))))
    headers = tuple(model.header for model in models)
    return TempoAnswers(f"{name}-oof", headers, splits, "test", MappingProxyType(dict(sorted(readings.items()))))


def export_tempo(
    model: TempoReader, log_mels: LogMelSet, folder: Path = DATA_DIR, progress: Progress | None = None
) -> SavedTempo:
    """Reads every clip with one checkpoint and writes the table that ships.

    Raises:
        DatasetError: clips are missing.
    """
    clip_ids = tuple(clip.clip_id for clip in load_clips())
    split = own_split(model)
    subset_of = split.subset_of
    seed = "" if split.seed is None else f", split seed {split.seed}"
    return _save(
        model.header.name,
        f"One model, trained on the {split.name} split{seed}; it has seen the clips marked train.",
        read_clips(model, log_mels, clip_ids, progress),
        {clip_id: subset_of.get(clip_id, "test") for clip_id in clip_ids},
        folder,
    )


def export_tempo_out_of_fold(answers: TempoAnswers, folder: Path = DATA_DIR) -> SavedTempo:
    """Writes the answers of `answer_out_of_fold`."""
    return _save(
        answers.system,
        "Five models; each clip is answered by the one that has met neither the clip nor its artist.",
        answers.readings,
        dict.fromkeys(answers.readings, "test"),
        folder,
    )


def _save(
    system: str,
    description: str,
    readings: Mapping[str, TempoReading],
    subsets: Mapping[str, Subset],
    folder: Path,
) -> SavedTempo:
    saved = SavedTempo(
        system=system,
        description=description,
        estimates={clip_id: reading.estimate for clip_id, reading in readings.items()},
        beat_times_s={clip_id: reading.beat_times_s for clip_id, reading in readings.items()},
        subsets=subsets,
    )
    save_tempo(saved, folder)
    return saved
