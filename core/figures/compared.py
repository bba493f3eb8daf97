"""Several predictions for one piece of music on one axis: genres of two systems, tempi of many."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.figures.base import BLUE, GREEN, GREY, LEGEND_ABOVE, ORANGE, Chart, style
from core.figures.prediction import ranking_in_words
from core.figures.tempo_reading import TempoMark, log_tempi, tempo_range
from core.results.words import percent
from core.types import GENRES, FloatArray

_LABEL_CHARACTERS = 24
_STRIP_TICKS_BPM = (30, 60, 120, 240)
_ROW_PX = 32
_FRAME_PX = 84
_MARK_COLOURS = (GREEN, ORANGE)
_LEGEND = LEGEND_ABOVE | {"font": {"size": 12}}


def genre_dumbbells(
    first: tuple[str, FloatArray], second: tuple[str, FloatArray], true_genre: str | None = None
) -> Chart:
    """Genre probabilities of two systems on one axis: a circle and a diamond a genre, joined by a line.

    Args:
        first, second: name and probabilities `[10]`, in the order of `GENRES`, of each system.
        true_genre: one of `GENRES`, None when unknown.
    """
    labels = [f"{name} (true)" if name == true_genre else name for name in GENRES]
    figure = go.Figure(
        go.Scatter(
            x=[x for a, b in zip(first[1], second[1], strict=True) for x in (float(a), float(b), None)],
            y=[y for label in labels for y in (label, label, None)],
            mode="lines", line={"color": GREY, "width": 4}, hoverinfo="skip", showlegend=False,
        )
    )  # fmt: skip
    for number, (colour, symbol) in enumerate(((BLUE, "circle"), (ORANGE, "diamond"))):
        (name, probs), (_, others) = ((first, second), (second, first))[number]
        top = int(probs.argmax())
        figure.add_trace(
            go.Scatter(
                x=[float(p) for p in probs], y=labels, name=name, mode="markers+text",
                marker={"color": colour, "size": 12, "symbol": symbol},
                text=[percent(float(p)) if i == top else "" for i, p in enumerate(probs)],
                # Away from the line that joins the two.
                textposition="middle left" if probs[top] < others[top] else "middle right", cliponaxis=False,
                hovertemplate="%{y}: %{x:.1%}",
            )
        )  # fmt: skip
    figure.update_xaxes(
        title="Probability", range=[-0.02, 1.15], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", zeroline=False,
        tickangle=0,
    )  # fmt: skip
    figure.update_yaxes(range=[len(GENRES) - 0.5, -0.5], title=None)
    style(figure, 340).update_layout(showlegend=True, legend=_LEGEND)
    words = " ".join(
        f"{name}: Genre probabilities, most probable first: {ranking_in_words(probs)}."
        for name, probs in (first, second)
    )
    return Chart(figure, f"{words} The true genre is {true_genre}." if true_genre else words)


@dataclass(frozen=True)
class StripRow:
    """What one estimator predicts for the tempo.

    Attributes:
        name: of the estimator.
        tempo_bpm: its estimate.
        kind: what it is of the annotated tempo, e.g. "half"; "" where none is annotated.
        is_ours: whether it is one of this project's models.
    """

    name: str
    tempo_bpm: float
    kind: str
    is_ours: bool


def tempo_strip(rows: Sequence[StripRow], marks: Sequence[TempoMark] = ()) -> Chart:
    """The tempo of every estimator as a point on one tempo axis, each in a row of its own.

    Args:
        rows: from top to bottom.
        marks: annotated tempi, as vertical lines, one or two.
    """
    names = [_in_lines(row.name) for row in rows]
    figure = go.Figure()
    for number, mark in enumerate(marks):
        figure.add_trace(
            go.Scatter(
                x=[mark.tempo_bpm] * 2, y=[-0.6, len(names) - 0.4], mode="lines",
                name=f"{mark.label} {mark.tempo_bpm:.1f}", hoverinfo="skip",
                line={"color": _MARK_COLOURS[number % 2], "width": 2, "dash": ("dash", "dot")[number % 2]},
            )
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[row.tempo_bpm for row in rows], y=list(range(len(names))), mode="markers+text",
            marker={
                "color": [BLUE if row.is_ours else GREY for row in rows], "size": 11,
                "symbol": ["diamond" if row.is_ours else "circle" for row in rows],
            },
            text=[f"{row.tempo_bpm:.1f}" for row in rows],
            textposition=["middle left" if row.tempo_bpm > 180 else "middle right" for row in rows],
            customdata=[[row.name, row.kind] for row in rows],
            hovertemplate="%{customdata[0]}: %{x:.1f} BPM %{customdata[1]}<extra></extra>",
            cliponaxis=False, showlegend=False,
        )
    )  # fmt: skip
    low, high = tempo_range([*(mark.tempo_bpm for mark in marks), *(row.tempo_bpm for row in rows)])
    log_tempi(figure, "x", low, high, "Tempo (BPM, log scale)")
    figure.update_xaxes(tickvals=_STRIP_TICKS_BPM)
    figure.update_yaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.4, -0.6], zeroline=False, title=None
    )
    style(figure, _FRAME_PX + _ROW_PX * len(names)).update_layout(showlegend=bool(marks), legend=_LEGEND)
    return Chart(figure, _strip_in_words(rows, marks))


def _in_lines(name: str) -> str:
    return "<br>".join(textwrap.wrap(name, _LABEL_CHARACTERS))


def _strip_in_words(rows: Sequence[StripRow], marks: Sequence[TempoMark]) -> str:
    tempi = "; ".join(f"{row.name} {row.tempo_bpm:.1f} BPM{f' ({row.kind})' if row.kind else ''}" for row in rows)
    annotated = "".join(f" Annotated by {mark.label}: {mark.tempo_bpm:.1f} BPM." for mark in marks)
    return f"Tempo of each estimator on a log axis: {tempi}.{annotated}"
