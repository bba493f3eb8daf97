"""Tables of results: numbers with their intervals to read, and the same as CSV to calculate with.

Streamlit-free but for `table` itself, so that the rules can be tested as plain functions.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from core.results.genre_comparison import Measured

Kind = Literal["text", "count", "share", "points", "number", "bpm", "fine bpm", "p"]
Cell = str | int | float | Measured | None


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: name in the CSV; `_low` and `_high` are added for intervals.
        title: above the column.
        kind: "share" is shown in percent, "points" as a signed difference in percentage points, "p" is a p-value.
        hint: explains the column.
    """

    key: str
    title: str
    kind: Kind = "text"
    hint: str | None = None


Row = Sequence[Cell]


def in_words(cell: Cell, kind: Kind) -> str:
    """A cell as people read it: "70.5 % (63.8 to 76.4)"; a dash where there is nothing."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Measured):
        low, high = (_number(end, kind) for end in (cell.low, cell.high))
        return f"{_with_unit(cell.value, kind)} ({low} to {high})"
    return _with_unit(cell, kind)


def with_ci(cell: Measured, kind: Kind) -> str:
    """A number and its interval in a sentence: "70.5 % (95 % CI 63.8 to 76.4)"."""
    return in_words(cell, kind).replace("(", "(95 % CI ", 1)


def _with_unit(value: float, kind: Kind) -> str:
    unit = {"share": " %", "points": " points", "bpm": " BPM", "fine bpm": " BPM"}.get(kind, "")
    return f"{_number(value, kind)}{unit}"


def _number(value: float, kind: Kind) -> str:
    match kind:
        case "share":
            return f"{100 * value:.1f}".replace("-", "−")
        case "points":
            return f"{100 * value:+.1f}".replace("-", "−")
        case "bpm":
            return f"{value:.1f}".replace("-", "−")
        case "fine bpm":
            return f"{value:.2f}".replace("-", "−")
        case "count":
            return f"{value:.0f}"
        case "p":
            return "<0.001" if value < 0.001 else f"{value:.3f}"
        case _:
            return f"{value:.3f}".replace("-", "−")


def p_words(p_value: float) -> str:
    """A p-value in a sentence: "p = 0.031", or "p < 0.001"."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def to_csv(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    """Full precision, intervals in columns of their own, shares as 0..1."""
    with_interval = [any(isinstance(row[i], Measured) for row in rows) for i in range(len(columns))]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([name for i, column in enumerate(columns) for name in _names(column, with_interval[i])])
    for row in rows:
        writer.writerow([field for i, cell in enumerate(row) for field in _fields(cell, with_interval[i])])
    return buffer.getvalue()


def _names(column: Column, with_interval: bool) -> list[str]:
    return [column.key, f"{column.key}_low", f"{column.key}_high"] if with_interval else [column.key]


def _fields(cell: Cell, with_interval: bool) -> list[str | int | float]:
    if isinstance(cell, Measured):
        return [cell.value, cell.low, cell.high]
    return ["" if cell is None else cell, *(["", ""] if with_interval else [])]


def clip_url(clip_id: str, system: str) -> str:
    """Address of a clip in the browse page, from any other page."""
    return f"browse?{urlencode({'system': system, 'clip': clip_id})}"


def table(
    columns: Sequence[Column], rows: Sequence[Row], name: str, alt: str, height: int | Literal["content"] = "content"
) -> None:
    """A table and its download.

    Args:
        columns: as many as each row has cells.
        rows: from top to bottom.
        name: of the file, without suffix; unique on the page.
        alt: what it is, for those who cannot see it.
        height: pixels; "content" shows all rows.
    """
    shown = {
        column.title: [in_words(row[i], column.kind) if column.kind != "count" else row[i] for row in rows]
        for i, column in enumerate(columns)
    }
    hints = {column.title: st.column_config.Column(help=column.hint) for column in columns if column.hint}
    st.dataframe(shown, hide_index=True, column_config=hints, alt=alt, height=height, key=f"table-{name}")
    download(columns, rows, name)


def download(columns: Sequence[Column], rows: Sequence[Row], name: str) -> None:
    """The button that saves a table as `name`.csv."""
    st.download_button(
        "Download CSV", to_csv(columns, rows), f"{name}.csv", "text/csv", key=f"csv-{name}", icon=":material/download:",
        on_click="ignore", type="tertiary",
    )  # fmt: skip
