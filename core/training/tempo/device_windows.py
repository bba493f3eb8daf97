"""Windows for the training of tempo models, cut, distorted and labelled on a device, a whole batch at once.

The same as `data` and `training.genre.augment` do one by one, but what is drawn is drawn before the training
begins, so that a step is tensors in, tensors out, and can be captured as a CUDA graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.rhythm.tempo import BINS_PER_OCTAVE, LOWEST_BPM, N_BINS
from core.training.recipes.tempo import TempoRecipe
from core.training.tempo.data import HALF_WIDTH, TempoBatch, TempoTrack

_FAR = 1e6
"""Where the beats of a track that has fewer than another are set, frames."""
_N_MASKS = 2
_MASKS = slice(5, 5 + 4 * _N_MASKS)
_LEVELS = slice(5 + 4 * _N_MASKS, None)
"""Columns of what is drawn."""


@dataclass(frozen=True)
class Tracks:
    """All tracks to train on, on one device.

    Attributes:
        features: `[N, 64, T]`, normalised.
        beats, downbeats: `[N, b]`, frames, `_FAR` where there are no more.
        knows_bars: `[N]`, 0 or 1.
        tempo_bpm, second_bpm: `[N]`, 0 where there is none.
        levels_bpm: `[N, l]`, 0 where there are no more.
    """

    features: Tensor
    beats: Tensor
    downbeats: Tensor
    knows_bars: Tensor
    tempo_bpm: Tensor
    second_bpm: Tensor
    levels_bpm: Tensor

    @classmethod
    def of(cls, tracks: tuple[TempoTrack, ...], frame_s: float, device: str) -> "Tracks":
        """Tracks of about equal length: what is shorter than the longest is padded with its own quietest value."""
        n_frames = max(track.features.shape[-1] for track in tracks)
        features = [
            functional.pad(one.features, (0, n_frames - one.features.shape[-1]), value=float(one.features.min()))
            for one in tracks
        ]
        return cls(
            torch.stack(features).to(device),
            _rows([one.beats.times_s / frame_s for one in tracks], _FAR, device),
            _rows([one.beats.times_s[one.beats.beat_in_bar == 1] / frame_s for one in tracks], _FAR, device),
            torch.tensor([float(one.beats.knows_bars) for one in tracks], device=device),
            torch.tensor([one.tempo_bpm or 0.0 for one in tracks], device=device),
            torch.tensor([one.auxiliary.second_bpm or 0.0 for one in tracks], device=device),
            _rows([one.auxiliary.levels_bpm for one in tracks], 0.0, device),
        )


def _rows(values: Sequence[Sequence[float] | NDArray[np.float64]], fill: float, device: str) -> Tensor:
    """Lists of different lengths, side by side."""
    table = torch.full((len(values), max(1, *map(len, values))), fill)
    for row, numbers in zip(table, values, strict=True):
        row[: len(numbers)] = torch.as_tensor(np.asarray(numbers), dtype=torch.float32)
    return table.to(device)


def drawn(recipe: TempoRecipe, n_steps: int, track_frames: int, n_tracks: int, rng: np.random.Generator) -> Tensor:
    """All that is drawn in a training, of the distributions of `core.training.genre.augment`.

    Returns:
        `[n_steps, batch_size, 77]`: track, source frames, first source frame, bands after the stretch, first of them
        that is kept, first and last band of two masks, first and last frame of two more, and the level of each band.
    """
    how, size, n_frames = recipe.augmentation, recipe.batch_size, recipe.features.n_frames
    n_mels = recipe.features.n_mels
    rounds = -(-n_steps // (n_tracks // size))
    order = [rng.permutation(n_tracks)[: n_tracks // size * size].reshape(-1, size) for _ in range(rounds)]
    track = np.concatenate(order)[:n_steps]
    shape = track.shape

    def start(length: NDArray[np.float64], total: int) -> NDArray[np.float64]:
        return np.floor(rng.uniform(size=shape) * (total - length + 1))

    stretch = np.exp(rng.uniform(-1, 1, shape) * np.log(how.time_stretch))
    n_source = np.minimum(np.round(n_frames * stretch), track_frames)
    first = start(n_source, track_frames)
    n_bands = np.round(n_mels * (1.0 + rng.uniform(-how.band_shift, how.band_shift, shape)))
    kept = np.where(n_bands > n_mels, np.floor(rng.uniform(size=shape) * (n_bands - n_mels + 1)), 0)
    knots = rng.normal(0.0, how.equaliser_std, (*shape, 5))
    place = np.linspace(0, 4, n_mels)
    left = np.minimum(place.astype(int), 3)
    level = knots[..., left] * (1 - place + left) + knots[..., left + 1] * (place - left)
    level = level + rng.normal(0.0, how.gain_std, (*shape, 1))
    masks = []
    for widest, total in ((how.max_mask_bands, n_mels), (how.max_mask_frames, n_frames)):
        for _ in range(_N_MASKS):
            length = rng.integers(0, widest + 1, shape).astype(np.float64)
            begin = start(length, total)
            masks += [begin, begin + length]
    numbers = np.stack([track, n_source, first, n_bands, kept, *masks], axis=-1)
    return torch.from_numpy(np.concatenate([numbers, level], axis=-1).astype(np.float32))


def windows(tracks: Tracks, draw: Tensor, n_frames: int) -> TempoBatch:
    """`[B, 77]` of `drawn` to what `StretchedWindows` makes of it."""
    track = draw[:, 0].long()
    n_source, first = draw[:, 1:2], draw[:, 2:3]
    speed = n_source / n_frames
    tempo_bpm = tracks.tempo_bpm[track]
    known = tempo_bpm > 0
    tempo = torch.where(known[:, None], _labels(tempo_bpm * speed[:, 0]), torch.full_like(speed, 1 / N_BINS))
    second_bpm, levels_bpm = tracks.second_bpm[track], tracks.levels_bpm[track]
    second = torch.where((second_bpm > 0)[:, None], _labels(second_bpm * speed[:, 0]), -1.0)
    position = _positions(levels_bpm * speed)
    inside = (levels_bpm > 0) & (position >= -0.5) & (position <= N_BINS - 0.5)
    levels = (_bumps(position) * inside[..., None]).amax(1)
    levels = torch.where((levels_bpm > 0).any(1, keepdim=True), levels, -1.0)
    return TempoBatch(
        windows=_distorted(tracks.features[track], draw, n_frames)[:, None],
        beats=_targets((tracks.beats[track] - first + 0.5) / speed - 0.5, n_frames),
        downbeats=_targets((tracks.downbeats[track] - first + 0.5) / speed - 0.5, n_frames),
        knows_bars=tracks.knows_bars[track],
        tempo=tempo,
        tempo_bpm=tempo_bpm * speed[:, 0],
        auxiliary=torch.stack([second, levels], dim=1),
    )


def _positions(tempo_bpm: Tensor) -> Tensor:
    return BINS_PER_OCTAVE * torch.log2(tempo_bpm.clamp(min=1e-3) / LOWEST_BPM)


def _bumps(positions: Tensor) -> Tensor:
    bins = torch.arange(N_BINS, device=positions.device)
    return torch.exp(-0.5 * (bins - positions[..., None]).square())


def _labels(tempo_bpm: Tensor) -> Tensor:
    bumps = _bumps(_positions(tempo_bpm).clamp(0, N_BINS - 1))
    return bumps / bumps.sum(-1, keepdim=True)


def _targets(frames: Tensor, n_frames: int) -> Tensor:
    axis = torch.arange(n_frames, device=frames.device)[:, None]
    return (1.0 - (axis - frames[:, None]).abs().amin(-1) / HALF_WIDTH).clamp(0, 1)


def _distorted(features: Tensor, draw: Tensor, n_frames: int) -> Tensor:
    """Stretched by linear interpolation along time, then along the bands; level and masks; `[B, 64, n_frames]`."""
    n_mels, device = features.shape[1], draw.device
    n_source, first, n_bands, kept = (draw[:, column : column + 1] for column in (1, 2, 3, 4))
    frames, bands = torch.arange(n_frames, device=device), torch.arange(n_mels, device=device)
    at = torch.minimum(((frames + 0.5) * n_source / n_frames - 0.5).clamp(min=0), n_source - 1)
    left = at.floor()
    right = torch.minimum(left + 1, n_source - 1)
    near, far = (features.gather(2, (first + side).long()[:, None].expand(-1, n_mels, -1)) for side in (left, right))
    stretched = near + (at - left)[:, None] * (far - near)
    at = ((bands + kept + 0.5) * n_mels / n_bands - 0.5).clamp(0, n_mels - 1)
    low = at.floor()
    shares = [
        weight[..., None] * (side[..., None] == bands)
        for side, weight in ((low, 1 - at + low), ((low + 1).clamp(max=n_mels - 1), at - low))
    ]
    known = (bands < n_bands) | (n_bands >= n_mels)
    window = ((shares[0] + shares[1]) * known[..., None]) @ stretched + draw[:, _LEVELS, None]
    masks = draw[:, _MASKS].view(-1, 2 * _N_MASKS, 2)
    for number, axis in ((0, bands), (1, bands), (2, frames), (3, frames)):
        kept_cells = (axis < masks[:, number, :1]) | (axis >= masks[:, number, 1:])
        window = window * (kept_cells[..., None] if number < 2 else kept_cells[:, None])
    return window
