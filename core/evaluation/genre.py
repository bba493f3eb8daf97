"""Checkpoints on splits: scores, saved predictions and spectrograms."""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.gtzan import N_FOLDS, leakage, load_clips, make_split
from core.data.log_mels import LogMelSet
from core.errors import DatasetError
from core.features.log_mel import cut_windows
from core.inference.predict import GenreModel
from core.metrics import genre as metrics
from core.models.checkpoint import CheckpointHeader, Inference
from core.results.genre_predictions import SavedGenre, save_predictions, save_spectrograms
from core.results.genre_reports import GenreReport
from core.system.paths import DATA_DIR
from core.types import GENRES, FloatArray, Split, Subset

WINDOW_MODES = ("own", "first", "mean")
_MEAN_HOP_FRAMES = 200


def predict_clips(
    model: GenreModel, log_mels: LogMelSet, clip_ids: tuple[str, ...], windows: str = "own"
) -> FloatArray:
    """Probabilities of a model for clips.

    Args:
        model: the checkpoint.
        log_mels: spectrograms made with the checkpoint's feature spec.
        clip_ids: which clips.
        windows: "own" as the checkpoint does, "first" window alone, or "mean" over windows (every 5 s where the
            checkpoint has no step of its own).

    Returns:
        `[N, 10]`, in the order of `clip_ids`.

    Raises:
        DatasetError: a clip is not among the spectrograms.
    """
    tracks = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
    missing = [clip_id for clip_id in clip_ids if clip_id not in tracks]
    if missing:
        raise DatasetError(
            f"{len(missing)} of {len(clip_ids)} clips are missing, such as {missing[0]}. Complete the GTZAN folder."
        )
    own = model.header.inference
    inference = {
        "own": own,
        "first": Inference(None, own.temperature),
        "mean": Inference(own.hop_frames or _MEAN_HOP_FRAMES, own.temperature),
    }[windows]
    return np.stack([model.estimate(model.normalised_clip(tracks[clip_id]), inference).probs for clip_id in clip_ids])


def labels_of(clip_ids: tuple[str, ...]) -> NDArray[np.int64]:
    """True genre index of each clip, `[N]`."""
    genre_of = {clip.clip_id: clip.genre for clip in load_clips()}
    return np.array([GENRES.index(genre_of[clip_id]) for clip_id in clip_ids])


def evaluate_genre(
    model: GenreModel, log_mels: LogMelSet, split: Split, subset: Subset, windows: str, data_note: str
) -> GenreReport:
    """Scores a genre checkpoint on a subset of a split, with its interval, floor and leakage.

    Raises:
        DatasetError: clips are missing.
    """
    probs = predict_clips(model, log_mels, split.members(subset), windows)
    uses_all = windows == "mean" or (windows == "own" and model.header.inference.hop_frames is not None)
    command = evaluate_command(model.header.name, split, subset, windows)
    return genre_report(model.header, probs, split, subset, "mean" if uses_all else "first", data_note, command)


def genre_report(
    header: CheckpointHeader,
    probs: FloatArray,
    split: Split,
    subset: Subset,
    windows: str,
    data_note: str,
    command: str,
) -> GenreReport:
    """Scores what a checkpoint has said of a subset of a split.

    Args:
        header: of the checkpoint.
        probs: `[N, 10]`, in the order of the subset.
        split, subset: which clips.
        windows: "first" or "mean": what the checkpoint answered from.
        data_note: the copy of the data, in words.
        command: that scores it again, "" where there is none.
    """
    clip_ids = split.members(subset)
    labels = labels_of(clip_ids)
    right = probs.argmax(1) == labels
    low, high = metrics.wilson_interval(int(right.sum()), len(right))
    counts = metrics.confusion(probs, labels)
    leak = leakage(replace(split, test=clip_ids))
    unleaked = np.array([clip_id not in leak.leaked_ids for clip_id in clip_ids])
    majority = Counter(labels_of(split.train).tolist()).most_common(1)[0][0]
    training = header.provenance
    return GenreReport(
        checkpoint=header.name,
        recipe=training.recipe,
        windows=windows,
        data=data_note,
        split=split.name,
        split_seed=split.seed,
        fold=split.fold,
        subset=subset,
        seed=training.seed,
        n_train=training.n_train,
        n_train_all=len(trained_on(header).train),
        best_epoch=training.best_epoch,
        epochs=training.epochs,
        n=len(clip_ids),
        accuracy=float(right.mean()),
        accuracy_low=low,
        accuracy_high=high,
        log_loss=metrics.log_loss(probs, labels),
        macro_f1=metrics.macro_f1(counts),
        majority_floor=float(np.mean(labels == majority)),
        n_same_recording=leak.n_same_recording,
        n_same_artist=leak.n_same_artist,
        accuracy_unleaked=float(right[unleaked].mean()) if unleaked.any() else None,
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        commit=training.commit,
        command=command,
        train_command=training.command,
    )


def evaluate_command(name: str, split: Split, subset: Subset, windows: str, kind: str = "genre") -> str:
    """The command line that evaluates this again."""
    words = ["python", "-m", "core", "evaluate", kind, "--checkpoint", name, "--split", split.name]
    words += [] if split.seed is None else ["--split-seed", str(split.seed)]
    words += [] if split.fold is None else ["--fold", str(split.fold)]
    words += ["--subset", subset] + ([] if windows == "own" else ["--windows", windows])
    return shlex.join(words) + " --gtzan DIR"


class Described(Protocol):
    """A model of any kind that knows what trained it."""

    @property
    def header(self) -> CheckpointHeader:
        """Of its checkpoint."""


def own_split(model: Described) -> Split:
    """The split that a checkpoint was trained on."""
    return trained_on(model.header)


def trained_on(header: CheckpointHeader) -> Split:
    """The same, told from the header alone."""
    training = header.provenance
    return make_split(training.split, training.split_seed or 0, training.fold)


def fold_split(model: Described, fold: int, before: Sequence[Split]) -> Split:
    """The split of a checkpoint that is to answer for the clips of a fold.

    Args:
        model: the checkpoint.
        fold: 0..4.
        before: the splits of the folds before it.

    Raises:
        DatasetError: it was not trained on that fold, or with another split seed than the others.
    """
    split = own_split(model)
    if (split.name, split.fold) != ("artist_folds", fold):
        raise DatasetError(
            f"{model.header.name} was trained on {split.name}, fold {split.fold}. Train it on fold {fold}."
        )
    if any(other.seed != split.seed for other in before):  # folds of different divisions overlap
        raise DatasetError(
            f"{model.header.name} was trained with split seed {split.seed}, the folds before it with another. "
            "Train all five with the same split seed."
        )
    return split


def export_predictions(model: GenreModel, log_mels: LogMelSet, folder: Path = DATA_DIR) -> SavedGenre:
    """Predicts every clip with one checkpoint and writes the table that ships."""
    clip_ids = tuple(clip.clip_id for clip in load_clips())
    split = own_split(model)
    subset_of = split.subset_of
    probs = predict_clips(model, log_mels, clip_ids)
    seed = "" if split.seed is None else f", split seed {split.seed}"
    saved = SavedGenre(
        system=model.header.name,
        description=f"One model, trained on the {split.name} split{seed}; it has seen the clips marked train.",
        probs=dict(zip(clip_ids, probs, strict=True)),
        subsets={clip_id: subset_of.get(clip_id, "test") for clip_id in clip_ids},
    )
    save_predictions(saved, folder)
    return saved


def export_out_of_fold(name: str, log_mels: LogMelSet, checkpoints: Path, folder: Path = DATA_DIR) -> SavedGenre:
    """Predicts every clip with the one of five fold models that has seen neither it nor its artist.

    Args:
        name: the checkpoints are `<name>-fold0` to `<name>-fold4`; the system becomes `<name>-oof`.
        log_mels: spectrograms of all clips.
        checkpoints: folder of the checkpoints.
        folder: where to write.

    Raises:
        CheckpointError: a fold is missing or damaged.
        DatasetError: a checkpoint was not trained on that fold, or with another split seed than the others.
    """
    probs: dict[str, FloatArray] = {}
    splits: list[Split] = []
    for fold in range(N_FOLDS):
        model = GenreModel.load(f"{name}-fold{fold}", checkpoints)
        split = fold_split(model, fold, splits)
        splits.append(split)
        probs.update(zip(split.test, predict_clips(model, log_mels, split.test), strict=True))
    saved = SavedGenre(
        system=f"{name}-oof",
        description="Five models; each clip is answered by the one that has met neither the clip nor its artist.",
        probs=probs,
        subsets=dict.fromkeys(probs, "test"),
    )
    save_predictions(saved, folder)
    return saved


def export_spectrograms(model: GenreModel, log_mels: LogMelSet, folder: Path = DATA_DIR) -> None:
    """Writes the 8-bit spectrograms of all clips, as the model sees their first 10 s."""
    tracks = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
    spec = model.header.features
    windows = [cut_windows(model.normalised_clip(tracks[clip.clip_id]), [0], spec) for clip in load_clips()]
    save_spectrograms([window[0, 0].numpy() for window in windows], folder)
