"""Samples to normalised log-mel windows: the one feature implementation of the project.

Order of the data: samples `[n]` -> `log_mel` `[64, T]` dB -> `Normalisation` -> `cut_windows` `[W, 1, 64, 400]`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional
from torchaudio.transforms import AmplitudeToDB, MelSpectrogram

from core.features.specs import FeatureSpec
from core.types import FloatArray

__all__ = [
    "FeatureSpec",
    "FrontEnd",
    "Normalisation",
    "cut_windows",
    "level_of",
    "log_mel",
    "pad_frames",
    "repeat_frames",
    "window_starts",
]

FrontEnd = Callable[[FloatArray, FeatureSpec], Tensor]
"""Mono samples `[n]` at the features' rate to `[n_mels, T]`, dB."""
_NEPERS_PER_DB = math.log(10.0) / 10.0
_SMALLEST_POWER = 1e-16
"""-160 dB: far below what is 80 dB below the loudest cell of the faintest sound."""
_LOUD_QUANTILE = 0.95
"""Frames above it are the loud parts, whose level is that of the track."""


def level_of(log_mel: Tensor) -> float:
    """Level of a track: the power, over all bands, that a twentieth of its frames exceed.

    It follows the loud parts, so neither pauses nor what an encoder drops from faint bands move it.

    Args:
        log_mel: `[n_mels, T]`, dB.

    Returns:
        dB.
    """
    frames_db = torch.logsumexp(log_mel.double() * _NEPERS_PER_DB, dim=0) / _NEPERS_PER_DB
    return float(frames_db.quantile(_LOUD_QUANTILE))


@dataclass(frozen=True)
class Normalisation:
    """What brings a spectrogram to the level and the spread of the training clips.

    Attributes:
        mean_db, std_db: of each band over the training clips, dB; `n_mels` entries each.
        level_db: mean level of the training clips (`level_of`), to which every sound is brought first; None leaves
            the level as it is.
        clips_keep_level: clips of the data set are trained on and scored at the level of their recording, as the
            study did; other sound is brought to `level_db` all the same.
    """

    mean_db: tuple[float, ...]
    std_db: tuple[float, ...]
    level_db: float | None = None
    clips_keep_level: bool = False

    @classmethod
    def fit(cls, log_mels: list[Tensor], clips_keep_level: bool = False) -> "Normalisation":
        """Statistics over all frames of the given `[64, T]` spectrograms (the training subset, nothing else)."""
        levels_db = [level_of(log_mel) for log_mel in log_mels]
        level_db = sum(levels_db) / len(levels_db)
        if not clips_keep_level:
            log_mels = [log_mel + (level_db - own_db) for log_mel, own_db in zip(log_mels, levels_db, strict=True)]
        frames = torch.cat(log_mels, dim=1).double()
        means, stds = frames.mean(1).tolist(), frames.std(1, correction=0).tolist()
        return cls(tuple(means), tuple(stds), level_db, clips_keep_level)

    def apply(self, log_mel: Tensor, own_level_db: float | None = None) -> Tensor:
        """A whole track to standard deviations per band, at the level of the training clips.

        Args:
            log_mel: `[64, T]`, dB.
            own_level_db: its level where that is known, of the parts that hold sound; else it is measured.

        Returns:
            The same shape.
        """
        if self.level_db is None:
            return self._standardised(log_mel)
        own_level_db = level_of(log_mel) if own_level_db is None else own_level_db
        return self._standardised(log_mel + (self.level_db - own_level_db))

    def apply_to_clip(self, log_mel: Tensor) -> Tensor:
        """The same for a clip of the data set, which may keep its level."""
        return self._standardised(log_mel) if self.clips_keep_level else self.apply(log_mel)

    def _standardised(self, log_mel: Tensor) -> Tensor:
        mean = torch.tensor(self.mean_db, dtype=torch.float32)[:, None]
        std = torch.tensor(self.std_db, dtype=torch.float32)[:, None]
        return (log_mel - mean) / std


@lru_cache(maxsize=4)
def _transforms(spec: FeatureSpec) -> tuple[MelSpectrogram, AmplitudeToDB]:
    mel = MelSpectrogram(
        sample_rate=spec.sample_rate,
        n_fft=spec.n_fft,
        hop_length=spec.hop_length,
        n_mels=spec.n_mels,
        f_min=spec.f_min_hz,
        f_max=spec.f_max_hz,
    )
    to_db = AmplitudeToDB("power", top_db=spec.top_db)
    to_db.amin = _SMALLEST_POWER
    return mel, to_db


@torch.inference_mode()
def log_mel(samples: FloatArray, spec: FeatureSpec) -> Tensor:
    """Log-mel power spectrogram of a whole track.

    Args:
        samples: mono `[n]` at `spec.sample_rate`.
        spec: the feature constants.

    Returns:
        `[n_mels, T]`, dB, with T = 1 + n // hop_length.
    """
    mel, to_db = _transforms(spec)
    spectrogram: Tensor = to_db(mel(torch.from_numpy(samples)))
    return spectrogram


def pad_frames(log_mel: Tensor, n_frames: int) -> Tensor:
    """Pads `[64, T]` at its end to at least `n_frames` with its own quietest value: for training, where labels end."""
    missing = n_frames - log_mel.shape[-1]
    return functional.pad(log_mel, (0, missing), value=float(log_mel.min())) if missing > 0 else log_mel


def repeat_frames(log_mel: Tensor, n_frames: int) -> Tensor:
    """`[64, T]` from its beginning again and again, up to `n_frames`; as it is where it has so many or more.

    Silence in the place of what is missing would be taken for music: for a quiet, classical piece.
    """
    n_here = log_mel.shape[-1]
    return log_mel if n_here >= n_frames else log_mel.repeat(1, -(-n_frames // n_here))[:, :n_frames]


def window_starts(n_frames_total: int, spec: FeatureSpec, hop_frames: int) -> list[int]:
    """First frame of each window: every `hop_frames`, and a last window flush with the end of the track."""
    last = max(0, n_frames_total - spec.n_frames)
    starts = list(range(0, last + 1, hop_frames))
    return starts if starts[-1] == last else [*starts, last]


def cut_windows(features: Tensor, starts: list[int], spec: FeatureSpec) -> Tensor:
    """Windows of a `[64, T]` spectrogram, T >= `spec.n_frames`: `[W, 1, 64, 400]`."""
    return torch.stack([features[None, :, start : start + spec.n_frames] for start in starts])
