"""The ablation of the tempo: the fused head against each control."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.base import BLUE, GREY, ORANGE, Chart, style
from core.results.fusion_reports import FUSED, Comparison
from core.results.words import with_ci

_ROW_PIXELS, _AXIS_PIXELS = 40, 70


def gains(pairs: Sequence[Comparison]) -> Chart:
    """One row a comparison, first on top: difference in accuracy with its 95 % interval, around a line at none.

    Comparisons of the fused head are blue circles; any other pair, such as the bound by the annotated tempo, is an
    orange square.
    """
    rows = [_row(pair) for pair in pairs]
    values = [100 * pair.accuracy.difference for pair in pairs]
    lows = [100 * pair.accuracy.interval.low for pair in pairs]
    highs = [100 * pair.accuracy.interval.high for pair in pairs]
    is_fused = [pair.first == FUSED for pair in pairs]
    points = go.Scatter(
        x=values,
        y=rows,
        error_x={
            "array": [high - value for high, value in zip(highs, values, strict=True)],
            "arrayminus": [value - low for low, value in zip(lows, values, strict=True)],
            "color": GREY,
            "thickness": 2,
        },
        mode="markers",
        marker={
            "size": 11,
            "color": [BLUE if fused else ORANGE for fused in is_fused],
            "symbol": ["circle" if fused else "square" for fused in is_fused],
        },
        customdata=list(zip(lows, highs, strict=True)),
        hovertemplate="%{y}: %{x:+.1f} points (95 % CI %{customdata[0]:+.1f} to %{customdata[1]:+.1f})<extra></extra>",
    )
    figure = style(go.Figure(points), _AXIS_PIXELS + _ROW_PIXELS * len(rows))
    figure.add_vline(x=0.0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title_text="Difference in accuracy (points, 95 % CI)", zeroline=False, tickformat="+.1~f")
    figure.update_yaxes(autorange="reversed", showgrid=False, automargin=True)
    return Chart(figure, f"Differences in accuracy. {' '.join(map(_in_words, pairs))}")


def _row(pair: Comparison) -> str:
    return f"{pair.first} −<br>{pair.second}"


def _in_words(pair: Comparison) -> str:
    return f"{pair.first} − {pair.second}: {with_ci(pair.accuracy.measured, 'points')}."
