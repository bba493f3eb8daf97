"""What a tempo model predicts for one piece of music: the weight of every tempo, and the tempo over its length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.base import BLUE, GREEN, GREY, ORANGE, Chart, style
from core.results.words import NO_CLEAR_TEMPO, percent
from core.rhythm.tempo import LOWEST_BPM, TEMPO_BINS_BPM, bin_position
from core.types import CLEAR_CONFIDENCE, FloatArray, TempoEstimate, TempoReading

_TICKS_BPM = (30, 40, 50, 60, 80, 100, 120, 160, 200, 240, 300, 400)
_AXIS_MARGIN = 1.04
_LABELLED_WEIGHT = 0.02
"""Lighter alternatives are left to the words beside the figure."""
_SIGNS = {"half": "½×", "double": "2×", "third": "⅓×", "triple": "3×", "two thirds": "⅔×", "three halves": "1½×"}
"""Short enough to stand side by side on a phone; the words are in what the pointer shows, and below the figure."""
_FILL = "rgba(59, 143, 203, 0.35)"
_MARK_COLOURS = (GREEN, ORANGE)
_WEIGHT_SCALE = [[0.0, "rgba(46, 151, 216, 0)"], [0.15, "rgba(46, 151, 216, 0.5)"], [1.0, "rgba(46, 151, 216, 1)"]]


@dataclass(frozen=True)
class TempoMark:
    """An annotated tempo to mark in a figure.

    Attributes:
        label: the annotators, short.
        tempo_bpm: annotated by them.
    """

    label: str
    tempo_bpm: float


def tempo_distribution(estimate: TempoEstimate, marks: Sequence[TempoMark] = (), height: int = 300) -> Chart:
    """Probability of every tempo on a log axis, so that half and double are equally far away.

    Args:
        estimate: its tempo and its alternatives of 2 % and more are labelled; without a clear tempo nothing is.
        marks: annotated tempi, one or two.
        height: pixels.
    """
    shares = [round(float(share), 5) for share in estimate.distribution]
    figure = go.Figure(
        go.Scatter(
            x=TEMPO_BINS_BPM.round(2).tolist(), y=shares, mode="lines", line={"color": BLUE, "shape": "hvh"},
            fill="tozeroy", fillcolor=_FILL, hovertemplate="%{x:.0f} BPM: %{y:.1%}<extra></extra>",
        )
    )  # fmt: skip
    # Room above the highest peak for its label, and for those of the annotations.
    top = max(shares) * (1.6 if marks else 1.25)
    if estimate.is_clear:
        figure.add_trace(_labels(estimate))
    for number, mark in enumerate(marks):
        _add_mark(figure, mark, number, top)
    low, high = tempo_range([mark.tempo_bpm for mark in marks])
    log_tempi(figure, "x", low, high, "Tempo (BPM, log scale)")
    figure.update_yaxes(title="Probability of each step of 2 %", tickformat=".0%", range=[0, top], nticks=4)
    return Chart(style(figure, height), _distribution_in_words(estimate, marks))


def _labels(estimate: TempoEstimate) -> go.Scatter:
    """The estimate and its weightier alternatives, as points on the curve."""
    others = [other for other in estimate.candidates if other.weight >= _LABELLED_WEIGHT]
    tempi = [estimate.tempo_bpm, *(other.tempo_bpm for other in others)]
    return go.Scatter(
        x=tempi,
        y=[_height_at(estimate.distribution, bpm) for bpm in tempi],
        text=[
            f"<b>{estimate.tempo_bpm:.1f}</b> {percent(estimate.confidence)}",
            *(f"{_SIGNS[other.relation]}<br>{percent(other.weight)}" for other in others),
        ],
        hovertext=["estimate", *(other.relation for other in others)],
        hovertemplate="%{hovertext}: %{x:.1f} BPM<extra></extra>",
        mode="markers+text",
        textposition="top center",
        cliponaxis=False,
        marker={"color": BLUE, "size": [11, *(8 for _ in others)], "symbol": ["diamond", *("circle" for _ in others)]},
    )


def _height_at(distribution: FloatArray, tempo_bpm: float) -> float:
    """The highest bin that touches a tempo, so that a label never lies inside its own peak."""
    position = bin_position(tempo_bpm)
    near = [index for index in (int(np.floor(position)), int(np.ceil(position))) if 0 <= index < len(distribution)]
    return max((float(distribution[index]) for index in near), default=0.0)


def _add_mark(figure: go.Figure, mark: TempoMark, number: int, top: float) -> None:
    """A vertical line, its label to the left or right of it, each below the one before."""
    colour = _MARK_COLOURS[number % len(_MARK_COLOURS)]
    figure.add_trace(
        go.Scatter(
            x=[mark.tempo_bpm, mark.tempo_bpm], y=[0, top], mode="lines",
            line={"color": colour, "width": 2, "dash": "dash" if number == 0 else "dot"},
            hovertemplate=f"{mark.label}: %{{x:.1f}} BPM<extra></extra>",
        )
    )  # fmt: skip
    is_right = mark.tempo_bpm > 110.0
    figure.add_annotation(
        x=float(np.log10(mark.tempo_bpm)), y=1.0 - 0.1 * number, yref="paper", yanchor="top", showarrow=False,
        text=f'<span style="color:{colour}">■</span> {mark.label} {mark.tempo_bpm:.1f}',
        xanchor="right" if is_right else "left", xshift=-5 if is_right else 5,
    )  # fmt: skip


def tempo_range(tempi_bpm: Sequence[float]) -> tuple[float, float]:
    """The bins, and whatever is annotated beyond them."""
    all_bpm = (LOWEST_BPM, float(TEMPO_BINS_BPM[-1]), *tempi_bpm)
    return min(all_bpm) / _AXIS_MARGIN, max(all_bpm) * _AXIS_MARGIN


def log_tempi(figure: go.Figure, axis: str, low: float, high: float, title: str, with_grid: bool = False) -> None:
    """Makes an axis ("x" or "y") one of tempi, so that half and double are equally far away."""
    figure.update_layout(
        {
            f"{axis}axis": {
                "type": "log",
                "title": {"text": title},
                "range": [float(np.log10(low)), float(np.log10(high))],
                "tickvals": [bpm for bpm in _TICKS_BPM if low <= bpm <= high],
                "tickangle": 0,
                "zeroline": False,
                "showgrid": with_grid,
            }
        }
    )


def _distribution_in_words(estimate: TempoEstimate, marks: Sequence[TempoMark]) -> str:
    if estimate.is_clear:
        others = ", ".join(
            f"{other.relation} {other.tempo_bpm:.1f} BPM with {percent(other.weight)}" for other in estimate.candidates
        )
        tempi = f"{estimate.tempo_bpm:.1f} BPM with {percent(estimate.confidence)}; {others}."
    else:
        tempi = f"{NO_CLEAR_TEMPO}, the most probable one has {percent(estimate.confidence)}."
    annotated = "".join(f" Annotated by {mark.label}: {mark.tempo_bpm:.1f} BPM." for mark in marks)
    return f"Distribution over tempi on a log axis: {tempi}{annotated}"


def tempo_over_time(reading: TempoReading) -> Chart:
    """The weight of every tempo in each window, the tempo of windows that have a clear one on top.

    Windows overlap; each is drawn around its centre.
    """
    centre_s = np.round(reading.window_start_s + reading.window_s / 2, 1)
    is_clear = reading.window_confidence >= CLEAR_CONFIDENCE
    clear_bpm = [
        round(float(bpm), 2) if clear else None for bpm, clear in zip(reading.window_tempo_bpm, is_clear, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            x=centre_s.tolist(),
            y=TEMPO_BINS_BPM.round(2).tolist(),
            z=np.round(reading.window_distributions.T, 3).tolist(),
            zmin=0.0,
            zmax=float(max(0.05, reading.window_distributions.max())),
            colorscale=_WEIGHT_SCALE,
            showscale=False,
            hovertemplate="around %{x:.0f} s, %{y:.0f} BPM: %{z:.1%}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=centre_s.tolist(), y=clear_bpm,
            mode="lines+markers", connectgaps=False, line={"color": ORANGE, "width": 2},
            marker={"size": 7, "color": ORANGE},
            customdata=[round(float(share), 3) for share in reading.window_confidence],
            hovertemplate="around %{x:.0f} s: %{y:.1f} BPM, %{customdata:.0%}<extra></extra>",
        )
    )  # fmt: skip
    if reading.estimate.is_clear:
        figure.add_hline(y=reading.estimate.tempo_bpm, line={"color": GREY, "width": 1.5, "dash": "dot"})
    low, high = tempo_range([])
    log_tempi(figure, "y", low, high, "Tempo (BPM, log scale)")
    end_s = float(reading.window_start_s[-1]) + reading.window_s
    figure.update_xaxes(title="Time, middle of each window (s)", range=[0, end_s], showgrid=False, zeroline=False)
    return Chart(style(figure, 300), _course_in_words(reading, is_clear))


def _course_in_words(reading: TempoReading, is_clear: NDArray[np.bool_]) -> str:
    n_windows = len(is_clear)
    if not is_clear.any():
        return f"Tempo over time: none of {n_windows} windows has a clear tempo."
    clear_bpm = reading.window_tempo_bpm[is_clear]
    return (
        f"Tempo over time: {int(is_clear.sum())} of {n_windows} windows have a clear tempo, from "
        f"{clear_bpm.min():.1f} to {clear_bpm.max():.1f} BPM, median {np.median(clear_bpm):.1f}."
    )
