"""Predictions as files to keep: JSON with everything, CSV with one row a window."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.types import GENRES, FloatArray, Prediction, probs_by_name


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
    return {"file": result.file, **result.prediction.as_record(), "windows": windows}


def to_csv(results: Sequence[NamedPrediction]) -> str:
    """Columns file, part, start_s, end_s, genre and the ten genres; first the whole track, then its windows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["file", "part", "start_s", "end_s", "genre", *GENRES])
    for result in results:
        writer.writerows(_rows(result))
    return buffer.getvalue()


def _rows(result: NamedPrediction) -> Iterator[list[str]]:
    info, genre = result.prediction.info, result.prediction.genre
    yield _row(_inert(result.file), "track", 0.0, info.duration_s, genre.probs)
    for start_s, probs in zip(genre.window_start_s.tolist(), genre.window_probs, strict=True):
        yield _row(_inert(result.file), "window", start_s, min(start_s + genre.window_s, info.duration_s), probs)


def _row(file: str, part: str, start_s: float, end_s: float, probs: FloatArray) -> list[str]:
    return [
        file, part, f"{start_s:.2f}", f"{end_s:.2f}", GENRES[int(probs.argmax())], *(f"{float(p):.5f}" for p in probs)
    ]  # fmt: skip


def _inert(name: str) -> str:
    """A file name that a spreadsheet does not take for a formula."""
    return f"'{name}" if name[:1] in "=+-@\t\r" else name
