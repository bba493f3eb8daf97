"""Accuracy of each genre with few and with more artists in training."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.base import BLUE, GREY, LEGEND_ABOVE, ORANGE, Chart, error_bars, style
from core.results.artists import ArtistPoint
from core.results.words import percent

_LOOKS = {
    "fault_filtered": ("fault-filtered training subset", ORANGE, "circle"),
    "artist_folds": ("training folds of the artist folds", BLUE, "diamond"),
}


def accuracy_by_artists_chart(points: Sequence[ArtistPoint]) -> Chart:
    """A row for each genre with its two points, the genres that gain most on top; bars are 95 % CIs.

    Args:
        points: two for each genre, as `core.results.artists.accuracy_by_artists` gives them.
    """
    few, more = points[::2], points[1::2]
    order = sorted(range(len(few)), key=lambda i: few[i].accuracy.value - more[i].accuracy.value)
    few, more = [few[i] for i in order], [more[i] for i in order]
    labels = [f"{a.genre}: {a.n_artists:.0f} → {b.n_artists:.0f} artists" for a, b in zip(few, more, strict=True)]
    figure = go.Figure(
        go.Scatter(
            x=[x for a, b in zip(few, more, strict=True) for x in (a.accuracy.value, b.accuracy.value, None)],
            y=[y for label in labels for y in (label, label, None)],
            mode="lines", line={"color": GREY, "width": 4}, hoverinfo="skip", showlegend=False,
        )
    )  # fmt: skip
    for group in (few, more):
        name, colour, symbol = _LOOKS[group[0].training]
        values = [point.accuracy.value for point in group]
        bars = error_bars(values, [p.accuracy.low for p in group], [p.accuracy.high for p in group], 1.0)
        figure.add_trace(
            go.Scatter(
                x=values, y=labels, error_x=bars, name=f"learned from the {name}", mode="markers",
                marker={"color": colour, "size": 11, "symbol": symbol},
                customdata=[[p.n_artists, p.n_clips, p.n] for p in group],
                hovertemplate="%{x:.0%} of %{customdata[2]} test clips; learned from %{customdata[0]:.0f} artists, "
                "%{customdata[1]:.0f} clips<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title="Accuracy on the same test clips", range=[0, 1.02], tickformat=".0%", zeroline=False)
    figure.update_yaxes(autorange="reversed", title=None)
    style(figure, 430).update_layout(showlegend=True, legend=LEGEND_ABOVE)
    words = "; ".join(
        f"{label}, {percent(a.accuracy.value)} to {percent(b.accuracy.value)}"
        for label, a, b in zip(labels, few, more, strict=True)
    )
    return Chart(figure, f"Accuracy of each genre with fewer and with more artists in training. {words}.")
