"""Genre bars with the fused prediction beside them, or in grey where they mean little."""

import plotly.graph_objects as go

from core.figures.base import GREY, TEXT, Chart
from core.figures.prediction import genre_bars
from core.results.words import percent
from core.types import GENRES, FloatArray


def fused_bars(probs: FloatArray, fused: FloatArray, height: int = 300) -> Chart:
    """The bars of the genre model, and a diamond for the fused probability of each genre.

    Args:
        probs, fused: `[10]`, in the order of `GENRES`.
        height: pixels.
    """
    bars = genre_bars(probs, height=height)
    row_of = {name: row for row in bars.figure.data[0].y for name in GENRES if name in row}
    bars.figure.add_trace(
        go.Scatter(
            x=[float(p) for p in fused],
            y=[row_of[name] for name in GENRES],
            mode="markers",
            marker={"symbol": "diamond-open", "size": 10, "color": TEXT, "line": {"width": 2}},
            cliponaxis=False,
            hovertemplate="%{y}, fused: %{x:.1%}<extra></extra>",
        )
    )
    order = sorted(range(len(GENRES)), key=lambda index: -float(fused[index]))
    ranking = ", ".join(f"{GENRES[i]} {percent(float(fused[i]))}" for i in order)
    return Chart(bars.figure, f"{bars.alt} Diamonds, fused with the tempo: {ranking}.")


def muted(bars: Chart) -> Chart:
    """The bars in grey, for probabilities that mean little."""
    bars.figure.update_traces(marker_color=GREY)
    return bars
