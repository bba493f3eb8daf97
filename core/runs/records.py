"""Frozen dataclasses to json files and back; a file is replaced as a whole, so that no reader sees half of one."""

import dataclasses
import json
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from core.system.storage import write_atomic

_Kind = TypeVar("_Kind")


class DamagedRecordError(ValueError):
    """A json file that does not hold what it should; the message says what is wrong with it."""


def write_record(path: Path, record: Any) -> None:
    """Writes a dataclass as json, atomically."""
    text = json.dumps(dataclasses.asdict(record), indent=1, default=str) + "\n"
    write_atomic(path, text.encode())


def read_record(kind: type[_Kind], path: Path) -> _Kind | None:
    """The dataclass in a json file, None where there is no file; keys it does not know are passed over.

    A dataclass with a method `upgraded` is made of what that makes of the record.

    Raises:
        DamagedRecordError: the file cannot be read or holds something else.
    """
    try:
        record = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        return msgspec.convert(getattr(kind, "upgraded", dict)(record), kind, dec_hook=_plain)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedRecordError(f"{path.name} is damaged ({error})") from error


def _plain(kind: type[Any], value: object) -> object:
    """Types that json does not have."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"{value!r} is no {kind.__name__}")
