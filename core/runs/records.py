"""Frozen dataclasses to json files and back; a file is replaced as a whole, so that no reader sees half of one."""

import dataclasses
import json
import os
import types
from collections.abc import Hashable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_Kind = TypeVar("_Kind")


class DamagedRecordError(ValueError):
    """A json file that does not hold what it should; the message says what is wrong with it."""


def write_atomic(path: Path, content: bytes, durable: bool = False) -> None:
    """Replaces a file, which holds the old or the new content at any moment.

    Args:
        path: its folder exists.
        content: all of it.
        durable: wait until it is on the disk, so that it also outlives a power cut.

    Raises:
        OSError: the disk is full or the folder cannot be written; the old file is left as it was.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_record(path: Path, record: Any) -> None:
    """Writes a dataclass as json, atomically."""
    text = json.dumps(dataclasses.asdict(record), indent=1, default=str) + "\n"
    write_atomic(path, text.encode())


def read_record(kind: type[_Kind], path: Path) -> _Kind | None:
    """The dataclass in a json file, None where there is no file.

    Raises:
        DamagedRecordError: the file cannot be read or holds something else.
    """
    try:
        return decode(kind, json.loads(path.read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:  # of json and unicode, too
        raise DamagedRecordError(f"{path.name} is damaged ({error})") from error


def decode(kind: type[_Kind], record: object) -> _Kind:
    """Builds a dataclass of plain values, optional values, mappings and dataclasses; unknown keys are passed over.

    A dataclass with a method `upgraded` is given what that makes of the record.

    Raises:
        ValueError: a value is missing or of another type.
    """
    if not isinstance(record, dict):
        raise ValueError(f"expected an object, found {type(record).__name__}")
    record = getattr(kind, "upgraded", dict)(record)
    hints = _hints(cast(Hashable, kind))
    values = {name: _value(name, hint, record[name]) for name, hint in hints.items() if name in record}
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=32)
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(cast(type[object], kind))


def _value(name: str, hint: Any, value: object) -> object:
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for option in options:
        if dataclasses.is_dataclass(option) and isinstance(option, type) and isinstance(value, dict):
            return decode(option, value)
        if get_origin(option) is Mapping and isinstance(value, dict):
            return {key: _value(f"{name}.{key}", get_args(option)[1], each) for key, each in value.items()}
        if get_origin(option) is Literal and value in get_args(option):
            return value
        if option is Path and isinstance(value, str):
            return Path(value)
        if option is float and type(value) is int:
            return float(value)
        if type(value) is option:
            return value
    raise ValueError(f"{name} is {value!r}")
