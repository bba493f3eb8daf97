"""A spectrogram in, tempo out: what checkpoints of Cnn14 predict, in the same form as the compact model."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.features.cnn14 import cnn14_log_mel, pad_silence
from core.features.log_mel import FeatureSpec, cut_windows, level_of, window_starts
from core.models.checkpoint import CheckpointHeader
from core.models.cnn14 import TEMPO_MAX_BPM, TEMPO_MIN_BPM, Cnn14Tempo, bpm_from_unit
from core.models.cnn14_bins import Cnn14Bins
from core.rhythm.tempo import N_BINS, estimate_tempo, soft_label
from core.types import FloatArray, TempoEstimate, TempoReading

_ONE_GO_WINDOWS = 1.5
"""As in `core.types.TempoReading`: so long a track is one window."""


def scalar_estimate(tempo_bpm: float, hit_rate: float) -> TempoEstimate:
    """A bare number as an estimate: with the confidence that it deserves, and without alternatives.

    A network of one output has no confidence. Its Accuracy1 on the validation clips stands for it, the same for every
    input; a network that is seldom right has no clear tempo to offer. The distribution holds this and no more: that
    share lies about the number, the rest evenly on all tempi. There are no candidates: half and double are unknown.

    Args:
        tempo_bpm: brought within 40..250, the range of the labels.
        hit_rate: Accuracy1 on validation, 0..1.
    """
    tempo_bpm = min(max(tempo_bpm, TEMPO_MIN_BPM), TEMPO_MAX_BPM)
    distribution = hit_rate * soft_label(tempo_bpm) + (1.0 - hit_rate) / N_BINS
    return TempoEstimate(tempo_bpm, hit_rate, (distribution / distribution.sum()).astype(np.float32), ())


class _Cnn14Model(ABC):
    """A Cnn14 with all it needs to predict; it gives no beat times."""

    header: CheckpointHeader

    @abstractmethod
    def _estimate(self, window: Tensor) -> TempoEstimate:
        """Tempo of one window, `[1, 1, T, 64]` dB."""

    def spectrogram(self, samples: FloatArray) -> Tensor:
        """Mono samples `[n]` to `[64, T]` dB, brought to the level of the training clips.

        The samples are, not the spectrogram: its floor does not move with the level.
        """
        features, level_db = self.header.features, self.header.normalisation.level_db
        track = cnn14_log_mel(samples, features)
        if level_db is None:
            return track
        return cnn14_log_mel(samples * np.float32(10.0 ** ((level_db - level_of(track)) / 20.0)), features)

    def predict(self, samples: FloatArray) -> TempoReading:
        """Tempo of mono samples `[n]` at the rate of the checkpoint's features."""
        return self.predict_clip(self.spectrogram(samples))

    def predict_clip(self, log_mel_db: Tensor) -> TempoReading:
        """Tempo of a `[64, T]` spectrogram, dB, made by `cnn14_log_mel` with the checkpoint's features."""
        starts, spec = self._windows(log_mel_db.shape[-1])
        track = pad_silence(log_mel_db, spec.n_frames)
        with torch.inference_mode():  # one window at a time, as each takes 300 MB
            windows = tuple(self._estimate(cut_windows(track, [start], spec).transpose(2, 3)) for start in starts)
        return TempoReading(
            checkpoint=self.header.name,
            estimate=windows[0] if self.header.inference.hop_frames is None else _joined(windows),
            beat_times_s=np.zeros(0),
            window_tempo_bpm=np.array([window.tempo_bpm for window in windows], dtype=np.float32),
            window_confidence=np.array([window.confidence for window in windows], dtype=np.float32),
            window_distributions=np.stack([window.distribution for window in windows]),
            window_start_s=(np.array(starts) * spec.frame_s).astype(np.float32),
            window_s=spec.window_s,
        )

    def _windows(self, n_frames: int) -> tuple[list[int], FeatureSpec]:
        spec, hop = self.header.features, self.header.inference.hop_frames
        if n_frames > _ONE_GO_WINDOWS * spec.n_frames:
            return window_starts(n_frames, spec, hop or spec.n_frames // 2), spec
        # The network takes any length, but the scalar one was trained on one.
        return [0], replace(spec, n_frames=max(n_frames, spec.n_frames) if hop else spec.n_frames)


@dataclass(frozen=True)
class Cnn14BinsModel(_Cnn14Model):
    """A Cnn14 that gives a distribution over the tempo bins; the prediction is the mean over windows."""

    net: Cnn14Bins
    header: CheckpointHeader

    def _estimate(self, window: Tensor) -> TempoEstimate:
        logits = self.net.outputs(window).tempo_logits
        probs = torch.softmax(logits.double() / self.header.inference.temperature, dim=-1)
        return estimate_tempo(probs[0].float().numpy())


@dataclass(frozen=True)
class Cnn14ScalarModel(_Cnn14Model):
    """A Cnn14 that gives one number; it predicts from the first window, as the study's did."""

    net: Cnn14Tempo
    header: CheckpointHeader

    def _estimate(self, window: Tensor) -> TempoEstimate:
        unit = self.net.tempo_head(self.net.embed_log_mel(window))
        return scalar_estimate(float(bpm_from_unit(unit)), self.header.metrics.get("accuracy1", 0.0))


def _joined(windows: tuple[TempoEstimate, ...]) -> TempoEstimate:
    mean = np.mean([window.distribution for window in windows], axis=0, dtype=np.float64)
    return estimate_tempo((mean / mean.sum()).astype(np.float32))
