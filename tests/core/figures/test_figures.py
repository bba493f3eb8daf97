"""Figures: what is drawn, what is sent to the browser, what is said in words."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from core.features.log_mel import FeatureSpec
from core.figures import base, compared, prediction
from core.figures.tempo_reading import TempoMark
from core.types import GENRES, FloatArray

SPEC = FeatureSpec()
BANDS_HZ = SPEC.band_centres_hz()


def probs_of(**shares: float) -> FloatArray:
    """Probabilities with the given shares; the rest is spread evenly."""
    rest = (1 - sum(shares.values())) / (len(GENRES) - len(shares))
    return np.array([shares.get(name, rest) for name in GENRES], dtype=np.float32)


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_spectrogram_image_has_low_bands_at_the_bottom_and_brighter_is_louder() -> None:
    values = np.full((64, 400), -3.0, dtype=np.float32)
    values[:8, 100:] = 3.0  # low frequencies, from a quarter of the time on
    image = np.asarray(picture(prediction.spectrogram_png(values)).convert("L")).astype(int)
    assert image.shape == (64, 400)
    assert image[-8:, 100:].min() > image[:-8].max()
    assert image[-8:, :100].max() == image[:-8].max()


def test_spectrogram_image_holds_one_byte_a_cell_and_clips_outliers() -> None:
    values = np.array([[-50.0, -3.0, 0.0, 3.0, 50.0]], dtype=np.float32)
    image = picture(prediction.spectrogram_png(values))
    assert image.mode == "P"
    assert np.asarray(image)[0].tolist() == [0, 0, 128, 255, 255]


def test_spectrogram_axes_are_seconds_and_hertz() -> None:
    figure = prediction.spectrogram(np.zeros((64, 400), np.float32), SPEC.frame_s, BANDS_HZ).figure
    image = figure.layout.images[0]
    assert figure.layout.xaxis.title.text == "Time (s)"
    assert "Hz" in figure.layout.yaxis.title.text
    assert figure.layout.xaxis.range == (0, pytest.approx(400 * SPEC.frame_s))
    assert (image.sizex, image.sizey) == (pytest.approx(400 * SPEC.frame_s), 64)
    assert picture(base64.b64decode(image.source.split(",")[1])).size == (400, 64)
    one_khz = figure.layout.yaxis.tickvals[list(figure.layout.yaxis.ticktext).index("1k")]
    assert BANDS_HZ[int(one_khz)] <= 1000 <= BANDS_HZ[int(one_khz) + 1]


def test_spectrogram_says_what_is_loud() -> None:
    values = np.zeros((64, 400), np.float32)
    values[10] = 2.0
    values[50] = -2.0
    alt = prediction.spectrogram(values, SPEC.frame_s, BANDS_HZ).alt
    assert f"strongest near {BANDS_HZ[10]:.0f} hertz" in alt
    assert f"weakest near {BANDS_HZ[50]:.0f} hertz" in alt


def test_genre_bars_keep_their_order_and_mark_prediction_and_truth() -> None:
    chart = prediction.genre_bars(probs_of(rock=0.6, metal=0.3), true_genre="metal")
    bar = chart.figure.data[0]
    names = [genre.replace("rock", "<b>rock</b>").replace("metal", "metal (true)") for genre in GENRES]
    assert list(bar.y) == names
    shown = dict(zip(GENRES, zip(bar.text, bar.marker.color, strict=True), strict=True))
    assert shown["rock"] == ("<b>60\N{NO-BREAK SPACE}%</b>", base.BLUE)
    assert shown["metal"] == ("30\N{NO-BREAK SPACE}%", base.ORANGE)
    assert shown["pop"] == ("1\N{NO-BREAK SPACE}%", base.GREY)
    assert chart.figure.layout.yaxis.autorange == "reversed", "the first bar is on top"
    assert chart.alt.startswith(
        "Genre probabilities, most probable first: rock 60\N{NO-BREAK SPACE}%, metal 30\N{NO-BREAK SPACE}%"
    )
    assert chart.alt.endswith("The true genre is metal.")


@pytest.mark.parametrize("p_rock", [0.12, 0.6, 0.99])
def test_genre_bars_have_the_same_scale_for_any_prediction(p_rock: float) -> None:
    figure = prediction.genre_bars(probs_of(rock=p_rock)).figure
    assert tuple(figure.layout.xaxis.range) == (0, 1)
    assert figure.layout.xaxis.tickvals[-1] == 1
    assert figure.layout.margin.r >= 40, "room for the label of a full bar"


def test_genre_bars_show_a_correct_prediction_in_one_colour_of_its_own() -> None:
    bar = prediction.genre_bars(probs_of(rock=0.6), true_genre="rock").figure.data[0]
    assert bar.marker.color[GENRES.index("rock")] == base.GREEN
    assert bar.y[GENRES.index("rock")] == "<b>rock</b> (true)"
    assert base.ORANGE not in bar.marker.color


def test_dumbbells_join_both_systems_genre_by_genre() -> None:
    first, second = probs_of(rock=0.6, metal=0.3), probs_of(rock=0.2, pop=0.7)
    chart = compared.genre_dumbbells(("one", first), ("other", second), "rock")
    line, one, other = chart.figure.data
    assert (one.name, other.name) == ("one", "other")
    assert list(one.y) == list(other.y)
    assert one.marker.symbol != other.marker.symbol, "distinct without colour, too"
    rock = GENRES.index("rock")
    assert list(line.x[3 * rock : 3 * rock + 3]) == [one.x[rock], other.x[rock], None]
    assert one.text[rock] == "60\N{NO-BREAK SPACE}%"
    assert other.text[GENRES.index("pop")] == "70\N{NO-BREAK SPACE}%"
    assert "one: Genre probabilities, most probable first: rock 60" in chart.alt
    assert "other: Genre probabilities, most probable first: pop 70" in chart.alt


def test_tempo_strip_has_a_row_for_every_estimator_and_a_line_for_every_annotation() -> None:
    answers = [
        compared.StripRow("ours", 120.0, "exact", True),
        compared.StripRow("a reference system with a long name", 240.0, "double", False),
    ]
    chart = compared.tempo_strip(answers, [TempoMark("GTZAN-Rhythm", 121.0)])
    mark, points = chart.figure.data
    assert list(mark.x) == [121.0, 121.0]
    assert list(points.x) == [120.0, 240.0]
    assert points.marker.symbol[0] != points.marker.symbol[1]
    assert list(chart.figure.layout.yaxis.ticktext) == ["ours", "a reference system with<br>a long name"]
    assert "a reference system with a long name 240.0 BPM (double)" in chart.alt
    assert chart.alt.endswith("Annotated by GTZAN-Rhythm: 121.0 BPM.")


def test_no_figure_uses_colours_that_the_theme_replaces() -> None:
    """Streamlit's theme exchanges #000001 to #000020 for its own."""
    charts = [
        prediction.spectrogram(np.zeros((64, 400), np.float32), SPEC.frame_s, BANDS_HZ),
        prediction.genre_bars(probs_of(rock=0.5)),
    ]
    for chart in charts:
        drawn = json.loads(chart.figure.to_json())
        assert '"#0000' not in json.dumps(drawn["data"])
        assert drawn["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
        assert chart.alt
