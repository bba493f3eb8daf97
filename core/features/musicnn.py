"""What the musicnn network receives: 96 mel bands of sound at 16 kHz, in windows of 3 s.

The constants are those of the package musicnn 0.1.0 (https://github.com/jordipons/musicnn), whose weights want them.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torchaudio.transforms import MelSpectrogram

from core.features.log_mel import level_of
from core.features.specs import FeatureSpec
from core.types import FloatArray

SAMPLE_RATE, N_FFT, HOP_LENGTH, N_MELS = 16_000, 512, 256, 96
N_FRAMES = 187
"""Frames of a window, 3 s."""
MUSICNN_SPEC = FeatureSpec(SAMPLE_RATE, N_FFT, HOP_LENGTH, N_MELS, n_frames=N_FRAMES, f_max_hz=SAMPLE_RATE / 2)
"""The same in the words of a checkpoint's header."""
LEVEL_DB = 17.86
"""Level of the loud parts of a GTZAN clip, on average; every sound is brought to it."""
HOP_FRAMES = 2 * N_FRAMES
"""From window to window: every other one, as validation found no use in all of them."""
_GAIN = 10_000.0
_SMALLEST_POWER = 1e-12


@lru_cache(maxsize=1)
def _mel() -> MelSpectrogram:
    return MelSpectrogram(
        SAMPLE_RATE, N_FFT, hop_length=HOP_LENGTH, n_mels=N_MELS, pad_mode="constant", norm="slaney", mel_scale="slaney"
    )


@torch.inference_mode()
def musicnn_log_mel(samples: FloatArray, level_db: float | None = None) -> Tensor:
    """Mono samples `[n]` at 16 kHz to `[T, 96]`: log10(10000 x + 1) of the power in Slaney's mel bands.

    Args:
        samples: the sound.
        level_db: level that the loud parts are brought to (see `core.features.log_mel.level_of`); None for as it is.
    """
    power: Tensor = _mel()(torch.from_numpy(samples)).T
    if level_db is not None:
        own_level_db = level_of(10.0 * torch.log10(power.T.clamp(min=_SMALLEST_POWER)))
        power = power * 10.0 ** ((level_db - own_level_db) / 10.0)
    return torch.log10(_GAIN * power + 1.0).contiguous()


def musicnn_front_end(samples: FloatArray, spec: FeatureSpec) -> Tensor:
    """Mono samples `[n]` at 16 kHz to `[96, T]` at the level of all sounds: a front end."""
    return musicnn_log_mel(samples, LEVEL_DB).T


def musicnn_windows(log_mel: Tensor, hop_frames: int = N_FRAMES) -> tuple[Tensor, list[int]]:
    """`[T, 96]` to windows `[W, 187, 96]` and the frame that each begins at; T has to be at least one window."""
    starts = list(range(0, len(log_mel) - N_FRAMES + 1, hop_frames))
    return torch.stack([log_mel[start : start + N_FRAMES] for start in starts]), starts
