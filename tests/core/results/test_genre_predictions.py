"""Saved predictions and 8-bit spectrograms: round trips, marks and damage."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.data.clips import load_clips
from core.errors import DatasetError
from core.results import spectrograms
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.predictions import PREDICTIONS
from core.results.spectrograms import RANGE_STD, SPECTROGRAMS, save_spectrograms, spectrogram
from core.system.paths import DATA_DIR
from core.types import GENRES, FloatArray, Subset

CURE = "git checkout data"
SHIPPED = GENRE_TABLE.systems()


def probs_of(seed: int) -> FloatArray:
    return np.random.default_rng(seed).dirichlet(np.ones(len(GENRES))).astype(np.float32)


def three_clips(system: str = "genre-x", description: str = "One model; “seen” clips, 60 % of them.") -> SavedGenre:
    ids = ("blues.00000", "jazz.00001", "rock.00002")
    subsets: tuple[Subset, ...] = ("train", "valid", "test")
    probs = {clip_id: probs_of(i) for i, clip_id in enumerate(ids)}
    return SavedGenre(system, description, probs, dict(zip(ids, subsets, strict=True)))


@pytest.fixture(autouse=True)
def forget_spectrograms() -> Iterator[None]:
    """The memory map is kept for the life of the process; each test brings a file of its own."""
    spectrograms._stored_spectrograms.cache_clear()
    yield
    spectrograms._stored_spectrograms.cache_clear()


def test_predictions_round_trip(tmp_path: Path) -> None:
    before = three_clips()
    GENRE_TABLE.save(before, tmp_path)
    after = GENRE_TABLE.load("genre-x", tmp_path)
    assert (after.system, after.description, dict(after.subsets)) == (
        before.system,
        before.description,
        dict(before.subsets),
    )
    assert after.by_clip.keys() == before.by_clip.keys()
    for clip_id, probs in before.by_clip.items():
        assert after.by_clip[clip_id].dtype == np.float32
        np.testing.assert_allclose(after.by_clip[clip_id], probs, atol=5.1e-5)


def test_saving_again_replaces_and_is_the_same_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / PREDICTIONS / "genre-x.csv"
    GENRE_TABLE.save(three_clips(), tmp_path)
    first = path.read_bytes()
    GENRE_TABLE.save(three_clips(description="Another."), tmp_path)
    assert GENRE_TABLE.load("genre-x", tmp_path).description == "Another."
    GENRE_TABLE.save(three_clips(), tmp_path)
    assert path.read_bytes() == first


def test_systems_are_listed_by_name(tmp_path: Path) -> None:
    assert GENRE_TABLE.systems(tmp_path) == []
    for system in ("genre-b", "genre-a"):
        GENRE_TABLE.save(three_clips(system), tmp_path)
    assert GENRE_TABLE.systems(tmp_path) == ["genre-a", "genre-b"]


@pytest.mark.parametrize("system", ["genre-y", "", "../predictions/genre-x", "genre-x.csv"])
def test_unknown_system_names_those_there_are(system: str, tmp_path: Path) -> None:
    GENRE_TABLE.save(three_clips(), tmp_path)
    with pytest.raises(DatasetError, match="Choose one of genre-x"):
        GENRE_TABLE.load(system, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"blues,classical", b"blues,klassik"),
        (b",test,", b",exam,"),
        (b",train,0.", b",train,x."),
        (b"clip_id,", b"clip,"),
        (b"rock.00002,test,", b"rock.00002\nrock.00003,test,"),
        (b"# One", b"\xff\xfe"),
    ],
    ids=["genre renamed", "unknown subset", "not a number", "column renamed", "row cut", "not text"],
)
def test_damaged_predictions_name_their_cure(old: bytes, new: bytes, tmp_path: Path) -> None:
    GENRE_TABLE.save(three_clips(), tmp_path)
    path = tmp_path / PREDICTIONS / "genre-x.csv"
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(DatasetError, match=CURE):
        GENRE_TABLE.load("genre-x", tmp_path)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[FloatArray]]:
    """A collection of a dozen clips: a ramp over the whole range in the second, the clip's index in the others."""
    folder, clips = tmp_path / "stored", load_clips()[: (n := 12)]
    monkeypatch.setattr(spectrograms, "load_clips", lambda: clips)
    made = [np.full((64, 400), -4 + 8 * i / n, dtype=np.float32) for i in range(n)]
    made[1] = np.linspace(-RANGE_STD, RANGE_STD, 64 * 400, dtype=np.float32).reshape(64, 400)
    made[2] = np.full((64, 400), 9.0, dtype=np.float32)
    made[3] = np.full((64, 400), -9.0, dtype=np.float32)
    save_spectrograms(made, folder)
    return folder, made


def test_spectrograms_come_back_to_within_half_a_level(stored: tuple[Path, list[FloatArray]]) -> None:
    folder, made = stored
    ids = [clip.clip_id for clip in load_clips()]
    for index in (0, 1, 7, 11):
        loaded = spectrogram(ids[index], folder)
        assert (loaded.shape, loaded.dtype) == ((64, 400), np.float32)
        assert np.abs(loaded - made[index]).max() <= 1 / 63


def test_values_beyond_the_range_are_cut_not_wrapped(stored: tuple[Path, list[FloatArray]]) -> None:
    folder, _ = stored
    ids = [clip.clip_id for clip in load_clips()]
    assert np.all(spectrogram(ids[2], folder) == pytest.approx(RANGE_STD))
    assert np.all(spectrogram(ids[3], folder) == pytest.approx(-RANGE_STD))


def test_spectrograms_are_one_byte_per_cell_and_mapped(stored: tuple[Path, list[FloatArray]]) -> None:
    folder, _ = stored
    assert (folder / SPECTROGRAMS).stat().st_size == pytest.approx(12 * 64 * 400, abs=4096)
    assert isinstance(spectrograms._stored_spectrograms(folder), np.memmap)


@pytest.mark.parametrize("clip_id", ["jazz.00054", "blues.00100", ""])
def test_unknown_clip(clip_id: str, stored: tuple[Path, list[FloatArray]]) -> None:
    with pytest.raises(DatasetError, match=r"blues\.00000"):
        spectrogram(clip_id, stored[0])


def test_missing_spectrograms_name_their_cure(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=CURE):
        spectrogram("blues.00000", tmp_path)


@pytest.mark.parametrize("n_bytes", [0, 50, 100_000])
def test_truncated_spectrograms_name_their_cure(
    n_bytes: int, tmp_path: Path, stored: tuple[Path, list[FloatArray]]
) -> None:
    with (stored[0] / SPECTROGRAMS).open("rb") as file:
        (tmp_path / SPECTROGRAMS).write_bytes(file.read(n_bytes))
    with pytest.raises(DatasetError, match=CURE):
        spectrogram("blues.00000", tmp_path)


@pytest.mark.parametrize(
    "array",
    [np.zeros((3, 4, 4), np.uint8), np.zeros((999, 4, 4), np.float32), np.array([{}], dtype=object)],
    ids=["few clips", "floats", "pickled objects"],
)
def test_foreign_spectrograms_name_their_cure(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / SPECTROGRAMS, array, allow_pickle=True)
    with pytest.raises(DatasetError, match=CURE):
        spectrogram("blues.00000", tmp_path)


@pytest.mark.parametrize("system", SHIPPED)
def test_shipped_predictions_cover_every_clip(system: str) -> None:
    loaded = GENRE_TABLE.load(system)
    assert list(loaded.by_clip) == list(loaded.subsets) == [clip.clip_id for clip in load_clips()]
    sums = np.stack(list(loaded.by_clip.values())).sum(1)
    np.testing.assert_allclose(sums, 1.0, atol=6e-4)
    assert loaded.description.endswith(".")


@pytest.mark.skipif(not (DATA_DIR / SPECTROGRAMS).exists(), reason="no spectrograms are shipped yet")
def test_shipped_spectrograms_are_normalised() -> None:
    values = np.stack([spectrogram(clip.clip_id) for clip in load_clips()[::37]])
    assert abs(float(values.mean())) < 0.3
    assert 0.7 < float(values.std()) < 1.3
