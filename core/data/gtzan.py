"""GTZAN: the ground truth that ships, the user's audio files, the splits and what leaks through them.

Sources of the ground truth: data/README.md. The faults of the collection (repetitions, artists in several subsets) are
described in B. L. Sturm, "An Analysis of the GTZAN Music Genre Dataset", MIRUM 2012.
"""

import csv
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from core.data.clip_folders import EXTENSIONS, audio_files, is_archive, named, right_folder
from core.errors import DatasetError
from core.system.paths import DATA_DIR
from core.types import SUBSETS, Clip, Split, Subset

EXCLUDED_CLIP = "jazz.00054"
"""Its wav in the common copies lacks the beginning, header included; every result leaves it out."""

SPLITS: tuple[str, ...] = ("stratified", "fault_filtered", "artist_folds")
DEFAULT_SPLIT_SEED = 42
N_FOLDS = 5
TEST_SHARE = 0.2
VALID_SHARE_OF_REST = 0.25

GROUND_TRUTH = DATA_DIR / "gtzan.csv"
ROOT_VARIABLE = "GTZAN_DIR"
_MAX_SEED = 2**32 - 1


# Ground truth


def _number(text: str) -> float | None:
    return float(text) if text else None


def _levels(text: str) -> tuple[float, ...]:
    """All annotators' levels in one; they are apart by `|`, the levels by `;`. 0 is an annotator's "no pulse"."""
    return tuple(sorted({float(level) for level in re.split(r"[;|]", text) if level} - {0.0}))


def _subset(text: str) -> Subset | None:
    return next((subset for subset in SUBSETS if subset == text), None)


def _clip(row: Mapping[str, str]) -> Clip:
    return Clip(
        clip_id=row["clip_id"],
        genre=row["genre"],
        artist=row["artist"],
        title=row["title"],
        tempo_bpm=_number(row["tempo_bpm"]),
        tempo_std_bpm=_number(row["tempo_std_bpm"]),
        tempo_marsyas_bpm=_number(row["tempo_marsyas_bpm"]),
        metrical_levels_bpm=_levels(row["metrical_levels_bpm"]),
        meter=row["meter"],
        fault_filtered_subset=_subset(row["fault_filtered_subset"]),
        repetition_group=row["repetition_group"] or None,
    )


@lru_cache(maxsize=1)
def load_clips() -> tuple[Clip, ...]:
    """The 999 clips that every result is about, sorted by id.

    Raises:
        DatasetError: the table that ships with the project is missing or damaged.
    """
    try:
        with GROUND_TRUTH.open(newline="", encoding="utf-8") as file:
            clips = [_clip(row) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise DatasetError(
            f"The ground truth {GROUND_TRUTH} cannot be read ({error}). It ships with the project: restore it with "
            "'git checkout data/gtzan.csv'."
        ) from error
    return tuple(sorted((clip for clip in clips if clip.clip_id != EXCLUDED_CLIP), key=lambda clip: clip.clip_id))


@lru_cache(maxsize=1)
def _clip_by_id() -> Mapping[str, Clip]:
    return MappingProxyType({clip.clip_id: clip for clip in load_clips()})


# The user's audio files


@dataclass(frozen=True)
class ClipFiles:
    """The audio files of GTZAN clips that were found.

    Attributes:
        root: the folder that was searched.
        paths: file by clip id, in the order of the ids.
        problems: what was left out and why, one sentence or two each, for the user.
    """

    root: Path
    paths: Mapping[str, Path]
    problems: tuple[str, ...]


def gtzan_root(option: Path | None) -> Path | None:
    """The folder with GTZAN audio: the option, else the environment variable GTZAN_DIR, else None."""
    if option is not None:
        return option
    named = os.environ.get(ROOT_VARIABLE, "")
    return Path(named).expanduser() if named else None


def _is_sound(path: Path) -> bool:
    """False for a wav file that does not begin with RIFF, as jazz.00054.wav in the common copies."""
    if path.suffix.lower() != ".wav":
        return True
    with path.open("rb") as file:
        return file.read(4) == b"RIFF"


def _describe(excluded: list[Path], bad: list[Path], missing: set[str], foreign: list[Path]) -> Iterator[str]:
    if excluded:
        yield f"{EXCLUDED_CLIP} is left out on purpose: the usual copies of it are damaged."
    if bad:
        yield (
            f"{len(bad)} wav file(s) left out because they do not begin with RIFF: {named(p.name for p in bad)}. "
            "Fetch them again."
        )
    if missing:
        yield f"{len(missing)} of {len(load_clips())} clips were not found: {named(missing)}."
    if foreign:
        yield f"{len(foreign)} audio file(s) ignored that are not GTZAN clips: {named(p.name for p in foreign)}."


def find_clips(root: Path) -> ClipFiles:
    """Finds GTZAN audio below a folder: in `genres/`, `Data/genres_original/`, `genres_original/` or flat.

    Where there is none, it is looked for in the folders right below; and where the folder is that of one genre, beside
    its likes. Of several files of one clip a lossless one is taken. A wav file that does not begin with RIFF is left
    out, and so is jazz.00054; `problems` says so.

    Args:
        root: the folder that holds one of the layouts, as wav, flac, au or mp3.

    Raises:
        DatasetError: the folder is missing, an archive, cannot be read or holds no usable clip.
    """
    try:
        return _find_near(root)
    except OSError as error:
        raise DatasetError(
            f"{error.filename} cannot be read ({error.strerror}). Make the folder readable and try again."
        ) from error


def _find_near(root: Path) -> ClipFiles:
    if root.is_file():
        unpack = "Unpack it, and give the folder that comes out" if is_archive(root) else "Give the folder it lies in"
        raise DatasetError(f"{root} is a file, not a folder. {unpack}.")
    if not root.is_dir():
        raise DatasetError(f"There is no folder {root}. Give the folder that holds your copy of GTZAN.")
    right = right_folder(root)
    files = _find_in(right)
    moved = () if right == root else (f"{root} is a level off: the clips are read from {right}.",)
    return replace(files, problems=(*moved, *files.problems))


def _find_in(root: Path) -> ClipFiles:
    known = _clip_by_id()
    found: dict[str, Path] = {}
    excluded: list[Path] = []
    bad: list[Path] = []
    foreign: list[Path] = []
    for path in sorted(audio_files(root), key=lambda path: EXTENSIONS.index(path.suffix.lower())):
        clip_id = path.stem.lower()
        if clip_id == EXCLUDED_CLIP:
            excluded.append(path)
        elif clip_id not in known:
            foreign.append(path)
        elif not _is_sound(path):
            bad.append(path)
        else:
            found.setdefault(clip_id, path)
    if not found:
        damaged = f" ({len(bad)} wav files do not begin with RIFF)" if bad else ""
        packed = next((path.name for path in sorted(root.iterdir()) if is_archive(path)), None)
        unpack = "" if packed is None else f"Unpack {packed}, which lies there. "
        raise DatasetError(
            f"No usable GTZAN clip was found in {root}{damaged}. {unpack}"
            "Expected are files like genres/blues/blues.00000.wav, Data/genres_original/blues/blues.00000.wav or "
            "blues.00000.wav, as wav, flac, au or mp3. Give the folder above them."
        )
    problems = tuple(_describe(excluded, bad, known.keys() - found.keys(), foreign))
    return ClipFiles(root, MappingProxyType(dict(sorted(found.items()))), problems)


# Splits


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
        ids, test_size=TEST_SHARE, random_state=seed, stratify=[_clip_by_id()[clip_id].genre for clip_id in ids]
    )
    rest = sorted(rest)
    train, valid = train_test_split(
        rest,
        test_size=VALID_SHARE_OF_REST,
        random_state=seed,
        stratify=[_clip_by_id()[clip_id].genre for clip_id in rest],
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
    """Test clips that a model may know from training for a reason other than their genre.

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
    unknown = {clip_id for subset in SUBSETS for clip_id in split.members(subset)} - _clip_by_id().keys()
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
