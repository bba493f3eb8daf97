"""Accuracy against the number of training clips."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.base import BLUE, GREEN, LEGEND_ABOVE, ORANGE, Chart, error_bars, style
from core.results.training_size import SizeCurve

_COLOURS = (BLUE, ORANGE, GREEN)
_SYMBOLS = ("circle", "square", "diamond")


def accuracy_by_size_chart(curves: Sequence[SizeCurve]) -> Chart:
    """One line a recipe over the number of training clips on a log axis; bars are 95 % intervals over test clips."""
    figure = style(go.Figure([_line(curve, number) for number, curve in enumerate(curves)]), 380)
    sizes = sorted({point.n_train for curve in curves for point in curve.points})
    figure.update_xaxes(
        title_text="Training clips (log scale)", type="log", tickvals=sizes, ticktext=list(map(str, sizes)),
        tickangle=0, zeroline=False,
    )  # fmt: skip
    figure.update_yaxes(title_text="Accuracy on test clips", tickformat=".0%", range=[0, 1.02], zeroline=False)
    figure.update_layout(showlegend=True, legend=LEGEND_ABOVE, hovermode="closest")
    return Chart(figure, f"Accuracy against the number of training clips. {' '.join(map(_in_words, curves))}")


def curve_name(curve: SizeCurve) -> str:
    """Of a recipe, for legends: "strong, whole clip"."""
    return f"{curve.recipe}, {'whole clip' if curve.windows == 'mean' else 'first ten seconds'}"


def _line(curve: SizeCurve, number: int) -> go.Scatter:
    points = curve.points
    colour = _COLOURS[number % len(_COLOURS)]
    return go.Scatter(
        x=[point.n_train for point in points],
        y=[point.accuracy for point in points],
        error_y=error_bars(
            [point.accuracy for point in points],
            [point.accuracy_low for point in points],
            [point.accuracy_high for point in points],
        ),
        name=curve_name(curve),
        mode="lines+markers",
        line={"color": colour, "width": 2.5},
        marker={"size": 9, "symbol": _SYMBOLS[number % len(_SYMBOLS)]},
        hovertemplate="%{x} training clips: %{y:.1%}<extra></extra>",
    )


def _in_words(curve: SizeCurve) -> str:
    points = ", ".join(f"{point.accuracy:.0%} with {point.n_train}" for point in curve.points)
    return f"{curve_name(curve)}: {points}."
