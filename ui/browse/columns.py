"""The columns of the list of clips: what they show, and which orders a click on their title gives.

Streamlit-free on purpose, so that the rules can be tested as plain functions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from core.results.words import percent

_EMPTY = "–"


@dataclass(frozen=True)
class Column:
    """One column of the list.

    Attributes:
        name: in the table.
        title: shown above it.
        width_px: its width.
        orders: names of the orders that a click on the title gives, in turn; empty for none.
        hint: what it is, where the title does not say.
        is_number: whether it is aligned to the right.
    """

    name: str
    title: str
    width_px: int
    orders: tuple[str, ...] = ()
    hint: str = ""
    is_number: bool = False

    def as_data(self, order: str) -> dict[str, str | int | bool | None]:
        """For the browser; "next" is the order that a click gives, "sorted" the direction of the present one."""
        at = self.orders.index(order) if order in self.orders else -1
        is_down = order.startswith(("most", "largest", "fastest"))
        return {
            "title": self.title,
            "width": self.width_px,
            "hint": self.hint,
            "number": self.is_number,
            "next": self.orders[(at + 1) % len(self.orders)] if self.orders else None,
            "sorted": None if at < 0 else "descending" if is_down else "ascending",
        }


LISTED_COLUMNS = (
    Column("result", "", 24, hint="Is the predicted genre correct?"),
    Column("clip", "Clip", 98, ("clip name",)),
    Column("genre", "True", 64, ("true genre",)),
    Column("predicted", "Predicted", 76, ("predicted genre",)),
    Column("other", "Compared", 78, hint="Prediction of the second system."),
    Column("probability", "Prob.", 54, ("most sure first", "least sure first"), "Probability of the prediction.", True),
    Column("bpm", "BPM", 56, ("slowest first", "fastest first"), "Predicted tempo; – where none is clear.", True),
    Column(
        "tempo", "Tempo", 96, ("largest tempo error first", "least sure of the tempo first"),
        "What multiple of the annotated tempo (GTZAN-Rhythm) the prediction is, within 4 %.",
    ),
    Column("artist", "Artist", 170, ("artist",)),
    Column("title", "Title", 240, ("title",)),
    Column("subset", "Subset", 120, hint="Training clips were seen by the model."),
)  # fmt: skip
"""In the order of the page; only those that the table has are shown."""

_IN_WORDS: dict[str, Callable[[float], str]] = {"probability": percent, "bpm": lambda bpm: f"{bpm:.1f}"}


def cells(rows: pd.DataFrame, columns: list[Column]) -> list[list[str]]:
    """What each row of the list shows, the clip's id in front."""
    written = [rows[column.name].map(lambda value, name=column.name: _in_words(name, value)) for column in columns]
    return [list(row) for row in zip(rows["clip"], *written, strict=True)]


def _in_words(name: str, value: str | float | None) -> str:
    if value is None or value != value:
        return _EMPTY
    in_words = _IN_WORDS.get(name)
    return str(value) if in_words is None or isinstance(value, str) else in_words(value)
