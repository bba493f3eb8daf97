"""Predictions as files to keep: JSON with everything, CSV with one row a window."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.inference.record import as_record, probs_by_name
from core.types import GENRES, FloatArray, Prediction, TempoReading


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
    writer = csv.DictWriter(buffer, _CSV_FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    for result in results:
        writer.writerows({"file": _inert(result.file), **row} for row in _rows(result.prediction))
    return buffer.getvalue()


_CSV_FIELDS = (
    "file", "part", "start_s", "end_s", "genre", *GENRES, "tempo_bpm", "tempo_confidence", "or_bpm", "notes",
)  # fmt: skip


def _rows(prediction: Prediction) -> Iterator[dict[str, str]]:
    info, genre, tempo = prediction.info, prediction.genre, prediction.tempo
    whole = _place("track", 0.0, info.duration_s) | _genre_cells(genre.probs)
    if tempo is not None:
        whole |= _tempo_cells(tempo.estimate.tempo_bpm, tempo.estimate.confidence)
        if (other := tempo.estimate.best_alternative) is not None:
            whole["or_bpm"] = f"{other.tempo_bpm:.2f}"
    yield whole | {"notes": " ".join(prediction.notes)}
    for part in () if tempo is None else tempo.parts:
        yield _place("tempo part", part.start_s, part.end_s) | _tempo_cells(part.tempo_bpm, part.confidence)
    for start_s, probs in zip(genre.window_start_s.tolist(), genre.window_probs, strict=True):
        yield _place("window", start_s, min(start_s + genre.window_s, info.duration_s)) | _genre_cells(probs)
    for window in _tempo_windows(tempo):
        place = _place("tempo window", window["start_s"], min(window["end_s"], info.duration_s))
        yield place | _tempo_cells(window["tempo_bpm"], window["tempo_confidence"])


def _place(part: str, start_s: float, end_s: float) -> dict[str, str]:
    return {"part": part, "start_s": f"{start_s:.2f}", "end_s": f"{end_s:.2f}"}


def _genre_cells(probs: FloatArray) -> dict[str, str]:
    by_genre = zip(GENRES, probs, strict=True)
    return {"genre": GENRES[int(probs.argmax())]} | {name: f"{float(p):.5f}" for name, p in by_genre}


def _tempo_cells(tempo_bpm: float, confidence: float) -> dict[str, str]:
    return {"tempo_bpm": f"{tempo_bpm:.2f}", "tempo_confidence": f"{confidence:.5f}"}


def _inert(name: str) -> str:
    """A file name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name
