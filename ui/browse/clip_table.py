"""The table of clips: ground truth joined with a system's saved predictions, filtered and ordered.

Streamlit-free on purpose, so that the rules can be tested as plain functions.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from core.metrics.tempo import ERROR_KINDS
from core.results.genre_predictions import SavedGenre
from core.results.tempo_predictions import SavedTempo
from core.types import GENRES, Clip
from ui.shared.tempo_words import error_kind

VERDICTS = ("All", "Right", "Wrong")
ORDERS = ("clip name", "least sure first", "most sure first", "true genre", "predicted genre", "artist", "title")
TEMPO_ORDERS = ("largest tempo error first", "least sure of the tempo first", "slowest first", "fastest first")
"""Where tempo predictions are at hand."""
NOT_ANNOTATED = "not annotated"
TEMPO_KINDS = (*ERROR_KINDS, NOT_ANNOTATED)
DIFFERENCES = ("All", "Answers differ", "Only the first is right", "Only the second is right")
"""Where two systems are compared."""
SUBSET_LABELS = {"test": "test", "valid": "validation", "train": "training (seen)"}

_SCORE_WORDS = {
    "test": "clips the model had not seen",
    "valid": "clips that helped to choose the model",
    "train": "clips it was trained on",
}


@dataclass(frozen=True)
class ClipFilter:
    """What the user wants to see; empty means no restriction.

    Attributes:
        genres, predicted, subsets, artists: accepted values; `subsets` in the words of `SUBSET_LABELS`.
        verdict: one of `VERDICTS`.
        text: words that must all occur in clip id, artist, title or genre.
        order: one of `ORDERS` or `TEMPO_ORDERS`.
        tempo_kinds: accepted values of `TEMPO_KINDS`.
        difference: one of `DIFFERENCES`.
    """

    genres: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    subsets: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    verdict: str = VERDICTS[0]
    text: str = ""
    order: str = ORDERS[0]
    tempo_kinds: tuple[str, ...] = ()
    difference: str = DIFFERENCES[0]

    @property
    def leaves_out(self) -> bool:
        """Whether any clip may fail to pass."""
        return replace(self, order=ORDERS[0]) != ClipFilter()


def clip_table(
    clips: Iterable[Clip], saved: SavedGenre, tempo: SavedTempo | None = None, other: SavedGenre | None = None
) -> pd.DataFrame:
    """One row a clip: clip, result, genre, predicted, probability, artist, title, subset.

    With tempi also bpm, tempo (kind of error), tempo_confidence, octaves (size of the error), tempo_subset; with a
    second system also other, other_result.
    """
    rows = []
    for clip in clips:
        probs = saved.probs[clip.clip_id]
        predicted = GENRES[int(probs.argmax())]
        rows.append(
            {
                "clip": clip.clip_id,
                "result": _mark(predicted, clip),
                "genre": clip.genre,
                "predicted": predicted,
                **({} if other is None else _other_cells(clip, other)),
                "probability": float(probs.max()),
                **({} if tempo is None else _tempo_cells(clip, tempo)),
                "artist": clip.artist,
                "title": clip.title,
                "subset": SUBSET_LABELS[saved.subsets[clip.clip_id]],
            }
        )
    return pd.DataFrame(rows)


def _mark(predicted: str, clip: Clip) -> str:
    return "✓" if predicted == clip.genre else "✗"


def _other_cells(clip: Clip, other: SavedGenre) -> dict[str, str]:
    predicted = GENRES[int(other.probs[clip.clip_id].argmax())]
    return {"other": predicted, "other_result": _mark(predicted, clip)}


def _tempo_cells(clip: Clip, tempo: SavedTempo) -> dict[str, float | str | None]:
    """An estimate without a clear tempo shows no number; its error counts all the same, as in every score."""
    estimate, truth_bpm = tempo.estimates.get(clip.clip_id), clip.tempo_bpm
    if estimate is None:
        return {"bpm": None, "tempo": "", "tempo_confidence": None, "octaves": None, "tempo_subset": ""}
    return {
        "bpm": round(estimate.tempo_bpm, 1) if estimate.is_clear else None,
        "tempo": NOT_ANNOTATED if truth_bpm is None else error_kind(estimate.tempo_bpm, truth_bpm),
        "tempo_confidence": estimate.confidence,
        "octaves": None if truth_bpm is None else abs(math.log2(estimate.tempo_bpm / truth_bpm)),
        "tempo_subset": SUBSET_LABELS[tempo.subsets[clip.clip_id]],
    }


def apply_filter(table: pd.DataFrame, wanted: ClipFilter) -> pd.DataFrame:
    """Rows that pass, in the wanted order, with a fresh index."""
    keep = pd.Series(True, index=table.index)
    for column, accepted in (
        ("genre", wanted.genres),
        ("predicted", wanted.predicted),
        ("subset", wanted.subsets),
        ("artist", wanted.artists),
        ("tempo", wanted.tempo_kinds),
    ):
        if accepted and column in table:
            keep &= table[column].isin(accepted)
    if wanted.verdict != "All":
        keep &= table["result"] == ("✓" if wanted.verdict == "Right" else "✗")
    if wanted.text.strip():
        haystack = (table["clip"] + " " + table["artist"] + " " + table["title"] + " " + table["genre"]).str.casefold()
        for word in wanted.text.casefold().split():
            keep &= haystack.str.contains(word, regex=False)
    if "other" in table:
        keep &= _differs(table, wanted.difference)
    return _ordered(table[keep], wanted.order).reset_index(drop=True)


def _differs(table: pd.DataFrame, difference: str) -> "pd.Series[bool]":
    first, second = table["result"] == "✓", table["other_result"] == "✓"
    match difference:
        case "Answers differ":
            return table["predicted"] != table["other"]
        case "Only the first is right":
            return first & ~second
        case "Only the second is right":
            return second & ~first
        case _:
            return pd.Series(True, index=table.index)


_SORTED_BY = {
    "true genre": ("genre", True),
    "predicted genre": ("predicted", True),
    "artist": ("artist", True),
    "title": ("title", True),
    "least sure first": ("probability", True),
    "most sure first": ("probability", False),
    "largest tempo error first": ("octaves", False),
    "least sure of the tempo first": ("tempo_confidence", True),
    "slowest first": ("bpm", True),
    "fastest first": ("bpm", False),
}
"""Column of each order, and whether it ascends; clips without a value come last."""


def _ordered(rows: pd.DataFrame, order: str) -> pd.DataFrame:
    column, ascending = _SORTED_BY.get(order, ("clip", True))
    # An order by tempo may come with a link to a copy of the app that has no tempi.
    if column not in rows:
        return rows
    return rows.sort_values(column, ascending=ascending, kind="stable", key=_without_case)


def _without_case(column: "pd.Series[str]") -> "pd.Series[str]":
    """Names as people order them, unknown ones last; numbers as they are."""
    if column.dtype.kind in "fi":
        return column
    return column.str.casefold().replace("", None)


def score_in_words(table: pd.DataFrame) -> str:
    """How many predictions are right, each subset on its own; "" for no rows."""
    right = table["result"] == "✓"
    parts = []
    for subset, words in _SCORE_WORDS.items():
        member = table["subset"] == SUBSET_LABELS[subset]
        if member.any():
            parts.append(f"{(right & member).sum()} of {member.sum()} {words}")
    return f"Right: {'; '.join(parts)}." if parts else ""


def tempo_score_in_words(table: pd.DataFrame) -> str:
    """How many tempi are of each kind of error, each subset on its own; "" without tempi or rows."""
    if "tempo" not in table:
        return ""
    parts = []
    for subset, words in _SCORE_WORDS.items():
        counts = table.loc[table["tempo_subset"] == SUBSET_LABELS[subset], "tempo"].value_counts()
        kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ERROR_KINDS if kind in counts)
        if kinds:
            parts.append(f"{kinds} on {words}")
    return f"Tempo beside GTZAN-Rhythm, within 4 %: {'; '.join(parts)}." if parts else ""
