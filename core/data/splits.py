"""Splits of the clips into training, validation and test, and what leaks through them.

The faults of the collection (repetitions, artists in several subsets) are described in B. L. Sturm, "An Analysis of the
GTZAN Music Genre Dataset", MIRUM 2012.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from core.data.clip_folders import named
from core.data.clips import clip_by_id, load_clips
from core.errors import DatasetError
from core.types import SUBSETS, Split

SPLITS: tuple[str, ...] = ("stratified", "fault_filtered", "artist_folds")
DEFAULT_SPLIT_SEED = 42
N_FOLDS = 5
TEST_SHARE = 0.2
VALID_SHARE_OF_REST = 0.25
_MAX_SEED = 2**32 - 1


def _artist_key(name: str) -> str:
    """Spellings of one artist to one key: "Earth, Wind & Fire" and "Earth Wind and Fire"."""
    return " ".join(re.findall(r"\w+", name.casefold().replace("&", " and ")))


@lru_cache(maxsize=1)
def _artists_by_id() -> Mapping[str, frozenset[str]]:
    """Artists of each clip: the credit as a whole, and each of its parts that is itself the credit of another clip.

    So "Lauryn Hill and Bob Marley" meets "Bob Marley", and "KC and The Sunshine Band" stays one.
    """
    credited = {_artist_key(clip.artist) for clip in load_clips() if clip.artist}
    artists: dict[str, frozenset[str]] = {}
    for clip in load_clips():
        parts = {_artist_key(part) for part in re.split(r",|&|\band\b", clip.artist)}
        artists[clip.clip_id] = (frozenset({_artist_key(clip.artist)} | (parts & credited))) - {""}
    return MappingProxyType(artists)


def _independent_groups() -> list[int]:
    """Group number of each clip of `load_clips()`; clips of one artist or one recording are in one group.

    Groups are connected components, as an artist can tie two recordings together. An unknown artist ties nothing.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    clips = load_clips()
    ties: dict[str, int] = {}
    rows, columns = [], []
    for index, clip in enumerate(clips):
        names = {f"artist {name}" for name in _artists_by_id()[clip.clip_id]}
        for name in names | ({f"recording {clip.repetition_group}"} if clip.repetition_group else set()):
            rows.append(index)
            columns.append(ties.setdefault(name, len(clips) + len(ties)))
    size = len(clips) + len(ties)
    graph = coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    return [int(number) for number in component[: len(clips)]]


def _stratified(seed: int) -> Split:
    # Imported here, as in the other splits: it takes seconds, and the list of clips needs no split.
    from sklearn.model_selection import train_test_split

    ids = [clip.clip_id for clip in load_clips()]
    rest, test = train_test_split(
        ids, test_size=TEST_SHARE, random_state=seed, stratify=[clip_by_id()[clip_id].genre for clip_id in ids]
    )
    rest = sorted(rest)
    train, valid = train_test_split(
        rest,
        test_size=VALID_SHARE_OF_REST,
        random_state=seed,
        stratify=[clip_by_id()[clip_id].genre for clip_id in rest],
    )
    return Split("stratified", seed, None, tuple(sorted(train)), tuple(sorted(valid)), tuple(sorted(test)))


def _fault_filtered() -> Split:
    train, valid, test = (
        tuple(clip.clip_id for clip in load_clips() if clip.fault_filtered_subset == subset) for subset in SUBSETS
    )
    return Split("fault_filtered", None, None, train, valid, test)


def _artist_folds(seed: int, fold: int) -> Split:
    from sklearn.model_selection import StratifiedGroupKFold

    clips = load_clips()
    splitter = StratifiedGroupKFold(n_splits=N_FOLDS, shuffle=True, random_state=seed)
    genres = [clip.genre for clip in clips]
    folds = [
        tuple(clips[index].clip_id for index in sorted(members))
        for _, members in splitter.split(genres, genres, _independent_groups())
    ]
    valid_fold = (fold + 1) % N_FOLDS
    train = sorted(clip_id for number, ids in enumerate(folds) if number not in (fold, valid_fold) for clip_id in ids)
    return Split("artist_folds", seed, fold, tuple(train), folds[valid_fold], folds[fold])


def make_split(name: str, seed: int = DEFAULT_SPLIT_SEED, fold: int | None = None) -> Split:
    """Divides the 999 clips into training, validation and test.

    - "stratified": 60/20/20 with every genre in equal parts; artists and recordings cross the subsets.
    - "fault_filtered": the published split of C. Kereliuk, B. L. Sturm and J. Larsen, "Deep Learning and Music
      Adversaries", IEEE Trans. Multimedia 2015, 442/197/290: no recording and no artist's name crosses (a few artists
      do as guests on joint credits; `leakage` counts them). `seed` has no effect.
    - "artist_folds": five folds of about equal size and genre shares, no artist or recording crosses. Test is `fold`,
      validation the next one, training the other three.

    Args:
        name: one of `SPLITS`.
        seed: split seed, 0..2**32 - 1.
        fold: 0..4 for "artist_folds", None for the others.

    Raises:
        DatasetError: an unknown name, a seed out of range, or a fold that does not fit the name.
    """
    if name not in SPLITS:
        raise DatasetError(f"There is no split {name!r}. Choose one of {', '.join(SPLITS)}.")
    if not 0 <= seed <= _MAX_SEED:
        raise DatasetError(f"The split seed is {seed}. Choose a whole number from 0 to {_MAX_SEED}.")
    if name == "artist_folds":
        if fold is None or not 0 <= fold < N_FOLDS:
            raise DatasetError(f"The fold is {fold}. Choose a fold from 0 to {N_FOLDS - 1} for the split artist_folds.")
        return _artist_folds(seed, fold)
    if fold is not None:
        raise DatasetError(f"The split {name} has no folds, but fold {fold} was asked for. Leave the fold out.")
    return _stratified(seed) if name == "stratified" else _fault_filtered()


@dataclass(frozen=True)
class Leakage:
    """Test clips that a model may recognise from training for a reason other than their genre.

    Attributes:
        n_test: test clips.
        same_recording_ids: test clips whose recording is in training too (possibly another excerpt or transfer).
        same_artist_ids: test clips with an artist who is in training too.
        unknown_artist_ids: test clips without a known artist; they count as not leaked.
    """

    n_test: int
    same_recording_ids: frozenset[str]
    same_artist_ids: frozenset[str]
    unknown_artist_ids: frozenset[str]

    @property
    def n_same_recording(self) -> int:
        """Test clips that share a recording with training."""
        return len(self.same_recording_ids)

    @property
    def n_same_artist(self) -> int:
        """Test clips that share an artist with training."""
        return len(self.same_artist_ids)

    @property
    def n_unknown_artist(self) -> int:
        """Test clips whose artist is unknown."""
        return len(self.unknown_artist_ids)

    @property
    def leaked_ids(self) -> frozenset[str]:
        """Test clips that share a recording or an artist with training."""
        return self.same_recording_ids | self.same_artist_ids


def leakage(split: Split) -> Leakage:
    """Counts the test clips of a split that share a recording or an artist with its training clips.

    Raises:
        DatasetError: the split names a clip that is not in the ground truth.
    """
    unknown = {clip_id for subset in SUBSETS for clip_id in split.members(subset)} - clip_by_id().keys()
    if unknown:
        raise DatasetError(f"The split {split.name} names clips that GTZAN does not have: {named(unknown)}.")
    artists = _artists_by_id()
    recording_of = {clip.clip_id: clip.repetition_group for clip in load_clips()}
    trained_recordings = {recording_of[clip_id] for clip_id in split.train} - {None}
    trained_artists = frozenset[str]().union(*(artists[clip_id] for clip_id in split.train))
    return Leakage(
        n_test=len(split.test),
        same_recording_ids=frozenset(i for i in split.test if recording_of[i] in trained_recordings),
        same_artist_ids=frozenset(i for i in split.test if artists[i] & trained_artists),
        unknown_artist_ids=frozenset(i for i in split.test if not artists[i]),
    )
