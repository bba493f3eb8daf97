"""Figures of the results page: what each cell, point and line stands for, and the words for those who cannot see it."""

import json
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.elements.lib.streamlit_plotly_theme import GRAY_90

from core.figures import base, fusion, genre, sizes, tempo
from core.figures.base import TEXT
from core.figures.curves import LearningCurve, learning_curves
from core.metrics.calibration import ReliabilityBin
from core.metrics.significance import Interval, McNemar, PairedDifference
from core.results.fusion_reports import Comparison
from core.results.tempo_comparison import TempoPrediction
from core.results.training_size import SizeCurve, SizePoint
from core.types import GENRES

SIZE_POINT = SizePoint(60, 599, 1, (42,), 200, 0.5, 0.43, 0.57, ("a",))
BLUES, DISCO, ROCK = (GENRES.index(name) for name in ("blues", "disco", "rock"))


def counts(*, rock_as_disco: int = 3) -> tuple[tuple[int, ...], ...]:
    """Ten clips a genre, all right but some rock."""
    table = 10 * np.eye(len(GENRES), dtype=int)
    table[ROCK, ROCK] -= rock_as_disco
    table[ROCK, DISCO] += rock_as_disco
    return tuple(tuple(int(count) for count in row) for row in table)


def answer(truth_bpm: float, estimate_bpm: float, kind: str, number: int = 0) -> TempoPrediction:
    return TempoPrediction(f"rock.{number:05d}", "rock", "Queen", "A song", truth_bpm, estimate_bpm, kind)  # type: ignore[arg-type]


ANSWERS = (
    answer(100.0, 101.0, "exact", 0),
    answer(120.0, 60.0, "half", 1),
    answer(80.0, 160.0, "double", 2),
    answer(90.0, 117.0, "other", 3),
)


@dataclass(frozen=True)
class Cell:
    colour: str
    hover: str
    text: str | None


def cells(chart: base.Chart) -> dict[tuple[int, int], Cell]:
    """By row and column, those that are drawn."""
    bars, labels, _ = chart.figure.data
    assert bars.width == 1
    texts = dict(zip(zip(labels.y, labels.x, strict=True), labels.text, strict=True))
    places = [(int(base + 0.5), column) for base, column in zip(bars.base, bars.x, strict=True)]
    assert set(texts) <= set(places)
    for (row, column), named in zip(places, bars.customdata, strict=True):
        assert list(named) == [GENRES[row], GENRES[column]], "what a click tells"
    return {
        place: Cell(colour, hover, texts.get(place))
        for place, colour, hover in zip(places, bars.marker.color, bars.hovertext, strict=True)
    }


def test_confusion_matrix_writes_counts_into_cells() -> None:
    chart = genre.confusion_matrix("genre-x", counts(), normalised=False)
    drawn = cells(chart)
    assert drawn[ROCK, DISCO].text == "3"
    assert drawn[ROCK, DISCO].hover == "<b>rock</b> predicted as <b>disco</b><br>3 clips"
    assert set(drawn) == {*((row, row) for row in range(len(GENRES))), (ROCK, DISCO)}, "nothing is drawn elsewhere"
    assert "97 of 100 clips are predicted correctly" in chart.alt
    assert "rock predicted as disco 3" in chart.alt
    assert chart.figure.layout.yaxis.range == (9.5, -0.5), "the first genre is on top"


def test_confusion_matrix_in_percent_of_the_row() -> None:
    chart = genre.confusion_matrix("genre-x", counts(), normalised=True)
    assert cells(chart)[ROCK, DISCO].text == "30"
    assert cells(chart)[BLUES, BLUES].text == "100"


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2) of `rgb(...)` or `#rrggbb`."""
    channels = bytes.fromhex(colour[1:]) if colour.startswith("#") else [int(part) for part in colour[4:-1].split(",")]
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def is_blue(colour: str) -> bool:
    """Of `rgb(...)`."""
    red, _, blue = (int(part) for part in colour[4:-1].split(","))
    return blue > red


def test_correct_predictions_and_mistakes_differ_in_colour() -> None:
    drawn = cells(genre.confusion_matrix("genre-x", counts(), normalised=False))
    right, fewer, mistake = (drawn[place].colour for place in ((BLUES, BLUES), (ROCK, ROCK), (ROCK, DISCO)))
    assert len({right, fewer, mistake}) == 3
    assert is_blue(right)
    assert not is_blue(mistake)


def test_text_is_readable_on_every_cell_in_either_theme() -> None:
    for number in range(1, 11):
        figure = genre.confusion_matrix("x", counts(rock_as_disco=number), normalised=False).figure
        bars, labels, _ = figure.data
        ink = luminance(labels.textfont.color)
        for colour in bars.marker.color:
            assert (luminance(colour) + 0.05) / (ink + 0.05) > 6
        assert (luminance(bars.selected.marker.color) + 0.05) / (ink + 0.05) > 4.5
        assert labels.selected.textfont.color == labels.unselected.textfont.color == labels.textfont.color


def test_marked_cell_is_shown_as_if_it_had_been_clicked() -> None:
    bars = genre.confusion_matrix("x", counts(), False, marked=("rock", "disco")).figure.data[0]
    (chosen,) = bars.selectedpoints
    assert list(bars.customdata[chosen]) == ["rock", "disco"]
    assert genre.confusion_matrix("x", counts(), False).figure.data[0].selectedpoints is None
    empty = genre.confusion_matrix("x", counts(), False, marked=("disco", "rock")).figure.data[0]
    assert list(empty.selectedpoints) == [], "no clip is there, nothing is drawn there"


def test_lines_between_the_cells_are_one_path_around_all_of_them() -> None:
    grid = genre.confusion_matrix("x", counts(), False).figure.data[2]
    ends = [(x, y) for x, y in zip(grid.x, grid.y, strict=True) if x is not None]
    assert len(ends) == 2 * 2 * (len(GENRES) + 1)
    assert {min(x for x, _ in ends), min(y for _, y in ends)} == {-0.5}
    assert {max(x for x, _ in ends), max(y for _, y in ends)} == {9.5}


def test_a_perfect_system_has_no_mistakes_to_name() -> None:
    assert genre.confusion_matrix("x", counts(rock_as_disco=0), False).alt.endswith("No mistakes.")


def test_difference_matrix_is_first_minus_second() -> None:
    chart = genre.difference_matrix(("a", counts(rock_as_disco=1)), ("b", counts(rock_as_disco=4)), normalised=False)
    drawn = cells(chart)
    assert drawn[ROCK, ROCK].text == "+3"
    assert drawn[ROCK, DISCO].text == "−3"
    assert drawn[BLUES, BLUES].text is None, "no difference, but clips to list"
    assert drawn[BLUES, BLUES].colour == "rgba(0,0,0,0)"
    assert (BLUES, DISCO) not in drawn
    worse = cells(genre.difference_matrix(("b", counts(rock_as_disco=4)), ("a", counts(rock_as_disco=1)), False))
    assert is_blue(drawn[ROCK, ROCK].colour), "more correct predictions are better"
    assert is_blue(drawn[ROCK, DISCO].colour), "fewer mistakes are better"
    assert not is_blue(worse[ROCK, ROCK].colour)
    assert not is_blue(worse[ROCK, DISCO].colour)
    assert "a − b: +3 correct predictions" in chart.alt
    same = genre.difference_matrix(("a", counts()), ("b", counts()), normalised=True)
    assert same.alt.endswith("The two do not differ.")


def test_sizes_are_points_with_intervals_on_a_log_axis() -> None:
    points = (
        SIZE_POINT,
        SizePoint(599, 599, 1, (42,), 200, 0.75, 0.7, 0.8, ("b",)),
    )
    chart = sizes.accuracy_by_size_chart([SizeCurve("strong", "mean", points)])
    (line,) = chart.figure.data
    assert (list(line.x), list(line.y)) == ([60, 599], [0.5, 0.75])
    assert list(line.error_y.array) == pytest.approx([0.07, 0.05])
    assert list(line.error_y.arrayminus) == pytest.approx([0.07, 0.05])
    assert chart.figure.layout.xaxis.type == "log"
    assert list(chart.figure.layout.xaxis.tickvals) == [60, 599]
    assert chart.alt.endswith("strong, whole clip: 50% with 60, 75% with 599.")


def comparison(first: str, gain: float, low: float, high: float) -> Comparison:
    none = PairedDifference(0.0, Interval(0.0, 0.0), 1.0)
    return Comparison(first, "no-tempo", PairedDifference(gain, Interval(low, high), 0.5), none, McNemar(0, 0, 1.0), ())


def test_gains_are_points_of_accuracy_around_none() -> None:
    chart = fusion.gains([comparison("fused", -0.01, -0.02, 0.005), comparison("true-tempo", 0.03, 0.01, 0.04)])
    (points,) = chart.figure.data
    assert list(points.x) == pytest.approx([-1.0, 3.0])
    assert list(points.error_x.array) == pytest.approx([1.5, 1.0])
    assert list(points.error_x.arrayminus) == pytest.approx([1.0, 2.0])
    assert list(points.marker.symbol) == ["circle", "square"]
    assert chart.figure.layout.yaxis.autorange == "reversed"
    assert chart.alt.endswith("annotated tempo − without tempo: +3.0 points (95 % CI +1.0 to +4.0).")


def test_text_of_figures_is_the_darkest_of_the_theme() -> None:
    """Streamlit's own choice for axes, #808495, has 3.7:1 on white; small type takes 4.5:1."""
    assert TEXT == GRAY_90
    bins = (ReliabilityBin(0.4, 0.5, 20, 8, 0.45),)
    curve = tempo.Curve("x", (0.0, 0.1), (0.2, 0.9))
    for chart in (
        genre.confusion_matrix("x", counts(), False),
        genre.reliability_diagram([("x", bins)]),
        tempo.tempo_scatter("x", ANSWERS),
        tempo.octave_histogram("x", ANSWERS),
        tempo.tolerance_curves([curve]),
        learning_curves([LearningCurve("x", (1.0, 2.0), (2.0, 1.0))], "Loss", kept_epoch=2),
        sizes.accuracy_by_size_chart([SizeCurve("strong", "mean", (SIZE_POINT,))]),
        fusion.gains([comparison("fused", 0.0, -0.01, 0.01)]),
    ):
        layout = chart.figure.layout
        colours = {layout.font.color, layout.hoverlabel.font.color}
        colours |= {axis.tickfont.color for axis in (layout.xaxis, layout.yaxis)}
        colours |= {axis.title.font.color for axis in (layout.xaxis, layout.yaxis)}
        assert colours == {TEXT}
        assert layout.xaxis.title.text, "the colour leaves the title as it was"


def test_reliability_diagram_has_points_and_intervals() -> None:
    bins = (ReliabilityBin(0.4, 0.5, 20, 8, 0.45), ReliabilityBin(0.8, 0.9, 40, 36, 0.85))
    chart = genre.reliability_diagram([("genre-x", bins)])
    points, diagonal = chart.figure.data
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 1], [0, 1])
    assert (list(points.x), list(points.y)) == ([0.45, 0.85], [0.4, 0.9])
    assert points.error_y.array[0] > points.error_y.array[1] > 0, "fewer clips, wider interval"
    assert "accuracy 40% at confidence 45% (20 clips)" in chart.alt


def traces_with_clips_come_first(figure: go.Figure) -> bool:
    have_clips = [trace.customdata is not None for trace in figure.data]
    return have_clips == sorted(have_clips, reverse=True)


@pytest.mark.parametrize("colour_by", ["error", "genre"])
def test_scatter_has_a_point_a_clip_that_carries_its_clip(colour_by: tempo.ColourBy) -> None:
    figure = tempo.tempo_scatter("x", ANSWERS, colour_by).figure
    points = {
        row[0]: (x, y)
        for trace in figure.data
        if trace.customdata is not None
        for row, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
    }
    assert points == {each.clip_id: (each.truth_bpm, each.estimate_bpm) for each in ANSWERS}
    names = {trace.name for trace in figure.data if trace.customdata is not None}
    assert traces_with_clips_come_first(figure), "the theme's first colours are theirs"
    assert names == ({"exact (1)", "half (1)", "double (1)", "other (1)"} if colour_by == "error" else {"rock (4)"})


def test_scatter_draws_the_factors_and_the_band_on_equal_log_axes() -> None:
    chart = tempo.tempo_scatter("x", ANSWERS)
    layout, traces = chart.figure.layout, chart.figure.data
    (band,) = (trace for trace in traces if trace.fill == "toself")
    assert layout.xaxis.type == layout.yaxis.type == "log"
    assert layout.xaxis.range == layout.yaxis.range
    assert np.array(band.y) / np.array(band.x) == pytest.approx([0.96, 0.96, 1.04, 1.04])
    lines = {trace.text[1]: trace.y[1] / trace.x[1] for trace in traces if trace.text is not None}
    assert lines == pytest.approx({"×1": 1, "×½": 1 / 2, "×2": 2, "×⅓": 1 / 3, "×3": 3})
    assert "exact 1, half 1, double 1, third 0, triple 0, other 1" in chart.alt


def test_octave_histogram_counts_every_clip() -> None:
    far = answer(40.0, 380.0, "other", 4)
    bars = tempo.octave_histogram("x", [*ANSWERS, far]).figure.data[0]
    assert sum(bars.y) == 5
    heights = {round(x, 2): (y, colour) for x, y, colour in zip(bars.x, bars.y, bars.marker.color, strict=True)}
    assert heights[0.0] == (1, base.GREEN)
    assert heights[-1.0] == heights[1.0] == (1, base.BLUE)
    assert heights[2.0] == (1, base.GREY), "what is farther off is shown at the end"


def test_tolerance_curves_grow_with_their_legend() -> None:
    one, many = (
        tempo.tolerance_curves([tempo.Curve("x", (0.0, 0.1), (0.0, 1.0))] * n).figure.layout.height for n in (1, 20)
    )
    assert many > one
    assert many / 2 > 20 * 20, "a legend that is higher than half a figure is cut"


def test_tolerance_curves_name_the_share_at_four_percent() -> None:
    steps = (0.0, 0.04, 0.08)
    chart = tempo.tolerance_curves(
        [tempo.Curve("ours", steps, (0.0, 0.8, 0.9), emphasised=True), tempo.Curve("peer", steps, (0.1, 0.85, 0.9))]
    )
    ours, reference = chart.figure.data
    assert (list(ours.x), list(ours.y)) == (list(steps), [0.0, 0.8, 0.9])
    assert ours.line.width > reference.line.width
    assert chart.alt.endswith("peer 85%, ours 80%.")


def test_no_figure_uses_colours_that_the_theme_replaces_or_a_background() -> None:
    charts = [
        genre.confusion_matrix("x", counts(), False, ("rock", "disco")),
        genre.difference_matrix(("a", counts()), ("b", counts(rock_as_disco=1)), True),
        genre.reliability_diagram([("x", (ReliabilityBin(0.4, 0.5, 20, 8, 0.45),))]),
        tempo.tempo_scatter("x", ANSWERS),
        tempo.octave_histogram("x", ANSWERS),
        tempo.tolerance_curves([tempo.Curve("x", (0.0, 0.1), (0.0, 1.0))]),
    ]
    for chart in charts:
        drawn = json.loads(chart.figure.to_json())
        assert '"#0000' not in json.dumps(drawn["data"])
        assert drawn["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
        assert chart.alt
