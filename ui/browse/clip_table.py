"""The list of clips: ground truth joined with a system's saved predictions, filtered and ordered.

Streamlit-free on purpose, so that the rules can be tested as plain functions.
"""

import math
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace

from core.metrics.tempo import ERROR_KINDS
from core.results.genre_predictions import SavedGenre
from core.results.tempo_predictions import SavedTempo, estimate_of
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
TITLES = {
    "least sure first": "least confident first",
    "most sure first": "most confident first",
    "least sure of the tempo first": "least confident tempo first",
    "Answers differ": "Predictions differ",
    "Only the first is right": "Only the first correct",
    "Only the second is right": "Only the second correct",
}
"""What the page calls orders and differences whose names in the URL are others."""
SUBSET_LABELS = {"test": "test", "valid": "validation", "train": "training (seen)"}

_SCORE_WORDS = {"test": "test", "valid": "validation", "train": "training"}


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
        contradicted: only clips whose label the out-of-fold systems contradict.
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
    contradicted: bool = False

    @property
    def leaves_out(self) -> bool:
        """Whether any clip may fail to pass."""
        return replace(self, order=ORDERS[0]) != ClipFilter()


@dataclass(frozen=True)
class ClipTempo:
    """The tempo of a clip, as predicted.

    Attributes:
        bpm: BPM; None without a clear tempo. The error counts all the same, as in every score.
        kind: one of `TEMPO_KINDS`; "" without an estimate.
        confidence: 0..1.
        octaves: size of the error; None without an annotated tempo.
        subset: that the clip was in for the tempo model, in the words of `SUBSET_LABELS`.
    """

    bpm: float | None = None
    kind: str = ""
    confidence: float | None = None
    octaves: float | None = None
    subset: str = ""


@dataclass(frozen=True)
class ClipRow:
    """A clip and what is predicted for it.

    Attributes:
        clip: ground truth.
        predicted, probability: genre.
        subset: in the words of `SUBSET_LABELS`.
        other: genre predicted by a second system, None without one.
        tempo: None where no tempo predictions are at hand.
        is_contradicted: whether the out-of-fold systems contradict its label.
    """

    clip: Clip
    predicted: str
    probability: float
    subset: str
    other: str | None = None
    tempo: ClipTempo | None = None
    is_contradicted: bool = False

    @property
    def is_right(self) -> bool:
        """Whether the predicted genre is the true one."""
        return self.predicted == self.clip.genre

    @property
    def searched(self) -> str:
        """What a search looks through."""
        clip = self.clip
        return f"{clip.clip_id} {clip.artist} {clip.title} {clip.genre}".casefold()


def clip_rows(
    clips: Iterable[Clip],
    saved: SavedGenre,
    tempo: SavedTempo | None = None,
    other: SavedGenre | None = None,
    contradicted: Container[str] = (),
) -> list[ClipRow]:
    """One row a clip, with tempi and with a second system where there are any; `contradicted` holds ids of clips."""
    return [
        ClipRow(
            clip,
            _genre(clip, saved),
            float(saved.by_clip[clip.clip_id].max()),
            SUBSET_LABELS[saved.subsets[clip.clip_id]],
            None if other is None else _genre(clip, other),
            None if tempo is None else _tempo(clip, tempo),
            clip.clip_id in contradicted,
        )
        for clip in clips
    ]


def _genre(clip: Clip, saved: SavedGenre) -> str:
    return GENRES[int(saved.by_clip[clip.clip_id].argmax())]


def _tempo(clip: Clip, tempo: SavedTempo) -> ClipTempo:
    estimate, truth_bpm = estimate_of(tempo, clip.clip_id), clip.tempo_bpm
    if estimate is None:
        return ClipTempo()
    return ClipTempo(
        bpm=round(estimate.tempo_bpm, 1) if estimate.is_clear else None,
        kind=NOT_ANNOTATED if truth_bpm is None else error_kind(estimate.tempo_bpm, truth_bpm),
        confidence=estimate.confidence,
        octaves=None if truth_bpm is None else abs(math.log2(estimate.tempo_bpm / truth_bpm)),
        subset=SUBSET_LABELS[tempo.subsets[clip.clip_id]],
    )


def apply_filter(rows: Iterable[ClipRow], wanted: ClipFilter) -> list[ClipRow]:
    """Rows that pass, in the wanted order."""
    return _ordered([row for row in rows if _passes(row, wanted)], wanted.order)


def _passes(row: ClipRow, wanted: ClipFilter) -> bool:
    accepted = (
        (row.clip.genre, wanted.genres),
        (row.predicted, wanted.predicted),
        (row.subset, wanted.subsets),
        (row.clip.artist, wanted.artists),
        *([] if row.tempo is None else [(row.tempo.kind, wanted.tempo_kinds)]),
    )
    return (
        all(value in values for value, values in accepted if values)
        and (wanted.verdict == "All" or row.is_right == (wanted.verdict == "Right"))
        and all(word in row.searched for word in wanted.text.casefold().split())
        and _differs(row, wanted.difference)
        and (row.is_contradicted or not wanted.contradicted)
    )


def _differs(row: ClipRow, difference: str) -> bool:
    if row.other is None:
        return True
    second = row.other == row.clip.genre
    match difference:
        case "Answers differ":
            return row.predicted != row.other
        case "Only the first is right":
            return row.is_right and not second
        case "Only the second is right":
            return second and not row.is_right
        case _:
            return True


_Value = Callable[[ClipRow], str | float | None]
_SORTED_BY: dict[str, tuple[_Value, bool]] = {
    "true genre": (lambda row: row.clip.genre, True),
    "predicted genre": (lambda row: row.predicted, True),
    "artist": (lambda row: row.clip.artist.casefold(), True),
    "title": (lambda row: row.clip.title.casefold(), True),
    "least sure first": (lambda row: row.probability, True),
    "most sure first": (lambda row: row.probability, False),
    "largest tempo error first": (lambda row: row.tempo.octaves if row.tempo else None, False),
    "least sure of the tempo first": (lambda row: row.tempo.confidence if row.tempo else None, True),
    "slowest first": (lambda row: row.tempo.bpm if row.tempo else None, True),
    "fastest first": (lambda row: row.tempo.bpm if row.tempo else None, False),
}
"""What each order goes by, and whether it ascends; clips of which it is not known come last."""


def _ordered(rows: list[ClipRow], order: str) -> list[ClipRow]:
    value, ascending = _SORTED_BY.get(order, (lambda row: row.clip.clip_id, True))
    known = [row for row in rows if value(row) not in (None, "")]
    unknown = [row for row in rows if value(row) in (None, "")]
    return [*sorted(known, key=value, reverse=not ascending), *unknown]


def score_in_words(rows: Sequence[ClipRow]) -> str:
    """How many predictions are correct, each subset on its own; "" for no rows."""
    parts = []
    for subset, words in _SCORE_WORDS.items():
        members = [row for row in rows if row.subset == SUBSET_LABELS[subset]]
        if members:
            parts.append(f"{sum(row.is_right for row in members)} of {len(members)} {words} clips")
    return f"Correct genre: {', '.join(parts)}." if parts else ""


def tempo_score_in_words(rows: Sequence[ClipRow]) -> str:
    """How many tempi are of each kind of error, each subset on its own; "" without tempi or rows."""
    parts = []
    for subset, words in _SCORE_WORDS.items():
        counts = Counter(row.tempo.kind for row in rows if row.tempo and row.tempo.subset == SUBSET_LABELS[subset])
        kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ERROR_KINDS if kind in counts)
        if kinds:
            parts.append(f"{kinds} of {words} clips")
    return f"Tempo within 4 % of GTZAN-Rhythm: {'; '.join(parts)}." if parts else ""
