"""What the analyze page says of a prediction, what it keeps, and what it writes to files; plain functions."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.commands.predict import prediction_json, prediction_text
from core.features.specs import FeatureSpec
from core.figures.prediction import fused_bars, genre_bars, muted
from core.inference.genre import GenreModel
from core.inference.predict import Predictor
from core.results.words import percent
from core.rhythm.metrical_level import LEVELS, PREDICTED, TempoRange
from core.rhythm.tempo import estimate_at
from core.types import (
    GENRES,
    Audio,
    AudioInfo,
    FloatArray,
    GenreEstimate,
    Prediction,
    TempoPart,
    TempoReading,
    UsedSound,
)
from tests.support.small_world import BandNet, header
from tests.support.tempo_saved import distribution_of
from ui.analyze.export import NamedPrediction, to_csv, to_json
from ui.analyze.fused_view import genre_model_words, has_fused_answer
from ui.app.kept import KeptSound, NamedAudio, newest_within
from ui.shared.cards import spectrogram_chart
from ui.shared.genre_words import genre_headline, genre_sentence
from ui.shared.tempo_words import (
    calibrated_in_words,
    clock,
    level_sentence,
    part_in_words,
    tempo_headline,
    tempo_sentence,
)

WINDOW_S = 10.0
BANDS_HZ = FeatureSpec().band_centres_hz()
STEADY = TempoReading(
    "tempo-any", estimate_at(120.0, 0.7, distribution_of(120.0)), np.zeros(0), np.array([120.0], np.float32),
    np.array([0.7], np.float32), distribution_of(120.0)[None], np.zeros(1, np.float32), 30.0,
)  # fmt: skip
CHANGING = replace(STEADY, parts=(TempoPart(0.0, 15.0, 90.0, 0.9), TempoPart(15.0, 95.2, 140.4, 0.8)))


def probs_of(genre: str, share: float) -> FloatArray:
    rest = (1 - share) / (len(GENRES) - 1)
    return np.array([share if name == genre else rest for name in GENRES], dtype=np.float32)


def estimate(genre: str, share: float) -> GenreEstimate:
    probs = probs_of(genre, share)
    return GenreEstimate("genre-any", probs, probs[None], np.zeros(1, np.float32), WINDOW_S)


def prediction(duration_s: float = 24.0, **changes: object) -> Prediction:
    made = Prediction(
        AudioInfo("FLAC", 44_100, 2, duration_s), np.zeros((64, 960), np.float32), 0.025, BANDS_HZ,
        estimate("metal", 0.996), STEADY, estimate("rock", 0.6),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


UNLIKE = prediction(is_unlike_training=True)
SHORT = prediction(1.9)
QUIET = prediction(used=UsedSound(24.0, ((2.0, 4.0), (6.0, 10.0))))


# Headlines


def test_a_genre_comes_with_its_probability() -> None:
    assert genre_headline(prediction()) == f"metal :gray[{percent(0.996)}]"
    assert genre_sentence(prediction()).startswith("High confidence: **metal**")


def test_what_is_unlike_the_training_data_gets_no_genre() -> None:
    for said in (genre_headline(UNLIKE), genre_sentence(UNLIKE)):
        assert not any(name in said for name in GENRES)
        assert "%" not in said
    assert genre_headline(UNLIKE) == "No genre fits"


def test_what_is_short_gets_no_probability_in_large_type() -> None:
    assert genre_headline(SHORT) == "metal :gray[too short to be sure]"
    assert genre_headline(replace(QUIET, used=UsedSound(24.0, ((2.0, 4.0),)))).endswith("[too short to be sure]")
    assert "too short" not in genre_headline(QUIET)


def test_a_tempo_comes_with_its_probability_and_alternatives() -> None:
    assert tempo_headline(STEADY) == f"120.0 BPM :gray[{percent(0.7)}]"
    assert "Double 240.0 BPM" in tempo_sentence(STEADY)


def test_a_tempo_that_changes_is_given_part_by_part() -> None:
    assert tempo_headline(CHANGING) == "90 BPM, then 140 BPM"
    listed = [line for line in tempo_sentence(CHANGING).splitlines() if line.startswith("- ")]
    assert listed[0].startswith("- 0:00 to 0:15: **90.0 BPM**")
    assert listed[1].startswith("- 0:15 to 1:35: **140.4 BPM**")
    assert all("half" in line and "double" in line for line in listed)


def test_of_many_parts_the_first_are_named_and_the_rest_counted() -> None:
    parts = tuple(TempoPart(10.0 * n, 10.0 * n + 10, 90.0 + 30 * (n % 2), 0.9) for n in range(5))
    said = tempo_headline(replace(STEADY, parts=parts))
    assert said == "90 BPM, then 120 BPM, then 90 BPM :gray[and 2 more parts]"
    assert tempo_sentence(replace(STEADY, parts=parts)).count("\n- ") == 5


def test_the_calibrated_confidence_is_said_of_a_single_clear_tempo() -> None:
    known = replace(STEADY, accuracy1_probability=0.83)
    assert calibrated_in_words(known).endswith(f"with a probability of {percent(0.83)}.")
    assert calibrated_in_words(STEADY) == ""
    assert calibrated_in_words(replace(CHANGING, accuracy1_probability=0.83)) == ""
    assert json.loads(prediction_json(Path("a"), prediction(tempo=known)))["tempo_accuracy1_probability"] == 0.83
    assert json.loads(prediction_json(Path("a"), prediction()))["tempo_accuracy1_probability"] is None


def test_a_part_without_a_clear_tempo_has_no_number() -> None:
    assert part_in_words(TempoPart(61.0, 75.0, 100.0, 0.2)) == "1:01 to 1:15: no clear tempo"


def test_a_tempo_at_another_level_is_said_beside_the_predicted_one() -> None:
    half = LEVELS["half"]
    assert tempo_headline(STEADY, half) == "60.0 BPM :gray[half]"
    assert tempo_headline(CHANGING, half) == "45 BPM, then 70 BPM"
    assert level_sentence(STEADY.tempi_bpm, half) == "Predicted 120.0 BPM, shown at half: 60.0 BPM."
    assert level_sentence(CHANGING.tempi_bpm, half).endswith(
        "90.0, then 140.4 BPM, shown at half: 45.0, then 70.2 BPM."
    )
    assert level_sentence(STEADY.tempi_bpm, PREDICTED) == ""
    none = level_sentence(STEADY.tempi_bpm, PREDICTED, TempoRange(70, 75))
    assert none == "No metrical level of 120.0 BPM lies within 70 to 75 BPM: shown as predicted."


@pytest.mark.parametrize(("time_s", "words"), [(0.0, "0:00"), (59.6, "1:00"), (125.2, "2:05")])
def test_clock(time_s: float, words: str) -> None:
    assert clock(time_s) == words


# Fused


def test_a_fused_answer_takes_a_window_of_music() -> None:
    assert has_fused_answer(prediction())
    assert has_fused_answer(prediction(WINDOW_S))
    assert not has_fused_answer(prediction(WINDOW_S - 0.5))
    assert not has_fused_answer(QUIET), "what is left out is no music"
    assert not has_fused_answer(UNLIKE)
    assert not has_fused_answer(prediction(fused=None))


def test_the_fused_answer_is_a_second_mark_on_the_rows_of_the_first() -> None:
    probs, fused = probs_of("metal", 0.5), probs_of("rock", 0.6)
    chart = fused_bars(probs, fused)
    bars, marks = chart.figure.data
    row = {name: next(y for y in bars.y if name in y) for name in GENRES}
    assert dict(zip(marks.y, marks.x, strict=True)) == pytest.approx(
        {row[name]: float(fused[i]) for i, name in enumerate(GENRES)}
    )
    assert f"Diamonds, fused with the tempo: rock {percent(0.6)}" in chart.alt
    assert f"metal {percent(0.5)}" in chart.alt


def test_bars_that_mean_little_have_one_colour() -> None:
    plain, grey = (
        chart.figure.data[0].marker.color
        for chart in (genre_bars(UNLIKE.genre.probs), muted(genre_bars(UNLIKE.genre.probs)))
    )
    assert len(set(plain)) == 2
    assert isinstance(grey, str)
    assert grey in plain


# Spectrogram


def test_padding_is_not_drawn() -> None:
    shown = spectrogram_chart(prediction(1.9), 200)
    assert shown.figure.layout.xaxis.range == pytest.approx((0, 1.9))
    assert shown.alt.startswith("Mel-spectrogram, 2 seconds")


def test_a_sound_that_grows_has_an_axis_that_does_not() -> None:
    shown = spectrogram_chart(prediction(4.0), 200, span_s=10)
    assert shown.figure.layout.xaxis.range == (0, 10)
    assert shown.figure.layout.images[0].sizex == pytest.approx(4.0)


def test_frequencies_are_those_of_the_models_own_features() -> None:
    """A run may have been trained with another bandwidth than what ships."""
    narrow = replace(header(), features=FeatureSpec(f_max_hz=4_000.0))
    noise = np.random.default_rng(0).normal(0, 0.1, 22_050 * 11).astype(np.float32)
    made = Predictor(GenreModel(BandNet(), narrow)).predict(Audio(noise, 22_050, AudioInfo("FLAC", 22_050, 1, 11.0)))
    shown = spectrogram_chart(made, 200)
    assert shown.figure.layout.yaxis.ticktext[-1] == "2k", "the last band is centred below 4 kHz"
    assert f"{narrow.features.band_centres_hz()[-1]:.0f} hertz" in shown.alt
    assert "4k" in spectrogram_chart(prediction(), 200).figure.layout.yaxis.ticktext


# Kept sounds


def sounds(*sizes: int) -> list[KeptSound]:
    return [KeptSound(number, NamedAudio(f"{number}.wav", b"x" * size)) for number, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("sizes", "n_new", "kept"),
    [
        ((4, 4), 1, [0, 1]),
        ((4, 4, 4), 1, [1, 2]),
        ((9, 1, 1, 1), 1, [1, 2, 3]),
        ((1, 1, 1, 1, 1), 1, [2, 3, 4]),
        ((6, 6, 6), 3, [0, 1, 2]),
        ((1, 6, 6), 2, [1, 2]),
        ((20,), 1, [0]),
    ],
)  # fmt: skip
def test_older_sounds_make_room(sizes: tuple[int, ...], n_new: int, kept: list[int]) -> None:
    left = newest_within(sounds(*sizes), n_new, max_bytes=10, max_sounds=3)
    assert [sound.number for sound in left] == kept


# Files and the command line


def test_notes_and_parts_are_written() -> None:
    result = NamedPrediction("a.wav", replace(QUIET, tempo=CHANGING))
    (written,) = json.loads(to_json([result]))
    tempo = "The tempo changes: 90.0, then 140.4 BPM. tempo_bpm is that of the longest part, tempo_parts has all."
    assert written["notes"] == ["18 s of silence left out.", tempo]
    rows = list(csv.DictReader(io.StringIO(to_csv([result]))))
    assert rows[0]["notes"] == "18 s of silence left out."
    parts = [row for row in rows if row["part"] == "tempo part"]
    assert [(row["start_s"], row["end_s"], row["tempo_bpm"]) for row in parts] == [
        ("0.00", "15.00", "90.00"), ("15.00", "95.20", "140.40"),
    ]  # fmt: skip
    assert {len(row) for row in csv.reader(io.StringIO(to_csv([result])))} == {len(rows[0])}


def test_the_command_line_says_what_does_not_hold() -> None:
    path = Path("a.wav")
    assert prediction_text(path, prediction()).startswith("a.wav: metal (metal 100%")
    assert "[" not in prediction_text(path, prediction())
    unlike = prediction_text(path, UNLIKE)
    assert unlike.startswith("a.wav: no genre fits (nearest: metal")
    assert unlike.endswith(" [Unlike anything in the training data: the genre means little.]")
    assert prediction_text(path, SHORT).startswith("a.wav: metal (too short to be sure: metal")
    changing = prediction_text(path, prediction(tempo=CHANGING))
    assert (
        "90.0 BPM (90%, half 45.0 BPM, 0.0 to 15.0 s), then 140.4 BPM (80%, half 70.2 BPM, 15.0 to 95.2 s)" in changing
    )


def test_the_command_line_gives_the_tempo_within_a_range_beside_the_predicted_one() -> None:
    path, low, none = Path("a.wav"), TempoRange(40, 80), TempoRange(70, 75)
    predicted = prediction_text(path, prediction())
    tempo = "120.0 BPM (70%, double 240.0 BPM 30%)"
    assert tempo in predicted
    assert prediction_text(path, prediction(), TempoRange(60, 120)) == predicted
    assert f"{tempo}, half within 40 to 80 BPM: 60.0 BPM, " in prediction_text(path, prediction(), low)
    assert f"{tempo}, no metrical level within 70 to 75 BPM, " in prediction_text(path, prediction(), none)
    assert "then 140.4 BPM (80%, half" in prediction_text(path, prediction(tempo=CHANGING), low)
    assert "BPM: 45.0, then 70.2 BPM" in prediction_text(path, prediction(tempo=CHANGING), low)


def test_json_has_the_tempo_within_a_range_beside_the_predicted_one() -> None:
    plain, low, none = (
        json.loads(prediction_json(Path("a.wav"), prediction(), tempi))
        for tempi in (None, TempoRange(40, 80), TempoRange(70, 75))
    )
    assert not any("range" in key for key in plain)
    keys = ("tempo_bpm", "tempo_range_bpm", "tempo_in_range_bpm", "tempo_in_range_level")
    assert [low[key] for key in keys] == [120.0, [40.0, 80.0], 60.0, "half"]
    assert [none[key] for key in keys] == [120.0, [70.0, 75.0], None, None]
    assert plain.items() <= low.items()
    without = json.loads(prediction_json(Path("a.wav"), prediction(tempo=None), TempoRange(40, 80)))
    assert [without[key] for key in keys] == [None, [40.0, 80.0], None, None]


def test_beside_a_classifier_on_features_the_cnn_goes_by_its_name() -> None:
    cnn, chosen = (replace(UNLIKE.genre, checkpoint=name) for name in ("genre-strong", "genre-transfer"))
    beside = replace(UNLIKE, genre=chosen, beside=(cnn,))
    assert (UNLIKE.cnn, genre_model_words(UNLIKE)) == (UNLIKE.genre, "genre model")
    assert (beside.cnn, genre_model_words(beside)) == (cnn, r"genre model CNN \(strong\)")
