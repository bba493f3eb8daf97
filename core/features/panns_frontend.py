"""Waveform to log-mel inside the network, with the layer names of the published PANNs files.

The published networks carry their filters as frozen weights (after torchlibrosa); these modules hold the same numbers
under the same names, so that a file brings its own front end.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.errors import AudioError
from core.features.specs import Cnn14Spec

SMALLEST_POWER = 1e-10
_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_BREAK_HZ = 1_000.0
_BREAK_MEL = _BREAK_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = math.log(6.4) / 27.0


def stft_kernels(spec: Cnn14Spec) -> tuple[Tensor, Tensor]:
    """Real and imaginary Fourier kernels under a periodic Hann window, each `[n_bins, 1, n_fft]`, float32."""
    time = torch.arange(spec.n_fft)
    # Whole turns are taken off while the numbers are integers, which keeps the angle exact.
    turns = (torch.arange(spec.n_bins)[:, None] * time) % spec.n_fft
    angle = turns.double() * (2 * math.pi / spec.n_fft)
    window = torch.hann_window(spec.n_fft, periodic=True, dtype=torch.float64)
    return (angle.cos() * window)[:, None].float(), (-angle.sin() * window)[:, None].float()


def mel_filters(spec: Cnn14Spec) -> Tensor:
    """Triangles of equal area on the mel scale of Slaney's Auditory Toolbox (1998), `[n_bins, n_mels]`, float32.

    The scale is linear below 1 kHz and logarithmic above; it is librosa's default.
    """
    ends = (_mel(spec.f_min_hz), _mel(spec.f_max_hz))
    edges_mel = torch.linspace(*ends, spec.n_mels + 2, dtype=torch.float64)
    above = _BREAK_HZ * torch.exp(_LOG_STEP * (edges_mel - _BREAK_MEL))
    edges_hz = torch.where(edges_mel < _BREAK_MEL, edges_mel * _LINEAR_HZ_PER_MEL, above)
    low, centre, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    bins_hz = torch.linspace(0.0, spec.sample_rate / 2, spec.n_bins, dtype=torch.float64)[:, None]
    triangles = torch.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)).clamp(min=0.0)
    return (triangles * (2.0 / (high - low))).float()


def _mel(frequency_hz: float) -> float:
    if frequency_hz < _BREAK_HZ:
        return frequency_hz / _LINEAR_HZ_PER_MEL
    return _BREAK_MEL + math.log(frequency_hz / _BREAK_HZ) / _LOG_STEP


class _Stft(nn.Module):
    def __init__(self, spec: Cnn14Spec) -> None:
        super().__init__()
        self.padding = spec.n_fft // 2
        kernels = stft_kernels(spec)
        self.conv_real, self.conv_imag = (
            nn.Conv1d(1, spec.n_bins, spec.n_fft, stride=spec.hop_length, bias=False) for _ in kernels
        )
        for convolution, kernel in zip((self.conv_real, self.conv_imag), kernels, strict=True):
            convolution.weight = nn.Parameter(kernel, requires_grad=False)

    def forward(self, waveform: Tensor) -> Tensor:
        padded = functional.pad(waveform[:, None], (self.padding, self.padding), mode="reflect")
        power: Tensor = self.conv_real(padded).square() + self.conv_imag(padded).square()
        return power


class SpectrogramExtractor(nn.Module):
    """Power spectrogram, frames centred on their time, the ends reflected; frozen."""

    def __init__(self, spec: Cnn14Spec) -> None:
        super().__init__()
        self.stft = _Stft(spec)

    def forward(self, waveform: Tensor) -> Tensor:
        """`[B, n]` samples to `[B, 1, T, n_bins]` power, with T = 1 + n // hop_length."""
        power: Tensor = self.stft(waveform)
        return power.transpose(1, 2)[:, None]


class LogmelExtractor(nn.Module):
    """Mel filter bank and decibels relative to full scale, without a limit to the dynamic range; frozen."""

    def __init__(self, spec: Cnn14Spec) -> None:
        super().__init__()
        self.melW = nn.Parameter(mel_filters(spec), requires_grad=False)

    def forward(self, power: Tensor) -> Tensor:
        """`[B, 1, T, n_bins]` power to `[B, 1, T, n_mels]` dB."""
        return 10.0 * torch.log10((power @ self.melW).clamp(min=SMALLEST_POWER))


def check_waveform(waveform: Tensor, spec: Cnn14Spec, n_frames_min: int) -> None:
    """Refuses what the front end cannot take.

    Raises:
        AudioError: not `[B, n]`, or too short for `n_frames_min` frames or for the reflected ends.
    """
    if waveform.ndim != 2:
        raise AudioError(
            f"Cnn14 got samples of shape {tuple(waveform.shape)}; it takes mono clips in a batch, [B, n]. "
            "Mix down to mono and stack the clips."
        )
    n_samples_min = max((n_frames_min - 1) * spec.hop_length, spec.n_fft // 2 + 1)
    if waveform.shape[1] < n_samples_min:
        raise AudioError(
            f"Cnn14 got {waveform.shape[1] / spec.sample_rate:.2f} s of audio; it needs at least "
            f"{n_samples_min / spec.sample_rate:.2f} s at {spec.sample_rate} Hz. Use a longer clip."
        )
