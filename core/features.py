"""Samples to normalised log-mel windows: the one feature implementation of the project.

Order of the data: samples `[n]` -> `log_mel` `[64, T]` dB -> `Normalisation` -> `cut_windows` `[W, 1, 64, 400]`.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional
from torchaudio.transforms import AmplitudeToDB, MelSpectrogram

from core.feature_spec import FeatureSpec
from core.types import FloatArray

__all__ = [
    "FeatureSpec",
    "Normalisation",
    "cut_windows",
    "log_mel",
    "pad_frames",
    "window_starts",
]


@dataclass(frozen=True)
class Normalisation:
    """Per-band mean and standard deviation of the training clips, dB; each has `n_mels` entries."""

    mean_db: tuple[float, ...]
    std_db: tuple[float, ...]

    @classmethod
    def fit(cls, log_mels: list[Tensor]) -> "Normalisation":
        """Statistics over all frames of the given `[64, T]` spectrograms (the training subset, nothing else)."""
        frames = torch.cat(log_mels, dim=1).double()
        return cls(tuple(frames.mean(1).tolist()), tuple(frames.std(1, correction=0).tolist()))

    def apply(self, log_mel: Tensor) -> Tensor:
        """`[..., 64, T]` dB to the same shape in standard deviations."""
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
    return mel, AmplitudeToDB("power", top_db=spec.top_db)


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
    """Pads `[64, T]` at its end to at least `n_frames` with its own quietest value (silence)."""
    missing = n_frames - log_mel.shape[-1]
    return functional.pad(log_mel, (0, missing), value=float(log_mel.min())) if missing > 0 else log_mel


def window_starts(n_frames_total: int, spec: FeatureSpec, hop_frames: int) -> list[int]:
    """First frame of each window: every `hop_frames`, and a last window flush with the end of the track."""
    last = max(0, n_frames_total - spec.n_frames)
    starts = list(range(0, last + 1, hop_frames))
    return starts if starts[-1] == last else [*starts, last]


def cut_windows(features: Tensor, starts: list[int], spec: FeatureSpec) -> Tensor:
    """Windows of a `[64, T]` spectrogram, T >= `spec.n_frames`: `[W, 1, 64, 400]`."""
    return torch.stack([features[None, :, start : start + spec.n_frames] for start in starts])
