"""Figures of the learn page: what is drawn, and what is said in words."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.features.log_mel import FeatureSpec
from core.figures import lesson
from core.figures.base import Chart
from core.inference.inspection import Moment
from core.types import GENRES, FloatArray

SPEC = FeatureSpec()
BANDS_HZ = SPEC.band_centres_hz()


def a_moment(**changes: Any) -> Moment:
    """Half a second into a track whose bands are all as usual."""
    fields: dict[str, Any] = {
        "time_s": 0.5,
        "samples": np.sin(np.arange(SPEC.n_fft) / 10).astype(np.float32),
        "frequencies_hz": np.fft.rfftfreq(SPEC.n_fft, 1 / SPEC.sample_rate).astype(np.float32),
        "spectrum_db": np.full(SPEC.n_fft // 2 + 1, -20.0, dtype=np.float32),
        "bands_db": np.full(SPEC.n_mels, -10.0, dtype=np.float32),
        "usual_db": np.full(SPEC.n_mels, -10.0, dtype=np.float32),
        "spread_db": np.full(SPEC.n_mels, 5.0, dtype=np.float32),
    }
    return Moment(**{**fields, **changes})


def images(chart: Chart) -> list[FloatArray]:
    """Brightness of the pictures in a figure, 0..255, in the order in which they were added."""
    sources = [image.source.split(",", 1)[1] for image in chart.figure.layout.images]
    pictures = [Image.open(io.BytesIO(base64.b64decode(source))).convert("L") for source in sources]
    return [np.asarray(picture, dtype=np.float32) for picture in pictures]


def test_the_sound_of_a_moment_is_drawn_around_it() -> None:
    curve = lesson.moment_sound(a_moment(), SPEC.sample_rate).figure.data[0]
    assert curve.x[0] == pytest.approx(-25.0, abs=0.1)
    assert curve.x[-1] == pytest.approx(25.0, abs=0.1)


def test_spectrum_names_the_loudest_band_and_shows_no_floor() -> None:
    bands_db = np.full(SPEC.n_mels, -30.0, dtype=np.float32)
    bands_db[20] = 12.0
    spectrum_db = np.full(SPEC.n_fft // 2 + 1, -120.0, dtype=np.float32)
    chart = lesson.moment_spectrum(a_moment(bands_db=bands_db, spectrum_db=spectrum_db), BANDS_HZ)
    assert f"loudest near {BANDS_HZ[20]:.0f} Hz" in chart.alt
    assert chart.figure.layout.yaxis.range == pytest.approx((-78.0, 18.0))
    assert min(chart.figure.data[0].x) >= 50.0, "the log axis begins there"


def test_bands_beside_the_usual_are_counted() -> None:
    bands_db = np.full(SPEC.n_mels, -10.0, dtype=np.float32)
    bands_db[:3], bands_db[10:15] = 0.0, -30.0
    chart = lesson.moment_bands(a_moment(bands_db=bands_db), BANDS_HZ)
    assert "3 are more than one standard deviation louder than usual, 5 quieter" in chart.alt
    ribbon, now = chart.figure.data
    assert (max(ribbon.y), min(ribbon.y)) == (-5.0, -15.0)
    assert now.customdata[0][1] == pytest.approx(2.0)


def test_kernels_are_scaled_each_by_its_own_and_stand_upright() -> None:
    patterns = np.zeros((3, 5, 5), dtype=np.float32)
    patterns[0, 0], patterns[1, 0] = 2.0, -0.01  # the lowest band
    loud, negative, empty = images(lesson.kernels(patterns))
    assert loud[-1].min() > loud[0].max(), "the lowest band is at the bottom"
    assert negative[-1].max() < negative[0].min()
    assert np.ptp(empty) == 0


def test_feature_maps_stand_in_the_order_given_with_time_to_the_right() -> None:
    maps = np.zeros((4, 2, 10), dtype=np.float32)
    maps[2, 1, 7], maps[0, 0, 1] = 5.0, 0.1
    chart = lesson.feature_maps(maps, [2, 0], window_s=10.0)
    first, second = images(chart)
    assert list(chart.figure.layout.yaxis.ticktext) == ["3", "1"]
    assert chart.figure.layout.images[0].y > chart.figure.layout.images[1].y
    for picture, row, column in ((first, 0, 7), (second, 1, 1)):
        height, width = picture.shape
        brightest = np.unravel_index(int(picture.argmax()), picture.shape)
        assert (int(2 * brightest[0] / height), int(10 * brightest[1] / width)) == (row, column)
    assert "2 of 4 maps of 2 by 10 cells: map 3 is strongest at 7.5 s, map 1 is strongest at 1.5 s." in chart.alt


def test_a_map_without_anything_is_dark() -> None:
    (picture,) = images(lesson.feature_maps(np.zeros((1, 2, 4), dtype=np.float32), [0], 10.0))
    assert picture.max() < 20


def test_scores_stand_in_the_order_of_the_probabilities_and_may_be_negative() -> None:
    logits = np.array([0.5, -2.0, 3.0, 0, 0, 0, 0, 0, 0, 0], dtype=np.float32)
    chart = lesson.genre_scores(logits)
    bars = chart.figure.data[0]
    assert [name.removeprefix("<b>").removesuffix("</b>") for name in bars.y] == list(GENRES)
    assert bars.y[2] == "<b>country</b>"
    assert min(bars.x) == -2.0
    assert list(bars.text[:3]) == ["0.50", "−2.00", "3.00"]
    low, high = chart.figure.layout.xaxis.range
    assert low < -2.0 < 3.0 < high, "room for the labels"
    assert "highest first: country 3.00, blues 0.50" in chart.alt


def test_evidence_is_symmetric_about_nothing_and_named_where_it_is_strongest() -> None:
    evidence = np.zeros((8, 10), dtype=np.float32)
    evidence[6, 3], evidence[0, 0] = 0.8, -2.0
    chart = lesson.evidence_map(evidence, "rock", BANDS_HZ, 10.0)
    heat = chart.figure.data[0]
    assert (heat.zmin, heat.zmax) == (-2.0, 2.0)
    assert (heat.x[3], heat.y[6]) == (3.5, 51.5)
    assert (
        f"Evidence for rock in each patch of 1 second and 8 bands: most of it around 3.5 s near {BANDS_HZ[52]:.0f} Hz"
        in (chart.alt)
    )


def test_no_evidence_at_all_is_not_blown_up() -> None:
    heat = lesson.evidence_map(np.full((8, 10), 1e-7, dtype=np.float32), "jazz", BANDS_HZ, 10.0).figure.data[0]
    assert heat.zmax == pytest.approx(0.05)


def test_beats_beyond_the_curve_are_left_out() -> None:
    chart = lesson.beat_curve(np.full(100, 0.25, dtype=np.float32), 0.02, np.array([0.5, 1.0, 1.5, 2.0, 2.5]))
    assert list(chart.figure.data[1].x) == [0.5, 1.0, 1.5]
    assert "over 2 seconds; 3 beats were picked" in chart.alt
