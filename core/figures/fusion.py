"""The ablation of the tempo: the fused head against each control."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.base import BLUE, GREY, ORANGE, Chart, error_bars, style
from core.results.fusion_reports import FUSED, Comparison
from core.results.words import with_ci

SYSTEM_NAMES = {
    "genre-only": "genre model alone",
    "out-of-fold": "fused, tempo out of fold",
    "no-tempo": "without tempo",
    "widened": "without tempo, as wide",
    "constant": "constant tempo",
    "shuffled": "permuted tempo",
    "true-tempo": "annotated tempo",
}
"""What figures and pages call the systems of a fusion report; the others go by their own names."""
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
        error_x=error_bars(values, lows, highs, 2) | {"color": GREY},
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
    first, second = _names(pair)
    return f"{first} −<br>{second}"


def _names(pair: Comparison) -> tuple[str, str]:
    return SYSTEM_NAMES.get(pair.first, pair.first), SYSTEM_NAMES.get(pair.second, pair.second)


def _in_words(pair: Comparison) -> str:
    first, second = _names(pair)
    return f"{first} − {second}: {with_ci(pair.accuracy.measured, 'points')}."
