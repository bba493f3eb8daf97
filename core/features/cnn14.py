"""The front end of a Cnn14 in the words of a checkpoint's header, and its spectrogram of a whole track.

Cnn14's log-mel is not that of `core.features.log_mel`: other triangles (Slaney's), no limit to the dynamic range.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.features.log_mel import FeatureSpec, Normalisation
from core.features.panns_frontend import SMALLEST_POWER, LogmelExtractor, SpectrogramExtractor, check_waveform
from core.features.specs import Cnn14Spec
from core.types import FloatArray

SILENCE_DB = 10.0 * math.log10(SMALLEST_POWER)
"""What the front end gives for digital silence."""
_WHOLE_RANGE_DB = 200.0
"""No cell of a spectrogram lies so far below the loudest one: nothing is cut."""


def features_of(spec: Cnn14Spec, window_s: float) -> FeatureSpec:
    """A front end with windows of some seconds, as a checkpoint's header holds it."""
    return FeatureSpec(
        sample_rate=spec.sample_rate,
        n_fft=spec.n_fft,
        hop_length=spec.hop_length,
        n_mels=spec.n_mels,
        n_frames=spec.n_frames(round(window_s * spec.sample_rate)),
        f_min_hz=spec.f_min_hz,
        f_max_hz=spec.f_max_hz,
        top_db=_WHOLE_RANGE_DB,
    )


def front_end_of(features: FeatureSpec) -> Cnn14Spec:
    """The reverse of `features_of`; the length of the window is no part of the network."""
    return Cnn14Spec(
        sample_rate=features.sample_rate,
        n_fft=features.n_fft,
        hop_length=features.hop_length,
        f_min_hz=features.f_min_hz,
        f_max_hz=features.f_max_hz,
        n_mels=features.n_mels,
    )


def no_normalisation(features: FeatureSpec) -> Normalisation:
    """Statistics that change nothing: Cnn14 begins with a batch normalisation of its own."""
    return Normalisation((0.0,) * features.n_mels, (1.0,) * features.n_mels)


@lru_cache(maxsize=4)
@torch.inference_mode(False)  # the first caller may be a prediction, a later one a training
def _extractor(spec: Cnn14Spec) -> nn.Sequential:
    return nn.Sequential(SpectrogramExtractor(spec), LogmelExtractor(spec))


@torch.no_grad()
def cnn14_log_mel(samples: FloatArray, features: FeatureSpec) -> Tensor:
    """Cnn14's log-mel spectrogram of a whole track, as `core.features.log_mel.log_mel` gives the project's.

    Args:
        samples: mono `[n]` at `features.sample_rate`.
        features: the front end.

    Returns:
        `[n_mels, T]`, dB, with T = 1 + n // hop_length.

    Raises:
        AudioError: shorter than half an analysis window.
    """
    spec = front_end_of(features)
    waveform = torch.from_numpy(samples)[None].float()
    check_waveform(waveform, spec, n_frames_min=1)
    decibels: Tensor = _extractor(spec)(waveform)
    return decibels[0, 0].T.contiguous()


def pad_silence(log_mel_db: Tensor, n_frames: int) -> Tensor:
    """Pads `[n_mels, T]` dB at its end to at least `n_frames`, as if zeros had followed the samples."""
    missing = n_frames - log_mel_db.shape[-1]
    return functional.pad(log_mel_db, (0, missing), value=SILENCE_DB) if missing > 0 else log_mel_db
