"""The vocabulary of the project: what crosses a module border is one of these.

Arrays are numpy, float32 unless said otherwise. `W` is the number of windows, `T` the number of spectrogram frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Subset = Literal["train", "valid", "test"]

GENRES: tuple[str, ...] = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip
"""The ten GTZAN genres; every vector of genre scores is in this order."""

SUBSETS: tuple[Subset, ...] = ("train", "valid", "test")


@dataclass(frozen=True)
class AudioInfo:
    """What was found in an audio file, before resampling and mixing down.

    Attributes:
        codec: codec in words, e.g. "MP3" or "WAV, 16-bit PCM".
        sample_rate: Hz, of the file.
        n_channels: channels of the file.
        duration_s: seconds of decoded audio.
    """

    codec: str
    sample_rate: int
    n_channels: int
    duration_s: float


@dataclass(frozen=True)
class Audio:
    """Decoded audio.

    Attributes:
        samples: mono, `[n]`, float32, nominally within -1..1.
        sample_rate: Hz, of `samples`.
        info: what the file held.
    """

    samples: FloatArray
    sample_rate: int
    info: AudioInfo

    @property
    def duration_s(self) -> float:
        """Seconds of `samples`."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True)
class Clip:
    """One GTZAN clip and what is known about it; empty text and None mean unknown.

    Attributes:
        clip_id: e.g. "blues.00000".
        genre: one of `GENRES`.
        artist, title: after Sturm's index.
        tempo_bpm: mean over hand-marked beats (GTZAN-Rhythm), the ground truth.
        tempo_std_bpm: spread of the same.
        tempo_marsyas_bpm: a second annotation.
        metrical_levels_bpm: pulse rates of all annotated metrical levels.
        meter: e.g. "4/4".
        fault_filtered_subset: subset in the fault-filtered split, None where that split leaves the clip out.
        repetition_group: clip_id of the first clip that holds the same recording, None when unique.
    """

    clip_id: str
    genre: str
    artist: str
    title: str
    tempo_bpm: float | None
    tempo_std_bpm: float | None
    tempo_marsyas_bpm: float | None
    metrical_levels_bpm: tuple[float, ...]
    meter: str
    fault_filtered_subset: Subset | None
    repetition_group: str | None


@dataclass(frozen=True)
class Split:
    """A division of GTZAN clips.

    Attributes:
        name: "stratified", "fault_filtered" or "artist_folds".
        seed: split seed, None where the split is fixed by publication.
        fold: 0..4 for "artist_folds", else None.
        train, valid, test: clip ids, sorted, disjoint.
    """

    name: str
    seed: int | None
    fold: int | None
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]

    def members(self, subset: Subset) -> tuple[str, ...]:
        """Clip ids of one subset."""
        return {"train": self.train, "valid": self.valid, "test": self.test}[subset]

    @property
    def subset_of(self) -> Mapping[str, Subset]:
        """Subset by clip id; a clip that the split leaves out is absent."""
        return {clip_id: subset for subset in SUBSETS for clip_id in self.members(subset)}


@dataclass(frozen=True)
class GenreEstimate:
    """What a genre model says of one piece of audio.

    Attributes:
        checkpoint: name of the checkpoint that said it.
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
class Prediction:
    """Everything the models say of one piece of audio.

    Attributes:
        info: what the file held.
        spectrogram: `[64, T]`, normalised log-mel of the whole track, in standard deviations per band.
        frame_s: seconds between two frames of `spectrogram`.
        genre: the genre estimate.
    """

    info: AudioInfo
    spectrogram: FloatArray
    frame_s: float
    genre: GenreEstimate

    def as_record(self) -> dict[str, float | str | dict[str, float]]:
        """What is written to JSON, by command line and page alike: flat names, probabilities with five decimals."""
        return {
            "duration_s": round(self.info.duration_s, 3),
            "codec": self.info.codec,
            "sample_rate": self.info.sample_rate,
            "n_channels": self.info.n_channels,
            "genre": self.genre.genre,
            "genre_probs": probs_by_name(self.genre.probs),
            "genre_checkpoint": self.genre.checkpoint,
        }


def probs_by_name(probs: FloatArray) -> dict[str, float]:
    """`[10]` to genre and probability with five decimals."""
    return {genre: round(float(p), 5) for genre, p in zip(GENRES, probs, strict=True)}
