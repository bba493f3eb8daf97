"""Checkpoints on the clips of a split: what one predicts for a subset, or five out of fold. The one door to both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, Protocol

from core.data.log_mels import LogMelSet, Progress
from core.data.splits import N_FOLDS, make_split
from core.errors import CheckpointError, DatasetError
from core.evaluation.clips import ClipSource
from core.inference.fusion import FusedModel, built_on
from core.inference.genre import GenreModel
from core.inference.load import DEFAULTS, EstimateT, Model, load_cnn, load_genre, load_tempo
from core.models.checkpoint import CheckpointHeader, Inference, load_header
from core.types import GenreEstimate, Split, Subset, Task, TempoReading

WINDOW_MODES = ("own", "first", "mean")
_MEAN_HOP_FRAMES = 200


@dataclass(frozen=True)
class Predicted(Generic[EstimateT]):
    """What a checkpoint predicts for a subset of a split, or five for the test subsets of their folds.

    Attributes:
        system: the checkpoint's name, or `<name>-oof`.
        headers: of each checkpoint.
        splits: one for each checkpoint.
        subset: of each split.
        by_clip: by clip id.
        windows: which of a clip's a genre checkpoint used, see `with_windows`.
    """

    system: str
    headers: tuple[CheckpointHeader, ...]
    splits: tuple[Split, ...]
    subset: Subset
    by_clip: Mapping[str, EstimateT]
    windows: str = "own"

    @property
    def is_out_of_fold(self) -> bool:
        """Whether each clip is predicted by the one of five checkpoints that trained on neither it nor its artist."""
        return len(self.splits) > 1


class Checkpoint(Protocol[EstimateT]):
    """Whatever predicts clips of the data set."""

    @property
    def windows(self) -> str:
        """Which of a clip's it uses, see `with_windows`."""

    @property
    def header(self) -> CheckpointHeader:
        """What it is."""

    @property
    def without_tempo(self) -> "Single[GenreEstimate] | None":
        """The genre checkpoint alone that a fusion is built on; None for anything else."""

    def predict_clips(
        self, clips: ClipSource, clip_ids: Sequence[str], progress: Progress | None = None
    ) -> Mapping[str, EstimateT]:
        """What it predicts, in the order asked for.

        Raises:
            DatasetError: a clip is missing.
        """


@dataclass(frozen=True)
class Single(Generic[EstimateT]):
    """A genre or tempo model on clips."""

    model: Model[EstimateT]
    windows: str = "own"

    @property
    def header(self) -> CheckpointHeader:
        """Of the model."""
        return self.model.header

    @property
    def without_tempo(self) -> None:
        """As in `Checkpoint`."""
        return None

    def predict_clips(
        self, clips: ClipSource, clip_ids: Sequence[str], progress: Progress | None = None
    ) -> dict[str, EstimateT]:
        """As in `Checkpoint`."""
        tracks = tracks_of(clips(self.header, clip_ids), clip_ids)
        predicted = {}
        for done, (clip_id, track) in enumerate(tracks.items(), 1):
            predicted[clip_id] = self.model.predict_clip(track)
            if progress:
                progress(done, len(tracks))
        return predicted


@dataclass(frozen=True)
class Fused:
    """A fusion checkpoint with the two that it is built on."""

    genre: GenreModel
    tempo: Model[TempoReading]
    fused: FusedModel
    windows: str = "own"

    @classmethod
    def load(cls, name: str, folder: Path) -> "Fused":
        """Loads a fusion checkpoint, and from the same folder those that it names.

        Raises:
            CheckpointError: one is missing or damaged, or not the one that the fusion is built on.
        """
        base = built_on(name, folder)
        genre, tempo = load_cnn(base.genre.name, folder), load_tempo(base.tempo.name, folder)
        return cls(genre, tempo, FusedModel.load(name, genre.header, tempo.header, folder))

    @property
    def header(self) -> CheckpointHeader:
        """Of the fusion checkpoint."""
        return self.fused.header

    @property
    def without_tempo(self) -> Single[GenreEstimate]:
        """As in `Checkpoint`."""
        return Single(self.genre)

    def predict_clips(
        self, clips: ClipSource, clip_ids: Sequence[str], progress: Progress | None = None
    ) -> dict[str, GenreEstimate]:
        """As in `Checkpoint`.

        Raises:
            CheckpointError: the genre network has no embedding.
        """
        tempi = Single(self.tempo).predict_clips(clips, clip_ids, progress)
        tracks = tracks_of(clips(self.genre.header, clip_ids), clip_ids)
        return {
            clip_id: self.fused.predict(self.genre, self.genre.normalised_clip(track), tempi[clip_id].estimate)
            for clip_id, track in tracks.items()
        }


def tracks_of(log_mels: LogMelSet, clip_ids: Sequence[str]) -> dict[str, Any]:
    """`[64, T]` dB of clips, in the order asked for.

    Raises:
        DatasetError: a clip is not among the spectrograms.
    """
    tracks = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
    missing = [clip_id for clip_id in clip_ids if clip_id not in tracks]
    if missing:
        raise DatasetError(
            f"{len(missing)} of {len(clip_ids)} clips are missing, such as {missing[0]}. Complete the GTZAN folder."
        )
    return {clip_id: tracks[clip_id] for clip_id in clip_ids}


_LOADERS: dict[Task, Callable[[str, Path], Checkpoint[Any]]] = {
    "genre": lambda name, folder: Single(load_genre(name, folder)),
    "tempo": lambda name, folder: Single(load_tempo(name, folder)),
    "fusion": Fused.load,
}


def load_checkpoint(name: str, folder: Path, task: Task | None = None) -> Checkpoint[Any]:
    """A checkpoint of any task, ready to predict clips.

    Args:
        name: of the checkpoint.
        folder: where it is.
        task: what it has to predict; None for anything.

    Raises:
        CheckpointError: missing, damaged, or of another task.
    """
    kind = load_header(name, folder).kind
    if task not in (None, kind):
        raise CheckpointError(f"“{name}” is a {kind} checkpoint. Pick a {task} checkpoint, such as {DEFAULTS[task]}.")
    return _LOADERS[kind](name, folder)


def with_windows(checkpoint: Checkpoint[Any], windows: str) -> Checkpoint[Any]:
    """A genre checkpoint that uses its windows otherwise.

    Args:
        checkpoint: of a genre CNN; of another one, windows have to be "own".
        windows: "own" as the checkpoint does, "first" window alone, or "mean" over windows (every 5 s where the
            checkpoint has no step of its own).

    Raises:
        DatasetError: other windows than its own are set for a checkpoint that is no genre CNN.
    """
    if windows == "own":
        return checkpoint
    if not isinstance(checkpoint, Single) or not isinstance(checkpoint.model, GenreModel):
        raise DatasetError(
            f"--windows is for genre CNNs: “{checkpoint.header.name}”, a {checkpoint.header.kind} checkpoint, always "
            "receives what it was trained on. Leave it out."
        )
    own = checkpoint.header.inference
    hop_frames = None if windows == "first" else own.hop_frames or _MEAN_HOP_FRAMES
    return Single(checkpoint.model.with_inference(Inference(hop_frames, own.temperature)), windows)


def predict_subset(
    checkpoint: Checkpoint[EstimateT],
    clips: ClipSource,
    split: Split,
    subset: Subset,
    progress: Progress | None = None,
) -> Predicted[EstimateT]:
    """What a checkpoint predicts for the clips of a subset.

    Raises:
        DatasetError: clips are missing.
    """
    header = checkpoint.header
    predicted = checkpoint.predict_clips(clips, split.members(subset), progress)
    return Predicted(header.name, (header,), (split,), subset, MappingProxyType(predicted), checkpoint.windows)


def predict_out_of_fold(name: str, folder: Path, clips: ClipSource, progress: Progress | None = None) -> Predicted[Any]:
    """Every clip predicted by that of `<name>-fold0` to `<name>-fold4` that trained on neither it nor its artist.

    Raises:
        CheckpointError: a fold is missing or damaged.
        DatasetError: clips are missing; or a checkpoint was not trained on its fold, or with another split seed or
            features than the others.
    """
    folds = [load_checkpoint(f"{name}-fold{fold}", folder) for fold in range(N_FOLDS)]
    splits = _fold_splits([fold.header for fold in folds])
    predicted: dict[str, Any] = {}
    total = sum(len(split.test) for split in splits)
    for checkpoint, split in zip(folds, splits, strict=True):
        later = None if progress is None else _later(progress, len(predicted), total)
        predicted |= checkpoint.predict_clips(clips, split.test, later)
    headers = tuple(fold.header for fold in folds)
    return Predicted(f"{name}-oof", headers, splits, "test", MappingProxyType(dict(sorted(predicted.items()))))


def _later(progress: Progress, n_before: int, n_total: int) -> Progress:
    """Progress of a part as progress of the whole."""
    return lambda done, _: progress(n_before + done, n_total)


def trained_on(header: CheckpointHeader) -> Split:
    """The split that a checkpoint was trained on."""
    training = header.provenance
    return make_split(training.split, training.split_seed or 0, training.fold)


def _fold_splits(headers: Sequence[CheckpointHeader]) -> tuple[Split, ...]:
    """The splits of the checkpoints of five folds, in order."""
    splits = tuple(map(trained_on, headers))
    for fold, (header, split) in enumerate(zip(headers, splits, strict=True)):
        if (split.name, split.fold) != ("artist_folds", fold):
            raise DatasetError(
                f"{header.name} was trained on {split.name}, fold {split.fold}. Train it on fold {fold}."
            )
        if split.seed != splits[0].seed:  # folds of different divisions overlap
            raise DatasetError(
                f"{header.name} was trained with split seed {split.seed}, the folds before it with another. Train all "
                "five with the same split seed."
            )
        if header.features != headers[0].features:
            raise DatasetError(f"{header.name} receives other features than {headers[0].name}. Train all five alike.")
    return splits
