"""Saved tempo predictions: round trips, what is kept of a distribution, size, and damage."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import DatasetError
from core.results.genre_predictions import GENRE_TABLE
from core.results.tempo_predictions import TEMPO_TABLE, SavedTempo
from core.rhythm.tempo import N_BINS, estimate_tempo, soft_label
from tests.support.tempo_saved import tempo_predictions

IDS = ("blues.00000", "jazz.00001", "rock.00002")
BEATS = np.arange(0.123, 29.9, 0.6253)


def three_clips(system: str = "tempo-x", description: str = "One model; “seen” clips, 60 % of them.") -> SavedTempo:
    clear = estimate_tempo(0.7 * soft_label(96.0) + 0.25 * soft_label(192.0) + 0.05 * soft_label(None))
    unclear = estimate_tempo(soft_label(None))
    other = estimate_tempo(soft_label(140.3))
    return tempo_predictions(
        system=system,
        description=description,
        estimates=dict(zip(IDS, (clear, unclear, other), strict=True)),
        beat_times_s=dict(zip(IDS, (BEATS, np.zeros(0), BEATS[:1]), strict=True)),
        subsets=dict(zip(IDS, ("train", "valid", "test"), strict=True)),
    )


def test_round_trip(tmp_path: Path) -> None:
    before = three_clips()
    TEMPO_TABLE.save(before, tmp_path)
    after = TEMPO_TABLE.load("tempo-x", tmp_path)
    assert (after.system, after.description) == (before.system, before.description)
    assert dict(after.subsets) == dict(before.subsets)
    assert tuple(after.by_clip) == IDS
    for clip_id, kept in before.by_clip.items():
        estimate, again = kept.estimate, after.by_clip[clip_id].estimate
        assert again.tempo_bpm == pytest.approx(estimate.tempo_bpm, abs=0.0051)
        assert again.confidence == pytest.approx(estimate.confidence, abs=5.1e-5)
        assert again.is_clear == estimate.is_clear
        assert again.distribution.dtype == np.float32
        assert again.distribution.sum() == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_allclose(again.distribution, estimate.distribution, atol=1.5e-3)
        np.testing.assert_allclose(after.by_clip[clip_id].beat_times_s, kept.beat_times_s, atol=0.0051)


def test_alternatives_come_out_of_the_distribution_again(tmp_path: Path) -> None:
    TEMPO_TABLE.save(three_clips(), tmp_path)
    before, after = (
        three_clips().by_clip[IDS[0]].estimate,
        TEMPO_TABLE.load("tempo-x", tmp_path).by_clip[IDS[0]].estimate,
    )
    assert after.best_alternative is not None
    assert after.best_alternative.relation == "double"
    weights = {candidate.relation: candidate.weight for candidate in after.candidates}
    assert weights == pytest.approx({c.relation: c.weight for c in before.candidates}, abs=0.005)


def test_a_flat_distribution_stays_flat(tmp_path: Path) -> None:
    TEMPO_TABLE.save(three_clips(), tmp_path)
    np.testing.assert_allclose(TEMPO_TABLE.load("tempo-x", tmp_path).by_clip[IDS[1]].estimate.distribution, 1 / N_BINS)


def test_a_clear_clip_of_thirty_seconds_takes_half_a_kilobyte(tmp_path: Path) -> None:
    TEMPO_TABLE.save(three_clips(), tmp_path)
    row = (tmp_path / TEMPO_TABLE.place / "tempo-x.csv").read_text().splitlines()[4]
    assert row.startswith("rock.00002,test,140.")
    assert len(row) < 120
    assert len(" ".join(f"{time_s:.2f}" for time_s in BEATS)) < 300


def test_saving_again_replaces_and_is_the_same_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / TEMPO_TABLE.place / "tempo-x.csv"
    TEMPO_TABLE.save(three_clips(), tmp_path)
    first = path.read_bytes()
    TEMPO_TABLE.save(three_clips(description="Another."), tmp_path)
    assert TEMPO_TABLE.load("tempo-x", tmp_path).description == "Another."
    TEMPO_TABLE.save(TEMPO_TABLE.load("tempo-x", tmp_path), tmp_path)
    TEMPO_TABLE.save(three_clips(), tmp_path)
    assert path.read_bytes() == first
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_what_was_read_is_written_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / TEMPO_TABLE.place / "tempo-x.csv"
    TEMPO_TABLE.save(three_clips(), tmp_path)
    TEMPO_TABLE.save(TEMPO_TABLE.load("tempo-x", tmp_path), tmp_path)
    first = path.read_bytes()
    TEMPO_TABLE.save(TEMPO_TABLE.load("tempo-x", tmp_path), tmp_path)
    assert path.read_bytes() == first


def test_systems_are_listed_apart_from_those_of_the_genre(tmp_path: Path) -> None:
    assert TEMPO_TABLE.systems(tmp_path) == []
    for system in ("tempo-b", "tempo-a"):
        TEMPO_TABLE.save(three_clips(system), tmp_path)
    assert TEMPO_TABLE.systems(tmp_path) == ["tempo-a", "tempo-b"]
    assert GENRE_TABLE.systems(tmp_path) == []


def test_an_unknown_system_is_told_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="python -m core export"):
        TEMPO_TABLE.load("tempo-x", tmp_path)
    TEMPO_TABLE.save(three_clips("tempo-a"), tmp_path)
    with pytest.raises(DatasetError, match=r"“\.\./tempo-x”. Choose one of tempo-a"):
        TEMPO_TABLE.load("../tempo-x", tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("clip_id,subset,tempo_bpm", "clip_id,subset,bpm"),
        (",valid,", ",validation,"),
        (",140.", ",-140."),
        (",140.", ",nan #"),
        (",train,96.", ",train,inf #96."),
        ("0:8 1:8", "125:8 1:8"),
        ("0:8 1:8", "0:0 1:8"),
        ("0:8 1:8", "08 1:8"),
        (" 0.75 ", " 0.0 "),
        (" 0.75 ", " x "),
        ("rock.00002,test,140.30,", "rock.00002,test"),
    ],
)
def test_damage_names_its_cure(old: str, new: str, tmp_path: Path) -> None:
    TEMPO_TABLE.save(three_clips(), tmp_path)
    path = tmp_path / TEMPO_TABLE.place / "tempo-x.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(DatasetError, match="git checkout data"):
        TEMPO_TABLE.load("tempo-x", tmp_path)


@pytest.mark.parametrize("keep", [0.5, 0.97])
def test_a_file_cut_in_a_row_is_damaged(keep: float, tmp_path: Path) -> None:
    TEMPO_TABLE.save(three_clips(), tmp_path)
    path = tmp_path / TEMPO_TABLE.place / "tempo-x.csv"
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"jazz.00001") + round(30 * keep)])
    with pytest.raises(DatasetError, match="git checkout data"):
        TEMPO_TABLE.load("tempo-x", tmp_path)


def test_shipped_predictions_can_be_read() -> None:
    """Holds for as many systems as there are."""
    for system in TEMPO_TABLE.systems():
        saved = TEMPO_TABLE.load(system)
        assert len(saved.by_clip) >= 998, system
        assert saved.by_clip.keys() == saved.subsets.keys()
