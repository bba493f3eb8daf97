"""From features over time to a distribution over tempi, by a learned tempogram.

A tempogram of learned channels is laid out on the log-spaced axis of `rhythm.tempo`, where a faster piece is the same
picture moved aside, so one set of weights serves all tempi; and half, double, triple tempo are fixed distances on that
axis, so each tempo is weighed against its relatives by a single gather.
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.rhythm.tempo import BINS_PER_OCTAVE, LOWEST_BPM, N_BINS

FRAME_S = 0.02
"""Seconds between two frames of the features: the tempogram's axis depends on it."""

_TEMPOGRAM_CHANNELS = 16
N_EVIDENCE = 64
"""Channels of what is known of each tempo."""
_OCTAVES_BEYOND = 2
"""The tempogram reaches this far below and above the bins, to show bars and subdivisions."""
_RELATIVES = (-72, -57, -36, -21, 0, 21, 36, 57, 72)
"""Distances in bins to 1/4, 1/3, 1/2, 2/3, 1, 3/2, 2, 3 and 4 times a tempo (log2(3) is 57.06 bins)."""
_PERIODS_PER_WINDOW = 40
"""Long enough to tell neighbouring bins apart, short enough to follow a tempo that drifts."""


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # the first caller may be a prediction, a later one a training
def _octave_kernels(first_bin: int, n_bins: int, n_frames: int) -> tuple[Tensor, int]:
    """Windowed sines and cosines of neighbouring tempi.

    Returns:
        `[L, 2 * n_bins]` and L, the window's length in frames, at most `n_frames`.
    """
    positions = torch.arange(first_bin, first_bin + n_bins, dtype=torch.float64)
    rates_hz = LOWEST_BPM / 60.0 * 2.0 ** (positions / BINS_PER_OCTAVE)
    middle_hz = float(rates_hz[n_bins // 2])
    length = max(2, min(n_frames, round(_PERIODS_PER_WINDOW / middle_hz / FRAME_S)))
    window = torch.hann_window(length, periodic=False, dtype=torch.float64)
    phases = 2.0 * torch.pi * FRAME_S * torch.arange(length, dtype=torch.float64)[:, None] * rates_hz
    kernels = torch.cat([phases.cos(), phases.sin()], dim=1) * (window / window.sum().clamp(min=1e-9))[:, None]
    return kernels.float(), length


Kernels = Sequence[tuple[Tensor, int]]
"""Of each octave: `[L, 2 * n_bins]`, and L."""


def kernels_of_octaves(n_frames: int) -> Kernels:
    """What `tempogram` computes with on windows of `n_frames`, to be kept on a device."""
    beyond = _OCTAVES_BEYOND * BINS_PER_OCTAVE
    firsts = range(-beyond, N_BINS + beyond, BINS_PER_OCTAVE)
    return [_octave_kernels(first, min(BINS_PER_OCTAVE, N_BINS + beyond - first), n_frames) for first in firsts]


def tempogram(activations: Tensor, kernels: Kernels | None = None) -> Tensor:
    """Strength of each pulse rate in each channel, from 2 octaves below the lowest tempo bin to 2 above the highest.

    Each octave has windows of its own length, half overlapping; magnitudes are averaged over them, so that phase and
    place in the clip do not matter. Magnitudes of rates above half the frame rate are zero.

    Args:
        activations: `[B, K, T]` at 50 frames a second.
        kernels: `kernels_of_octaves(T)` on the device of the activations, where they are at hand.

    Returns:
        `[B, K, N_BINS + 4 * BINS_PER_OCTAVE]`.
    """
    centred = activations - activations.mean(-1, keepdim=True)
    octaves = []
    for waves, length in kernels or kernels_of_octaves(activations.shape[-1]):
        windows = centred.unfold(-1, length, max(1, length // 2))
        cosines, sines = torch.chunk(windows @ waves.to(centred.device), 2, dim=-1)
        octaves.append((cosines.square() + sines.square() + 1e-10).sqrt().mean(-2))
    return torch.cat(octaves, dim=-1)


class TempoHead(nn.Module):
    """Features over time to tempo logits: a tempogram weighed against its relatives, and what kind of music it is.

    Args:
        n_channels: of the features.
        dropout: share of numbers dropped in training.
    """

    def __init__(self, n_channels: int, dropout: float) -> None:
        super().__init__()
        self.channels = nn.Conv1d(n_channels, _TEMPOGRAM_CHANNELS, 1)
        self.norm = nn.BatchNorm1d(_TEMPOGRAM_CHANNELS)
        self.shape = nn.Conv1d(_TEMPOGRAM_CHANNELS, 32, 7, padding=3)
        self.relate = nn.Conv1d(32 * len(_RELATIVES), N_EVIDENCE, 1)
        self.context = nn.Linear(2 * n_channels, N_EVIDENCE)
        self.answer = nn.Conv1d(N_EVIDENCE, 1, 1)
        self.prior = nn.Linear(N_EVIDENCE, N_BINS)
        self.dropout = nn.Dropout(dropout)
        places = _OCTAVES_BEYOND * BINS_PER_OCTAVE + torch.tensor(_RELATIVES)[:, None] + torch.arange(N_BINS)
        self.register_buffer("places", places.flatten(), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """`[B, n_channels, T]` at 50 frames a second, T >= 2, to `[B, N_BINS]` over `TEMPO_BINS_BPM`."""
        return self.with_evidence(features)[0]

    def with_evidence(self, features: Tensor, kernels: Kernels | None = None) -> tuple[Tensor, Tensor]:
        """The same with what it is read from; `kernels` as for `tempogram`.

        Returns:
            `[B, N_BINS]` logits, and `[B, N_EVIDENCE, N_BINS]`: what is known of each tempo.
        """
        strengths = self.norm((tempogram(self.channels(features), kernels) + 1e-4).log())
        shapes = functional.elu(self.shape(strengths))
        relatives = shapes[..., self.get_buffer("places")].reshape(len(features), -1, N_BINS)
        spread = (features.var(-1, correction=0) + 1e-6).sqrt()
        context = self.context(self.dropout(torch.cat([features.mean(-1), spread], dim=1)))
        evidence = self.dropout(functional.elu(self.relate(relatives) + context[..., None]))
        logits: Tensor = self.answer(evidence)[:, 0] + self.prior(functional.elu(context))
        return logits, evidence
