"""Audio in, `Prediction` out: checkpoints, features and aggregation over windows in one place.

Training, evaluation, the command line and the pages all come through here.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.audio.sounding import find_sound, joined, repeated
from core.errors import CheckpointError
from core.features.log_mel import FeatureSpec, cut_windows, level_of, log_mel, repeat_frames, window_starts
from core.inference.cnn14 import AnyTempoModel, load_tempo_model
from core.inference.fusion import FusedModel, frozen_trunk
from core.inference.out_of_distribution import load_detector
from core.models.checkpoint import CheckpointHeader, Inference, load_model
from core.system.paths import CHECKPOINT_DIR
from core.types import Audio, FloatArray, GenreEstimate, Prediction, TempoPart, TempoReading, UsedSound

DEFAULT_GENRE = "genre-strong"
DEFAULT_TEMPO = "tempo-tcn"
DEFAULT_FUSION = "fusion-strong"
_BATCH_WINDOWS = 8
"""Windows in one pass of a network: the first layer takes 20 MB for each."""

_JUST_BEFORE_S = 1e-3
_MOST_READINGS = 4
"""With more parts between silences they are read as one: speech has dozens."""

logger = logging.getLogger(__name__)


@torch.inference_mode()
def window_logits(net: nn.Module, track: Tensor, spec: FeatureSpec, starts: list[int]) -> Tensor:
    """Logits of a network in evaluation mode on windows of a track.

    Args:
        net: maps `[W, 1, 64, 400]` to `[W, 10]`.
        track: normalised `[64, T]`, T >= `spec.n_frames`.
        spec: gives the window's size.
        starts: first frame of each window.

    Returns:
        `[W, 10]`.
    """
    batches = [starts[i : i + _BATCH_WINDOWS] for i in range(0, len(starts), _BATCH_WINDOWS)]
    return torch.cat([net(cut_windows(track, batch, spec)) for batch in batches])


def pool_windows(logits: Tensor, temperature: float) -> Tensor:
    """Window logits `[W, 10]` to probabilities `[10]` of the whole: softmax of the mean logits over the temperature."""
    return torch.softmax(logits.double().mean(0) / temperature, dim=-1).float()


@dataclass(frozen=True)
class GenreModel:
    """A genre network with all it needs to answer."""

    net: nn.Module
    header: CheckpointHeader

    @classmethod
    def load(cls, name: str, folder: Path = CHECKPOINT_DIR) -> "GenreModel":
        """Loads a genre checkpoint.

        Raises:
            CheckpointError: unusable, or of another kind.
        """
        net, header = load_model(name, folder)
        if header.kind != "genre":
            raise CheckpointError(
                f"“{name}” is a {header.kind} checkpoint. Pick a genre checkpoint, such as {DEFAULT_GENRE}."
            )
        return cls(net, header)

    def normalised(self, log_mel_db: Tensor) -> Tensor:
        """Any sound, `[64, T]` dB, to `[64, T']`, T' >= one window, at the level and spread of the training clips."""
        return repeat_frames(self.header.normalisation.apply(log_mel_db), self.header.features.n_frames)

    def normalised_clip(self, log_mel_db: Tensor) -> Tensor:
        """The same for a clip of the data set, which may keep its level: see `Normalisation`."""
        return repeat_frames(self.header.normalisation.apply_to_clip(log_mel_db), self.header.features.n_frames)

    def estimate(self, track: Tensor, inference: Inference | None = None) -> GenreEstimate:
        """Genre of a normalised track `[64, T]`, T >= one window; `inference` overrides the checkpoint's own.

        A checkpoint that answers from its first window alone still looks at all of them, to show how they differ.
        """
        spec, inference = self.header.features, inference or self.header.inference
        starts = window_starts(track.shape[-1], spec, inference.hop_frames or spec.n_frames // 2)
        logits = window_logits(self.net, track, spec, starts)
        counted = logits if inference.hop_frames else logits[:1]
        return GenreEstimate(
            checkpoint=self.header.name,
            probs=pool_windows(counted, inference.temperature).numpy(),
            window_probs=torch.softmax(logits / inference.temperature, dim=-1).numpy(),
            window_start_s=(torch.tensor(starts) * spec.frame_s).float().numpy(),
            window_s=spec.window_s,
        )


@dataclass(frozen=True)
class Predictor:
    """The models behind every prediction of the app and the command line.

    Each gets features of its own, made of the same decoded audio.

    Attributes:
        genre: the genre model.
        tempo: the tempo model, None when none is installed.
        fusion: what joins the two, None when none is installed that is built on them.

    Raises:
        CheckpointError: the two want audio at different sample rates.
    """

    genre: GenreModel
    tempo: AnyTempoModel | None = None
    fusion: FusedModel | None = None

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
        genre: str = DEFAULT_GENRE,
        tempo: str | None = DEFAULT_TEMPO,
        folder: Path = CHECKPOINT_DIR,
        fusion: str | None = DEFAULT_FUSION,
    ) -> "Predictor":
        """Loads the checkpoints.

        Args:
            genre: name of the genre checkpoint.
            tempo: name of the tempo checkpoint, None to go without; the default is gone without where it is missing.
            folder: where they are.
            fusion: name of the fusion checkpoint, None to go without; the default is gone without where it is missing
                or built on others than these two.

        Raises:
            CheckpointError: one is missing, damaged or of the wrong kind, they want different sample rates, or the
                fusion is built on others.
        """
        if tempo == DEFAULT_TEMPO and not (folder / f"{tempo}.json").exists():
            tempo = None
        heard = None if tempo is None else load_tempo_model(tempo, folder)
        model = GenreModel.load(genre, folder)
        predictor = cls(model, heard, _fusion(fusion, model, heard, folder))
        fused = "no fusion" if predictor.fusion is None else predictor.fusion.header.name
        logger.info("models loaded: %s, %s, %s", genre, tempo or "no tempo", fused)
        return predictor

    @property
    def spec(self) -> FeatureSpec:
        """What the genre model hears and pages draw; `spec.sample_rate` is the rate that `predict` wants."""
        return self.genre.header.features

    def predict(self, audio: Audio) -> Prediction:
        """All that the models predict for a piece of audio at `spec.sample_rate`.

        They receive the parts that hold sound, repeated where those are shorter than a window; all times are those of
        the whole audio.
        """
        spec = self.spec
        used = find_sound(audio.samples, audio.sample_rate)
        sound = joined(audio.samples, audio.sample_rate, used)
        sound_db = log_mel(repeated(sound, spec.n_window_samples), spec)
        track = self.genre.normalised(sound_db)
        tempo = None if self.tempo is None else _read_tempo(self.tempo, audio, used)
        fused = None if tempo is None or used.used_s < spec.window_s else self._fused(track, tempo)
        return Prediction(
            info=audio.info,
            spectrogram=self._picture(audio, level_of(sound_db)),
            frame_s=spec.frame_s,
            band_centres_hz=spec.band_centres_hz(),
            genre=_genre_in_track(self.genre.estimate(track), used),
            tempo=tempo,
            fused=None if fused is None else _genre_in_track(fused, used),
            used=used,
            is_unlike_training=load_detector().is_unlike(sound_db, spec),
        )

    def _picture(self, audio: Audio, level_db: float) -> FloatArray:
        """The whole audio as a spectrogram, silence included, brought to the level of the training clips."""
        return self.genre.header.normalisation.apply(log_mel(audio.samples, self.spec), level_db).numpy()

    def _fused(self, track: Tensor, tempo: TempoReading) -> GenreEstimate | None:
        if self.fusion is None:
            return None
        trunk = frozen_trunk(self.genre.net, self.genre.header.name)
        return self.fusion.estimate(trunk, track, tempo.estimate)


def _genre_in_track(estimate: GenreEstimate, used: UsedSound) -> GenreEstimate:
    starts_s = used.in_track(estimate.window_start_s.astype(np.float64))
    return replace(estimate, window_start_s=starts_s.astype(np.float32))


def _read_tempo(model: AnyTempoModel, audio: Audio, used: UsedSound) -> TempoReading:
    """The tempo of what is used: beats do not go on where they stopped before a silence, so each part is read alone."""
    parts = [UsedSound(used.duration_s, (part_s,)) for part_s in used.parts_s]
    if len(parts) > _MOST_READINGS:
        parts = [used]
    sounds = [joined(audio.samples, audio.sample_rate, part) for part in parts]
    readings = [_tempo_in_track(model.hear(sound), part) for sound, part in zip(sounds, parts, strict=True)]
    if len(readings) == 1:
        return readings[0]
    main = max(zip(readings, parts, strict=True), key=lambda each: (each[0].estimate.is_clear, each[1].used_s))[0]
    return replace(
        main,
        beat_times_s=np.concatenate([reading.beat_times_s for reading in readings]),
        window_tempo_bpm=np.concatenate([reading.window_tempo_bpm for reading in readings]),
        window_confidence=np.concatenate([reading.window_confidence for reading in readings]),
        window_distributions=np.concatenate([reading.window_distributions for reading in readings]),
        window_start_s=np.concatenate([reading.window_start_s for reading in readings]),
    )


def _tempo_in_track(reading: TempoReading, used: UsedSound) -> TempoReading:
    """The same reading, its times those of the whole audio; what was repeated has no beats of its own."""
    beats_s = reading.beat_times_s
    return replace(
        reading,
        beat_times_s=used.in_track(beats_s[beats_s < used.used_s]),
        window_start_s=used.in_track(reading.window_start_s.astype(np.float64)).astype(np.float32),
        parts=tuple(_part_in_track(part, used) for part in reading.parts),
    )


def _part_in_track(part: TempoPart, used: UsedSound) -> TempoPart:
    # A part that ends where silence begins does not end behind it.
    start_s, end_s = used.in_track(np.array([part.start_s, part.end_s - _JUST_BEFORE_S]))
    return replace(part, start_s=float(start_s), end_s=float(end_s))


def _fusion(name: str | None, genre: GenreModel, tempo: AnyTempoModel | None, folder: Path) -> FusedModel | None:
    if name is None or (tempo is None and name == DEFAULT_FUSION):
        return None
    if tempo is None:
        raise CheckpointError(f"“{name}” needs a tempo checkpoint, and none is in use. Give one with --tempo.")
    load = FusedModel.load_if_it_fits if name == DEFAULT_FUSION else FusedModel.load
    return load(name, genre.header, tempo.header, folder)
