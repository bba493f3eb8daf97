"""Tables: numbers with their intervals to read, and the same as CSV to calculate with.

Streamlit-free but for `table`, `listing` and `download`, so that the rules can be tested as plain functions.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.metrics.significance import Measured
from core.results.words import Cell, Kind, in_words

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


@dataclass(frozen=True)
class Column(Generic[T_contra]):
    """One column: what stands above it, and what it holds of the thing that a row is about.

    Attributes:
        key: name in the CSV; `_low` and `_high` are added for intervals.
        title: above the column.
        value: the cell of a row.
        kind: how a number is written.
        hint: explains the column.
        drawn_as: how the browser draws the cell, which it then gets as it is; None for words.
        drawn: what the browser gets in the place of the value, such as a link.
        is_extra: left out until the table's own menu of columns asks for it; always in the CSV.
    """

    key: str
    title: str
    value: Callable[[T_contra], Cell]
    kind: Kind = "text"
    hint: str | None = None
    drawn_as: ColumnConfig | None = None
    drawn: Callable[[T_contra], Cell] | None = None
    is_extra: bool = False

    def shown(self, item: T_contra) -> Cell:
        """What the page shows of it: numbers in words, counts as numbers, so that they line up."""
        cell = (self.drawn or self.value)(item)
        return cell if self.kind == "count" or self.drawn_as is not None else in_words(cell, self.kind)

    @property
    def config(self) -> ColumnConfig | None:
        """For Streamlit, which hides a column that has None."""
        if self.is_extra:
            return None
        return self.drawn_as or (st.column_config.Column(help=self.hint) if self.hint else None)


def to_csv(columns: Sequence[Column[T]], items: Sequence[T]) -> str:
    """Full precision, intervals in columns of their own, shares as 0..1."""
    fields = [_fields(column, [column.value(item) for item in items]) for column in columns]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([name for named in fields for name in named])
    writer.writerows(zip(*(values for named in fields for values in named.values()), strict=True))
    return buffer.getvalue()


def _fields(column: Column[T], cells: Sequence[Cell]) -> dict[str, list[str | float]]:
    """The columns of the CSV that one column becomes, by name."""
    values = [cell.value if isinstance(cell, Measured) else "" if cell is None else cell for cell in cells]
    if not any(isinstance(cell, Measured) for cell in cells):
        return {column.key: values}
    return {
        column.key: values,
        f"{column.key}_low": [cell.low if isinstance(cell, Measured) else "" for cell in cells],
        f"{column.key}_high": [cell.high if isinstance(cell, Measured) else "" for cell in cells],
    }


def table(
    columns: Sequence[Column[T]], items: Sequence[T], name: str, alt: str, height: int | Literal["content"] = "content"
) -> None:
    """A table and its download.

    Args:
        columns: from left to right.
        items: what the rows are about, from top to bottom.
        name: of the file, without suffix; unique on the page.
        alt: what it is, for those who cannot see it.
        height: pixels; "content" shows all rows.
    """
    listing(columns, items, f"table-{name}", alt, height)
    download(columns, items, name)


def listing(
    columns: Sequence[Column[T]],
    items: Sequence[T],
    key: str | None,
    alt: str,
    height: int | Literal["content"] = "content",
) -> None:
    """A table alone; `key` is unique on the page, None where nothing is to outlive a rerun. The rest as in `table`."""
    shown = {column.title: [column.shown(item) for item in items] for column in columns}
    configs = {column.title: column.config for column in columns if column.is_extra or column.config is not None}
    st.dataframe(shown, hide_index=True, column_config=configs, alt=alt, height=height, key=key)


def download(columns: Sequence[Column[T]], items: Sequence[T], name: str) -> None:
    """The button that saves a table as `name`.csv."""
    st.download_button(
        "Download CSV", to_csv(columns, items), f"{name}.csv", "text/csv", key=f"csv-{name}",
        icon=":material/download:", on_click="ignore", type="tertiary",
    )  # fmt: skip
