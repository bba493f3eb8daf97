"""The plain functions of `ui` about tempo: words, taps, the table of clips, exports."""

import csv
import io
import json

import numpy as np
import pytest

from core.data.clips import load_clips
from core.features.specs import FeatureSpec
from core.figures.tempo_reading import TempoMark, tempo_distribution, tempo_over_time
from core.results.genre_predictions import SavedGenre
from core.rhythm.tempo import N_BINS, bin_position, estimate_at, estimate_tempo, soft_label
from core.types import GENRES, AudioInfo, GenreEstimate, Prediction, Subset, TempoReading
from tests.support.tempo_saved import ASKED, UNCLEAR, distribution_of, saved_tempi
from ui.analyze.export import NamedPrediction, to_csv, to_json
from ui.browse.clip_table import (
    NOT_ANNOTATED,
    ClipFilter,
    ClipRow,
    ClipTempo,
    apply_filter,
    clip_rows,
    tempo_score_in_words,
)
from ui.shared.taps import MIN_TAPS, tapped_tempo
from ui.shared.tempo_words import annotated_tempi, tapped_in_words, tempo_error, tempo_in_words

CLEAR = estimate_at(120.0, 0.7, distribution_of(120.0))
NONE = estimate_tempo(soft_label(None))
CLIPS = load_clips()
BANDS_HZ = FeatureSpec().band_centres_hz()


# Words


def test_a_tempo_never_comes_without_its_alternatives() -> None:
    said = tempo_in_words(CLEAR)
    assert "**120.0 BPM**, confidence 70\N{NO-BREAK SPACE}%" in said
    assert "Double 240.0 BPM (30\N{NO-BREAK SPACE}%)" in said
    sure = estimate_at(120.0, 0.99, soft_label(120.0))
    assert "Half 60.0 BPM" in tempo_in_words(sure)
    assert "below 1\N{NO-BREAK SPACE}% each" in tempo_in_words(sure)


def test_no_number_without_a_clear_tempo() -> None:
    said = tempo_in_words(NONE)
    assert "No clear tempo" in said
    assert "BPM" not in said


@pytest.mark.parametrize(
    ("tempo_bpm", "words"),
    [
        (103.0, "**exact** (+3.0 BPM, +3.0 %)"),
        (50.0, "**half**, half of it (-50.0 BPM, -50.0 %)"),
        (200.0, "**double**, twice it"),
        (33.3, "**third**, a third of it"),
        (300.0, "**triple**, three times it"),
        (130.0, "**other**, no simple multiple of it (+30.0 BPM, +30.0 %)"),
    ],
)
def test_error_says_its_kind(tempo_bpm: float, words: str) -> None:
    said = tempo_error(tempo_bpm, TempoMark("GTZAN-Rhythm", 100.0)).in_words()
    assert words in said
    assert "GTZAN-Rhythm 100.0 BPM" in said


def test_both_annotations_in_their_order() -> None:
    labels = {tuple(mark.label for mark in annotated_tempi(clip)) for clip in CLIPS}
    assert ("GTZAN-Rhythm", "Marsyas") in labels
    assert labels <= {("GTZAN-Rhythm", "Marsyas"), ("GTZAN-Rhythm",), ("Marsyas",), ()}


@pytest.mark.parametrize(
    ("tapped_bpm", "words"),
    [
        (126.0, "**exact**"),
        (60.0, "**double**, 120.0 BPM is twice it"),
        (238.0, "**half**"),
        (95.0, "no simple multiple"),
    ],
)
def test_taps_beside_the_model(tapped_bpm: float, words: str) -> None:
    assert words in tapped_in_words(tapped_bpm, 0.5, 12, CLEAR)
    assert "no clear tempo" in tapped_in_words(tapped_bpm, 0.5, 12, NONE)


# Taps


def test_taps_give_their_tempo_and_how_even_they_are() -> None:
    even = tapped_tempo([10.0 + 0.5 * number for number in range(8)])
    assert even is not None
    assert even.tempo_bpm == pytest.approx(120.0)
    assert even.uncertainty_bpm == pytest.approx(0.0, abs=1e-6)
    jitter_s = np.random.default_rng(0).normal(0.0, 0.02, (500, 12))
    found = [tapped_tempo(list(0.5 * np.arange(12) + row)) for row in jitter_s]
    tempi = [tapped.tempo_bpm for tapped in found if tapped]
    said = np.mean([tapped.uncertainty_bpm for tapped in found if tapped])
    assert np.mean(tempi) == pytest.approx(120.0, abs=0.1)
    assert np.std(tempi) == pytest.approx(said, rel=0.1), "the uncertainty is how far such taps really are off"


@pytest.mark.parametrize("times_s", [[], [1.0], [0.0, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0], [0.0, 1.0, 0.5, 2.0]])
def test_too_few_or_disordered_taps_give_nothing(times_s: list[float]) -> None:
    assert MIN_TAPS == 4
    assert tapped_tempo(times_s) is None


# Figures


def test_every_relation_has_a_sign_in_the_distribution() -> None:
    weights = np.zeros(N_BINS, dtype=np.float32)
    for factor, weight in ((1, 0.4), (1 / 2, 0.1), (2, 0.1), (1 / 3, 0.1), (3, 0.1), (2 / 3, 0.1), (3 / 2, 0.1)):
        weights[round(bin_position(100.0 * factor))] += weight
    estimate = estimate_tempo(weights, np.zeros(500, dtype=np.float32), 0.02)
    labels = tempo_distribution(estimate).figure.data[1]
    assert sorted(text.split("×")[0] for text in labels.text[1:]) == sorted(["½", "2", "⅓", "3", "⅔", "1½"])


def test_distribution_marks_estimate_alternatives_and_annotations() -> None:
    chart = tempo_distribution(CLEAR, (TempoMark("GTZAN-Rhythm", 119.0), TempoMark("Marsyas", 60.0)))
    curve, labels, *marks = chart.figure.data
    assert max(curve.y) == pytest.approx(float(CLEAR.distribution.max()), abs=1e-5)
    assert labels.text[0].startswith("<b>120.0</b> 70")
    assert labels.text[1] == "2×<br>30\N{NO-BREAK SPACE}%"
    assert [mark.x[0] for mark in marks] == [119.0, 60.0]
    notes = [note.text.split("</span> ")[1] for note in chart.figure.layout.annotations]
    assert notes == ["GTZAN-Rhythm 119.0", "Marsyas 60.0"]
    assert chart.figure.layout.xaxis.type == "log"
    assert "120.0 BPM with 70" in chart.alt
    assert "Annotated by Marsyas: 60.0 BPM" in chart.alt


def test_distribution_without_a_clear_tempo_names_none() -> None:
    chart = tempo_distribution(NONE)
    assert len(chart.figure.data) == 1
    assert "no clear tempo" in chart.alt


def test_an_annotation_beyond_the_bins_is_still_in_the_figure() -> None:
    low, _ = tempo_distribution(CLEAR, (TempoMark("Marsyas", 25.0),)).figure.layout.xaxis.range
    assert 10**low < 25.0


def reading(confidences: tuple[float, ...] = (0.9, 0.1, 0.8)) -> TempoReading:
    tempi = [120.0, 90.0, 122.0]
    return TempoReading(
        checkpoint="tempo-any",
        estimate=CLEAR,
        beat_times_s=np.arange(0.0, 30.0, 0.5),
        window_tempo_bpm=np.array(tempi, dtype=np.float32),
        window_confidence=np.array(confidences, dtype=np.float32),
        window_distributions=np.stack([distribution_of(bpm) for bpm in tempi]),
        window_start_s=np.array([0.0, 10.0, 20.0], dtype=np.float32),
        window_s=12.0,
    )


def test_tempo_over_time_leaves_out_windows_without_a_clear_one() -> None:
    chart = tempo_over_time(reading())
    heat, line = chart.figure.data
    assert list(heat.x) == [6.0, 16.0, 26.0]
    assert list(line.y) == [120.0, None, 122.0]
    assert "2 of 3 windows have a clear tempo, from 120.0 to 122.0 BPM" in chart.alt
    assert "none of 3 windows" in tempo_over_time(reading((0.1, 0.1, 0.1))).alt


# The table of clips

PROBS = {
    clip.clip_id: np.eye(len(GENRES), dtype=np.float32)[GENRES.index(clip.genre) if number % 2 else 0]
    for number, clip in enumerate(CLIPS)
}
OTHER_PROBS = {clip.clip_id: np.eye(len(GENRES), dtype=np.float32)[GENRES.index(clip.genre)] for clip in CLIPS}
SUBSETS: dict[str, Subset] = dict.fromkeys(PROBS, "test")


@pytest.fixture(scope="module")
def rows() -> list[ClipRow]:
    first = SavedGenre("any", "", PROBS, SUBSETS)
    second = SavedGenre("other", "", OTHER_PROBS, SUBSETS)
    return clip_rows(CLIPS, first, saved_tempi(), second)


def tempo_of(row: ClipRow) -> ClipTempo:
    assert row.tempo is not None
    return row.tempo


def ids(rows: list[ClipRow]) -> list[str]:
    return [row.clip.clip_id for row in rows]


def test_table_has_the_tempo_and_its_kind_of_error(rows: list[ClipRow]) -> None:
    tempi = {row.clip.clip_id: tempo_of(row) for row in rows}
    assert [tempi[clip_id].kind for clip_id in ASKED] == ["exact", "double", "half", "other"]
    assert tempi[UNCLEAR].bpm is None, "no number without a clear tempo"
    assert tempi["reggae.00086"].kind == NOT_ANNOTATED


def test_filter_and_order_by_tempo(rows: list[ClipRow]) -> None:
    halves = apply_filter(rows, ClipFilter(tempo_kinds=("half", "double")))
    assert {"blues.00001", "blues.00002"} <= set(ids(halves))
    assert {tempo_of(row).kind for row in halves} <= {"half", "double"}
    worst = [tempo_of(row).octaves for row in apply_filter(rows, ClipFilter(order="largest tempo error first"))]
    known = [octaves for octaves in worst if octaves is not None]
    assert known == sorted(known, reverse=True)
    assert worst[len(known) :] == [None] * (len(worst) - len(known)) != []
    assert ids(apply_filter(rows, ClipFilter(order="least sure of the tempo first")))[0] == UNCLEAR


def test_filter_for_clips_where_two_systems_differ(rows: list[ClipRow]) -> None:
    differ = apply_filter(rows, ClipFilter(difference="Answers differ"))
    assert 0 < len(differ) < len(rows)
    assert all(row.predicted != row.other for row in differ)
    second = apply_filter(rows, ClipFilter(difference="Only the second is right"))
    assert len(second) == len(differ), "the second is always right"
    assert not apply_filter(rows, ClipFilter(difference="Only the first is right"))


def test_choices_of_a_link_that_the_table_cannot_serve_change_nothing() -> None:
    plain = clip_rows(CLIPS, SavedGenre("any", "", PROBS, SUBSETS))
    wanted = ClipFilter(tempo_kinds=("half",), order="fastest first", difference="Answers differ")
    assert apply_filter(plain, wanted) == plain


def test_tempo_score_keeps_seen_and_unseen_clips_apart(rows: list[ClipRow]) -> None:
    said = tempo_score_in_words([row for row in rows if row.clip.clip_id in (*ASKED, "rock.00099")])
    assert "1 exact, 1 half, 1 double, 1 other of test clips; 1 exact of training clips" in said
    assert tempo_score_in_words(clip_rows(CLIPS, SavedGenre("any", "", PROBS, SUBSETS))) == ""


# Exports


@pytest.fixture
def result() -> NamedPrediction:
    probs = np.full((1, len(GENRES)), 0.1, dtype=np.float32)
    genre = GenreEstimate("genre-any", probs[0], probs, np.zeros(1, np.float32), 10.0)
    info = AudioInfo("MP3", 44_100, 2, 31.0)
    return NamedPrediction(
        "a.mp3",
        Prediction(info, np.zeros((64, 400), np.float32), 0.025, BANDS_HZ, genre, reading()),
    )


def test_exports_have_the_tempo_of_the_track_and_of_its_windows(result: NamedPrediction) -> None:
    (written,) = json.loads(to_json([result]))
    assert written["tempo_bpm"] == 120.0
    assert [window["start_s"] for window in written["tempo_windows"]] == [0, 10, 20]
    assert written["tempo_windows"][2]["tempo_bpm"] == 122.0
    rows = list(csv.DictReader(io.StringIO(to_csv([result]))))
    assert [row["part"] for row in rows] == ["track", "window", *["tempo window"] * 3]
    assert (rows[0]["tempo_bpm"], rows[0]["tempo_confidence"], rows[0]["or_bpm"]) == ("120.00", "0.70000", "240.00")
    assert (rows[1]["tempo_bpm"], rows[1]["genre"]) == ("", GENRES[0])
    assert (rows[4]["tempo_bpm"], rows[4]["genre"], rows[4]["end_s"]) == ("122.00", "", "31.00")
