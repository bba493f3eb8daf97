"""Confusion matrices and calibration."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.base import GREY, LEGEND_ABOVE, Chart, error_bars, style
from core.metrics.calibration import ReliabilityBin
from core.metrics.genre import wilson_interval
from core.types import GENRES

Counts = Sequence[Sequence[int]]
"""`[10][10]`: rows true, columns predicted, in the order of `GENRES`."""

Rgb = tuple[int, int, int]

_NO_COLOUR = "rgba(0,0,0,0)"
_INK = "#0B1620"
_BLUES: tuple[Rgb, Rgb] = ((186, 210, 227), (64, 158, 222))
_ORANGES: tuple[Rgb, Rgb] = ((228, 209, 168), (233, 165, 20))
"""Faintest and fullest cell. Cells are opaque and none is dark, so that one ink is readable on all of them (6:1 or
more), whatever the theme; what is empty shows the page."""
_CHOSEN = "#CC5A9B"
"""The ink is readable on it, too (5:1)."""
_N_MISTAKES_NAMED = 5
_MATRIX_MARGIN = {"l": 84, "r": 8, "t": 8, "b": 84}
"""Room for the names of the genres. A browser that has to measure them itself draws the whole figure twice."""


@dataclass(frozen=True)
class _Cell:
    """A cell that holds clips, and can be clicked; the others are left out, a browser is slow with hundreds of them."""

    row: int
    column: int
    colour: str
    text: str
    hover: str


def _values(counts: Counts, normalised: bool) -> NDArray[np.float64]:
    """`[10, 10]`: counts as they are, or as percent of the clips of each true genre."""
    values = np.array(counts, dtype=np.float64)
    return 100 * values / np.maximum(values.sum(axis=1, keepdims=True), 1) if normalised else values


def _unit(normalised: bool) -> str:
    return "% of the genre" if normalised else "clips"


def confusion_matrix(
    name: str, counts: Counts, normalised: bool, marked: tuple[str, str] | None = None, height: int = 400
) -> Chart:
    """Predicted against true genre; correct in blue, mistakes in orange. Each cell with clips can be clicked.

    Args:
        name: of the system.
        counts: rows true, columns predicted.
        normalised: percent of each row rather than clips.
        marked: true and predicted genre of the cell to show as chosen.
        height: pixels.
    """
    values, unit = _values(counts, normalised), _unit(normalised)
    full = values.max() or 1.0
    drawn = [
        _Cell(
            row, column, _shade(_BLUES if row == column else _ORANGES, float(value / full)), f"{value:.0f}",
            f"{value:.0f} {unit}",
        )
        for (row, column), value in np.ndenumerate(values)
        if value
    ]  # fmt: skip
    return Chart(_matrix(drawn, marked, height), _matrix_in_words(name, counts))


def difference_matrix(
    first: tuple[str, Counts],
    second: tuple[str, Counts],
    normalised: bool,
    marked: tuple[str, str] | None = None,
    height: int = 400,
) -> Chart:
    """First confusion matrix minus the second: blue where the first is better, orange where it is worse.

    Better is more clips on the diagonal, and fewer beside it.

    Args:
        first, second: name and counts of each system.
        normalised, marked, height: as in `confusion_matrix`.
    """
    one, other, unit = _values(first[1], normalised), _values(second[1], normalised), _unit(normalised)
    values = one - other
    full = np.abs(values).max() or 1.0
    drawn = [
        _Cell(
            row, column, _shade(_BLUES if (value > 0) == (row == column) else _ORANGES, float(abs(value) / full)),
            _signed(value) if round(value) else "", f"{_signed(value)} {unit}",
        )
        for (row, column), value in np.ndenumerate(values)
        if one[row, column] or other[row, column]
    ]  # fmt: skip
    right = int(np.trace(np.array(first[1])) - np.trace(np.array(second[1])))
    alt = (
        f"Difference of two confusion matrices, {first[0]} − {second[0]}: {_signed(right)} correct predictions. "
        f"{_largest_differences(values, unit)}"
    )
    return Chart(_matrix(drawn, marked, height), alt)


def _shade(ends: tuple[Rgb, Rgb], share: float) -> str:
    if share == 0:
        return _NO_COLOUR
    # The square root keeps rare mistakes visible beside many correct predictions.
    faint, full = ends
    red, green, blue = (round(low + share**0.5 * (high - low)) for low, high in zip(faint, full, strict=True))
    return f"rgb({red}, {green}, {blue})"


def _signed(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−") if round(value) else "0"


def _matrix(cells: list[_Cell], marked: tuple[str, str] | None, height: int) -> go.Figure:
    """Cells are bars of width and height 1, for Streamlit cannot select the cells of a heat map."""
    bars = go.Bar(
        x=[cell.column for cell in cells],
        y=[1] * len(cells),
        base=[cell.row - 0.5 for cell in cells],
        width=1,
        marker={"color": [cell.colour for cell in cells], "line": {"width": 0}},
        customdata=[[GENRES[cell.row], GENRES[cell.column]] for cell in cells],
        hovertext=[
            f"<b>{GENRES[cell.row]}</b> predicted as <b>{GENRES[cell.column]}</b><br>{cell.hover}" for cell in cells
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        # A browser marks what is clicked so by itself, at once; the others stay as readable as they were.
        selected={"marker": {"opacity": 1, "color": _CHOSEN}},
        unselected={"marker": {"opacity": 1}},
    )
    if marked is not None:
        place = GENRES.index(marked[0]), GENRES.index(marked[1])
        bars.selectedpoints = [number for number, cell in enumerate(cells) if (cell.row, cell.column) == place]
    labelled = [cell for cell in cells if cell.text]
    labels = go.Scatter(
        x=[cell.column for cell in labelled], y=[cell.row for cell in labelled],
        text=[cell.text for cell in labelled], mode="text", hoverinfo="skip", textfont={"size": 12, "color": _INK},
        selected={"textfont": {"color": _INK}}, unselected={"textfont": {"color": _INK}},
    )  # fmt: skip
    figure = go.Figure([bars, labels, _grid()])
    figure.update_layout(barmode="overlay", bargap=0)
    n_genres = len(GENRES)
    axis = {
        "tickvals": list(range(n_genres)), "ticktext": list(GENRES), "showgrid": False, "zeroline": False,
        "fixedrange": True, "automargin": False,
    }  # fmt: skip
    figure.update_xaxes(title="Predicted genre", range=[-0.5, n_genres - 0.5], tickangle=-55, **axis)
    figure.update_yaxes(title="True genre", range=[n_genres - 0.5, -0.5], **axis)
    return style(figure, height).update_layout(margin=_MATRIX_MARGIN)


def _grid() -> go.Scatter:
    """Lines between the cells, as one path: the axes would draw each of them, and a border each cell."""
    ends, edges = (-0.5, len(GENRES) - 0.5), [edge - 0.5 for edge in range(len(GENRES) + 1)]
    along = [value for edge in edges for value in (edge, edge, None)]
    across = [value for _ in edges for value in (*ends, None)]
    return go.Scatter(
        x=along + across, y=across + along, mode="lines", hoverinfo="skip", line={"color": GREY, "width": 0.5}
    )


def _matrix_in_words(name: str, counts: Counts) -> str:
    values = np.array(counts)
    mistakes = [
        f"{GENRES[row]} predicted as {GENRES[column]} {values[row, column]}"
        for row, column in _largest(np.where(np.eye(len(GENRES), dtype=bool), 0, values))
    ]
    named = f" Most frequent mistakes: {', '.join(mistakes)}." if mistakes else " No mistakes."
    return f"Confusion matrix of {name}: {np.trace(values)} of {values.sum()} clips are predicted correctly.{named}"


def _largest(values: NDArray[np.number]) -> list[tuple[int, int]]:
    """Row and column of the cells farthest from 0, the farthest first."""
    order = np.argsort(-np.abs(values), axis=None, kind="stable")[:_N_MISTAKES_NAMED]
    cells = [(int(index) // len(GENRES), int(index) % len(GENRES)) for index in order]
    return [(row, column) for row, column in cells if values[row, column]]


def _largest_differences(values: NDArray[np.float64], unit: str) -> str:
    named = [
        f"{GENRES[row]} predicted as {GENRES[column]} {_signed(values[row, column])}"
        for row, column in _largest(values)
    ]
    return f"Largest differences, in {unit}: {', '.join(named)}." if named else "The two do not differ."


def reliability_diagram(systems: Sequence[tuple[str, Sequence[ReliabilityBin]]]) -> Chart:
    """Accuracy against confidence; on the diagonal a system is perfectly calibrated.

    Args:
        systems: name and bins of each.
    """
    figure = go.Figure()
    words = []
    for number, (name, bins) in enumerate(systems):
        figure.add_trace(_reliability_trace(name, bins, symbol=("circle", "square")[number % 2]))
        points = ", ".join(
            f"accuracy {each.accuracy:.0%} at confidence {each.confidence:.0%} ({each.n} clips)" for each in bins
        )
        words.append(f"{name}: {points}.")
    figure.add_trace(
        go.Scatter(
            x=[0, 1], y=[0, 1], mode="lines", line={"color": GREY, "dash": "dash"}, name="perfect calibration",
            hoverinfo="skip",
        )
    )  # fmt: skip
    figure.update_xaxes(title="Confidence (mean probability)", range=[0, 1.02], tickformat=".0%", zeroline=False)
    figure.update_yaxes(title="Accuracy", range=[0, 1.02], tickformat=".0%", zeroline=False)
    style(figure, 400).update_layout(showlegend=True, legend=LEGEND_ABOVE)
    return Chart(figure, f"Reliability diagram. {' '.join(words)}")


def _reliability_trace(name: str, bins: Sequence[ReliabilityBin], symbol: str) -> go.Scatter:
    shares, intervals = [each.accuracy for each in bins], [wilson_interval(each.n_right, each.n) for each in bins]
    return go.Scatter(
        x=[each.confidence for each in bins],
        y=shares,
        error_y=error_bars(shares, [low for low, _ in intervals], [high for _, high in intervals], 1) | {"width": 3},
        customdata=[[each.n_right, each.n] for each in bins],
        hovertemplate="confidence %{x:.0%}: accuracy %{y:.0%} (%{customdata[0]} of %{customdata[1]})",
        mode="lines+markers",
        marker={"size": 9, "symbol": symbol},
        name=name,
    )
