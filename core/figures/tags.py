"""Tags of a sound over time."""

from core.figures.base import Chart, style
from core.figures.prediction import probability_map
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
    figure = probability_map([name for name, _ in shown], centre_s, tags.probs[:, rows])
    figure.update_xaxes(title="Time (s)", range=[0, duration_s], showgrid=False, zeroline=False)
    words = ", ".join(f"{name} {percent(p)}" for name, p in shown)
    return Chart(style(figure, height), f"Tags over time; on average over the sound, most probable first: {words}.")
