"""Predicted genres scored: accuracy and log loss with intervals, the majority-class baseline, leakage."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.data.clips import load_clips
from core.data.splits import leakage
from core.evaluation.command import evaluate_command
from core.evaluation.predictions import Predicted, trained_on
from core.metrics import genre as metrics
from core.results.genre_reports import GenreReport
from core.types import GENRES, FloatArray, GenreEstimate, Split


def labels_of(clip_ids: tuple[str, ...]) -> NDArray[np.int64]:
    """True genre index of each clip, `[N]`."""
    genre_of = {clip.clip_id: clip.genre for clip in load_clips()}
    return np.array([GENRES.index(genre_of[clip_id]) for clip_id in clip_ids])


@dataclass(frozen=True)
class Origin:
    """Where predictions come from, in the words of a row of the reports.

    Attributes:
        checkpoint, recipe, windows, data, seed, n_train, n_train_all: as in `GenreReport`.
        commit, command, train_command, best_epoch, epochs: the same.
    """

    checkpoint: str
    recipe: str
    windows: str
    data: str
    seed: int
    n_train: int
    n_train_all: int
    commit: str
    command: str
    train_command: str
    best_epoch: int = 0
    epochs: int = 0


def evaluate_genre(predicted: Predicted[GenreEstimate], data_note: str) -> GenreReport:
    """Scores a genre or fusion checkpoint on a subset of a split, with its interval, baseline and leakage.

    Args:
        predicted: of one checkpoint, on a split.
        data_note: the copy of the data, in words.
    """
    header = predicted.headers[0]
    training = header.provenance
    origin = Origin(
        checkpoint=header.name,
        recipe=training.recipe,
        windows="first" if header.inference.hop_frames is None else "mean",
        data=data_note,
        seed=training.seed,
        n_train=training.n_train,
        n_train_all=len(trained_on(header).train),
        commit=training.commit,
        command=evaluate_command(predicted),
        train_command=training.command,
        best_epoch=training.best_epoch,
        epochs=training.epochs,
    )
    probs = {clip_id: estimate.probs for clip_id, estimate in predicted.by_clip.items()}
    return genre_row(origin, predicted.splits[0], predicted.subset, probs)


def genre_row(origin: Origin, split: Split, subset: str, by_clip: Mapping[str, FloatArray]) -> GenreReport:
    """Scores predictions of the clips of a subset.

    Args:
        origin: where they come from.
        split: of the training.
        subset: of the clips.
        by_clip: `[10]` by clip id.
    """
    probs = np.stack(list(by_clip.values()))
    clip_ids = tuple(by_clip)
    labels = labels_of(clip_ids)
    right = probs.argmax(1) == labels
    low, high = metrics.wilson_interval(int(right.sum()), len(right))
    counts = metrics.confusion(probs, labels)
    leak = leakage(replace(split, test=clip_ids))
    unleaked = np.array([clip_id not in leak.leaked_ids for clip_id in clip_ids])
    majority = Counter(labels_of(split.train).tolist()).most_common(1)[0][0]
    return GenreReport(
        **vars(origin),
        split=split.name,
        split_seed=split.seed,
        fold=split.fold,
        subset=subset,
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
    )
