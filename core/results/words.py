"""Numbers, splits and subsets in words: pages, figures, command line and README write them as it is done here."""

from collections.abc import Mapping, Sequence
from typing import Literal

from core.data.splits import DEFAULT_SPLIT_SEED
from core.metrics.significance import Measured
from core.results.clip_sets import ClipSet, Without
from core.types import Subset

Kind = Literal["text", "count", "share", "points", "number", "bpm", "bpm difference", "fine bpm", "p"]
"""How a number is written: "share" in percent, "points" as a signed difference in percentage points, "p" a p-value."""
Cell = str | int | float | Measured | None
"""What a table holds in one place."""

NO_CLEAR_TEMPO = "no clear tempo"
"""Of a sound whose most probable tempo is less certain than `core.types.CLEAR_CONFIDENCE`."""
SPLIT_NAMES: Mapping[str, str] = {
    "stratified": "random split",
    "fault_filtered": "fault-filtered split",
    "artist_folds": "five artist folds",
}
SUBSET_NAMES: Mapping[Subset, str] = {"test": "test", "valid": "validation", "train": "training"}
WITHOUT_NAMES: Mapping[Without, str] = {
    "nothing": "all clips",
    "recording": "without shared recordings",
    "artist": "without shared recordings and artists",
}
README_CI = "95 %:"
"""What stands before an interval in the README's sentences."""
_UNITS: Mapping[Kind, str] = {
    "share": "%", "points": "points", "bpm": "BPM", "bpm difference": "BPM", "fine bpm": "BPM",
}  # fmt: skip
_FORMATS: Mapping[Kind, str] = {
    "count": ".0f", "share": ".1f", "points": "+.1f", "bpm": ".1f", "bpm difference": "+.1f", "fine bpm": ".2f",
}  # fmt: skip


def split_words(split: str, seeds: Sequence[int] = (DEFAULT_SPLIT_SEED,)) -> str:
    """A split, the random one with its seeds: "random split (seed 42)", "random splits (seeds 0, 1)"."""
    if split != "stratified":
        return SPLIT_NAMES[split]
    many = "s" if len(seeds) > 1 else ""
    return f"{SPLIT_NAMES[split]}{many} (seed{many} {', '.join(map(str, seeds))})"


def clips_words(clips: ClipSet) -> str:
    """Clips, such as "38 test clips of the random split (seed 42), without shared recordings"."""
    words = f"{len(clips.clip_ids)} {SUBSET_NAMES[clips.subset]} clips of the {split_words(clips.split)}"
    return words if clips.without == "nothing" else f"{words}, {WITHOUT_NAMES[clips.without]}"


def percent(share: float) -> str:
    """A share of 0..1 in words that claim neither none nor all: "<1 %", "37 %", ">99 %"; never broken over lines."""
    number = "<1" if share < 0.01 else ">99" if share > 0.99 else f"{100 * share:.0f}"
    return f"{number}\N{NO-BREAK SPACE}%"


def in_words(cell: Cell, kind: Kind) -> str:
    """A number as people read it: "70.5 % (63.8 to 76.4)"; a dash where there is nothing."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Measured):
        return f"{_with_unit(cell.value, kind)} ({interval_words(cell, kind)})"
    return _with_unit(cell, kind)


def with_ci(measured: Measured, kind: Kind, bold: bool = False, label: str = "95 % CI", what: str = "") -> str:
    """A number and its interval in a sentence: "70.5 % (95 % CI 63.8 to 76.4)".

    Args:
        measured: the number.
        kind: of it.
        bold: whether the number is bold, as Markdown.
        label: of the interval.
        what: follows the unit.
    """
    number = f"{_with_unit(measured.value, kind)}{f' {what}' if what else ''}"
    return f"{f'**{number}**' if bold else number} ({label} {interval_words(measured, kind)})"


def spread_words(mean: float, std: float) -> str:
    """Mean and standard deviation of a share over runs: "81.4 ± 2.2 %"."""
    return f"{_number(mean, 'share')} ± {_with_unit(std, 'share')}"


def interval_words(measured: Measured, kind: Kind) -> str:
    """The interval alone, without a unit: "63.8 to 76.4"."""
    return f"{_number(measured.low, kind)} to {_number(measured.high, kind)}"


def p_words(p_value: float) -> str:
    """A p-value in a sentence: "p = 0.031", or "p < 0.001"."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def significance_words(difference: Measured) -> str:
    """Whether the interval of a difference excludes none."""
    return "significant" if difference.low > 0 or difference.high < 0 else "not significant"


def listed(parts: Sequence[str]) -> str:
    """With commas, and "and" before the last."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _with_unit(value: float, kind: Kind) -> str:
    return f"{_number(value, kind)} {_UNITS[kind]}" if kind in _UNITS else _number(value, kind)


def _number(value: float, kind: Kind) -> str:
    if kind == "p":
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    scale = 100 if kind in ("share", "points") else 1
    return f"{scale * value:{_FORMATS.get(kind, '.3f')}}".replace("-", "−")
