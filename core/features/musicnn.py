"""What the musicnn network receives: 96 mel bands of sound at 16 kHz, in windows of 3 s.

The constants are those of the package musicnn 0.1.0 (https://github.com/jordipons/musicnn), whose weights want them.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torchaudio.transforms import MelSpectrogram

from core.types import FloatArray

SAMPLE_RATE, N_FFT, HOP_LENGTH, N_MELS = 16_000, 512, 256, 96
N_FRAMES = 187
"""Frames of a window, 3 s."""
_GAIN = 10_000.0


@lru_cache(maxsize=1)
def _mel() -> MelSpectrogram:
    return MelSpectrogram(
        SAMPLE_RATE, N_FFT, hop_length=HOP_LENGTH, n_mels=N_MELS, pad_mode="constant", norm="slaney", mel_scale="slaney"
    )


@torch.inference_mode()
def musicnn_log_mel(samples: FloatArray) -> Tensor:
    """Mono samples `[n]` at 16 kHz to `[T, 96]`: log10(10000 x + 1) of the power in Slaney's mel bands."""
    power: Tensor = _mel()(torch.from_numpy(samples))
    return torch.log10(_GAIN * power + 1.0).T.contiguous()


def musicnn_windows(log_mel: Tensor, hop_frames: int = N_FRAMES) -> tuple[Tensor, list[int]]:
    """`[T, 96]` to windows `[W, 187, 96]` and the frame that each begins at; T has to be at least one window."""
    starts = list(range(0, len(log_mel) - N_FRAMES + 1, hop_frames))
    return torch.stack([log_mel[start : start + N_FRAMES] for start in starts]), starts
