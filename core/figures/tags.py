"""Tags of a sound over time."""

import numpy as np
import plotly.graph_objects as go

from core.figures.base import Chart, colour_bar, style
from core.figures.prediction import PROBABILITY_SCALE
from core.results.words import percent
from core.types import Tags

N_SHOWN = 8


def tags_over_time(tags: Tags, duration_s: float, height: int = 280) -> Chart:
    """Heat map of the most probable tags in every window, the most probable of the whole sound on top.

    Args:
        tags: of the windows.
        duration_s: of the sound.
        height: pixels.
    """
    shown = tags.ranked()[:N_SHOWN]
    rows = [tags.names.index(name) for name, _ in shown]
    centre_s = tags.window_start_s + tags.window_s / 2
    figure = go.Figure(
        go.Heatmap(
            x=np.round(centre_s, 1).tolist(),
            y=[name for name, _ in shown],
            z=np.round(tags.probs[:, rows].T, 3).tolist(),
            zmin=0.0,
            zmax=1.0,
            colorscale=PROBABILITY_SCALE,
            colorbar=colour_bar("Probability") | {"tickformat": ".0%"},
            hovertemplate="%{y} around %{x:.0f} s: %{z:.0%}<extra></extra>",
        )
    )
    figure.update_xaxes(title="Time (s)", range=[0, duration_s], showgrid=False, zeroline=False)
    figure.update_yaxes(autorange="reversed", title=None, showgrid=False)
    words = ", ".join(f"{name} {percent(p)}" for name, p in shown)
    return Chart(style(figure, height), f"Tags over time; on average over the sound, most probable first: {words}.")
