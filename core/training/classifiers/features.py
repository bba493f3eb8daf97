"""Features of a track that need no training on GTZAN, each `[W, D]`: one row for each part of the track that counts.

They all come of the spectrogram that the genre CNN receives, brought to the level of the training clips.
"""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import dct
from torch import Tensor

from core.features.log_mel import FeatureSpec, level_of, window_starts
from core.inference.genre import window_outputs
from core.models.genre_cnn import EMBEDDING_SIZE, GenreCNN

Rows = NDArray[np.float32]

N_MFCC = 20
TEXTURE_S = 3.0
_UNTRAINED_SEED = 0
_ABOUT_ONE_STD_DB = 20.0
_FRAMES_LEFT = 25
"""Of the 400 of a window, behind two poolings by four."""
_MODULATION_S = 6.0
_MODULATION_EDGES_HZ = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 20.0)


def at_level(log_mel: Tensor) -> Tensor:
    """A spectrogram `[64, T]` in dB relative to its loud parts, so that no feature depends on the gain."""
    return log_mel - level_of(log_mel)


def mfcc(track: Tensor) -> Rows:
    """Mel-frequency cepstral coefficients of a spectrogram `[64, T]`: `[20, T]`.

    S. Davis, P. Mermelstein: "Comparison of parametric representations for monosyllabic word recognition", 1980.
    """
    return np.asarray(dct(track.numpy(), axis=0, norm="ortho")[:N_MFCC], dtype=np.float32)


def mfcc_statistics(track: Tensor, spec: FeatureSpec) -> Rows:
    """`[1, 80]`: mean and standard deviation over the track of the MFCCs and of their differences between frames."""
    return _statistics(mfcc(track))[None]


def texture_windows(track: Tensor, spec: FeatureSpec) -> Rows:
    """`[W, 80]`: the same in windows of 3 s, half of it apart.

    G. Tzanetakis, P. Cook: "Musical genre classification of audio signals", IEEE TSAP 2002, who call them so.
    """
    coefficients, n = mfcc(track), round(TEXTURE_S / spec.frame_s)
    starts = range(0, max(1, coefficients.shape[1] - n + 1), n // 2)
    return np.stack([_statistics(coefficients[:, start : start + n]) for start in starts])


def _statistics(coefficients: Rows) -> Rows:
    changes = np.diff(coefficients, axis=1)
    parts = [part for each in (coefficients, changes) for part in (each.mean(axis=1), each.std(axis=1))]
    return np.concatenate(parts).astype(np.float32)


def modulation_spectrum(track: Tensor, spec: FeatureSpec) -> Rows:
    """`[1, 64 * 10]`: how strongly each band changes at 0.25 to 20 times a second, logarithmic.

    The mean over windows of 6 s; ten bands of modulation frequency.
    """
    n = round(_MODULATION_S / spec.frame_s)
    windows = track.numpy()[:, : track.shape[1] // n * n].reshape(track.shape[0], -1, n)
    windows = (windows - windows.mean(axis=2, keepdims=True)) * np.hanning(n)
    power = (np.abs(np.fft.rfft(windows, axis=2)) ** 2).mean(axis=1)
    band = np.digitize(np.fft.rfftfreq(n, spec.frame_s), _MODULATION_EDGES_HZ)
    bands = [power[:, band == index].mean(axis=1) for index in range(1, len(_MODULATION_EDGES_HZ))]
    return np.log(np.concatenate(bands) + 1.0).astype(np.float32)[None]


@lru_cache(maxsize=1)
def _untrained() -> GenreCNN:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_UNTRAINED_SEED)
        net = GenreCNN()
    # In training mode batch norm would follow each batch; in evaluation mode it begins with what it was built with.
    return net.eval()


def untrained_cnn(track: Tensor, spec: FeatureSpec) -> Rows:
    """`[1, 512]`: what the convolutions of the genre CNN give before any training: mean and spread over time.

    J. Pons, X. Serra: "Randomly weighted CNNs for (music) audio classification", ICASSP 2019, found such features to
    be a strong baseline.
    """
    starts = window_starts(track.shape[-1], spec, spec.n_frames // 2)
    maps = window_outputs(_untrained().convolutions, track / _ABOUT_ONE_STD_DB, spec, starts)
    channels = maps.reshape(len(starts), EMBEDDING_SIZE, -1, _FRAMES_LEFT).permute(1, 2, 0, 3).flatten(2).flatten(0, 1)
    return torch.cat([channels.mean(dim=1), channels.std(dim=1)])[None].numpy()
