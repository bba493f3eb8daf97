"""What the player is given to draw: pictures as bytes, lanes on one axis, the same in words."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from core.features.specs import FeatureSpec
from core.figures.timeline import (
    MAX_COLUMNS,
    Timeline,
    genre_lane,
    spectrogram_picture,
    tempo_lane,
    timeline,
    wave_picture,
)
from core.rhythm.metrical_level import LEVELS
from core.rhythm.tempo import estimate_at
from core.types import GENRES, AudioInfo, GenreEstimate, Prediction, TempoPart, TempoReading
from tests.support.tempo_saved import distribution_of

SPEC = FeatureSpec()
BANDS_HZ = SPEC.band_centres_hz()
CHANGING = (TempoPart(0.0, 15.0, 90.0, 0.9), TempoPart(15.0, 32.0, 140.0, 0.8))


def levels_of(picture: dict[str, str], name: str = "levels") -> NDArray[np.uint8]:
    return np.frombuffer(base64.b64decode(picture[name]), np.uint8)


def reading(beat_times_s: NDArray[np.float64], parts: tuple[TempoPart, ...] = (), n_windows: int = 3) -> TempoReading:
    tempi = np.full(n_windows, 120.0, np.float32)
    distributions = np.stack([distribution_of(120.0)] * n_windows)
    return TempoReading(
        "any", estimate_at(120.0, 0.7, distribution_of(120.0)), beat_times_s, tempi, tempi / 200, distributions,
        10.0 * np.arange(n_windows, dtype=np.float32), 12.0, parts,
    )  # fmt: skip


def genres(*tops: str) -> GenreEstimate:
    windows = np.full((len(tops), len(GENRES)), 0.2 / 9, np.float32)
    for row, name in zip(windows, tops, strict=True):
        row[GENRES.index(name)] = 0.8
    return GenreEstimate("any", windows.mean(0), windows, 5.0 * np.arange(len(tops), dtype=np.float32), 10.0)


def prediction(duration_s: float = 20.0, **changes: object) -> Prediction:
    made = Prediction(
        AudioInfo("FLAC", 44_100, 2, duration_s), np.zeros((64, 960), np.float32), 0.025, BANDS_HZ,
        genres("rock", "rock", "pop"), reading(np.arange(0.0, 20.0, 0.5)),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_spectrogram_is_a_byte_a_cell_lowest_band_first_and_clips_outliers() -> None:
    values = np.array([[-50.0, -3.0, 0.0, 3.0, 50.0], [0.0, 0.0, 0.0, 0.0, 0.0]], dtype=np.float32)
    picture = spectrogram_picture(values, 0.025, np.array([100.0, 200.0], np.float32)).json
    assert levels_of(picture).tolist() == [0, 0, 128, 255, 255, 128, 128, 128, 128, 128]
    assert (picture["bands"], picture["columns"], picture["column_s"]) == (2, 5, 0.025)
    assert (picture["low"], picture["high"], picture["hz"]) == (-3.0, 3.0, [100.0, 200.0])
    assert len(levels_of(picture, "colours")) == 3 * 256


def test_a_quarter_of_an_hour_is_pooled_to_what_is_quick_to_send_and_keeps_what_is_loud() -> None:
    values = np.zeros((64, 36_001), np.float32)
    values[3, 20_000] = 3.0
    picture = spectrogram_picture(values, SPEC.frame_s, BANDS_HZ).json
    assert picture["columns"] <= MAX_COLUMNS
    assert picture["columns"] * picture["column_s"] >= 36_001 * SPEC.frame_s
    levels = levels_of(picture).reshape(64, -1)
    assert np.argwhere(levels == 255).tolist() == [[3, int(20_000 * SPEC.frame_s / picture["column_s"])]]
    assert len(json.dumps(picture)) < 700_000


def test_a_spectrogram_says_what_is_loud() -> None:
    values = np.zeros((64, 400), np.float32)
    values[10] = 2.0
    values[50] = -2.0
    alt = spectrogram_picture(values, SPEC.frame_s, BANDS_HZ).alt
    assert f"strongest near {BANDS_HZ[10]:.0f} hertz and weakest near {BANDS_HZ[50]:.0f} hertz" in alt


def test_a_waveform_reaches_every_extreme() -> None:
    samples = np.zeros(30_000, dtype=np.float32)
    samples[12_345], samples[20_000] = 0.9, -0.7
    picture = wave_picture(samples, 10_000, 1.5)
    lows, highs = (levels_of(picture.json, name).view(np.int8) for name in ("lows", "highs"))
    assert (highs.max(), lows.min()) == (round(0.9 * 127), round(-0.7 * 127))
    assert int(highs.argmax() * picture.json["column_s"] * 10_000) <= 12_345
    assert len(highs) == len(lows) <= MAX_COLUMNS
    assert len(lows) * picture.json["column_s"] == pytest.approx(3.0, abs=0.001)
    assert "loudest at 1.2 s; 1.5 s is marked" in picture.alt
    few = wave_picture(np.ones(3, np.float32), 100, 0.0).json
    assert levels_of(few, "highs").tolist() == [127, 127, 127]


def test_genres_are_drawn_around_the_middle_of_their_windows_without_gaps() -> None:
    lane = genre_lane(genres("rock", "rock", "pop"), 20.0)
    assert lane is not None
    assert lane.edges_s.tolist() == [0.0, 7.5, 12.5, 20.0]
    assert lane.names[:2] == ("rock", "pop")
    assert lane.probs[:, :2] == pytest.approx(np.array([[0.8, 0.022], [0.8, 0.022], [0.022, 0.8]]), abs=1e-3)
    assert lane.alt == "Most probable genre over time: rock from 0 s, pop from 12 s."
    assert genre_lane(genres("rock", "pop"), 15.0) is None


def test_tempo_follows_the_beats_and_marks_the_changes() -> None:
    beats_s = np.concatenate([np.arange(0.0, 15.0, 60.0 / 90.0), np.arange(15.0, 30.0, 60.0 / 140.0)])
    lane = tempo_lane(reading(beats_s, CHANGING), 32.0)
    assert lane is not None
    (first_s, first), (second_s, second) = lane.pieces
    assert first == pytest.approx([90.0] * 19, abs=0.01)
    assert second == pytest.approx([140.0] * 31, abs=0.01)
    assert first_s.max() < 15.0 < second_s.min(), "no four beats over the change"
    assert lane.parts == ((0.0, 15.0, 90.0), (15.0, 32.0, 140.0))
    assert "from 90.0 to 140.0 BPM. Changes at 15.0 s." in lane.alt
    half = tempo_lane(reading(beats_s, CHANGING), 32.0, LEVELS["half"])
    assert half is not None
    assert half.pieces[1][1] == pytest.approx([70.0] * 31, abs=0.01)
    assert half.parts[1][2] == 70.0


def test_a_steady_tempo_looks_steady_and_a_short_track_has_no_course() -> None:
    beats_s = np.arange(0.0, 30.0, 0.5)
    lane = tempo_lane(reading(beats_s), 32.0)
    assert lane is not None
    assert lane.range_bpm == pytest.approx((120.0 / 1.1, 120.0 * 1.1))
    assert tempo_lane(reading(beats_s, n_windows=1), 12.0) is None
    assert tempo_lane(reading(beats_s[:4]), 32.0) is None
    assert tempo_lane(reading(beats_s[:0]), 32.0) is None


def test_all_lanes_share_the_axis_and_the_words() -> None:
    sent = timeline(prediction(), LEVELS["half"])
    drawn = json.loads(json.dumps(sent.json()))
    assert drawn["duration_s"] == 20.0
    assert drawn["beats"] == {"predicted": np.arange(0.0, 20.0, 1.0).tolist(), "annotated": []}
    assert drawn["level"] == ", half"
    assert drawn["genres"]["edges_s"][-1] == drawn["tempo"]["parts"][-1][1] == 20.0
    assert drawn["picture"]["columns"] == 800, "no padding"
    for words in ("Mel-spectrogram, 20 seconds", "20 predicted beats.", "rock from 0 s", "60.0 to 60.0 BPM"):
        assert words in sent.alt
    assert timeline(prediction(is_unlike_training=True)).genres is None
    assert timeline(prediction(tempo=None)).json()["beats"]["predicted"] == []


def test_beats_end_with_the_axis() -> None:
    picture = spectrogram_picture(np.zeros((64, 400), np.float32), SPEC.frame_s, BANDS_HZ)
    beats_s = np.array([1.0, 9.0, 10.5])
    drawn = Timeline(10.0, picture, beats_s, beats_s)
    assert drawn.json()["beats"] == {"predicted": [1.0, 9.0], "annotated": [1.0, 9.0]}
    assert "2 predicted beats. 2 annotated beats." in drawn.alt
