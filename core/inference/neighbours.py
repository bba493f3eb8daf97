"""Clips of GTZAN that a sound is like, by the features of musicnn: nearest neighbours by the cosine of their angle.

Of the 999 clips, the nearest one by another artist has the same genre in 75 % of cases (`msd`; 63 % for `mtt`).
"""

from functools import lru_cache

import numpy as np

from core.data.features import load_features
from core.types import FloatArray, Neighbour

N_NEIGHBOURS = 6
_LEAST_SPREAD = 1e-6
"""Some channels never respond."""


def nearest_clips(features: FloatArray, network: str, n: int = N_NEIGHBOURS) -> tuple[Neighbour, ...]:
    """The clips whose features point the same way, most similar first.

    Args:
        features: `[1506]`, mean over the windows of a sound.
        network: that gave them, "msd" or "mtt".
        n: how many clips.

    Raises:
        DatasetError: the features of the clips are missing or damaged.
    """
    clip_ids, mean, spread, rows = _standardised(network)
    asked = _unit((features - mean) / spread)
    similarities = rows @ asked
    order = np.argsort(-similarities, kind="stable")[:n]
    return tuple(Neighbour(clip_ids[i], float(similarities[i])) for i in order)


@lru_cache(maxsize=2)
def _standardised(network: str) -> tuple[tuple[str, ...], FloatArray, FloatArray, FloatArray]:
    """Ids of the clips, mean and standard deviation of each feature, and the rows `[999, 1506]` of length 1."""
    by_clip = load_features(network).by_clip
    rows = np.stack(list(by_clip.values()))
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), _LEAST_SPREAD)
    return tuple(by_clip), mean, spread, _unit((rows - mean) / spread)


def _unit(rows: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / lengths, dtype=np.float32)
