"""Augmentation of normalised log-mel windows. Pure functions: the same generator state gives the same window."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.features.log_mel import FeatureSpec
from core.training.recipes.genre import Augmentation


def augmented_window(features: Tensor, spec: FeatureSpec, how: Augmentation, rng: np.random.Generator) -> Tensor:
    """A random window of a track, distorted in ways that leave its genre alone.

    Args:
        features: normalised `[64, T]`.
        spec: gives the window's size.
        how: the strength of each distortion.
        rng: source of all randomness.

    Returns:
        `[1, 64, 400]`.
    """
    stretch = drawn_stretch(how, rng)
    n_source = min(round(spec.n_frames * stretch), features.shape[-1])
    return distorted(_medley(features, n_source, how.n_segments, rng), spec.n_frames, how, rng)


def _medley(features: Tensor, n_frames: int, n_segments: int, rng: np.random.Generator) -> Tensor:
    """`n_frames` of a track, in `n_segments` pieces of equal length from random places."""
    ends = [n_frames * (number + 1) // n_segments for number in range(n_segments)]
    pieces = []
    for length in np.diff([0, *ends]):
        start = int(rng.integers(0, features.shape[-1] - length + 1))
        pieces.append(features[:, start : start + length])
    return torch.cat(pieces, dim=1)


def drawn_stretch(how: Augmentation, rng: np.random.Generator) -> float:
    """How many times faster to play: from 1 / `time_stretch` to `time_stretch`, evenly on the log axis."""
    return float(np.exp(rng.uniform(-1, 1) * np.log(how.time_stretch)))


def distorted(source: Tensor, n_frames: int, how: Augmentation, rng: np.random.Generator) -> Tensor:
    """A stretch of a track, resampled to `n_frames` and with its bands shifted, coloured and masked.

    Frame `t` of the source comes to `(t + 0.5) * n_frames / n_source - 0.5`.

    Args:
        source: normalised `[64, n_source]`.
        n_frames: length of the result.
        how: the strength of each distortion.
        rng: source of all randomness.

    Returns:
        `[1, 64, n_frames]`.
    """
    n_mels = source.shape[0]
    window = _resized(source, n_frames, how, rng)
    window = window + _equaliser(n_mels, how, rng) + float(rng.normal(0.0, how.gain_std))
    return _masked(window, how, rng)[None]


def _resized(source: Tensor, n_frames: int, how: Augmentation, rng: np.random.Generator) -> Tensor:
    n_mels = source.shape[0]
    n_bands = round(n_mels * (1.0 + rng.uniform(-how.band_shift, how.band_shift)))
    resized = functional.interpolate(
        source[None, None], size=(n_bands, n_frames), mode="bilinear", align_corners=False
    )[0, 0]
    if n_bands < n_mels:  # nothing is known above the shrunken top band: the training mean, 0, stands there
        return functional.pad(resized, (0, 0, 0, n_mels - n_bands))
    first = int(rng.integers(0, n_bands - n_mels + 1))
    return resized[first : first + n_mels]


def _equaliser(n_mels: int, how: Augmentation, rng: np.random.Generator) -> Tensor:
    knots = torch.from_numpy(rng.normal(0.0, how.equaliser_std, 5).astype(np.float32))
    return functional.interpolate(knots[None, None], size=n_mels, mode="linear", align_corners=True)[0].T


def _masked(window: Tensor, how: Augmentation, rng: np.random.Generator) -> Tensor:
    n_bands, n_frames = window.shape
    window = window.clone()
    for _ in range(how.n_masks):
        height = int(rng.integers(0, how.max_mask_bands + 1))
        band = int(rng.integers(0, n_bands - height + 1))
        window[band : band + height] = 0.0
        width = int(rng.integers(0, how.max_mask_frames + 1))
        frame = int(rng.integers(0, n_frames - width + 1))
        window[:, frame : frame + width] = 0.0
    return window


def mixup(windows: Tensor, targets: Tensor, alpha: float, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Mixes each window and its target with another of the batch (Zhang et al., ICLR 2018, eq. 1).

    Args:
        windows: `[B, 1, 64, 400]`.
        targets: `[B, 10]`, probabilities.
        alpha: Beta parameter.
        rng: source of all randomness.

    Returns:
        Mixed windows and targets, same shapes.
    """
    share = float(rng.beta(alpha, alpha))
    order = torch.from_numpy(rng.permutation(len(windows)))
    return share * windows + (1 - share) * windows[order], share * targets + (1 - share) * targets[order]


def cutmix(windows: Tensor, targets: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Puts a stretch of another window of the batch into each one, all at the same place; targets mix by its length.

    Source: Yun et al., "CutMix", ICCV 2019, sec. 3.1, along time only: a window of music has no left half of a picture,
    but it does have one thing after another.

    Args:
        windows: `[B, 1, 64, 400]`.
        targets: `[B, 10]`, probabilities.
        rng: source of all randomness.

    Returns:
        New windows and targets, same shapes.
    """
    n_frames = windows.shape[-1]
    length = round(n_frames * rng.uniform())
    start = int(rng.integers(0, n_frames - length + 1))
    order = torch.from_numpy(rng.permutation(len(windows)))
    windows = windows.clone()
    windows[..., start : start + length] = windows[order][..., start : start + length]
    share = length / n_frames
    return windows, (1 - share) * targets + share * targets[order]
