"""What other tempo estimators answered for every GTZAN clip, for comparisons clip by clip. Sources: data/README.md."""

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

PEERS_TABLE = DATA_DIR / "peers_tempo.csv"

_CURE = "It ships with the project: restore it with 'git checkout data/peers_tempo.csv'."


@dataclass(frozen=True)
class PeerInfo:
    """An estimator and how its answers came about.

    Attributes:
        name: column of the table.
        title: estimator and version, for people.
        source: the publication it follows.
        heard: what it listened to: the lossless originals, or the 32 kb/s MP3 copy that our models are scored on.
        cpu_s_per_clip: median seconds for a clip of 30 s on one thread, warm, without decoding; None when not measured.
    """

    name: str
    title: str
    source: str
    heard: Literal["originals", "mp3 copy"]
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

PEERS: tuple[PeerInfo, ...] = (
    PeerInfo("boeck2020", "Böck and Davies 2020, published detections", _MULTI_TASK, "originals", None),
    PeerInfo("madmom_rnn_dbn", "madmom 0.17.dev0, RNN beats and DBN", _RNN_BEATS, "mp3 copy", 2.0),
    PeerInfo("madmom_rnn_comb", "madmom TempoDetector", _RNN_COMB, "mp3 copy", 1.9),
    PeerInfo("tempocnn_deepsquare_k8", "tempo-cnn 0.8.0, DeepSquare k8", _DIRECTIONAL, "mp3 copy", 0.049),
    PeerInfo("tempocnn_fcn", "tempo-cnn, default model", _SINGLE_STEP, "mp3 copy", 0.065),
    PeerInfo("essentia_multifeature", "essentia 2.1b6 RhythmExtractor2013", _MULTI_FEATURE, "mp3 copy", 0.352),
    PeerInfo("essentia_percival", "essentia PercivalBpmEstimator", _PERCIVAL, "mp3 copy", 0.074),
    PeerInfo("librosa_beat_track", "librosa 0.11 beat_track", _ELLIS, "mp3 copy", 0.021),
    PeerInfo("librosa_tempo", "librosa 0.11 feature.tempo", _LIBROSA, "mp3 copy", 0.019),
)
"""Every peer, in the order of the table's columns."""


@dataclass(frozen=True)
class TempoPeer:
    """A peer and its answers.

    Attributes:
        info: who it is.
        tempo_bpm: BPM by clip id, sorted; a clip that it has no answer for is absent.
    """

    info: PeerInfo
    tempo_bpm: Mapping[str, float]

    def answers(self, clip_ids: Iterable[str]) -> tuple[float, ...]:
        """BPM of each of these clips, in their order.

        Raises:
            DatasetError: the peer has no answer for one of them.
        """
        wanted = tuple(clip_ids)
        missing = [clip_id for clip_id in wanted if clip_id not in self.tempo_bpm]
        if missing:
            raise DatasetError(
                f"{self.info.title} has no tempo for {len(missing)} of {len(wanted)} clips, the first is {missing[0]}. "
                "Compare on clips with an annotated tempo: every peer has answered all of those."
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


def _peer(info: PeerInfo, rows: list[dict[str, str]]) -> TempoPeer:
    answers = {row["clip_id"]: _bpm(row[info.name]) for row in rows}
    known = {clip.clip_id: answers.get(clip.clip_id) for clip in load_clips()}
    unanswered = [clip.clip_id for clip in load_clips() if clip.tempo_bpm is not None and known[clip.clip_id] is None]
    if unanswered:
        raise ValueError(f"{info.name} lacks {len(unanswered)} clips, as {unanswered[0]}")
    return TempoPeer(info, MappingProxyType({clip_id: bpm for clip_id, bpm in known.items() if bpm is not None}))


@lru_cache(maxsize=2)
def load_peers(path: Path = PEERS_TABLE) -> tuple[TempoPeer, ...]:
    """All peers in the order of `PEERS`; each has answers for at least the 998 clips with an annotated tempo.

    Raises:
        DatasetError: the table is missing or damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return tuple(_peer(info, rows) for info in PEERS)
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise DatasetError(f"The peers' tempi {path} cannot be read ({error}). {_CURE}") from error


def load_peer(name: str, path: Path = PEERS_TABLE) -> TempoPeer:
    """One peer by its name in `PEERS`.

    Raises:
        DatasetError: no such peer, or the table is missing or damaged.
    """
    for peer in load_peers(path):
        if peer.info.name == name:
            return peer
    raise DatasetError(f"There is no tempo peer “{name}”. Choose one of {', '.join(info.name for info in PEERS)}.")
