"""musicnn: a convolutional network that tags music, by J. Pons and X. Serra, with weights they published.

J. Pons, X. Serra: "musicnn: Pre-trained convolutional neural networks for music audio tagging", ISMIR 2019,
late-breaking demo. Filters over much of the frequency axis look for timbre, filters along time for rhythm; three
residual convolutions join them, and what all of them found is pooled over time by its maximum and its mean.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_TIMBRE_FRAMES = 7
_TIMBRE_BANDS = (38, 67)
_TEMPORAL_FRAMES = (128, 64, 32)
_N_TIMBRE, _N_TEMPORAL, _N_MIDDLE = 204, 51, 64
N_FRONT = len(_TIMBRE_BANDS) * _N_TIMBRE + len(_TEMPORAL_FRAMES) * _N_TEMPORAL
N_CHANNELS = N_FRONT + 3 * _N_MIDDLE
"""That are pooled over time."""
N_FEATURES = 2 * N_CHANNELS
N_HIDDEN, N_TAGS = 200, 50
_EPS = 1e-3


@dataclass(frozen=True)
class MusicnnOutputs:
    """What the network gives for windows of 3 s.

    Attributes:
        pooled: `[W, 1506]`, of each channel in turn the maximum and the mean over time.
        tags: `[W, 50]`, probabilities.
    """

    pooled: Tensor
    tags: Tensor


class _Block(nn.Module):
    """A convolution over `[W, C, frames, bands]` that keeps the number of frames, ReLU, then batch norm."""

    def __init__(self, n_in: int, n_out: int, frames: int, bands: int) -> None:
        super().__init__()
        self.pad = nn.ZeroPad2d((0, 0, (frames - 1) // 2, frames // 2))
        self.conv = nn.Conv2d(n_in, n_out, (frames, bands))
        self.norm = nn.BatchNorm2d(n_out, eps=_EPS)

    def forward(self, maps: Tensor) -> Tensor:
        """`[W, C, frames, bands]` to `[W, n_out, frames]`, the maximum over the frequencies that are left."""
        found: Tensor = self.norm(torch.relu(self.conv(self.pad(maps))))
        return found.amax(dim=3)


class _FrontBlock(_Block):
    """The same for one channel, as a matrix product, which takes two thirds of the time on a CPU."""

    def forward(self, maps: Tensor) -> Tensor:
        """`[W, 1, frames, bands]` to `[W, n_out, frames]`."""
        strongest = torch.stack([self._strongest(window) for window in self.pad(maps)[:, 0]])
        normalised: Tensor = self.norm(strongest[..., None])
        return normalised[..., 0]

    def _strongest(self, window: Tensor) -> Tensor:
        """What is the maximum over the frequencies behind the batch norm, before it: the minimum where it negates."""
        frames, bands = self.conv.kernel_size
        patches = window.unfold(0, frames, 1).unfold(1, bands, 1)
        weight = self.conv.weight.flatten(1).T
        found = torch.addmm(self.conv.get_parameter("bias"), patches.flatten(2).flatten(0, 1), weight).relu_()
        by_frame = found.reshape(*patches.shape[:2], -1)
        return torch.where(self.norm.weight < 0, by_frame.amin(dim=1), by_frame.amax(dim=1)).T


class Musicnn(nn.Module):
    """Windows of 3 s to tags, and to what the 753 channels before them found."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1, eps=_EPS)
        timbre = [_FrontBlock(1, _N_TIMBRE, _TIMBRE_FRAMES, bands) for bands in _TIMBRE_BANDS]
        temporal = [_FrontBlock(1, _N_TEMPORAL, frames, 1) for frames in _TEMPORAL_FRAMES]
        self.timbre, self.temporal = nn.ModuleList(timbre), nn.ModuleList(temporal)
        self.middle = nn.ModuleList(_Block(n, _N_MIDDLE, 7, 1) for n in (N_FRONT, _N_MIDDLE, _N_MIDDLE))
        self.pooled_norm = nn.BatchNorm1d(N_FEATURES, eps=_EPS)
        self.hidden = nn.Linear(N_FEATURES, N_HIDDEN)
        self.hidden_norm = nn.BatchNorm1d(N_HIDDEN, eps=_EPS)
        self.tags = nn.Linear(N_HIDDEN, N_TAGS)

    def channels(self, windows: Tensor) -> Tensor:
        """`[W, 187, 96]` to `[W, 753, 187]`."""
        maps = self.norm(windows[:, None])
        front = torch.cat([block(maps) for block in (*self.timbre, *self.temporal)], dim=1)
        first, second, third = self.middle
        one = first(front[..., None])
        two = second(one[..., None]) + one
        three = third(two[..., None]) + two
        return torch.cat([front, one, two, three], dim=1)

    def forward(self, windows: Tensor) -> MusicnnOutputs:
        """`[W, 187, 96]` windows."""
        channels = self.channels(windows)
        pooled = torch.stack([channels.amax(dim=2), channels.mean(dim=2)], dim=2).flatten(1)  # as it was trained
        hidden = self.hidden_norm(torch.relu(self.hidden(self.pooled_norm(pooled))))
        return MusicnnOutputs(pooled, torch.sigmoid(self.tags(hidden)))
