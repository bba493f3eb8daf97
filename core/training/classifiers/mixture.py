"""Two genre systems together: the mean of their log-probabilities, from predictions that ship; nothing is fitted."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.data.splits import N_FOLDS, make_split
from core.evaluation.genre import Origin, genre_row
from core.models.other_music import other_music
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.genre_reports import GENRE_ROWS, GenreReport
from core.training.loop.fit import current_commit
from core.types import FloatArray, Split

MIXTURES = {
    "genre-mixed": ("genre-transfer", "genre-strong"),
    "genre-mixed-mtt": ("genre-transfer-mtt", "genre-strong"),
}
"""Which systems each is made of."""
_COMMAND = "python -m core mixtures --save"
_LEAST = 1e-8
"""Saved probabilities have four significant digits; the smallest may be written as 0."""


@dataclass(frozen=True)
class Mixture:
    """What is measured of a mixture.

    Attributes:
        rows: on the test subset of the random split of what ships, and of each artist fold.
        saved: predictions for every clip, of what ships and out of fold.
    """

    rows: tuple[GenreReport, ...]
    saved: tuple[SavedGenre, ...]


def measure_mixture(name: str) -> Mixture:
    """Mixes the saved predictions of two systems, and scores them.

    Args:
        name: key of `MIXTURES`.

    Raises:
        DatasetError: predictions are missing or damaged.
    """
    shipped, out_of_fold = (_mixed(name, suffix) for suffix in ("", "-oof"))
    return Mixture(tuple(_rows(name, shipped, out_of_fold)), (shipped, out_of_fold))


def _mixed(name: str, suffix: str) -> SavedGenre:
    first, second = (GENRE_TABLE.load(f"{part}{suffix}") for part in MIXTURES[name])
    by_clip = {clip_id: mean_log(probs, second.by_clip[clip_id]) for clip_id, probs in first.by_clip.items()}
    words = f"Mean of the log-probabilities of {first.system} and {second.system}. {other_music(first.system)}"
    return SavedGenre(f"{name}{suffix}", words, by_clip, first.subsets)


def mean_log(first: FloatArray, second: FloatArray) -> FloatArray:
    """`[10]` and `[10]` probabilities to the softmax of the mean of their logarithms, `[10]`."""
    mixed = np.sqrt(np.maximum(first, _LEAST).astype(np.float64) * np.maximum(second, _LEAST))
    return np.asarray(mixed / mixed.sum(), dtype=np.float32)


def _rows(name: str, shipped: SavedGenre, out_of_fold: SavedGenre) -> Iterator[GenreReport]:
    yield _row(name, make_split("stratified"), shipped)
    for fold in range(N_FOLDS):
        yield _row(name, make_split("artist_folds", fold=fold), out_of_fold)


def _row(name: str, split: Split, saved: SavedGenre) -> GenreReport:
    origin = Origin(
        checkpoint=name,
        recipe=name,
        windows="mean",
        data=_data_note(),
        seed=0,
        n_train=len(split.train),
        n_train_all=len(split.train),
        commit=current_commit(),
        command=_COMMAND,
        train_command=_COMMAND,
    )
    return genre_row(origin, split, "test", {clip_id: saved.by_clip[clip_id] for clip_id in split.test})


def _data_note() -> str:
    """That of the rows of what is mixed."""
    (note,) = {row.data for row in GENRE_ROWS.load() if row.recipe == "strong" and row.is_whole}
    return note
