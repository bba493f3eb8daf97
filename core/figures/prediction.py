"""One piece of music: what the model receives and what it predicts."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.colors import sample_colorscale, sequential, unlabel_rgb

from core.figures.base import BLUE, GREEN, GREY, ORANGE, TEXT, Chart, colour_bar, style
from core.results.words import percent
from core.types import GENRES, FloatArray

SPECTROGRAM_RANGE = (-3.0, 3.0)
"""Standard deviations shown from darkest to brightest; 99.7 % of normal data."""
_FREQUENCY_TICKS_HZ = (125, 250, 500, 1_000, 2_000, 4_000, 8_000)
# Streamlit's theme takes #000001 to #000020 for placeholders of its own colours; Magma begins with #000004.
_COLOUR_SCALE = ["#02010A", *sequential.Magma[1:]]
PALETTE = [
    round(channel)
    for colour in sample_colorscale(_COLOUR_SCALE, [i / 255 for i in range(256)])
    for channel in unlabel_rgb(colour)
]
"""Red, green and blue of 256 colours."""
_PROBABILITY_SCALE = [
    [0.0, "rgba(46, 151, 216, 0)"],
    [0.2, "rgba(46, 151, 216, 0.35)"],
    [0.5, "rgba(46, 151, 216, 0.7)"],
    [1.0, "rgba(46, 151, 216, 1)"],
]
"""From nothing to blue, so that zero is the page's own background in either theme."""


_BAR_LABEL_PX = 48
"""Room to the right of a full bar for its label."""


def spectrogram_png(values: FloatArray) -> bytes:
    """`[B, T]` in standard deviations, lowest band first, to a PNG of one byte a cell, lowest band at the bottom."""
    low, high = SPECTROGRAM_RANGE
    return magma_png((np.clip(values, low, high) - low) / (high - low))


def magma_png(shares: FloatArray) -> bytes:
    """`[B, T]` of 0..1, dark to bright, lowest row first, to a PNG of one byte a cell, lowest row at the bottom."""
    image = Image.fromarray(np.flipud(np.round(255 * shares).astype(np.uint8)), mode="P")
    image.putpalette(PALETTE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def as_source(png: bytes) -> str:
    """A PNG as figures take it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _band_position(frequency_hz: float, band_centres_hz: FloatArray) -> float:
    """Where a frequency lies on the axis of bands 0..B-1."""
    return float(np.interp(frequency_hz, band_centres_hz, np.arange(len(band_centres_hz))))


def mel_axis(figure: go.Figure, band_centres_hz: FloatArray) -> None:
    """Makes the vertical axis one of mel bands 0..B-1, labelled in Hz."""
    ticks = [hz for hz in _FREQUENCY_TICKS_HZ if band_centres_hz[0] <= hz <= band_centres_hz[-1]]
    figure.update_yaxes(
        title="Frequency (Hz, mel scale)",
        range=[-0.5, len(band_centres_hz) - 0.5],
        tickvals=[_band_position(hz, band_centres_hz) for hz in ticks],
        ticktext=[_frequency_label(hz) for hz in ticks],
        showgrid=False,
        zeroline=False,
    )


def _frequency_label(frequency_hz: int) -> str:
    return f"{frequency_hz // 1000}k" if frequency_hz >= 1000 else str(frequency_hz)


def spectrogram(values: FloatArray, frame_s: float, band_centres_hz: FloatArray, height: int = 280) -> Chart:
    """Mel-spectrogram as an 8-bit image with axes.

    Args:
        values: `[B, T]`, standard deviations per band, lowest band first.
        frame_s: seconds between two frames.
        band_centres_hz: `[B]`, Hz.
        height: pixels.
    """
    n_bands, n_frames = values.shape
    duration_s = n_frames * frame_s
    source = as_source(spectrogram_png(values))
    figure = go.Figure(_colour_legend())
    figure.add_layout_image(
        source=source, xref="x", yref="y", x=0, y=n_bands - 0.5, sizex=duration_s, sizey=n_bands, sizing="stretch",
        layer="below",
    )  # fmt: skip
    figure.update_xaxes(title="Time (s)", range=[0, duration_s], showgrid=False, zeroline=False)
    mel_axis(figure, band_centres_hz)
    return Chart(style(figure, height), spectrogram_in_words(values, frame_s, band_centres_hz))


def _colour_legend() -> go.Scatter:
    """An invisible trace that carries the colour bar; the picture itself has none."""
    low, high = SPECTROGRAM_RANGE
    marker = {
        "color": [low, high], "cmin": low, "cmax": high, "colorscale": _COLOUR_SCALE, "showscale": True,
        "colorbar": colour_bar("Standard deviations") | {"tickvals": [low, 0, high]}, "opacity": 0,
    }  # fmt: skip
    return go.Scatter(x=[0, 0], y=[0, 0], mode="markers", marker=marker, hoverinfo="skip")


def spectrogram_in_words(values: FloatArray, frame_s: float, band_centres_hz: FloatArray) -> str:
    """Text alternative of a spectrogram; arguments as `spectrogram`."""
    mean_of_band = values.mean(axis=1)
    loudest, quietest = int(mean_of_band.argmax()), int(mean_of_band.argmin())
    return (
        f"Mel-spectrogram, {values.shape[1] * frame_s:.0f} seconds from left to right, {band_centres_hz[0]:.0f} to "
        f"{band_centres_hz[-1]:.0f} hertz from bottom to top; brighter is louder than usual for that frequency. "
        f"Compared with the average clip, strongest near {band_centres_hz[loudest]:.0f} hertz and weakest near "
        f"{band_centres_hz[quietest]:.0f} hertz."
    )


def genre_bars(probs: FloatArray, true_genre: str | None = None, height: int = 300) -> Chart:
    """Bars of the genre probabilities, always from 0 to 100 % and in the order of `GENRES`, so that figures compare.

    The predicted genre is bold and in colour, the true one named and in a colour of its own.

    Args:
        probs: `[10]`, in the order of `GENRES`.
        true_genre: one of `GENRES`, None when unknown.
        height: pixels.
    """
    predicted = GENRES[int(probs.argmax())]
    labels = [percent(float(p)) for p in probs]
    figure = genre_rows(
        [float(p) for p in probs],
        [_bar_name(name, predicted, true_genre) for name in GENRES],
        [_bar_colour(name, predicted, true_genre) for name in GENRES],
        [f"<b>{label}</b>" if name == predicted else label for name, label in zip(GENRES, labels, strict=True)],
        "%{x:.1%}",
    )
    figure.update_xaxes(
        title="Probability", range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%", zeroline=False,
        tickangle=0,
    )  # fmt: skip
    truth = f" The true genre is {true_genre}." if true_genre else ""
    style(figure, height).update_layout(margin_r=_BAR_LABEL_PX)
    return Chart(figure, f"Genre probabilities, most probable first: {ranking_in_words(probs)}.{truth}")


def genre_rows(values: list[float], names: list[str], colours: list[str], labels: list[str], hover: str) -> go.Figure:
    """A bar a genre, from top to bottom in the order of `GENRES`; `hover` is how the pointer shows a value."""
    bars = go.Bar(
        x=values, y=names, orientation="h", marker={"color": colours}, text=labels, textposition="outside",
        cliponaxis=False, hovertemplate=f"%{{y}}: {hover}<extra></extra>",
    )  # fmt: skip
    return go.Figure(bars).update_yaxes(autorange="reversed", title=None, showgrid=False)


def ranking_in_words(probs: FloatArray) -> str:
    """All ten genres with their probabilities, `[10]` in the order of `GENRES`; the most probable first."""
    return ", ".join(f"{GENRES[int(i)]} {percent(float(probs[i]))}" for i in np.argsort(-probs, kind="stable"))


def _bar_name(name: str, predicted: str, true_genre: str | None) -> str:
    shown = f"<b>{name}</b>" if name == predicted else name
    return f"{shown} (true)" if name == true_genre else shown


def _bar_colour(name: str, predicted: str, true_genre: str | None) -> str:
    if name == true_genre:
        return GREEN if name == predicted else ORANGE
    return BLUE if name == predicted else GREY


def fused_bars(probs: FloatArray, fused: FloatArray) -> Chart:
    """The bars of the genre model, and a diamond for the fused probability of each genre.

    Args:
        probs, fused: `[10]`, in the order of `GENRES`.
    """
    bars = genre_bars(probs)
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
    return Chart(bars.figure, f"{bars.alt} Diamonds, fused with the tempo: {ranking_in_words(fused)}.")


def muted(bars: Chart) -> Chart:
    """The bars in grey, for probabilities that mean little."""
    bars.figure.update_traces(marker_color=GREY)
    return bars


def probability_map(names: list[str], centre_s: FloatArray, probs: FloatArray) -> go.Figure:
    """Heat map of probabilities over time, a row a name from top to bottom.

    Args:
        names: N of them.
        centre_s: `[W]`, seconds, the middle of each window.
        probs: `[W, N]`.
    """
    cells = go.Heatmap(
        x=np.round(centre_s, 1).tolist(), y=names, z=np.round(probs.T, 3).tolist(), zmin=0.0, zmax=1.0,
        colorscale=_PROBABILITY_SCALE, colorbar=colour_bar("Probability") | {"tickformat": ".0%"},
        hovertemplate="%{y} around %{x:.0f} s: %{z:.0%}<extra></extra>",
    )  # fmt: skip
    return go.Figure(cells).update_yaxes(autorange="reversed", title=None, showgrid=False)
