"""Everything that the models predict for one piece of audio."""

from dataclasses import dataclass

from core.types.audio import AudioInfo, UsedSound
from core.types.base import FloatArray
from core.types.genre import GenreEstimate, Neighbour, Tags
from core.types.tempo import TempoReading

SURE_FROM_S = 3.0
"""With less sound than this a genre is shown as too short to be sure."""


@dataclass(frozen=True)
class Prediction:
    """Everything the models predict for one piece of audio.

    Attributes:
        info: what the file held.
        spectrogram: `[64, T]`, normalised log-mel of the whole track, in standard deviations per band.
        frame_s: seconds between two frames of `spectrogram`.
        band_centres_hz: `[64]`, Hz, of the rows of `spectrogram`.
        genre: the genre, by the system that was chosen.
        tempo: the tempo, None when no tempo checkpoint is installed.
        fused: the genre by embedding and tempo together, None when no fusion checkpoint goes with the other two.
        used: which parts of the sound the models received; None stands for all of it.
        beside: the genre by other systems: by the genre CNN, where another one was chosen.
        tags: words of the published network whose features the chosen system receives; None for other systems.
        neighbours: clips of GTZAN with the most similar features, most similar first; () for other systems.
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
    beside: tuple[GenreEstimate, ...] = ()
    tags: Tags | None = None
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def cnn(self) -> GenreEstimate:
        """The genre by the genre CNN, which fusions are built on, whichever system was chosen."""
        return self.beside[0] if self.beside else self.genre

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
