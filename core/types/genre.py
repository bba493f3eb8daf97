"""Predicted genres and tags."""

from dataclasses import dataclass

import numpy as np

from core.types.base import GENRES, FloatArray


@dataclass(frozen=True)
class GenreEstimate:
    """What a genre model predicts for one piece of audio.

    Attributes:
        checkpoint: name of the checkpoint that predicted it.
        probs: `[10]`, in the order of `GENRES`, sums to 1.
        window_probs: `[W, 10]`, one row per window, each sums to 1.
        window_start_s: `[W]`, seconds, where each window begins.
        window_s: seconds, length of a window.
    """

    checkpoint: str
    probs: FloatArray
    window_probs: FloatArray
    window_start_s: FloatArray
    window_s: float

    @property
    def genre(self) -> str:
        """The most probable genre."""
        return GENRES[int(self.probs.argmax())]

    @property
    def confidence(self) -> float:
        """Probability of the most probable genre, 0..1."""
        return float(self.probs.max())

    def ranked(self) -> list[tuple[str, float]]:
        """Genres with their probabilities, most probable first."""
        return [(GENRES[i], float(self.probs[i])) for i in np.argsort(-self.probs, kind="stable")]


@dataclass(frozen=True)
class Tags:
    """Words of a network that was trained to tag music, for windows of a sound.

    Attributes:
        names: of the tags.
        probs: `[W, N]`, each 0..1; several tags hold at once.
        window_start_s: `[W]`, seconds, where each window begins.
        window_s: seconds, length of a window.
    """

    names: tuple[str, ...]
    probs: FloatArray
    window_start_s: FloatArray
    window_s: float

    def ranked(self) -> list[tuple[str, float]]:
        """Tags with their mean probability over the windows, most probable first."""
        means = self.probs.mean(axis=0)
        return [(self.names[i], float(means[i])) for i in np.argsort(-means, kind="stable")]


@dataclass(frozen=True)
class Neighbour:
    """A clip of the data set that a sound is like.

    Attributes:
        clip_id: the clip.
        similarity: cosine of the angle between their standardised features, -1..1.
    """

    clip_id: str
    similarity: float
