"""Hand-marked beats of the GTZAN clips, from the table that ships with the project.

Source: U. Marchand and G. Peeters, "Swing Ratio Estimation", DAFx 2015 (GTZAN-Rhythm). `reggae.00086` has none.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.errors import DatasetError
from core.system.paths import DATA_DIR

BEATS = DATA_DIR / "beats.csv"


@dataclass(frozen=True)
class Beats:
    """The beats of one piece of audio.

    Attributes:
        times_s: `[b]`, float64, seconds, ascending.
        beat_in_bar: `[b]`, int64, 1 is the downbeat, 0 where the place in the bar is unknown.
    """

    times_s: NDArray[np.float64]
    beat_in_bar: NDArray[np.int64]

    @property
    def knows_bars(self) -> bool:
        """Whether every beat has a place in its bar."""
        return bool((self.beat_in_bar > 0).all())


@lru_cache(maxsize=1)
def load_beats() -> Mapping[str, Beats]:
    """Beats by clip id, of the 999 clips that have some.

    Raises:
        DatasetError: the table that ships with the project is missing or damaged.
    """
    try:
        with BEATS.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = [(row["clip_id"], float(row["time_s"]), int(row["beat_in_bar"] or 0)) for row in reader]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise DatasetError(
            f"The table of beats {BEATS} cannot be read ({error}). It ships with the project: restore it with "
            "'git checkout data/beats.csv'."
        ) from error
    beats = {}
    for clip_id, group in groupby(sorted(rows), itemgetter(0)):
        _, times_s, places = zip(*group, strict=True)
        beats[clip_id] = Beats(np.array(times_s, dtype=np.float64), np.array(places, dtype=np.int64))
    return MappingProxyType(beats)
