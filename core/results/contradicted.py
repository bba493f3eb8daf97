"""Labels that models contradict: clips for listening, not for relabelling; no score uses this list."""

from dataclasses import dataclass

import numpy as np

from core.data.clips import load_clips
from core.results.genre_predictions import GENRE_TABLE
from core.types import GENRES

SYSTEMS = ("genre-strong-oof", "genre-transfer-oof", "genre-transfer-mtt-oof")
"""Each predicts a clip by a model that was trained without its artist."""
LEAST_PROBABILITY = 0.5


@dataclass(frozen=True)
class Contradiction:
    """What all systems predict instead of the label.

    Attributes:
        genre: the genre on which they agree.
        probability: of it, mean over the systems.
    """

    genre: str
    probability: float


def contradicted_labels() -> dict[str, Contradiction]:
    """By clip id: where all systems agree on another genre, with a mean probability of at least one half.

    Raises:
        DatasetError: the predictions of a system are missing or damaged.
    """
    saved = [GENRE_TABLE.load(system) for system in SYSTEMS]
    found = {}
    for clip in load_clips():
        probs = np.stack([system.by_clip[clip.clip_id] for system in saved])
        (first, *others), mean = probs.argmax(axis=1), probs.mean(axis=0)
        agree = all(other == first for other in others)
        if agree and GENRES[first] != clip.genre and mean[first] >= LEAST_PROBABILITY:
            found[clip.clip_id] = Contradiction(GENRES[first], float(mean[first]))
    return found
