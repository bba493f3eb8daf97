"""Learning curves of training runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures.base import BLUE, GREEN, GREY, LEGEND_ABOVE, ORANGE, Chart, style
from core.results.words import percent

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
    figure.update_xaxes(title_text="Epoch", range=_epoch_range(drawn, n_epochs), fixedrange=True)
    figure.update_yaxes(
        title_text=value_title, tickformat=".0%" if as_percent else None, rangemode="tozero", fixedrange=True
    )
    figure.update_layout(
        showlegend=True,
        legend=LEGEND_ABOVE,
        hovermode="x",
        uirevision="keep",  # a line that was switched off stays off while the run goes on
    )
    kept = ""
    if kept_epoch is not None:
        figure.add_vline(x=kept_epoch, line={"color": GREY, "width": 1.5, "dash": "dot"})
        kept = f" The weights of epoch {kept_epoch} were kept."
    return Chart(figure, _alt(drawn, value_title, as_percent) + kept)


def grow(
    chart: Chart,
    curves: Sequence[LearningCurve],
    value_title: str,
    as_percent: bool = False,
    n_epochs: int | None = None,
) -> Chart:
    """A chart of the same curves that now have more points; its figure is changed, not drawn anew.

    A tenth of the work of `learning_curves`, for those who look every second.

    Args:
        chart: made by `learning_curves` of the same curves, of which the same ones had points.
        curves: with all points.
        value_title, as_percent, n_epochs: as they were there.
    """
    drawn = [curve for curve in curves if curve.values]
    for line, curve in zip(chart.figure.data, drawn, strict=True):
        epochs, values = _points(curve)
        line.x, line.y = epochs, values
    chart.figure.layout.xaxis.range = _epoch_range(drawn, n_epochs)
    return Chart(chart.figure, _alt(drawn, value_title, as_percent))


def _epoch_range(drawn: Sequence[LearningCurve], n_epochs: int | None) -> list[float]:
    latest = max((curve.epochs[-1] for curve in drawn), default=1.0)
    return [0.0, max(latest, n_epochs or 0) * 1.02]


def _lines(curves: Sequence[LearningCurve], as_percent: bool) -> Iterator[go.Scatter]:
    n_bold = 0
    for curve in curves:
        epochs, values = _points(curve)
        colour, dash = GREY, "solid"
        if not curve.is_faint:
            colour = _COLOURS[n_bold % len(_COLOURS)]
            dash = _DASHES[n_bold // len(_COLOURS) % len(_DASHES)]
            n_bold += 1
        yield go.Scatter(
            x=epochs,
            y=values,
            name=curve.label,
            mode="lines" if curve.is_faint else "lines+markers",
            line={"color": colour, "width": 1.5 if curve.is_faint else 2.5, "dash": dash},
            marker={"size": 5},
            hovertemplate="%{y:.1%}" if as_percent else "%{y:.4g}",
        )


def _points(curve: LearningCurve) -> tuple[list[float], list[float]]:
    """Epochs and values of the points that are drawn."""
    kept = _kept(len(curve.values))
    return [curve.epochs[i] for i in kept], [curve.values[i] for i in kept]


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
