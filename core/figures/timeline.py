"""What the player draws: sound as a picture, beats, genres and tempo over time, all on one time axis."""

import base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.figures.prediction import PALETTE, SPECTROGRAM_RANGE, spectrogram_in_words
from core.rhythm.beat_tracker import local_tempi
from core.rhythm.metrical_level import PREDICTED, MetricalLevel
from core.types import GENRES, FloatArray, GenreEstimate, Prediction, TempoReading

MAX_COLUMNS = 8_000
"""Columns of a picture; longer ones are pooled, so that a quarter of an hour stays quick to send."""
MIN_WINDOWS_OVER_TIME = 3
"""Fewer windows say no more than the whole track."""
NO_BEATS: NDArray[np.float64] = np.zeros(0)
_WAVE_LEVELS = 127
_TEMPO_MARGIN = 1.1
"""The axis of tempi reaches at least so far beyond the tempo, so that a steady one looks steady."""


@dataclass(frozen=True)
class Picture:
    """A sound as a picture.

    Attributes:
        json: as the browser draws it.
        alt: the same in words.
    """

    json: dict[str, Any]
    alt: str


@dataclass(frozen=True)
class GenreLane:
    """Genre probabilities over time.

    Attributes:
        names: the ten genres, most probable of the whole track first.
        edges_s: `[W + 1]`, where the cells of the windows begin and end: half-way between the middles of two windows.
        probs: `[W, 10]`, in the order of `names`.
    """

    names: tuple[str, ...]
    edges_s: FloatArray
    probs: FloatArray

    @property
    def alt(self) -> str:
        """Runs of windows with the same most probable genre, e.g. "rock from 0 s, pop from 45 s"."""
        tops = self.probs.argmax(axis=1)
        stretches = [
            f"{self.names[top]} from {start_s:.0f} s"
            for i, (top, start_s) in enumerate(zip(tops, self.edges_s, strict=False))
            if i == 0 or tops[i - 1] != top
        ]
        return f"Most probable genre over time: {', '.join(stretches)}."


@dataclass(frozen=True)
class TempoLane:
    """Tempo over each four tracked beats.

    Attributes:
        pieces: moments (s) and tempi (BPM) of each part of the track, `[n]` both.
        parts: start and end (s) and tempo (BPM) of each part.
    """

    pieces: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]
    parts: tuple[tuple[float, float, float], ...]

    @property
    def range_bpm(self) -> tuple[float, float]:
        """Lowest and highest tempo of the axis."""
        tempi, parts = np.concatenate([tempi for _, tempi in self.pieces]), [bpm for *_, bpm in self.parts]
        return min(tempi.min(), min(parts) / _TEMPO_MARGIN), max(tempi.max(), max(parts) * _TEMPO_MARGIN)

    @property
    def alt(self) -> str:
        """Range and changes."""
        tempi = np.concatenate([tempi for _, tempi in self.pieces])
        changes = ", ".join(f"{start_s:.1f}" for start_s, *_ in self.parts[1:])
        said = f"Tempo over four tracked beats: from {tempi.min():.1f} to {tempi.max():.1f} BPM."
        return f"{said} Changes at {changes} s." if changes else said


@dataclass(frozen=True)
class Timeline:
    """All that is shown of a sound on one time axis.

    Attributes:
        duration_s: end of the axis, which begins at 0.
        picture: of the sound.
        predicted_s, annotated_s: `[b]`, seconds, ascending, of beats; empty for none.
        level: that the predicted beats are shown at.
        genres, tempo: None where they would be no course.
    """

    duration_s: float
    picture: Picture
    predicted_s: NDArray[np.float64] = field(default_factory=lambda: NO_BEATS)
    annotated_s: NDArray[np.float64] = field(default_factory=lambda: NO_BEATS)
    level: MetricalLevel = PREDICTED
    genres: GenreLane | None = None
    tempo: TempoLane | None = None

    @property
    def alt(self) -> str:
        """The numbers in words."""
        beats = [
            f"{len(times_s)} {kind} beats."
            for kind, times_s in (("predicted", self._predicted_s()), ("annotated", self._within(self.annotated_s)))
            if len(times_s)
        ]
        return " ".join([self.picture.alt, *beats, *(lane.alt for lane in (self.genres, self.tempo) if lane)])

    def json(self) -> dict[str, Any]:
        """What the browser draws."""
        return {
            "duration_s": round(self.duration_s, 3),
            "picture": self.picture.json,
            "beats": {
                "predicted": _rounded(self._predicted_s()), "annotated": _rounded(self._within(self.annotated_s))
            },
            "level": "" if self.level == PREDICTED else f", {self.level.name}",
            "genres": self.genres and {
                "names": self.genres.names, "edges_s": _rounded(self.genres.edges_s),
                "probs": np.round(self.genres.probs.astype(float), 3).tolist(),
            },
            "tempo": self.tempo and {
                "pieces": [[_rounded(times_s), _rounded(tempi_bpm)] for times_s, tempi_bpm in self.tempo.pieces],
                "parts": self.tempo.parts,
                "low_bpm": self.tempo.range_bpm[0],
                "high_bpm": self.tempo.range_bpm[1],
            },
        }  # fmt: skip

    def _predicted_s(self) -> NDArray[np.float64]:
        return self._within(self.level.beats_s(self.predicted_s))

    def _within(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return times_s[times_s <= self.duration_s]


def _rounded(numbers: FloatArray | NDArray[np.float64]) -> list[float]:
    rounded: list[float] = numbers.astype(float).round(3).tolist()
    return rounded


def _base64(values: NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()


def spectrogram_picture(values: FloatArray, frame_s: float, band_centres_hz: FloatArray) -> Picture:
    """A mel-spectrogram as one byte a cell, over `SPECTROGRAM_RANGE`; of pooled frames the highest values.

    Args:
        values: `[B, T]`, standard deviations per band, lowest band first.
        frame_s: seconds between two frames.
        band_centres_hz: `[B]`, Hz.
    """
    low, high = SPECTROGRAM_RANGE
    step = -(-values.shape[1] // MAX_COLUMNS)
    pooled = values if step == 1 else np.maximum.reduceat(values, np.arange(0, values.shape[1], step), axis=1)
    levels = np.round(255 * (np.clip(pooled, low, high) - low) / (high - low)).astype(np.uint8)
    n_bands, n_columns = levels.shape
    json = {
        "levels": _base64(levels), "bands": n_bands, "columns": n_columns, "column_s": step * frame_s,
        "hz": band_centres_hz.astype(float).round(1).tolist(), "low": low, "high": high,
        "colours": _base64(np.array(PALETTE, np.uint8)),
    }  # fmt: skip
    return Picture(json, spectrogram_in_words(values, frame_s, band_centres_hz))


def wave_picture(samples: FloatArray, sample_rate: int, marked_s: float) -> Picture:
    """Sound pressure over time, as the range that the samples of each column cover.

    Args:
        samples: `[n]`, at least one, -1..1; beyond is cut.
        sample_rate: Hz.
        marked_s: a moment to mark.
    """
    step = -(-len(samples) // MAX_COLUMNS)
    starts = np.arange(0, len(samples), step)
    lows, highs = (
        np.round(_WAVE_LEVELS * np.clip(pick.reduceat(samples, starts), -1, 1)).astype(np.int8)
        for pick in (np.minimum, np.maximum)
    )
    json = {
        "lows": _base64(lows), "highs": _base64(highs), "column_s": step / sample_rate, "mark_s": round(marked_s, 3)
    }  # fmt: skip
    loudest_s = int(np.argmax(np.abs(samples))) / sample_rate
    alt = (
        f"Waveform of {len(samples) / sample_rate:.0f} seconds, loudest at {loudest_s:.1f} s; {marked_s:.1f} s is "
        "marked."
    )
    return Picture(json, alt)


def timeline(prediction: Prediction, level: MetricalLevel = PREDICTED) -> Timeline:
    """All that was predicted for a sound: no genres where none fits, no padding of a short sound."""
    duration_s, tempo = prediction.info.duration_s, prediction.tempo
    values = prediction.spectrogram[:, : max(1, round(duration_s / prediction.frame_s))]
    return Timeline(
        duration_s,
        spectrogram_picture(values, prediction.frame_s, prediction.band_centres_hz),
        predicted_s=NO_BEATS if tempo is None else tempo.beat_times_s,
        level=level,
        genres=None if prediction.is_unlike_training else genre_lane(prediction.genre, duration_s),
        tempo=None if tempo is None else tempo_lane(tempo, duration_s, level),
    )


def genre_lane(estimate: GenreEstimate, duration_s: float) -> GenreLane | None:
    """The probabilities of every window, drawn around its middle, as windows overlap; None for a few windows."""
    if len(estimate.window_start_s) < MIN_WINDOWS_OVER_TIME:
        return None
    order = np.argsort(-estimate.probs, kind="stable")
    centre_s = estimate.window_start_s + estimate.window_s / 2
    edges_s = np.concatenate([[0.0], (centre_s[:-1] + centre_s[1:]) / 2, [duration_s]])
    return GenreLane(tuple(GENRES[int(i)] for i in order), edges_s, estimate.window_probs[:, order])


def tempo_lane(reading: TempoReading, duration_s: float, level: MetricalLevel = PREDICTED) -> TempoLane | None:
    """The tempo from the beats, at a metrical level; None for a short track of one tempo, and without five beats."""
    if len(reading.window_start_s) < MIN_WINDOWS_OVER_TIME and not reading.changes:
        return None
    changes_s = [part.start_s for part in reading.parts[1:]]
    tracked = np.split(reading.beat_times_s, np.searchsorted(reading.beat_times_s, changes_s))
    pieces = tuple(
        (times_s, level.tempo_bpm(1.0) * tempi) for times_s, tempi in map(local_tempi, tracked) if len(times_s)
    )
    if not pieces:
        return None
    shown_bpm = [level.tempo_bpm(bpm) for bpm in reading.tempi_bpm]
    return TempoLane(pieces, tuple(zip([0.0, *changes_s], [*changes_s, duration_s], shown_bpm, strict=True)))
