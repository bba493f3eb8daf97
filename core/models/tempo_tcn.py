"""A compact network for tempo, beats and downbeats: convolutions, dilated convolutions, and a learned tempogram.

The trunk follows S. Boeck and M. E. P. Davies, "Deconstruct, Analyse, Reconstruct: How to Improve Tempo, Beat, and
Downbeat Estimation", ISMIR 2020: a small 2D front end pools frequency away, residual temporal convolutions with two
dilation rates per layer follow, and the tempo is read from the skip connections of all of them.

New here is how it is read. A tempogram of learned channels is laid out on the log-spaced axis of `core.tempo`, where a
faster piece is the same picture moved aside, so one set of weights serves all tempi; and half, double, triple tempo are
fixed distances on that axis, so each tempo is weighed against its relatives by a single gather.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.tempo import BINS_PER_OCTAVE, LOWEST_BPM, N_BINS

N_MELS = 64
FRAME_S = 0.02
"""Seconds between two frames that the network is laid out for: the tempogram's axis depends on it."""

N_MEMBERS = 3
CHANNELS = 48
N_LAYERS = 10
"""Dilations 1, 2, 4, ... 512 beside twice those: from 0.1 s to 41 s, so each frame knows the whole clip."""
_TEMPOGRAM_CHANNELS = 16
_HIDDEN = 64
_OCTAVES_BEYOND = 2
"""The tempogram reaches this far below and above the bins, to show bars and subdivisions."""
_RELATIVES = (-72, -57, -36, -21, 0, 21, 36, 57, 72)
"""Distances in bins to 1/4, 1/3, 1/2, 2/3, 1, 3/2, 2, 3 and 4 times a tempo (log2(3) is 57.06 bins)."""
_PERIODS_PER_WINDOW = 40
"""Long enough to tell neighbouring bins apart, short enough to follow a tempo that drifts."""


@dataclass(frozen=True)
class TempoOutput:
    """What the network says of a batch.

    Attributes:
        beat_logits: `[B, T]`, one per frame.
        downbeat_logits: `[B, T]`, one per frame.
        tempo_logits: `[B, N_BINS]`.
    """

    beat_logits: Tensor
    downbeat_logits: Tensor
    tempo_logits: Tensor


class _FrontEnd(nn.Sequential):
    """`[B, 1, 64, T]` to `[B, CHANNELS, T]`: local patterns of 0.1 s, frequency pooled away."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 16, 3, padding=1, bias=False),
            nn.MaxPool2d((4, 1)),
            nn.BatchNorm2d(16),
            nn.ELU(),
            nn.Conv2d(16, 24, 3, padding=1, bias=False),
            nn.MaxPool2d((4, 1)),
            nn.BatchNorm2d(24),
            nn.ELU(),
            nn.Conv2d(24, CHANNELS, (4, 3), padding=(0, 1), bias=False),
            nn.BatchNorm2d(CHANNELS),
            nn.ELU(),
            nn.Flatten(1, 2),
        )


class _TemporalLayer(nn.Module):
    """Two dilated convolutions side by side, mixed and added to the input (Boeck and Davies 2020, sec. 2.2)."""

    def __init__(self, dilation: int, dropout: float) -> None:
        super().__init__()
        half = CHANNELS // 2
        self.near, self.far = (
            nn.Conv1d(CHANNELS, half, 5, padding=2 * rate, dilation=rate, bias=False)
            for rate in (dilation, 2 * dilation)
        )
        self.norm = nn.BatchNorm1d(CHANNELS)
        self.dropout = nn.Dropout1d(dropout)
        self.mix = nn.Conv1d(CHANNELS, CHANNELS, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """`[B, CHANNELS, T]` to (input plus change, the change alone as skip connection)."""
        both = functional.elu(self.norm(torch.cat([self.near(features), self.far(features)], dim=1)))
        change = self.mix(self.dropout(both))
        return features + change, change


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


def tempogram(activations: Tensor) -> Tensor:
    """Strength of each pulse rate in each channel, from 2 octaves below the lowest tempo bin to 2 above the highest.

    Each octave has windows of its own length, half overlapping; magnitudes are averaged over them, so that phase and
    place in the clip do not matter. Magnitudes of rates above half the frame rate are zero.

    Args:
        activations: `[B, K, T]` at 50 frames a second.

    Returns:
        `[B, K, N_BINS + 4 * BINS_PER_OCTAVE]`.
    """
    n_frames = activations.shape[-1]
    centred = activations - activations.mean(-1, keepdim=True)
    beyond = _OCTAVES_BEYOND * BINS_PER_OCTAVE
    octaves = []
    for first in range(-beyond, N_BINS + beyond, BINS_PER_OCTAVE):
        n_bins = min(BINS_PER_OCTAVE, N_BINS + beyond - first)
        kernels, length = _octave_kernels(first, n_bins, n_frames)
        windows = centred.unfold(-1, length, max(1, length // 2))
        cosines, sines = torch.split(windows @ kernels.to(centred.device), n_bins, dim=-1)
        octaves.append((cosines.square() + sines.square() + 1e-10).sqrt().mean(-2))
    return torch.cat(octaves, dim=-1)


class _TempoHead(nn.Module):
    """Skip connections to tempo logits: a tempogram weighed against its relatives, and what kind of music it is."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.channels = nn.Conv1d(CHANNELS, _TEMPOGRAM_CHANNELS, 1)
        self.norm = nn.BatchNorm1d(_TEMPOGRAM_CHANNELS)
        self.shape = nn.Conv1d(_TEMPOGRAM_CHANNELS, 32, 7, padding=3)
        self.relate = nn.Conv1d(32 * len(_RELATIVES), _HIDDEN, 1)
        self.context = nn.Linear(2 * CHANNELS, _HIDDEN)
        self.answer = nn.Conv1d(_HIDDEN, 1, 1)
        self.prior = nn.Linear(_HIDDEN, N_BINS)
        self.dropout = nn.Dropout(dropout)
        places = _OCTAVES_BEYOND * BINS_PER_OCTAVE + torch.tensor(_RELATIVES)[:, None] + torch.arange(N_BINS)
        self.register_buffer("places", places.flatten(), persistent=False)

    def forward(self, skips: Tensor) -> Tensor:
        """`[B, CHANNELS, T]` to `[B, N_BINS]`."""
        strengths = self.norm((tempogram(self.channels(skips)) + 1e-4).log())
        shapes = functional.elu(self.shape(strengths))
        relatives = shapes[..., self.get_buffer("places")].reshape(len(skips), -1, N_BINS)
        spread = (skips.var(-1, correction=0) + 1e-6).sqrt()
        context = self.context(self.dropout(torch.cat([skips.mean(-1), spread], dim=1)))
        hidden = functional.elu(self.relate(relatives) + context[..., None])
        logits: Tensor = self.answer(self.dropout(hidden))[:, 0] + self.prior(functional.elu(context))
        return logits


class TempoMember(nn.Module):
    """One network: beats, downbeats and tempo of normalised log-mel windows at 50 frames a second.

    Args:
        dropout: share of channels dropped in training.
    """

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.front_end = _FrontEnd()
        self.layers = nn.ModuleList(_TemporalLayer(2**index, dropout) for index in range(N_LAYERS))
        self.beats = nn.Conv1d(CHANNELS, 2, 1)
        self.tempo = _TempoHead(dropout)
        # Beats are rare: starting from that, training need not first learn it.
        nn.init.constant_(self.beats.get_parameter("bias"), -3.0)

    def forward(self, windows: Tensor) -> TempoOutput:
        """`[B, 1, 64, T]` normalised windows, T >= 2, to all three answers."""
        features = self.front_end(windows)
        skips = torch.zeros_like(features)
        for layer in self.layers:
            features, skip = layer(features)
            skips = skips + skip
        beat_logits, downbeat_logits = self.beats(functional.elu(features)).unbind(1)
        return TempoOutput(beat_logits, downbeat_logits, self.tempo(functional.elu(skips)))


class TempoTCN(nn.Module):
    """Several networks that differ by chance alone, each with its own loss; what they answer is averaged.

    They mostly disagree about the octave, where a clip leaves it open, so their mean is right more often and less sure
    of itself when wrong. Source: Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using
    Deep Ensembles", NeurIPS 2017.
    """

    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList(TempoMember() for _ in range(N_MEMBERS))

    def answers(self, windows: Tensor) -> list[TempoOutput]:
        """`[B, 1, 64, T]` normalised windows, T >= 2, to the answers of each member."""
        return [member(windows) for member in self.members]

    def listen(self, windows: Tensor) -> TempoOutput:
        """The same, to logits of the members' mean probabilities."""
        answers = self.answers(windows)
        return TempoOutput(
            _mean_odds([answer.beat_logits for answer in answers]),
            _mean_odds([answer.downbeat_logits for answer in answers]),
            _mean_logs([functional.log_softmax(answer.tempo_logits, dim=-1) for answer in answers]),
        )

    def forward(self, windows: Tensor) -> Tensor:
        """`[B, 1, 64, T]` normalised windows to `[B, N_BINS]` tempo logits, over `core.tempo.TEMPO_BINS_BPM`."""
        return self.listen(windows).tempo_logits


def _mean_logs(logs: list[Tensor]) -> Tensor:
    """Logarithm of the mean of what has these logarithms."""
    return torch.stack(logs).logsumexp(0) - math.log(len(logs))


def _mean_odds(logits: list[Tensor]) -> Tensor:
    """Logits of the mean of the probabilities with these logits."""
    yes, no = (_mean_logs([functional.logsigmoid(sign * each) for each in logits]) for sign in (1, -1))
    return yes - no
