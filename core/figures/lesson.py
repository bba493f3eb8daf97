"""The steps from a sound to a prediction, one figure each."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.base import BLUE, GREY, ORANGE, Chart, colour_bar, style
from core.figures.prediction import as_source, genre_rows, magma_png, mel_axis
from core.inference.inspection import Moment
from core.results.words import percent
from core.types import GENRES, FloatArray

_FREQUENCY_TICKS_HZ = (50, 100, 200, 500, 1_000, 2_000, 5_000)
_EVIDENCE_SCALE = [[0.0, ORANGE], [0.5, "rgba(128, 134, 145, 0.08)"], [1.0, BLUE]]
_KERNEL_COLUMNS = 16
_CELL_PX = 8
"""Cells of a map are drawn this large, so that a browser does not blur them."""


def moment_sound(moment: Moment, sample_rate: int) -> Chart:
    """The samples behind one frame."""
    time_ms = 1_000.0 * (np.arange(len(moment.samples)) - len(moment.samples) // 2) / sample_rate
    figure = go.Figure(
        go.Scatter(
            x=time_ms.round(2).tolist(), y=moment.samples.round(4).tolist(), mode="lines",
            line={"color": BLUE, "width": 1.5}, hovertemplate="%{x:.1f} ms: %{y:.3f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title=f"Time around {moment.time_s:.2f} s (ms)", showgrid=False, zeroline=False)
    figure.update_yaxes(title="Pressure", nticks=5)
    alt = f"{time_ms[-1] - time_ms[0]:.0f} milliseconds of sound around {moment.time_s:.2f} s."
    return Chart(style(figure, 250), alt)


def moment_spectrum(moment: Moment, band_centres_hz: FloatArray) -> Chart:
    """The spectrum of one frame, and the mel bands that it is summed into."""
    audible = moment.frequencies_hz >= _FREQUENCY_TICKS_HZ[0]
    figure = go.Figure(
        [
            go.Scatter(
                x=moment.frequencies_hz[audible].round(1).tolist(), y=moment.spectrum_db[audible].round(1).tolist(),
                mode="lines", line={"color": GREY, "width": 1}, hovertemplate="%{x:.0f} Hz: %{y:.0f} dB<extra></extra>",
            ),
            go.Scatter(
                x=band_centres_hz.round(1).tolist(), y=moment.bands_db.round(1).tolist(), mode="markers",
                marker={"color": BLUE, "size": 6},
                hovertemplate="band around %{x:.0f} Hz: %{y:.0f} dB<extra></extra>",
            ),
        ]
    )  # fmt: skip
    low, high = _FREQUENCY_TICKS_HZ[0], float(band_centres_hz[-1]) * 1.05
    figure.update_xaxes(
        type="log", title="Frequency (Hz, log scale)", range=[np.log10(low), np.log10(high)], showgrid=False,
        tickvals=list(_FREQUENCY_TICKS_HZ), ticktext=[f"{hz:,}" for hz in _FREQUENCY_TICKS_HZ], tickangle=0,
    )  # fmt: skip
    top = float(max(moment.spectrum_db.max(), moment.bands_db.max()))
    figure.update_yaxes(title="Power (dB)", range=[max(top - 90.0, -100.0), top + 6.0], nticks=5)
    loudest = float(band_centres_hz[int(moment.bands_db.argmax())])
    alt = f"Spectrum at {moment.time_s:.2f} s and its {len(band_centres_hz)} mel bands, loudest near {loudest:.0f} Hz."
    return Chart(style(figure, 250), alt)


def moment_bands(moment: Moment, band_centres_hz: FloatArray) -> Chart:
    """The bands of one frame beside what is usual for them in training: mean and one standard deviation around it."""
    bands = np.arange(len(moment.bands_db))
    low, high = moment.usual_db - moment.spread_db, moment.usual_db + moment.spread_db
    deviations = (moment.bands_db - moment.usual_db) / moment.spread_db
    figure = go.Figure(
        [
            go.Scatter(
                x=[*bands.tolist(), *bands[::-1].tolist()], y=[*high.round(1).tolist(), *low[::-1].round(1).tolist()],
                fill="toself", fillcolor="rgba(128, 134, 145, 0.3)", mode="lines", line={"width": 0}, hoverinfo="skip",
            ),
            go.Scatter(
                x=bands.tolist(), y=moment.bands_db.round(1).tolist(), mode="lines+markers",
                line={"color": BLUE, "width": 1.5}, marker={"size": 4},
                customdata=np.stack([band_centres_hz, deviations], axis=1).round(2).tolist(),
                hovertemplate="%{customdata[0]:.0f} Hz: %{y:.0f} dB, %{customdata[1]:+.1f} standard deviations"
                "<extra></extra>",
            ),
        ]
    )  # fmt: skip
    figure.update_xaxes(title="Mel band", showgrid=False, zeroline=False)
    figure.update_yaxes(title="Power (dB)", nticks=5)
    n_above = int((deviations > 1.0).sum())
    alt = (
        f"The {len(bands)} mel bands at {moment.time_s:.2f} s beside mean and standard deviation in training: "
        f"{n_above} are more than one standard deviation louder than usual, {int((deviations < -1.0).sum())} quieter."
    )
    return Chart(style(figure, 250), alt)


def kernels(patterns: FloatArray) -> Chart:
    """The patterns of a first layer, `[C, h, w]`, side by side; dark is negative, each on the scale of its largest."""
    n_patterns, pattern_height, pattern_width = patterns.shape
    n_rows = -(-n_patterns // _KERNEL_COLUMNS)
    scaled = 0.5 + 0.5 * patterns / np.abs(patterns).max(axis=(1, 2), keepdims=True).clip(min=1e-9)
    images = [
        {
            "source": as_source(magma_png(_enlarged(pattern))), "xref": "x", "yref": "y", "x": number % _KERNEL_COLUMNS,
            "y": n_rows - number // _KERNEL_COLUMNS, "sizex": 0.9, "sizey": 0.9, "sizing": "contain",
        }
        for number, pattern in enumerate(scaled)
    ]  # fmt: skip
    figure = go.Figure(layout={"images": images})  # add_layout_image copies those before each time
    figure.update_xaxes(visible=False, range=[0, _KERNEL_COLUMNS])
    figure.update_yaxes(visible=False, range=[0, n_rows])
    alt = f"{n_patterns} patterns of {pattern_height} bands by {pattern_width} frames that the first layer looks for."
    return Chart(style(figure, 200), alt)


def feature_maps(maps: FloatArray, chosen: Sequence[int], window_s: float) -> Chart:
    """Where in a window some patterns were found, one strip each; bright is strong, on each strip's own scale.

    Args:
        maps: `[C, bands, frames]`.
        chosen: which of them, the first on top.
        window_s: seconds.
    """
    figure = go.Figure()
    for place, index in enumerate(chosen):
        strip = maps[index]
        shares = (strip - strip.min()) / max(float(strip.max() - strip.min()), 1e-9)
        figure.add_layout_image(
            source=as_source(magma_png(_enlarged(shares))), xref="x", yref="y", x=0, y=len(chosen) - place,
            sizex=window_s, sizey=0.86, sizing="stretch", layer="below",
        )  # fmt: skip
    figure.update_xaxes(title="Time (s)", range=[0, window_s], showgrid=False, zeroline=False)
    figure.update_yaxes(
        range=[0, len(chosen)], showgrid=False, zeroline=False, title="Map",
        tickvals=[len(chosen) - place - 0.43 for place in range(len(chosen))],
        ticktext=[str(index + 1) for index in chosen],
    )  # fmt: skip
    n_maps, n_bands, n_frames = maps.shape
    peaks = ", ".join(f"map {index + 1} is strongest at {_peak_s(maps[index], window_s):.1f} s" for index in chosen)
    return Chart(style(figure, 330), f"{len(chosen)} of {n_maps} maps of {n_bands} by {n_frames} cells: {peaks}.")


def _peak_s(strip: FloatArray, window_s: float) -> float:
    return (int(strip.max(axis=0).argmax()) + 0.5) / int(strip.shape[1]) * window_s


def _enlarged(cells: FloatArray) -> FloatArray:
    return np.kron(cells, np.ones((_CELL_PX, _CELL_PX), dtype=np.float32))


def genre_scores(logits: FloatArray) -> Chart:
    """The network's ten scores, in the order of `GENRES` as the probabilities beside them, the highest in colour."""
    order, top = np.argsort(-logits, kind="stable"), int(logits.argmax())
    scores = [round(float(logit), 2) for logit in logits]
    figure = genre_rows(
        scores,
        [f"<b>{name}</b>" if i == top else name for i, name in enumerate(GENRES)],
        [BLUE if i == top else GREY for i in range(len(GENRES))],
        [f"{score:.2f}".replace("-", "−") for score in scores],
        "%{x:.2f}",
    )
    # Room to both sides for the labels of the longest bars.
    low, high = min(0.0, *scores), max(0.0, *scores)
    room = 0.14 * max(high - low, 1e-3)
    figure.update_xaxes(title="Score (logit)", zeroline=True, range=[low - room, high + room])
    ranking = ", ".join(f"{GENRES[i]} {scores[i]:.2f}" for i in order)
    return Chart(style(figure, 300), f"Scores of the ten genres, highest first: {ranking}.")


def evidence_map(evidence: FloatArray, genre: str, band_centres_hz: FloatArray, window_s: float) -> Chart:
    """Which part of a window speaks for a genre, and which against it.

    Args:
        evidence: `[rows, columns]` log odds, lowest bands and earliest frames first.
        genre: its name.
        band_centres_hz: `[n_mels]`, Hz.
        window_s: seconds.
    """
    n_rows, n_columns = evidence.shape
    patch_bands, patch_s = len(band_centres_hz) / n_rows, window_s / n_columns
    limit = max(float(np.abs(evidence).max()), 0.05)
    figure = go.Figure(
        go.Heatmap(
            x=((np.arange(n_columns) + 0.5) * patch_s).round(2).tolist(),
            y=((np.arange(n_rows) + 0.5) * patch_bands - 0.5).tolist(),
            z=evidence.round(3).tolist(), zmin=-limit, zmax=limit, colorscale=_EVIDENCE_SCALE, xgap=1, ygap=1,
            colorbar=colour_bar("Evidence (log odds)") | {"nticks": 5},
            hovertemplate="around %{x:.1f} s: %{z:+.2f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title="Time (s)", range=[0, window_s], showgrid=False, zeroline=False)
    mel_axis(figure, band_centres_hz)
    row, column = np.unravel_index(int(evidence.argmax()), evidence.shape)
    middle = min(int((row + 0.5) * patch_bands), len(band_centres_hz) - 1)
    alt = (
        f"Evidence for {genre} in each patch of {patch_s:.0f} second and {patch_bands:.0f} bands: most of it around "
        f"{(column + 0.5) * patch_s:.1f} s near {band_centres_hz[middle]:.0f} Hz ({evidence.max():+.2f}); "
        f"{percent(float((evidence > 0).mean()))} of the patches speak for it."
    )
    return Chart(style(figure, 300), alt)


def beat_curve(activation: FloatArray, frame_s: float, beat_times_s: NDArray[np.float64]) -> Chart:
    """Probability of a beat over time, and the beats that were picked.

    Args:
        activation: `[T]`, 0..1.
        frame_s: seconds between two frames.
        beat_times_s: `[b]`, seconds; those beyond the curve are left out.
    """
    duration_s = len(activation) * frame_s
    figure = go.Figure(
        go.Scatter(
            x=(np.arange(len(activation)) * frame_s).round(3).tolist(), y=activation.round(3).tolist(), mode="lines",
            line={"color": BLUE, "width": 1.5}, fill="tozeroy", fillcolor="rgba(59, 143, 203, 0.35)",
            hovertemplate="%{x:.2f} s: %{y:.0%}<extra></extra>",
        )
    )  # fmt: skip
    shown = beat_times_s[beat_times_s < duration_s]
    figure.add_trace(
        go.Scatter(
            x=shown.round(3).tolist(), y=[1.06] * len(shown), mode="markers", cliponaxis=False,
            marker={"color": ORANGE, "size": 7, "symbol": "triangle-down"},
            hovertemplate="beat at %{x:.2f} s<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title="Time (s)", range=[0, duration_s], showgrid=False, zeroline=False)
    figure.update_yaxes(title="Beat here", tickformat=".0%", range=[0, 1.12], tickvals=[0, 0.5, 1])
    alt = f"Probability of a beat over {duration_s:.0f} seconds; {len(shown)} beats were picked."
    return Chart(style(figure, 270), alt)
