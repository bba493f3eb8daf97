"""A spectrogram in, tempo out: what checkpoints of Cnn14 say, as the same readings that the compact model gives."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from core.errors import CheckpointError
from core.features.cnn14 import cnn14_log_mel, pad_silence
from core.features.log_mel import FeatureSpec, cut_windows, level_of, log_mel, window_starts
from core.inference.tempo import TempoModel
from core.models.checkpoint import CheckpointHeader, list_checkpoints, load_header, load_model
from core.models.cnn14 import TEMPO_MAX_BPM, TEMPO_MIN_BPM, Cnn14Tempo, bpm_from_unit
from core.models.cnn14_bins import Cnn14Bins
from core.models.registry import MODELS
from core.rhythm.tempo import N_BINS, TEMPO_LABELS, estimate_tempo, soft_label
from core.system.paths import CHECKPOINT_DIR
from core.types import FloatArray, TempoEstimate, TempoReading

SCALAR_LABELS = (f"tempo, 0..1 for {TEMPO_MIN_BPM:g}..{TEMPO_MAX_BPM:g} BPM",)
"""The one output of the scalar network in words; its checkpoint carries them."""

_ONE_GO_WINDOWS = 1.5
"""As `core.types.TempoReading` says: so long a track is one window."""


def scalar_estimate(tempo_bpm: float, hit_rate: float) -> TempoEstimate:
    """A bare number as an estimate: with the confidence that it deserves, and without alternatives.

    A network of one output does not say how sure it is. How often it was right on the validation clips is known,
    though, and stands for its confidence, the same for whatever it hears; a network that is seldom right has no clear
    tempo to offer. The distribution says this and no more: that share lies about the number, the rest evenly on all
    tempi. There are no candidates, as nothing is known of half or double tempo.

    Args:
        tempo_bpm: brought within 40..250, the range of the labels.
        hit_rate: Accuracy1 on validation, 0..1.
    """
    tempo_bpm = min(max(tempo_bpm, TEMPO_MIN_BPM), TEMPO_MAX_BPM)
    distribution = hit_rate * soft_label(tempo_bpm) + (1.0 - hit_rate) / N_BINS
    return TempoEstimate(tempo_bpm, hit_rate, (distribution / distribution.sum()).astype(np.float32), ())


@dataclass(frozen=True)
class Cnn14Reader:
    """A Cnn14 with a scalar or a distribution for its head, and all it needs to answer; it gives no beat times.

    The scalar one answers from the first window, as the study's did; the other takes the mean over windows.
    """

    net: Cnn14Tempo | Cnn14Bins
    header: CheckpointHeader

    @classmethod
    def load(cls, name: str, folder: Path = CHECKPOINT_DIR) -> "Cnn14Reader":
        """Loads a checkpoint.

        Raises:
            CheckpointError: unusable, of another kind, or with other outputs than this version.
        """
        net, header = load_model(name, folder)
        if not isinstance(net, Cnn14Tempo | Cnn14Bins):
            raise CheckpointError(f"“{name}” holds a {header.model}, not a Cnn14 for tempo. Pick another checkpoint.")
        wanted = TEMPO_LABELS if isinstance(net, Cnn14Bins) else SCALAR_LABELS
        if header.labels != wanted:
            raise CheckpointError(
                f"“{name}” was trained on other tempo labels than this version has. Train it again with this version."
            )
        return cls(net, header)

    def read(self, log_mel_db: Tensor) -> TempoReading:
        """Tempo of a `[64, T]` spectrogram, dB, made by `cnn14_log_mel` with the checkpoint's features."""
        starts, spec = self._windows(log_mel_db.shape[-1])
        track = pad_silence(log_mel_db, spec.n_frames)
        windows = self._scalars(track, starts, spec) if isinstance(self.net, Cnn14Tempo) else (
            self._distributions(track, starts, spec)
        )  # fmt: skip
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

    def hear(self, samples: FloatArray) -> TempoReading:
        """The same of mono samples `[n]` at the rate of its features, brought to the level of its training clips."""
        features, level_db = self.header.features, self.header.normalisation.level_db
        track = cnn14_log_mel(samples, features)
        if level_db is not None:
            # The samples, not the spectrogram: its floor does not move with the level.
            track = cnn14_log_mel(samples * np.float32(10.0 ** ((level_db - level_of(track)) / 20.0)), features)
        return self.read(track)

    def _windows(self, n_frames: int) -> tuple[list[int], FeatureSpec]:
        spec, hop = self.header.features, self.header.inference.hop_frames
        if n_frames > _ONE_GO_WINDOWS * spec.n_frames:
            return window_starts(n_frames, spec, hop or spec.n_frames // 2), spec
        # The network takes any length, but the scalar one has only ever met one.
        return [0], replace(spec, n_frames=max(n_frames, spec.n_frames) if hop else spec.n_frames)

    def _scalars(self, track: Tensor, starts: list[int], spec: FeatureSpec) -> tuple[TempoEstimate, ...]:
        net, hit_rate = self.net, self.header.metrics.get("accuracy1", 0.0)
        answers = _each_window(lambda window: net.tempo_head(net.embed_log_mel(window)), track, starts, spec)
        return tuple(scalar_estimate(float(bpm_from_unit(unit)), hit_rate) for unit in answers)

    def _distributions(self, track: Tensor, starts: list[int], spec: FeatureSpec) -> tuple[TempoEstimate, ...]:
        net = self.net
        assert isinstance(net, Cnn14Bins)
        answers = _each_window(lambda window: net.listen(window).tempo_logits, track, starts, spec)
        probs = torch.softmax(answers.double() / self.header.inference.temperature, dim=-1).float().numpy()
        return tuple(estimate_tempo(row) for row in probs)


@torch.inference_mode()
def _each_window(ask: Callable[[Tensor], Tensor], track: Tensor, starts: list[int], spec: FeatureSpec) -> Tensor:
    """Answers on windows of a `[64, T]` track, one at a time, as each takes 300 MB: `[W, ...]`."""
    return torch.cat([ask(cut_windows(track, [start], spec).transpose(2, 3)) for start in starts])


def _joined(windows: tuple[TempoEstimate, ...]) -> TempoEstimate:
    mean = np.mean([window.distribution for window in windows], axis=0, dtype=np.float64)
    return estimate_tempo((mean / mean.sum()).astype(np.float32))


AnyTempoModel: TypeAlias = TempoModel | Cnn14Reader
"""Whatever can be asked for a tempo."""


def load_tempo_model(name: str, folder: Path = CHECKPOINT_DIR) -> AnyTempoModel:
    """Loads a tempo checkpoint of any kind.

    Raises:
        CheckpointError: unusable, or not for tempo.
    """
    is_cnn14 = issubclass(MODELS[load_header(name, folder).model], Cnn14Tempo | Cnn14Bins)
    return Cnn14Reader.load(name, folder) if is_cnn14 else TempoModel.load(name, folder)


def list_cnn14_models(folder: Path = CHECKPOINT_DIR) -> list[str]:
    """Names of the checkpoints in a folder that `Cnn14Reader.load` takes."""
    names = list_checkpoints("tempo", folder)
    return [name for name in names if issubclass(MODELS[load_header(name, folder).model], Cnn14Tempo | Cnn14Bins)]


def front_end(model: AnyTempoModel) -> Callable[[FloatArray, FeatureSpec], Tensor]:
    """What makes the spectrograms that a model reads, of mono samples and the features in its header."""
    return cnn14_log_mel if isinstance(model, Cnn14Reader) else log_mel
