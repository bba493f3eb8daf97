"""Rows of reports measured anew and compared with those that are kept, to the digit in which they are printed."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from core.results.rows import Row

Outcome = Literal["agrees", "differs", "new"]
Leaf = str | int | float | bool | None

_NOT_MEASURED = frozenset({"command"})
"""Fields of a row that hold how to measure, and may do so in several ways."""
_DECIMALS, _BPM_DECIMALS = 3, 2
"""Percentages are printed with one decimal, three of the share; losses and p values with three; BPM with two."""


@dataclass(frozen=True)
class Difference:
    """One value of a row.

    Attributes:
        field: name, with those of the fields around it: "rhythm.score.accuracy1".
        here, reported: what was measured, and what the report holds.
        by: first minus second, None where they are not numbers.
    """

    field: str
    here: Leaf
    reported: Leaf
    by: float | None


@dataclass(frozen=True)
class Checked:
    """A checkpoint measured anew.

    Attributes:
        kind: "genre", "tempo" or "fusion".
        row: as measured here.
        outcome: "agrees" or "differs" with its row in the reports, or "new" where they have none.
        differences: all of them.
    """

    kind: str
    row: Row
    outcome: Outcome
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Elsewhere:
    """A row of the reports that no checkpoint at hand can make again.

    Attributes:
        what: the row in words.
        command: that trains what it takes.
    """

    what: str
    command: str


def check(kind: str, row: Row, reported: Iterable[Row]) -> Checked:
    """Compares a row with the one of the same run, if there is one.

    Args:
        kind: "genre", "tempo" or "fusion".
        row: as measured here.
        reported: the rows that are kept.
    """
    kept = next((other for other in reported if other.key == row.key), None)
    if kept is None:
        return Checked(kind, row, "new", ())
    found = differences(row, kept)
    return Checked(kind, row, "differs" if found else "agrees", found)


def differences(here: Row, reported: Row) -> tuple[Difference, ...]:
    """Values that are not the same: numbers that are half a printed digit apart or more, and all else that differs."""
    ours, theirs = dict(_leaves(asdict(here))), dict(_leaves(asdict(reported)))
    return tuple(
        Difference(field, ours.get(field), theirs.get(field), _minus(ours.get(field), theirs.get(field)))
        for field in dict.fromkeys([*ours, *theirs])
        if field not in _NOT_MEASURED and not _same(field, ours.get(field), theirs.get(field))
    )


def elsewhere(reported: Iterable[Row], made: Iterable[Row]) -> tuple[Elsewhere, ...]:
    """The rows of a report that were not made here."""
    keys = {row.key for row in made}
    return tuple(Elsewhere(in_words(row), row.train_command) for row in reported if row.key not in keys)


def in_words(row: Row) -> str:
    """What a row is about: "genre-seed, recipe seed, first, stratified, split seed 0, test, seed 0"."""
    seed = [f"split seed {row.split_seed}"] if row.split_seed is not None else []
    fold = [f"fold {row.fold}"] if row.fold is not None else []
    run = (row.checkpoint, f"recipe {row.recipe}", *row.details, row.split, *seed, *fold)
    return ", ".join([*run, row.subset, f"seed {row.seed}"])


def _leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Leaf]]:
    """Plain values by their place; a member of a list is named, or else numbered."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, member in enumerate(value):
            yield from _leaves(member, (*path, _name(member) or str(number)))
    elif value is None or isinstance(value, str | int | float):
        yield ".".join(path), value


def _name(member: object) -> str | None:
    """Systems and genres are identified by name, so that a new one among them does not shift the others."""
    found = (member.get("name") or member.get("genre")) if isinstance(member, dict) else None
    return found if isinstance(found, str) else None


def _same(field: str, here: Leaf, reported: Leaf) -> bool:
    if isinstance(here, float) and isinstance(reported, float):
        return abs(here - reported) < 0.5 * 10.0 ** -_decimals(field)
    return here == reported


def _decimals(field: str) -> int:
    parts = field.split(".")
    is_bpm = any(part.endswith("_bpm") or part in ("mae_interval", "median_ae_interval") for part in parts)
    return _BPM_DECIMALS if is_bpm and parts[-1] != "p_value" else _DECIMALS


def _minus(here: Leaf, reported: Leaf) -> float | None:
    if isinstance(here, str) or isinstance(reported, str) or here is None or reported is None:
        return None
    return here - reported
