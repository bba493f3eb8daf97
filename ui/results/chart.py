"""Figures of the results page: saved as PNG or SVG by their own button, and clickable where that means something."""

from collections.abc import Callable

import streamlit as st
from streamlit.typing import PlotlyState

from core.figures.base import Chart


def figure(shown: Chart, name: str, on_click: Callable[[str], None] | None = None, take: int = 0) -> None:
    """A figure with its text alternative.

    Args:
        shown: the figure.
        name: unique on the page; names the saved file.
        on_click: called with the figure's key once a point is clicked; `clicked` tells which.
        take: another number draws the figure anew, without what was clicked in it.
    """
    key, config = f"figure-{name}{f'-{take}' if take else ''}", _config(name)
    if on_click is None:
        st.plotly_chart(shown.figure, key=key, config=config, alt=shown.alt)
    else:
        st.plotly_chart(
            shown.figure, key=key, config=config, alt=shown.alt, on_select=lambda: on_click(key),
            selection_mode="points",
        )  # fmt: skip


def _config(name: str) -> dict[str, object]:
    chosen = str(st.session_state.get("figure_format") or "PNG").lower()
    return {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": chosen, "filename": name, "scale": 1 if chosen == "svg" else 2},
    }


def clicked(key: str) -> list[str]:
    """What is known of the point that was clicked last in a figure; empty for none."""
    state: PlotlyState | None = st.session_state.get(key)
    points = state["selection"]["points"] if state else []
    return list(points[0].get("customdata") or []) if points else []
