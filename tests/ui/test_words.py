"""The plain functions of `ui`: the table of clips, exports, words."""

import csv
import io
import json

import numpy as np
import pytest

from core.features.specs import FeatureSpec
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.tempo_predictions import TEMPO_TABLE
from core.results.words import percent
from core.types import GENRES, AudioInfo, Clip, FloatArray, GenreEstimate, Prediction, Subset
from ui.analyze.export import NamedPrediction, to_csv, to_json
from ui.analyze.result_view import info_line
from ui.browse.clip_table import ClipFilter, ClipRow, apply_filter, clip_rows, score_in_words
from ui.shared.genre_words import certainty
from ui.shared.system_names import system_name


def probs_of(genre: str, share: float) -> FloatArray:
    rest = (1 - share) / (len(GENRES) - 1)
    return np.array([share if name == genre else rest for name in GENRES], dtype=np.float32)


def clip(clip_id: str, artist: str, title: str) -> Clip:
    return Clip(clip_id, clip_id.split(".")[0], artist, title, None, None, None, (), "", None, None)


BANDS_HZ = FeatureSpec().band_centres_hz()
CLIPS = (
    clip("blues.00000", "John Lee Hooker", "One Bourbon"),
    clip("blues.00001", "", ""),
    clip("rock.00000", "Queen", "Bohemian (Rhapsody)"),
    clip("rock.00001", "Queen", "Tie Your Mother Down"),
)
SUBSETS: dict[str, Subset] = {
    "blues.00000": "test",
    "blues.00001": "train",
    "rock.00000": "valid",
    "rock.00001": "train",
}
PROBS = {
    "blues.00000": probs_of("blues", 0.5),
    "blues.00001": probs_of("blues", 0.9),
    "rock.00000": probs_of("metal", 0.4),
    "rock.00001": probs_of("rock", 0.8),
}


@pytest.fixture
def rows() -> list[ClipRow]:
    return clip_rows(CLIPS, SavedGenre("any", "", PROBS, SUBSETS))


def test_table_joins_truth_and_prediction(rows: list[ClipRow]) -> None:
    assert [row.clip for row in rows] == list(CLIPS)
    assert [row.predicted for row in rows] == ["blues", "blues", "metal", "rock"]
    assert [row.is_right for row in rows] == [True, True, False, True]
    assert [row.probability for row in rows] == pytest.approx([0.5, 0.9, 0.4, 0.8])


def test_table_marks_clips_that_trained_the_model(rows: list[ClipRow]) -> None:
    assert [row.subset for row in rows] == ["test", "training (seen)", "validation", "training (seen)"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ClipFilter(), ["blues.00000", "blues.00001", "rock.00000", "rock.00001"]),
        (ClipFilter(genres=("rock",)), ["rock.00000", "rock.00001"]),
        (ClipFilter(predicted=("metal", "blues")), ["blues.00000", "blues.00001", "rock.00000"]),
        (ClipFilter(verdict="Wrong"), ["rock.00000"]),
        (ClipFilter(verdict="Right", genres=("rock",)), ["rock.00001"]),
        (ClipFilter(subsets=("training (seen)",)), ["blues.00001", "rock.00001"]),
        (ClipFilter(artists=("Queen",)), ["rock.00000", "rock.00001"]),
        (ClipFilter(text="queen DOWN"), ["rock.00001"]),
        (ClipFilter(text="(rhap"), ["rock.00000"]),
        (ClipFilter(text="00000"), ["blues.00000", "rock.00000"]),
        (ClipFilter(order="least sure first"), ["rock.00000", "blues.00000", "rock.00001", "blues.00001"]),
        (ClipFilter(order="most sure first", genres=("rock",)), ["rock.00001", "rock.00000"]),
        (ClipFilter(genres=("jazz",)), []),
    ],
)
def test_filter(rows: list[ClipRow], wanted: ClipFilter, expected: list[str]) -> None:
    assert [row.clip.clip_id for row in apply_filter(rows, wanted)] == expected


def test_score_never_mixes_seen_and_unseen_clips(rows: list[ClipRow]) -> None:
    assert score_in_words(rows) == ("Correct genre: 1 of 1 test clips, 0 of 1 validation clips, 2 of 2 training clips.")
    assert score_in_words([row for row in rows if row.subset == "test"]) == "Correct genre: 1 of 1 test clips."
    assert score_in_words([]) == ""


@pytest.mark.parametrize(("share", "words"), [(0.95, "High confidence"), (0.6, "Moderate"), (0.3, "Low")])
def test_words_follow_the_probability(share: float, words: str) -> None:
    said = certainty(probs_of("jazz", share))
    assert words in said
    assert f"**jazz** ({percent(share)})" in said


def test_info_line() -> None:
    assert info_line(AudioInfo("MP3", 44_100, 2, 12.34)) == "MP3 · 44.1 kHz · stereo · 12.3 s"
    assert info_line(AudioInfo("FLAC", 48_000, 6, 119.99)) == "FLAC · 48 kHz · 6 channels · 2 min 0 s"


@pytest.fixture
def result() -> NamedPrediction:
    windows = np.stack([probs_of("rock", 0.9), probs_of("pop", 0.7)])
    genre = GenreEstimate("genre-any", windows.mean(0), windows, np.array([0.0, 5.0], np.float32), 10.0)
    prediction = Prediction(
        AudioInfo("MP3", 44_100, 2, 14.0),
        np.zeros((64, 560), np.float32),
        0.025,
        FeatureSpec().band_centres_hz(),
        genre,
    )
    return NamedPrediction("=cmd.mp3", prediction)


def test_json_says_everything(result: NamedPrediction) -> None:
    (written,) = json.loads(to_json([result]))
    assert written["file"] == "=cmd.mp3"
    assert (written["codec"], written["sample_rate"], written["n_channels"], written["duration_s"]) == (
        "MP3", 44_100, 2, 14.0,
    )  # fmt: skip
    assert written["genre_checkpoint"] == "genre-any"
    assert written["genre"] == "rock"
    assert list(written["genre_probs"]) == list(GENRES)
    assert sum(written["genre_probs"].values()) == pytest.approx(1, abs=1e-3)
    assert [window["start_s"] for window in written["windows"]] == [0, 5]
    assert written["windows"][1]["genre_probs"]["pop"] == pytest.approx(0.7)


def test_csv_has_a_row_for_the_track_and_each_window(result: NamedPrediction) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv([result, result]))))
    assert [row["part"] for row in rows] == ["track", "window", "window"] * 2
    assert [(row["start_s"], row["end_s"], row["genre"]) for row in rows[:3]] == [
        ("0.00", "14.00", "rock"), ("0.00", "10.00", "rock"), ("5.00", "14.00", "pop"),
    ]  # fmt: skip
    assert float(rows[1]["rock"]) == pytest.approx(0.9)
    assert rows[0]["file"] == "'=cmd.mp3", "spreadsheets must not run a file name"


def test_every_system_that_ships_has_a_name_for_people() -> None:
    names = [system_name(system) for system in (*GENRE_TABLE.systems(), *TEMPO_TABLE.systems())]
    assert len(set(names)) == len(names)
    assert all(" " in name for name in names)
