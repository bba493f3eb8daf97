"""Two systems side by side, in a table of one row."""

from collections.abc import Sequence
from typing import TypeVar

from ui.shared.system_names import system_name
from ui.shared.table import Column, table

T = TypeVar("T")


def pair_table(first: str, second: str, found: T, columns: Sequence[Column[T]], name: str) -> None:
    """A comparison.

    Args:
        first, second: names of the systems.
        found: the comparison.
        columns: after the two names.
        name: of the file, without suffix.
    """
    names: list[Column[T]] = [
        Column("first", "First", lambda _: first, drawn=lambda _: system_name(first)),
        Column("second", "Second", lambda _: second, drawn=lambda _: system_name(second)),
    ]
    alt = f"Paired comparison of {system_name(first)} and {system_name(second)}"
    table([*names, *columns], [found], name, alt)
