"""Tempo predictions beside the truth: scatter, octave errors, accuracy against tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from core.figures.base import BLUE, GREEN, GREY, Chart, style
from core.figures.tempo_reading import log_tempi
from core.metrics.tempo import DEFAULT_TOLERANCE, ERROR_KINDS, FACTORS, ErrorKind
from core.results.tempo_comparison import TempoPrediction
from core.types import GENRES

ColourBy = Literal["error", "genre"]

_FACTOR_NAMES = ("×1", "×½", "×2", "×⅓", "×3")
"""In the order of `FACTORS`."""
_SYMBOLS = (
    "circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "star", "hexagon", "pentagon",
)  # fmt: skip
_SCATTER_PX, _HISTOGRAM_PX, _CURVES_PX = 350, 260, 520
"""Scatter and histogram are seen whole, side by side, in a window of 1280 by 720 pixels."""
_LEGEND_LINE = 20
"""Pixels of a name in a legend."""
_BELOW_AXIS_PX = 56
"""Pixels from an axis to what stands below its numbers and its title."""
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
_OCTAVES_SHOWN = 2.0
_BIN_OCTAVES = 0.05
"""A little less than the width of 4 % to either side, 0.113 octaves, halved."""


def tempo_scatter(name: str, predictions: Sequence[TempoPrediction], colour_by: ColourBy = "error") -> Chart:
    """Estimate against truth on log axes, so that a factor is a distance; lines at the factors of an octave error.

    Args:
        name: of the system.
        predictions: one a clip; each point carries its clip id.
        colour_by: kind of error or true genre.
    """
    tempi = [bpm for each in predictions for bpm in (each.truth_bpm, each.estimate_bpm)]
    low, high = 0.93 * min(tempi), 1.07 * max(tempi)
    figure = go.Figure()
    groups = ERROR_KINDS if colour_by == "error" else GENRES
    for number, group in enumerate(groups):
        members = [each for each in predictions if (each.kind if colour_by == "error" else each.genre) == group]
        if members:
            figure.add_trace(_points(f"{group} ({len(members)})", members, _SYMBOLS[number]))
    # After the points, which thus get the first and clearest colours of the theme; drawn below them by zorder.
    figure.add_traces([_band(low, high), *_factor_lines(low, high)])
    for axis, title in (("x", "Annotated tempo (BPM)"), ("y", "Estimated tempo (BPM)")):
        log_tempi(figure, axis, low, high, title, with_grid=True)
    style(figure, _SCATTER_PX).update_layout(
        showlegend=True, hovermode="closest",
        legend={"orientation": "h", "y": -_BELOW_AXIS_PX / (_SCATTER_PX - 2 * _BELOW_AXIS_PX), "yanchor": "top"},
        margin={"l": 8, "r": 30, "t": 24, "b": 8},
    )  # fmt: skip
    return Chart(
        figure, f"Scatter of estimated against annotated tempo, {name}, {len(predictions)} clips. {_kinds(predictions)}"
    )


def _kinds(predictions: Sequence[TempoPrediction]) -> str:
    counted = ", ".join(f"{kind} {sum(each.kind == kind for each in predictions)}" for kind in ERROR_KINDS)
    return f"Predictions by the multiple of the truth that they are within 4 percent of: {counted}."


def _band(low: float, high: float) -> go.Scatter:
    below, above = 1 - DEFAULT_TOLERANCE, 1 + DEFAULT_TOLERANCE
    return go.Scatter(
        x=[low, high, high, low], y=[below * low, below * high, above * high, above * low], mode="lines",
        line={"width": 0}, fill="toself", fillcolor="rgba(0, 158, 115, 0.25)", hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _factor_lines(low: float, high: float) -> list[go.Scatter]:
    """A line for each factor, named where it leaves the figure at the top or on the right."""
    lines = []
    for factor, label in zip(FACTORS, _FACTOR_NAMES, strict=True):
        start, end = max(low, low / factor), min(high, high / factor)
        lines.append(
            go.Scatter(
                x=[start, end], y=[factor * start, factor * end], mode="lines+text", text=["", label],
                textposition="top center" if factor > 1 else "middle right", cliponaxis=False,
                line={"color": GREY, "width": 1, "dash": "solid" if factor == 1 else "dot"}, hoverinfo="skip",
                showlegend=False,
            )
        )  # fmt: skip
    return lines


def _points(label: str, predictions: Sequence[TempoPrediction], symbol: str) -> go.Scatter:
    return go.Scatter(
        x=[each.truth_bpm for each in predictions],
        y=[each.estimate_bpm for each in predictions],
        customdata=[[each.clip_id] for each in predictions],
        hovertext=[
            f"<b>{each.title or each.clip_id}</b><br>{each.artist or 'artist unknown'}<br>{each.clip_id}, {each.kind}"
            for each in predictions
        ],
        hovertemplate="%{hovertext}<br>truth %{x:.1f}, estimate %{y:.1f} BPM<extra></extra>",
        mode="markers",
        marker={"size": 8, "opacity": 0.75, "symbol": symbol},
        selected={"marker": {"size": 14, "opacity": 1}},
        unselected={"marker": {"opacity": 0.35}},
        name=label,
        zorder=1,
    )


def octave_histogram(name: str, predictions: Sequence[TempoPrediction]) -> Chart:
    """How many octaves off: correct ones in green, octave errors in blue, all others grey; clips on a log axis."""
    octaves = np.log2([each.estimate_bpm / each.truth_bpm for each in predictions])
    shown = np.clip(octaves, -_OCTAVES_SHOWN, _OCTAVES_SHOWN)
    half = round(_OCTAVES_SHOWN / _BIN_OCTAVES)
    index = np.rint(shown / _BIN_OCTAVES).astype(int) + half
    counts = np.bincount(index, minlength=2 * half + 1)
    filled = [number for number in range(len(counts)) if counts[number]]
    colours = [_bin_colour({predictions[int(i)].kind for i in np.flatnonzero(index == number)}) for number in filled]
    centres = [(number - half) * _BIN_OCTAVES for number in filled]
    figure = go.Figure(
        go.Bar(
            x=centres,
            y=[int(counts[number]) for number in filled],
            width=_BIN_OCTAVES,
            marker={"color": colours},
            hovertemplate="%{x:+.2f} octaves: %{y} clips<extra></extra>",
        )
    )
    figure.update_xaxes(
        title="Estimate over truth",
        range=[-_OCTAVES_SHOWN - 0.1, _OCTAVES_SHOWN + 0.1],
        tickvals=[float(np.log2(factor)) for factor in FACTORS],
        ticktext=list(_FACTOR_NAMES),
        zeroline=False,
    )
    figure.update_yaxes(
        title="Clips (log scale)", type="log", range=[-0.15, float(np.log10(1.3 * counts.max()))], dtick=1
    )
    alt = f"Histogram of octave errors, {name}, {len(predictions)} clips. {_kinds(predictions)}"
    return Chart(style(figure, _HISTOGRAM_PX), alt)


def _bin_colour(kinds: set[ErrorKind]) -> str:
    return GREEN if "exact" in kinds else GREY if kinds == {"other"} else BLUE


@dataclass(frozen=True)
class Curve:
    """One line of `tolerance_curves`.

    Attributes:
        name: of the system.
        tolerances, shares: `[K]`, 0..1.
        emphasised: drawn bold, as the systems of interest are.
    """

    name: str
    tolerances: Sequence[float]
    shares: Sequence[float]
    emphasised: bool = False


def tolerance_curves(curves: Sequence[Curve]) -> Chart:
    """Accuracy against tolerance; a steep start means precise tempi.

    Many systems make it higher, as Plotly cuts a legend that is higher than half a figure.
    """
    figure = go.Figure()
    for number, curve in enumerate(curves):
        figure.add_trace(
            go.Scatter(
                x=list(curve.tolerances), y=list(curve.shares), mode="lines", name=curve.name,
                line={"width": 4 if curve.emphasised else 1.8, "dash": _DASHES[number % len(_DASHES)]},
                hovertemplate="%{y:.1%} within %{x:.1%}",
            )
        )  # fmt: skip
    figure.add_vline(x=DEFAULT_TOLERANCE, line={"color": GREY, "width": 1, "dash": "dot"})
    figure.update_xaxes(title="Tolerance (share of the truth)", tickformat=".0%", zeroline=False)
    figure.update_yaxes(title="Accuracy", tickformat=".0%", range=[0, 1.02], zeroline=False)
    style(figure, max(_CURVES_PX, 2 * _LEGEND_LINE * (len(curves) + 1)))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.3, "yanchor": "top"})
    return Chart(figure, f"Accuracy against tolerance, at 4 percent: {_at_customary(curves)}.")


def _at_customary(curves: Sequence[Curve]) -> str:
    shares = [
        (curve.name, float(np.interp(DEFAULT_TOLERANCE, np.array(curve.tolerances), np.array(curve.shares))))
        for curve in curves
    ]
    return ", ".join(f"{name} {share:.0%}" for name, share in sorted(shares, key=lambda pair: -pair[1]))
