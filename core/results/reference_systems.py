"""Reference systems: tempi of other estimators for every GTZAN clip, to compare with. Sources: data/README.md."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from core.data.clips import load_clips
from core.errors import DatasetError
from core.system.paths import DATA_DIR

REFERENCES_TABLE = DATA_DIR / "peers_tempo.csv"

_CURE = "It ships with the project: restore it with 'git checkout data/peers_tempo.csv'."


@dataclass(frozen=True)
class ReferenceInfo:
    """An estimator and how its predictions came about.

    Attributes:
        name: column of the table.
        title: estimator and version, for people.
        source: the publication it follows.
        audio: what it received: the lossless originals, or the 32 kb/s MP3 copy that our models are scored on.
        cpu_s_per_clip: median seconds for a clip of 30 s on one thread, warm, without decoding; None when not measured.
    """

    name: str
    title: str
    source: str
    audio: Literal["originals", "mp3 copy"]
    cpu_s_per_clip: float | None


_MULTI_TASK = "S. Böck and M. E. P. Davies, “Deconstruct, Analyse, Reconstruct”, ISMIR 2020"
_DIRECTIONAL = (
    "H. Schreiber and M. Müller, “Musical Tempo and Key Estimation using CNNs with Directional Filters”, SMC 2019"
)
_SINGLE_STEP = (
    "H. Schreiber and M. Müller, “A Single-Step Approach to Musical Tempo Estimation Using a CNN”, ISMIR 2018"
)
_RNN_BEATS = "S. Böck, F. Krebs and G. Widmer, “A Multi-Model Approach to Beat Tracking”, ISMIR 2014"
_RNN_COMB = "S. Böck, F. Krebs and G. Widmer, “Accurate Tempo Estimation Based on RNNs and Comb Filters”, ISMIR 2015"
_MULTI_FEATURE = "J. R. Zapata, M. E. P. Davies and E. Gómez, “Multi-Feature Beat Tracking”, IEEE/ACM TASLP 2014"
_PERCIVAL = "G. Percival and G. Tzanetakis, “Streamlined Tempo Estimation”, IEEE/ACM TASLP 2014"
_LIBROSA = "B. McFee et al., “librosa: Audio and Music Signal Analysis in Python”, SciPy 2015"
_ELLIS = "D. P. W. Ellis, “Beat Tracking by Dynamic Programming”, JNMR 2007"

REFERENCES: tuple[ReferenceInfo, ...] = (
    ReferenceInfo("boeck2020", "Böck and Davies 2020, published detections", _MULTI_TASK, "originals", None),
    ReferenceInfo("madmom_rnn_dbn", "madmom 0.17.dev0, RNN beats and DBN", _RNN_BEATS, "mp3 copy", 2.0),
    ReferenceInfo("madmom_rnn_comb", "madmom TempoDetector", _RNN_COMB, "mp3 copy", 1.9),
    ReferenceInfo("tempocnn_deepsquare_k8", "tempo-cnn 0.8.0, DeepSquare k8", _DIRECTIONAL, "mp3 copy", 0.049),
    ReferenceInfo("tempocnn_fcn", "tempo-cnn, default model", _SINGLE_STEP, "mp3 copy", 0.065),
    ReferenceInfo("essentia_multifeature", "essentia 2.1b6 RhythmExtractor2013", _MULTI_FEATURE, "mp3 copy", 0.352),
    ReferenceInfo("essentia_percival", "essentia PercivalBpmEstimator", _PERCIVAL, "mp3 copy", 0.074),
    ReferenceInfo("librosa_beat_track", "librosa 0.11 beat_track", _ELLIS, "mp3 copy", 0.021),
    ReferenceInfo("librosa_tempo", "librosa 0.11 feature.tempo", _LIBROSA, "mp3 copy", 0.019),
)
"""Every reference system, in the order of the table's columns."""


@dataclass(frozen=True)
class ReferenceSystem:
    """A reference system and its predictions.

    Attributes:
        info: which it is.
        tempo_bpm: BPM by clip id, sorted; a clip that it has no tempo for is absent.
    """

    info: ReferenceInfo
    tempo_bpm: Mapping[str, float]

    def predictions(self, clip_ids: Iterable[str]) -> tuple[float, ...]:
        """BPM of each of these clips, in their order.

        Raises:
            DatasetError: it has no tempo for one of them.
        """
        wanted = tuple(clip_ids)
        missing = [clip_id for clip_id in wanted if clip_id not in self.tempo_bpm]
        if missing:
            raise DatasetError(
                f"{self.info.title} has no tempo for {len(missing)} of {len(wanted)} clips, the first is {missing[0]}. "
                "Compare on clips with an annotated tempo: every reference system has a tempo for all of those."
            )
        return tuple(self.tempo_bpm[clip_id] for clip_id in wanted)


def _bpm(text: str) -> float | None:
    """None for an empty field; raises ValueError on anything but a finite number above 0."""
    if not text:
        return None
    bpm = float(text)
    if not (math.isfinite(bpm) and bpm > 0):
        raise ValueError(f"{text} is no tempo")
    return bpm


def _reference(info: ReferenceInfo, rows: list[dict[str, str]]) -> ReferenceSystem:
    given = {row["clip_id"]: _bpm(row[info.name]) for row in rows}
    known = {clip.clip_id: given.get(clip.clip_id) for clip in load_clips()}
    missing = [clip.clip_id for clip in load_clips() if clip.tempo_bpm is not None and known[clip.clip_id] is None]
    if missing:
        raise ValueError(f"{info.name} lacks {len(missing)} clips, as {missing[0]}")
    return ReferenceSystem(info, MappingProxyType({clip_id: bpm for clip_id, bpm in known.items() if bpm is not None}))


@lru_cache(maxsize=2)
def load_references(path: Path = REFERENCES_TABLE) -> tuple[ReferenceSystem, ...]:
    """All reference systems in the order of `REFERENCES`; each has tempi for at least the 998 annotated clips.

    Raises:
        DatasetError: the table is missing or damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return tuple(_reference(info, rows) for info in REFERENCES)
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DatasetError(f"The tempi of the reference systems {path} cannot be read ({error}). {_CURE}") from error


def load_reference(name: str, path: Path = REFERENCES_TABLE) -> ReferenceSystem:
    """One reference system by its name in `REFERENCES`.

    Raises:
        DatasetError: no such system, or the table is missing or damaged.
    """
    for system in load_references(path):
        if system.info.name == name:
            return system
    raise DatasetError(
        f"There is no reference system “{name}”. Choose one of {', '.join(info.name for info in REFERENCES)}."
    )
