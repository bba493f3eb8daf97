"""Predicted genres scored: accuracy and log loss with intervals, the majority-class baseline, leakage."""

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.data.clips import load_clips
from core.data.splits import leakage
from core.evaluation.command import evaluate_command
from core.evaluation.predictions import Predicted, trained_on
from core.metrics import genre as metrics
from core.results.genre_reports import GenreReport
from core.types import GENRES, GenreEstimate


def labels_of(clip_ids: tuple[str, ...]) -> NDArray[np.int64]:
    """True genre index of each clip, `[N]`."""
    genre_of = {clip.clip_id: clip.genre for clip in load_clips()}
    return np.array([GENRES.index(genre_of[clip_id]) for clip_id in clip_ids])


def evaluate_genre(predicted: Predicted[GenreEstimate], data_note: str) -> GenreReport:
    """Scores a genre or fusion checkpoint on a subset of a split, with its interval, baseline and leakage.

    Args:
        predicted: of one checkpoint, on a split.
        data_note: the copy of the data, in words.
    """
    header, split, subset = predicted.headers[0], predicted.splits[0], predicted.subset
    uses_all = header.inference.hop_frames is not None
    probs = np.stack([estimate.probs for estimate in predicted.by_clip.values()])
    clip_ids = tuple(predicted.by_clip)
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
        windows="mean" if uses_all else "first",
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
        command=evaluate_command(predicted),
        train_command=training.command,
    )
