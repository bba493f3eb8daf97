"""The columns of the list of clips: what they show, and which orders a click on their title gives.

Streamlit-free on purpose, so that the rules can be tested as plain functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.results.words import in_words, percent
from ui.browse.clip_table import NOT_ANNOTATED, TITLES, ClipRow
from ui.shared.table import Column


@dataclass(frozen=True, kw_only=True)
class ListColumn(Column[ClipRow]):
    """One column of the list.

    Attributes:
        width_px: its width.
        orders: names of the orders that a click on the title gives, in turn; empty for none.
        is_number: whether it is aligned to the right.
        needs: what has to be at hand for it to be shown.
    """

    width_px: int
    orders: tuple[str, ...] = ()
    is_number: bool = False
    needs: Literal["genre", "other", "tempo"] = "genre"

    def as_data(self, order: str) -> dict[str, str | int | bool | None]:
        """For the browser; "next" is the order that a click gives, "sorted" the direction of the present one."""
        at = self.orders.index(order) if order in self.orders else -1
        following = self.orders[(at + 1) % len(self.orders)] if self.orders else None
        is_down = order.startswith(("most", "largest", "fastest"))
        return {
            "title": self.title,
            "width": self.width_px,
            "hint": self.hint or "",
            "number": self.is_number,
            "next": following,
            "next_title": TITLES.get(following, following) if following else None,
            "sorted": None if at < 0 else "descending" if is_down else "ascending",
        }


LISTED_COLUMNS = (
    ListColumn(
        "result", "", lambda row: "✓" if row.is_right else "✗", hint="Is the predicted genre correct?", width_px=24
    ),
    ListColumn("clip", "Clip", lambda row: row.clip.clip_id, width_px=98, orders=("clip name",)),
    ListColumn("genre", "True", lambda row: row.clip.genre, width_px=60, orders=("true genre",)),
    ListColumn("predicted", "Predicted", lambda row: row.predicted, width_px=72, orders=("predicted genre",)),
    ListColumn(
        "other", "Compared", lambda row: row.other, hint="Prediction of the second system.", width_px=78, needs="other"
    ),
    ListColumn("probability", "Conf.", lambda row: percent(row.probability), hint="Confidence of the predicted genre.",
               width_px=52, orders=("most sure first", "least sure first"), is_number=True),
    ListColumn(
        "bpm", "BPM", lambda row: f"{row.tempo.bpm:.1f}" if row.tempo and row.tempo.bpm is not None else None,
        hint="Predicted tempo; – for no clear tempo.", width_px=52, orders=("slowest first", "fastest first"),
        is_number=True, needs="tempo",
    ),
    ListColumn(
        "tempo", "Tempo", lambda row: row.tempo.kind if row.tempo and row.tempo.kind != NOT_ANNOTATED else None,
        hint="Exact or octave error: predicted against annotated tempo (GTZAN-Rhythm), within 4 %; – for none.",
        width_px=60, orders=("largest tempo error first", "least sure of the tempo first"), needs="tempo",
    ),
    ListColumn("artist", "Artist", lambda row: row.clip.artist, width_px=170, orders=("artist",)),
    ListColumn("title", "Title", lambda row: row.clip.title, width_px=240, orders=("title",)),
    ListColumn(
        "subset", "Subset", lambda row: row.subset, hint="Test clips are unseen in training.", width_px=120
    ),
)  # fmt: skip
"""In the order of the page."""


def columns_for(row: ClipRow) -> list[ListColumn]:
    """Those for which there is something at hand, told from any of the rows."""
    known = {"genre": True, "other": row.other is not None, "tempo": row.tempo is not None}
    return [column for column in LISTED_COLUMNS if known[column.needs]]


def cells(rows: Sequence[ClipRow], columns: Sequence[ListColumn]) -> list[list[str]]:
    """What each row of the list shows, the clip's id in front."""
    return [[row.clip.clip_id, *(in_words(column.value(row), column.kind) for column in columns)] for row in rows]
