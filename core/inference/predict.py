"""Audio in, `Prediction` out: checkpoints, features and aggregation over windows in one place.

Training, evaluation, the command line and the pages all come through here.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from core.audio.resample import resampled
from core.audio.sounding import find_sound, joined
from core.data.tempo_calibrations import calibration_of
from core.errors import CheckpointError
from core.features.log_mel import FeatureSpec, level_of, log_mel
from core.features.musicnn import SAMPLE_RATE
from core.inference.fusion import FusedModel
from core.inference.genre import GenreModel
from core.inference.load import (
    DEFAULT_CNN,
    DEFAULT_FUSION,
    DEFAULT_GENRE,
    DEFAULT_TEMPO,
    Model,
    load_genres,
    load_tempo,
)
from core.inference.out_of_distribution import load_detector
from core.inference.transfer import TransferModel
from core.system.paths import CHECKPOINT_DIR
from core.system.threads import second_thread
from core.types import Audio, FloatArray, GenreEstimate, Neighbour, Prediction, Tags, TempoPart, TempoReading, UsedSound

_JUST_BEFORE_S = 1e-3
_CNN_WEIGHT = 0.25
"""Of the CNN's log-probabilities in sounds shorter than its window, where features of three seconds are few."""
_MOST_PARTS = 4
"""With more parts between silences they are read as one: speech has dozens."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Predictor:
    """The models behind every prediction of the app and the command line.

    Each gets features of its own, made of the same decoded audio.

    Attributes:
        genre: the genre CNN, whose spectrogram is shown.
        tempo: the tempo model, None when none is installed.
        fusion: what joins the two, None when none is installed that is built on them.
        transfer: what predicts the genre in place of the CNN, which then predicts beside it; None for the CNN alone.

    Raises:
        CheckpointError: the two want audio at different sample rates.
    """

    genre: GenreModel
    tempo: Model[TempoReading] | None = None
    fusion: FusedModel | None = None
    transfer: TransferModel | None = None

    def __post_init__(self) -> None:
        if self.tempo is None:
            return
        headers = (self.genre.header, self.tempo.header)
        if headers[0].features.sample_rate != headers[1].features.sample_rate:
            wants = " and ".join(f"“{header.name}” wants {header.features.sample_rate} Hz" for header in headers)
            raise CheckpointError(
                f"These checkpoints do not go together: {wants}, but audio is decoded once. Pick two that were trained "
                "at the same sample rate."
            )

    @classmethod
    def load(
        cls,
        genre: str | None = None,
        tempo: str | None = DEFAULT_TEMPO,
        folder: Path = CHECKPOINT_DIR,
        fusion: str | None = DEFAULT_FUSION,
    ) -> "Predictor":
        """Loads the checkpoints.

        Args:
            genre: name of the genre checkpoint; None for the default one, or the default CNN where that is missing.
                Beside one that is no CNN the default CNN of the folder is loaded.
            tempo: name of the tempo checkpoint, None to go without; the default is gone without where it is missing.
            folder: where they are.
            fusion: name of the fusion checkpoint, None to go without; the default is gone without where it is missing
                or built on others than these two.

        Raises:
            CheckpointError: one is missing, damaged or of the wrong kind, they want different sample rates, or the
                fusion is built on others.
        """
        if genre is None:
            genre = DEFAULT_GENRE if (folder / f"{DEFAULT_GENRE}.json").exists() else DEFAULT_CNN
        if tempo == DEFAULT_TEMPO and not (folder / f"{tempo}.json").exists():
            tempo = None
        tempo_model = None if tempo is None else load_tempo(tempo, folder)
        cnn, transfer = load_genres(genre, folder)
        predictor = cls(cnn, tempo_model, _fusion(fusion, cnn, tempo_model, folder), transfer)
        fused = "no fusion" if predictor.fusion is None else predictor.fusion.header.name
        logger.info("models loaded: %s, %s, %s", genre, tempo or "no tempo", fused)
        return predictor

    @property
    def spec(self) -> FeatureSpec:
        """What the genre model receives and pages draw; `spec.sample_rate` is the rate that `predict` wants."""
        return self.genre.header.features

    def predict(self, audio: Audio) -> Prediction:
        """All that the models predict for a piece of audio at `spec.sample_rate`.

        They receive the parts that hold sound, repeated where those are shorter than a window; all times are those of
        the whole audio.
        """
        spec = self.spec
        used = find_sound(audio.samples, audio.sample_rate)
        sound = joined(audio.samples, audio.sample_rate, used)
        with second_thread() as beside:  # the tempo takes as long as all the rest, which is done meanwhile
            waiting = None if self.tempo is None else beside.submit(_calibrated_tempo, self.tempo, audio, used)
            sound_db = self.genre.spectrogram(sound)
            track = self.genre.normalised(sound_db)
            cnn, more = _genre_in_track(self.genre.estimate(track), used), self._more(sound)
            tempo = None if waiting is None else waiting.result()
        fused = None if tempo is None or used.used_s < spec.window_s else self._fused(track, tempo)
        return Prediction(
            info=audio.info,
            spectrogram=self._picture(audio, level_of(sound_db)),
            frame_s=spec.frame_s,
            band_centres_hz=spec.band_centres_hz(),
            genre=cnn if more is None else self._with_cnn(_genre_in_track(more[0], used), cnn, used.used_s),
            tempo=tempo,
            fused=None if fused is None else _genre_in_track(fused, used),
            used=used,
            is_unlike_training=load_detector().is_unlike(sound_db, spec),
            beside=() if more is None else (cnn,),
            tags=None if more is None else _tags_in_track(more[1], used),
            neighbours=() if more is None else more[2],
        )

    def _more(self, sound: FloatArray) -> tuple[GenreEstimate, Tags, tuple[Neighbour, ...]] | None:
        """Genre, tags and similar clips by the system in place of the CNN."""
        if self.transfer is None:
            return None
        return self.transfer.predict_more(resampled(sound, self.spec.sample_rate, SAMPLE_RATE))

    def _with_cnn(self, estimate: GenreEstimate, cnn: GenreEstimate, used_s: float) -> GenreEstimate:
        """The estimate, in a short sound with a quarter of the CNN's: that was best on cuts of validation clips."""
        if used_s >= self.spec.window_s:
            return estimate
        logs = (1 - _CNN_WEIGHT) * np.log(estimate.probs) + _CNN_WEIGHT * np.log(cnn.probs)
        weights = np.exp(logs - logs.max())
        return replace(estimate, probs=(weights / weights.sum()).astype(np.float32))

    def _picture(self, audio: Audio, level_db: float) -> FloatArray:
        """The whole audio as a spectrogram, silence included, brought to the level of the training clips."""
        return self.genre.header.normalisation.apply(log_mel(audio.samples, self.spec), level_db).numpy()

    def _fused(self, track: torch.Tensor, tempo: TempoReading) -> GenreEstimate | None:
        if self.fusion is None:
            return None
        return self.fusion.predict(self.genre, track, tempo.estimate)


def predict_genre(model: Model[GenreEstimate], audio: Audio) -> GenreEstimate:
    """What any genre system predicts for a piece of audio, from the parts that hold sound; times are of the whole."""
    used = find_sound(audio.samples, audio.sample_rate)
    sound = joined(audio.samples, audio.sample_rate, used)
    rate = model.header.features.sample_rate
    return _genre_in_track(model.predict(resampled(sound, audio.sample_rate, rate)), used)


def _genre_in_track(estimate: GenreEstimate, used: UsedSound) -> GenreEstimate:
    starts_s = used.in_track(estimate.window_start_s.astype(np.float64))
    return replace(estimate, window_start_s=starts_s.astype(np.float32))


def _tags_in_track(tags: Tags, used: UsedSound) -> Tags:
    starts_s = used.in_track(tags.window_start_s.astype(np.float64))
    return replace(tags, window_start_s=starts_s.astype(np.float32))


def _calibrated_tempo(model: Model[TempoReading], audio: Audio, used: UsedSound) -> TempoReading:
    return _calibrated(model, _predict_tempo(model, audio, used))


def _predict_tempo(model: Model[TempoReading], audio: Audio, used: UsedSound) -> TempoReading:
    """The tempo of what is used: beats do not go on where they stopped before a silence, so each part is read alone."""
    parts = [UsedSound(used.duration_s, (part_s,)) for part_s in used.parts_s]
    if len(parts) > _MOST_PARTS:
        parts = [used]
    sounds = [joined(audio.samples, audio.sample_rate, part) for part in parts]
    predictions = [_tempo_in_track(model.predict(sound), part) for sound, part in zip(sounds, parts, strict=True)]
    if len(predictions) == 1:
        return predictions[0]
    main = max(zip(predictions, parts, strict=True), key=lambda each: (each[0].estimate.is_clear, each[1].used_s))[0]
    return replace(
        main,
        beat_times_s=np.concatenate([predicted.beat_times_s for predicted in predictions]),
        window_tempo_bpm=np.concatenate([predicted.window_tempo_bpm for predicted in predictions]),
        window_confidence=np.concatenate([predicted.window_confidence for predicted in predictions]),
        window_distributions=np.concatenate([predicted.window_distributions for predicted in predictions]),
        window_start_s=np.concatenate([predicted.window_start_s for predicted in predictions]),
    )


def _calibrated(model: Model[TempoReading], predicted: TempoReading) -> TempoReading:
    """With the calibrated confidence, where the checkpoint has a calibration."""
    calibration = calibration_of(model.header.weights_sha256)
    if calibration is None:
        return predicted
    confidence = np.array([predicted.estimate.confidence])
    return replace(predicted, accuracy1_probability=float(calibration.scaling.apply(confidence)[0]))


def _tempo_in_track(predicted: TempoReading, used: UsedSound) -> TempoReading:
    """The same prediction, its times those of the whole audio; what was repeated has no beats of its own."""
    beats_s = predicted.beat_times_s
    return replace(
        predicted,
        beat_times_s=used.in_track(beats_s[beats_s < used.used_s]),
        window_start_s=used.in_track(predicted.window_start_s.astype(np.float64)).astype(np.float32),
        parts=tuple(_part_in_track(part, used) for part in predicted.parts),
    )


def _part_in_track(part: TempoPart, used: UsedSound) -> TempoPart:
    # A part that ends where silence begins does not end behind it.
    start_s, end_s = used.in_track(np.array([part.start_s, part.end_s - _JUST_BEFORE_S]))
    return replace(part, start_s=float(start_s), end_s=min(float(end_s), used.duration_s))


def _fusion(name: str | None, genre: GenreModel, tempo: Model[TempoReading] | None, folder: Path) -> FusedModel | None:
    if name is None or (tempo is None and name == DEFAULT_FUSION):
        return None
    if tempo is None:
        raise CheckpointError(f"“{name}” needs a tempo checkpoint, and none is in use. Give one with --tempo.")
    load = FusedModel.load_if_it_fits if name == DEFAULT_FUSION else FusedModel.load
    return load(name, genre.header, tempo.header, folder)
