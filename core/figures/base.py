"""What all figures share.

Colours are Okabe and Ito's, distinct with any colour vision (jfly.uni-koeln.de/color); backgrounds are transparent
and the theme chooses the colour of text, so that every figure works in light and dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

BLUE = "#3B8FCB"
GREEN = "#009E73"
ORANGE = "#E69F00"
GREY = "rgba(128, 134, 145, 0.55)"
TEXT = "#000037"
"""In place of this Streamlit's theme puts its darkest grey, or in the dark its lightest; elsewhere it is nearly black.
The grey that it writes axes in when nothing is set has a contrast of 3.7:1 on white, too little for small type."""
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


@dataclass(frozen=True)
class Chart:
    """A figure and what it shows in words, for those who cannot see it."""

    figure: go.Figure
    alt: str


def error_bars(
    values: Sequence[float], lows: Sequence[float], highs: Sequence[float], thickness: float = 1.5
) -> dict[str, object]:
    """Intervals around points, for `error_x` or `error_y`."""
    return {
        "array": [high - value for value, high in zip(values, highs, strict=True)],
        "arrayminus": [value - low for value, low in zip(values, lows, strict=True)],
        "thickness": thickness,
    }


def colour_bar(title: str) -> dict[str, object]:
    """What the colours of a heat map mean, beside it."""
    return {"title": {"text": title, "side": "right"}, "thickness": 8, "len": 1.0, "outlinewidth": 0}


def style(figure: go.Figure, height: int) -> go.Figure:
    """Margins, transparency, colour of text and behaviour of every figure; `height` in pixels."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        # A drag would zoom, and would keep a phone from scrolling past the figure.
        dragmode=False,
        font={"color": TEXT},
        hoverlabel={"font": {"color": TEXT}},
    )
    axis = {"tickfont": {"color": TEXT}, "title": {"font": {"color": TEXT}}}
    figure.update_xaxes(axis)
    figure.update_yaxes(axis)
    return figure
