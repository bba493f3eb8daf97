"""Files of measured rows in `data/reports/`: one strict reader and one atomic writer for all of them."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

from core.errors import DatasetError
from core.system.paths import DATA_DIR
from core.system.storage import write_whole

REPORT_DIR = DATA_DIR / "reports"


class Keyed(Protocol):
    """A row of a report file: a dataclass with a key of its own."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one row from another."""


RowT = TypeVar("RowT", bound=Keyed)


class Store(Generic[RowT]):
    """One report file: a json list of rows.

    Args:
        file_name: in the folder of the reports.
        row: dataclass of a row.
    """

    def __init__(self, file_name: str, row: type[RowT]) -> None:
        self.file_name, self.row = file_name, row

    def load(self, folder: Path | None = None) -> tuple[RowT, ...]:
        """All rows, in a fixed order; none where nothing was measured yet.

        Args:
            folder: of the reports; None for those that ship.

        Raises:
            DatasetError: the file is damaged.
        """
        path = (folder or REPORT_DIR) / self.file_name
        if not path.exists():
            return ()
        try:
            raw = msgspec.json.decode(path.read_bytes())
            rows = msgspec.convert(raw, tuple[self.row, ...])  # type: ignore[name-defined]
            if msgspec.json.decode(msgspec.json.encode(rows)) != raw:
                raise ValueError("a row has fields that this version does not have")
        except (ValueError, UnicodeDecodeError) as error:
            raise DatasetError(
                f"The report {path} is damaged ({error}). Restore it with 'git checkout data/reports'."
            ) from error
        found: tuple[RowT, ...] = rows
        return found

    def save(self, row: RowT, folder: Path | None = None) -> None:
        """Adds a row, or replaces the one with the same key; the file is sorted by key.

        Raises:
            DatasetError: the file is damaged, or the folder cannot be written.
        """
        self.write([*self.load(folder), row], folder)

    def write(self, rows: Iterable[RowT], folder: Path | None = None) -> None:
        """Writes the file anew, sorted by key; of rows with the same key the last one stays.

        Raises:
            DatasetError: the folder cannot be written.
        """
        by_key = {row.key: row for row in rows}
        text = json.dumps([asdict(by_key[key]) for key in sorted(by_key, key=repr)], indent=1)
        write_whole(DatasetError, (folder or REPORT_DIR) / self.file_name, (text + "\n").encode())
