"""Data to Plotly figures, each with a text alternative."""

from core.figures.base import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    Chart,
)
from core.figures.compared import StripRow, genre_dumbbells, tempo_strip
from core.figures.fused import fused_bars, muted
from core.figures.fusion import gains
from core.figures.genre import confusion_matrix, difference_matrix, reliability_diagram
from core.figures.prediction import (
    genre_bars,
    genre_over_time,
    shrink_columns,
    spectrogram,
    spectrogram_png,
)
from core.figures.sizes import accuracy_by_size_chart, curve_name
from core.figures.tempo import ColourBy, Curve, octave_histogram, tempo_scatter, tolerance_curves

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "Chart",
    "ColourBy",
    "Curve",
    "StripRow",
    "accuracy_by_size_chart",
    "confusion_matrix",
    "curve_name",
    "difference_matrix",
    "fused_bars",
    "gains",
    "genre_bars",
    "genre_dumbbells",
    "genre_over_time",
    "muted",
    "octave_histogram",
    "reliability_diagram",
    "shrink_columns",
    "spectrogram",
    "spectrogram_png",
    "tempo_scatter",
    "tempo_strip",
    "tolerance_curves",
]
