"""What artists in training are worth: accuracy of each genre against how many of them the models learned from.

The same test clips, those of the fault-filtered split, predicted twice by recipe `strong`: by models of that split, and
out of fold by models of the artist folds, which learned from more artists. Neither met the artist of the clip.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.clips import load_clips
from core.data.splits import N_FOLDS, make_split
from core.metrics.genre import share
from core.metrics.significance import Measured
from core.results.genre_predictions import GENRE_TABLE
from core.results.genre_reports import GenreReport
from core.types import GENRES

_FILTERED, _FOLDS = "fault_filtered", "artist_folds"
_OUT_OF_FOLD = "genre-strong-oof"


@dataclass(frozen=True)
class ArtistPoint:
    """One genre, learned from one set of training clips.

    Attributes:
        genre: its name.
        training: the split whose models predict, "fault_filtered" or "artist_folds".
        n_artists, n_clips: of the genre in training, means over the folds; clips of unknown artists are clips alone.
        n: test clips of the genre.
        accuracy: share of them that is predicted correctly, with its 95 % Wilson interval for n clips; over five
            training seeds for "fault_filtered".
    """

    genre: str
    training: str
    n_artists: float
    n_clips: float
    n: int
    accuracy: Measured


def accuracy_by_artists(reports: Iterable[GenreReport]) -> tuple[ArtistPoint, ...]:
    """Two points for each genre, fewer artists first; () where the runs on the fault-filtered split are missing.

    Args:
        reports: rows of the genre reports.

    Raises:
        DatasetError: the out-of-fold predictions are missing or damaged.
    """
    rows = [
        row
        for row in reports
        if (row.recipe, row.split, row.subset, row.windows) == ("strong", _FILTERED, "test", "mean") and row.is_whole
    ]
    if not rows:
        return ()
    confusion = np.mean([row.confusion for row in rows], axis=0)
    filtered, folds = make_split(_FILTERED), [make_split(_FOLDS, fold=fold) for fold in range(N_FOLDS)]
    saved = GENRE_TABLE.load(_OUT_OF_FOLD)
    points = []
    for index, genre in enumerate(GENRES):
        test = [clip_id for clip_id in filtered.test if clip_id.startswith(f"{genre}.")]
        right = sum(int(saved.by_clip[clip_id].argmax()) == index for clip_id in test)
        seeds = share(confusion[index][index], len(test))
        points.append(_point(genre, _FILTERED, [filtered.train], len(test), seeds))
        points.append(_point(genre, _FOLDS, [fold.train for fold in folds], len(test), share(right, len(test))))
    return tuple(points)


def _point(genre: str, training: str, trained: Sequence[Sequence[str]], n: int, accuracy: Measured) -> ArtistPoint:
    artist_of = {clip.clip_id: clip.artist for clip in load_clips() if clip.genre == genre}
    artists = [len({artist_of[clip_id] for clip_id in ids if clip_id in artist_of} - {""}) for ids in trained]
    clips = [sum(clip_id in artist_of for clip_id in ids) for ids in trained]
    return ArtistPoint(genre, training, float(np.mean(artists)), float(np.mean(clips)), n, accuracy)
