"""Splits and what leaks through them."""

import csv
import hashlib
import re
from collections import Counter
from itertools import combinations

import pytest

from core.data.clips import EXCLUDED_CLIP, GROUND_TRUTH, load_clips
from core.data.splits import N_FOLDS, SPLITS, leakage, make_split
from core.errors import DatasetError
from core.types import GENRES, SUBSETS, Split

CLIPS = {clip.clip_id: clip for clip in load_clips()}
SEEDS = (0, 1, 2, 3, 4, 42)


def every_split() -> list[Split]:
    return [
        *(make_split("stratified", seed) for seed in SEEDS),
        make_split("fault_filtered"),
        *(make_split("artist_folds", seed, fold) for seed in (0, 42) for fold in range(N_FOLDS)),
    ]


# Splits


def test_splits_are_disjoint_sorted_and_known() -> None:
    for split in every_split():
        for one, other in combinations(SUBSETS, 2):
            assert not set(split.members(one)) & set(split.members(other))
        for subset in SUBSETS:
            assert list(split.members(subset)) == sorted(set(split.members(subset)) & CLIPS.keys())
        left_out = CLIPS.keys() - split.subset_of.keys()
        assert len(left_out) == (70 if split.name == "fault_filtered" else 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_stratified_has_every_genre_in_equal_parts(seed: int) -> None:
    split = make_split("stratified", seed)
    assert (len(split.train), len(split.valid), len(split.test)) == (599, 200, 200)
    for subset, share in zip(SUBSETS, (60, 20, 20), strict=True):
        counts = Counter(CLIPS[clip_id].genre for clip_id in split.members(subset))
        assert set(counts) == set(GENRES)
        assert all(abs(count - share) <= 1 for count in counts.values())


def test_fault_filtered_is_the_published_one_less_the_excluded_clip() -> None:
    split = make_split("fault_filtered", seed=7)
    assert (len(split.train), len(split.valid), len(split.test)) == (442, 197, 290)
    assert (split.seed, split.fold) == (None, None)
    with GROUND_TRUTH.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    published = {row["clip_id"]: row["fault_filtered_subset"] for row in rows if row["fault_filtered_subset"]}
    assert published.pop(EXCLUDED_CLIP) == "train"
    assert dict(split.subset_of) == published


@pytest.mark.parametrize("seed", [0, 42])
def test_artist_folds_test_every_clip_once_with_all_genres(seed: int) -> None:
    folds = [make_split("artist_folds", seed, fold) for fold in range(N_FOLDS)]
    assert sorted(clip_id for split in folds for clip_id in split.test) == sorted(CLIPS)
    for fold, split in enumerate(folds):
        assert split.valid == folds[(fold + 1) % N_FOLDS].test
        assert 180 <= len(split.test) <= 220
        counts = Counter(CLIPS[clip_id].genre for clip_id in split.test)
        assert set(counts) == set(GENRES)
        # 20 of each would be even; the 35 clips of Bob Marley cannot be divided.
        assert 10 <= min(counts.values()) <= max(counts.values()) <= 40


@pytest.mark.parametrize("seed", [0, 42])
@pytest.mark.parametrize("fold", range(N_FOLDS))
def test_no_artist_or_recording_crosses_artist_folds(seed: int, fold: int) -> None:
    split = make_split("artist_folds", seed, fold)
    for trained, tested in ((split.train, split.test), (split.train, split.valid), (split.valid, split.test)):
        assert not leakage(Split("pair", None, None, trained, (), tested)).leaked_ids
        # The same by the plain columns, without the code under test.
        for column in ("artist", "repetition_group"):
            known = {getattr(CLIPS[clip_id], column) for clip_id in trained} - {"", None}
            assert not known & {getattr(CLIPS[clip_id], column) for clip_id in tested}


def test_no_artist_credit_or_recording_crosses_the_fault_filtered_split() -> None:
    split = make_split("fault_filtered")
    for column in ("artist", "repetition_group"):
        values = [{getattr(CLIPS[i], column) for i in split.members(subset)} - {"", None} for subset in SUBSETS]
        assert all(not one & other for one, other in combinations(values, 2))


def fingerprint(split: Split) -> str:
    members = "\n".join(" ".join(split.members(subset)) for subset in SUBSETS)
    return hashlib.sha256(members.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("name", "fold", "expected"),
    [
        ("stratified", None, "6ed7aec81f365f29"),
        ("fault_filtered", None, "c1fba46a249d76b5"),
        ("artist_folds", 0, "d934884db3a4d86e"),
    ],
)
def test_splits_of_seed_42_never_change(name: str, fold: int | None, expected: str) -> None:
    """Shipped models were trained on these: a silent change would turn training clips into test clips."""
    assert fingerprint(make_split(name, 42, fold)) == expected


def test_split_seed_changes_the_split() -> None:
    assert len({fingerprint(make_split("stratified", seed)) for seed in SEEDS}) == len(SEEDS)
    assert make_split("artist_folds", 0, 0).test != make_split("artist_folds", 1, 0).test


@pytest.mark.parametrize(
    ("name", "seed", "fold", "message"),
    [
        ("random", 0, None, "no split 'random'. Choose one of " + ", ".join(SPLITS)),
        ("stratified", -1, None, "seed is -1"),
        ("stratified", 2**32, None, "seed is 4294967296"),
        ("stratified", 0, 1, "has no folds, but fold 1"),
        ("fault_filtered", 0, 0, "has no folds, but fold 0"),
        ("artist_folds", 0, None, "fold is None"),
        ("artist_folds", 0, 5, "fold is 5"),
        ("artist_folds", 0, -1, "fold is -1"),
    ],
)
def test_bad_requests_are_refused(name: str, seed: int, fold: int | None, message: str) -> None:
    with pytest.raises(DatasetError, match=re.escape(message)):
        make_split(name, seed, fold)


# Leakage


def test_leakage_of_a_split_checked_by_hand() -> None:
    """Train: That's The Way (KC), The Trooper, an unknown jazz artist and Bob Marley; see data/gtzan.csv."""
    unknown = [clip.clip_id for clip in load_clips() if not clip.artist]
    split = Split(
        name="by hand",
        seed=None,
        fold=None,
        train=("disco.00050", "metal.00034", "reggae.00003", unknown[0]),
        valid=("disco.00055",),
        test=(
            "disco.00051",  # same recording, so same artist
            "disco.00060",  # its recording is in validation only
            "disco.00070",  # same recording
            "reggae.00005",  # Bob Marley, another song
            "reggae.00087",  # Lauryn Hill and Bob Marley
            "hiphop.00039",  # Lauryn Hill
            unknown[1],  # two unknown artists are not the same artist
        ),
    )
    found = leakage(split)
    assert found.same_recording_ids == {"disco.00051", "disco.00070"}
    assert found.same_artist_ids == {"disco.00051", "disco.00070", "reggae.00005", "reggae.00087"}
    assert found.unknown_artist_ids == {unknown[1]}
    assert (found.n_test, found.n_same_recording, found.n_same_artist, found.n_unknown_artist) == (7, 2, 4, 1)
    assert found.leaked_ids == found.same_artist_ids


def test_spellings_of_one_artist_are_one() -> None:
    clips = load_clips()
    spelt_out = tuple(clip.clip_id for clip in clips if clip.artist == "Earth Wind and Fire")
    with_sign = tuple(clip.clip_id for clip in clips if clip.artist == "Earth, Wind & Fire")
    assert spelt_out
    assert with_sign
    assert leakage(Split("x", None, None, spelt_out, (), with_sign)).same_artist_ids == set(with_sign)


def test_leakage_of_the_splits_is_what_the_readme_says() -> None:
    for seed in SEEDS:
        found = leakage(make_split("stratified", seed))
        assert 8 <= found.n_same_recording <= 18
        assert 145 <= found.n_same_artist <= 162
    filtered = leakage(make_split("fault_filtered"))
    assert filtered.n_same_recording == 0
    assert filtered.same_artist_ids == {"reggae.00087"}


def test_leakage_refuses_clips_that_do_not_exist() -> None:
    with pytest.raises(DatasetError, match=r"blues\.00100"):
        leakage(Split("wrong", None, None, ("blues.00100",), (), ("blues.00000",)))
