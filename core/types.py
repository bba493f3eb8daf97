"""The vocabulary of the project: what crosses a module border is one of these.

Arrays are numpy, float32 unless said otherwise. `W` is the number of windows, `T` the number of spectrogram frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Subset = Literal["train", "valid", "test"]
Task = Literal["genre", "tempo", "fusion"]
"""What a checkpoint predicts: fusion is genre from a genre and a tempo checkpoint together."""
RecordValue: TypeAlias = float | str | list[float] | list[str] | dict[str, float] | list[dict[str, float | str]] | None
"""What a field of a JSON record may hold."""

GENRES: tuple[str, ...] = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip
"""The ten GTZAN genres; every vector of genre scores is in this order."""

SUBSETS: tuple[Subset, ...] = ("train", "valid", "test")

CLEAR_CONFIDENCE = 0.4
"""Below it the tempo is "no clear tempo"; set on validation clips and non-rhythmic sounds, see the decisions."""
TRACKED_CONFIDENCE = 0.3
"""From it on beats are tracked: the pulse may be plain where its octave is too open to name a tempo."""
SURE_FROM_S = 3.0
"""With less sound than this a genre is shown as too short to be sure."""


@dataclass(frozen=True)
class AudioInfo:
    """What was found in an audio file, before resampling and mixing down.

    Attributes:
        codec: codec in words, e.g. "MP3" or "WAV, 16-bit PCM".
        sample_rate: Hz, of the file.
        n_channels: channels of the file.
        duration_s: seconds of decoded audio.
        notes: what of the file could not be used and why, each a sentence for the user; empty when all of it was read.
    """

    codec: str
    sample_rate: int
    n_channels: int
    duration_s: float
    notes: tuple[str, ...] = ()


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
class UsedSound:
    """Which parts of a sound the models receive: silence before, after and inside it is left out.

    Attributes:
        duration_s: seconds of the whole.
        parts_s: start and end of each part that holds sound, seconds, ascending, disjoint.
    """

    duration_s: float
    parts_s: tuple[tuple[float, float], ...]

    @property
    def used_s(self) -> float:
        """Seconds that the models receive."""
        return sum(end - start for start, end in self.parts_s)

    @property
    def left_out_s(self) -> float:
        """Seconds of silence that they do not."""
        return max(0.0, self.duration_s - self.used_s)

    def in_track(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Times in what the models receive, the parts joined, as times in the whole sound: `[n]`, seconds."""
        ends_s = np.cumsum([end - start for start, end in self.parts_s])
        part = np.minimum(np.searchsorted(ends_s, times_s, side="right"), len(self.parts_s) - 1)
        before_s = np.array([start for start, _ in self.parts_s]) - np.concatenate([[0.0], ends_s[:-1]])
        return np.asarray(times_s + before_s[part], dtype=np.float64)


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
class TempoCandidate:
    """Another tempo that the same music can be counted in.

    Attributes:
        relation: "half", "double", "third", "triple", "two thirds" or "three halves" of the estimate.
        tempo_bpm: that many times the estimate.
        weight: probability of the tempi within 4 % of it, 0..1.
    """

    relation: str
    tempo_bpm: float
    weight: float


@dataclass(frozen=True)
class TempoEstimate:
    """An estimate from a distribution over tempi.

    Attributes:
        tempo_bpm: the estimate.
        confidence: probability of the tempi within 4 % of it, 0..1: the chance to be right by that measure.
        distribution: `[N_BINS]`, over `core.rhythm.tempo.TEMPO_BINS_BPM`, sums to 1.
        candidates: related tempi inside the range of the bins, the weightiest first.
    """

    tempo_bpm: float
    confidence: float
    distribution: FloatArray
    candidates: tuple[TempoCandidate, ...]

    @property
    def is_clear(self) -> bool:
        """Whether the number is worth showing; silence, noise and a single tone have no clear tempo."""
        return self.confidence >= CLEAR_CONFIDENCE

    @property
    def best_alternative(self) -> TempoCandidate | None:
        """The weightiest of the related tempi; None when none is within the range of the bins."""
        return self.candidates[0] if self.candidates else None


@dataclass(frozen=True)
class TempoPart:
    """A stretch of a track with a steady tempo of its own.

    Attributes:
        start_s, end_s: where it lies in the track, seconds.
        tempo_bpm: its tempo.
        confidence: 0..1, as in `TempoEstimate`.
    """

    start_s: float
    end_s: float
    tempo_bpm: float
    confidence: float

    @property
    def is_clear(self) -> bool:
        """As `TempoEstimate.is_clear`."""
        return self.confidence >= CLEAR_CONFIDENCE


@dataclass(frozen=True)
class TempoReading:
    """What a tempo model predicts for one piece of audio, as a whole and over its length.

    A track of up to one and a half windows is one window, and that window's estimate is that of the whole.

    Attributes:
        checkpoint: name of the checkpoint that predicted it.
        estimate: of the whole.
        beat_times_s: `[b]`, float64, seconds; empty when the confidence is below `TRACKED_CONFIDENCE`.
        window_tempo_bpm: `[W]`, BPM of each window.
        window_confidence: `[W]`, 0..1, of each window, as in `TempoEstimate`.
        window_distributions: `[W, N_BINS]`, one row per window, each sums to 1.
        window_start_s: `[W]`, seconds, where each window begins.
        window_s: seconds, length of a window.
        parts: stretches of different tempo, in order, where the tempo changes for good; empty where one tempo holds.
    """

    checkpoint: str
    estimate: TempoEstimate
    beat_times_s: NDArray[np.float64]
    window_tempo_bpm: FloatArray
    window_confidence: FloatArray
    window_distributions: FloatArray
    window_start_s: FloatArray
    window_s: float
    parts: tuple[TempoPart, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the track has no single tempo."""
        return len(self.parts) > 1


@dataclass(frozen=True)
class Prediction:
    """Everything the models predict for one piece of audio.

    Attributes:
        info: what the file held.
        spectrogram: `[64, T]`, normalised log-mel of the whole track, in standard deviations per band.
        frame_s: seconds between two frames of `spectrogram`.
        band_centres_hz: `[64]`, Hz, of the rows of `spectrogram`.
        genre: the genre estimate.
        tempo: the tempo, None when no tempo checkpoint is installed.
        fused: the genre by embedding and tempo together, None when no fusion checkpoint goes with the other two.
        used: which parts of the sound the models received; None stands for all of it.
        is_unlike_training: whether the sound is unlike anything in the training clips, so that no genre fits it.
    """

    info: AudioInfo
    spectrogram: FloatArray
    frame_s: float
    band_centres_hz: FloatArray
    genre: GenreEstimate
    tempo: TempoReading | None = None
    fused: GenreEstimate | None = None
    used: UsedSound | None = None
    is_unlike_training: bool = False

    @property
    def used_s(self) -> float:
        """Seconds of sound that the models received."""
        return self.info.duration_s if self.used is None else self.used.used_s

    @property
    def is_too_short(self) -> bool:
        """Whether there is too little sound for a reliable genre."""
        return self.used_s < SURE_FROM_S

    @property
    def notes(self) -> tuple[str, ...]:
        """What the prediction does not cover and how far it goes, each a sentence for the user; often none."""
        left_out_s = 0.0 if self.used is None else self.used.left_out_s
        own = {
            f"{left_out_s:.0f} s of silence left out.": left_out_s >= 0.5,
            f"Only {self.used_s:.1f} s of sound: too short to be sure of a genre.": self.is_too_short,
            "Unlike anything in the training data: the genre means little.": self.is_unlike_training,
        }
        return (*self.info.notes, *(note for note, holds in own.items() if holds))
