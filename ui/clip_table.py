"""The table of clips: ground truth joined with a system's saved predictions, filtered and ordered.

Streamlit-free on purpose, so that the rules can be tested as plain functions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from core.saved import SavedGenre
from core.types import GENRES, Clip

VERDICTS = ("All", "Right", "Wrong")
ORDERS = ("clip name", "least sure first", "most sure first")
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
        order: one of `ORDERS`.
    """

    genres: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    subsets: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    verdict: str = VERDICTS[0]
    text: str = ""
    order: str = ORDERS[0]


def clip_table(clips: Iterable[Clip], saved: SavedGenre) -> pd.DataFrame:
    """One row a clip: clip, result, genre, predicted, probability, artist, title, subset."""
    rows = []
    for clip in clips:
        probs = saved.probs[clip.clip_id]
        predicted = GENRES[int(probs.argmax())]
        rows.append(
            {
                "clip": clip.clip_id,
                "result": "✓" if predicted == clip.genre else "✗",
                "genre": clip.genre,
                "predicted": predicted,
                "probability": float(probs.max()),
                "artist": clip.artist,
                "title": clip.title,
                "subset": SUBSET_LABELS[saved.subsets[clip.clip_id]],
            }
        )
    return pd.DataFrame(rows)


def apply_filter(table: pd.DataFrame, wanted: ClipFilter) -> pd.DataFrame:
    """Rows that pass, in the wanted order, with a fresh index."""
    keep = pd.Series(True, index=table.index)
    for column, accepted in (
        ("genre", wanted.genres),
        ("predicted", wanted.predicted),
        ("subset", wanted.subsets),
        ("artist", wanted.artists),
    ):
        if accepted:
            keep &= table[column].isin(accepted)
    if wanted.verdict != "All":
        keep &= table["result"] == ("✓" if wanted.verdict == "Right" else "✗")
    if wanted.text.strip():
        haystack = (table["clip"] + " " + table["artist"] + " " + table["title"] + " " + table["genre"]).str.casefold()
        for word in wanted.text.casefold().split():
            keep &= haystack.str.contains(word, regex=False)
    rows = table[keep]
    if wanted.order != "clip name":
        rows = rows.sort_values("probability", ascending=wanted.order == "least sure first", kind="stable")
    return rows.reset_index(drop=True)


def score_in_words(table: pd.DataFrame) -> str:
    """How many predictions are right, each subset on its own; "" for no rows."""
    right = table["result"] == "✓"
    parts = []
    for subset, words in _SCORE_WORDS.items():
        member = table["subset"] == SUBSET_LABELS[subset]
        if member.any():
            parts.append(f"{(right & member).sum()} of {member.sum()} {words}")
    return f"Right: {'; '.join(parts)}." if parts else ""
