"""Predictions as files to keep: JSON with everything, CSV with one row a window."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.inference.record import as_record, probs_by_name
from core.types import GENRES, FloatArray, Prediction, TempoEstimate, TempoReading


@dataclass(frozen=True)
class NamedPrediction:
    """A prediction and the name of the file it is about."""

    file: str
    prediction: Prediction


def to_json(results: Sequence[NamedPrediction]) -> str:
    """A JSON list, one object a file: what `python -m core predict --json` prints, and each window."""
    return json.dumps([_as_object(result) for result in results], indent=2, ensure_ascii=False)


def _as_object(result: NamedPrediction) -> dict[str, object]:
    genre = result.prediction.genre
    windows = [
        {"start_s": round(start_s, 2), "end_s": round(start_s + genre.window_s, 2), "genre_probs": probs_by_name(probs)}
        for start_s, probs in zip(genre.window_start_s.tolist(), genre.window_probs, strict=True)
    ]
    return {
        "file": result.file,
        **as_record(result.prediction),
        "windows": windows,
        "tempo_windows": _tempo_windows(result.prediction.tempo),
    }


def _tempo_windows(reading: TempoReading | None) -> list[dict[str, float]]:
    """BPM and confidence of each window; its other tempi are in the distribution that the page shows."""
    if reading is None:
        return []
    return [
        {
            "start_s": round(start_s, 2),
            "end_s": round(start_s + reading.window_s, 2),
            "tempo_bpm": round(bpm, 2),
            "tempo_confidence": round(confidence, 5),
        }
        for start_s, bpm, confidence in zip(
            reading.window_start_s.tolist(),
            reading.window_tempo_bpm.tolist(),
            reading.window_confidence.tolist(),
            strict=True,
        )
    ]


def to_csv(results: Sequence[NamedPrediction]) -> str:
    """One row for the whole track, then one a part of its own tempo and one a window: its genres and its tempo.

    Genre and tempo have windows of their own; "or_bpm" is the weightiest other tempo of the whole track, and "notes"
    what its prediction does not cover.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    tempo = ("tempo_bpm", "tempo_confidence", "or_bpm")
    writer.writerow(["file", "part", "start_s", "end_s", "genre", *GENRES, *tempo, "notes"])
    for result in results:
        writer.writerows(_rows(result))
    return buffer.getvalue()


def _rows(result: NamedPrediction) -> Iterator[list[str]]:
    info, genre, tempo = result.prediction.info, result.prediction.genre, result.prediction.tempo
    file = _inert(result.file)
    yield [
        *_place(file, "track", 0.0, info.duration_s), *_genre_cells(genre.probs),
        *_tempo_cells(None if tempo is None else tempo.estimate), " ".join(result.prediction.notes),
    ]  # fmt: skip
    for part in () if tempo is None else tempo.parts:
        cells = [f"{part.tempo_bpm:.2f}", f"{part.confidence:.5f}", ""]
        yield [*_place(file, "tempo part", part.start_s, part.end_s), *_NO_GENRE, *cells, ""]
    for start_s, probs in zip(genre.window_start_s.tolist(), genre.window_probs, strict=True):
        end_s = min(start_s + genre.window_s, info.duration_s)
        yield [*_place(file, "window", start_s, end_s), *_genre_cells(probs), *_NO_TEMPO, ""]
    for window in _tempo_windows(tempo):
        end_s = min(window["end_s"], info.duration_s)
        cells = [f"{window['tempo_bpm']:.2f}", f"{window['tempo_confidence']:.5f}", ""]
        yield [*_place(file, "tempo window", window["start_s"], end_s), *_NO_GENRE, *cells, ""]


_NO_TEMPO = ("", "", "")
_NO_GENRE = ("",) * (1 + len(GENRES))


def _place(file: str, part: str, start_s: float, end_s: float) -> list[str]:
    return [file, part, f"{start_s:.2f}", f"{end_s:.2f}"]


def _genre_cells(probs: FloatArray) -> list[str]:
    return [GENRES[int(probs.argmax())], *(f"{float(p):.5f}" for p in probs)]


def _tempo_cells(estimate: TempoEstimate | None) -> tuple[str, ...]:
    if estimate is None:
        return _NO_TEMPO
    other = estimate.best_alternative
    or_bpm = "" if other is None else f"{other.tempo_bpm:.2f}"
    return f"{estimate.tempo_bpm:.2f}", f"{estimate.confidence:.5f}", or_bpm


def _inert(name: str) -> str:
    """A file name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name
