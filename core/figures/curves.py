"""Learning curves of training runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures.base import BLUE, GREEN, GREY, ORANGE, Chart, percent, style

MAX_DRAWN_POINTS = 400
"""Of one curve; a run of days has more than a screen has pixels."""
_COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#D55E00", "#56B4E9")
_DASHES = ("solid", "dash", "dot")


@dataclass(frozen=True)
class LearningCurve:
    """One line.

    Attributes:
        label: for the legend.
        epochs, values: of its points, in order; `epochs` has fractions inside an epoch.
        is_faint: drawn thin and grey, for what is noisy.
    """

    label: str
    epochs: tuple[float, ...]
    values: tuple[float, ...]
    is_faint: bool = False


def learning_curves(
    curves: Sequence[LearningCurve],
    value_title: str,
    as_percent: bool = False,
    n_epochs: int | None = None,
    height: int = 300,
    kept_epoch: int | None = None,
) -> Chart:
    """Values over epochs, one line a curve.

    Args:
        curves: those without a point are left out.
        value_title: what the values are, for the axis.
        as_percent: the values are shares of 0..1.
        n_epochs: at least so many epochs are shown on the axis, so that a running curve grows into its frame.
        height: pixels.
        kept_epoch: marked, as the one whose weights were kept.
    """
    drawn = [curve for curve in curves if curve.values]
    figure = style(go.Figure(list(_lines(drawn, as_percent))), height)
    latest = max((curve.epochs[-1] for curve in drawn), default=1.0)
    figure.update_xaxes(title_text="Epoch", range=[0, max(latest, n_epochs or 0) * 1.02], fixedrange=True)
    figure.update_yaxes(
        title_text=value_title, tickformat=".0%" if as_percent else None, rangemode="tozero", fixedrange=True
    )
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hovermode="x",
        uirevision="keep",  # a line that was switched off stays off while the run goes on
    )
    kept = ""
    if kept_epoch is not None:
        figure.add_vline(x=kept_epoch, line={"color": GREY, "width": 1.5, "dash": "dot"})
        kept = f" The weights of epoch {kept_epoch} were kept."
    return Chart(figure, _alt(drawn, value_title, as_percent) + kept)


def _lines(curves: Sequence[LearningCurve], as_percent: bool) -> Iterator[go.Scatter]:
    n_bold = 0
    for curve in curves:
        kept = _kept(len(curve.values))
        colour, dash = GREY, "solid"
        if not curve.is_faint:
            colour = _COLOURS[n_bold % len(_COLOURS)]
            dash = _DASHES[n_bold // len(_COLOURS) % len(_DASHES)]
            n_bold += 1
        yield go.Scatter(
            x=[curve.epochs[i] for i in kept],
            y=[curve.values[i] for i in kept],
            name=curve.label,
            mode="lines" if curve.is_faint else "lines+markers",
            line={"color": colour, "width": 1.5 if curve.is_faint else 2.5, "dash": dash},
            marker={"size": 5},
            hovertemplate="%{y:.1%}" if as_percent else "%{y:.4g}",
        )


def _kept(n_points: int) -> list[int]:
    """Indices of the points that are drawn, evenly spread, the last one always among them."""
    if n_points <= MAX_DRAWN_POINTS:
        return list(range(n_points))
    step = (n_points - 1) / (MAX_DRAWN_POINTS - 1)
    return [round(i * step) for i in range(MAX_DRAWN_POINTS)]


def _alt(curves: Sequence[LearningCurve], value_title: str, as_percent: bool) -> str:
    if not curves:
        return f"{value_title} over epochs: no value yet."

    def words(value: float) -> str:
        return percent(value) if as_percent else f"{value:.3g}"

    parts = [
        f"{curve.label} from {words(curve.values[0])} to {words(curve.values[-1])} at epoch {curve.epochs[-1]:.3g}"
        for curve in curves
    ]
    return f"{value_title} over epochs: {'; '.join(parts)}."
