"""Cnn14 of the PANNs on the raw waveform, and its tempo head.

Architecture: Kong, Cao, Iqbal, Wang, Wang and Plumbley, "PANNs: Large-Scale Pretrained Audio Neural Networks for Audio
Pattern Recognition", IEEE/ACM TASLP 28 (2020), 2880-2894. Layers are named as in the published weight files.
"""

from collections import deque
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.features.panns_frontend import LogmelExtractor, SpectrogramExtractor, check_waveform
from core.features.specs import CNN14_22K, Cnn14Spec

EMBEDDING_SIZE = 2048
TEMPO_MIN_BPM = 40.0
TEMPO_MAX_BPM = 250.0
SCALAR_LABELS = (f"tempo, 0..1 for {TEMPO_MIN_BPM:g}..{TEMPO_MAX_BPM:g} BPM",)
"""The one output of the scalar head in words; its checkpoint carries them."""
N_FRAMES_MIN = 32
"""Five halvings of the time axis leave one frame of these."""

_CHANNELS = (1, 64, 128, 256, 512, 1024, EMBEDDING_SIZE)
_BLOCK_DROPOUT = 0.2
_EMBEDDING_DROPOUT = 0.5


def unit_from_bpm(tempo_bpm: Tensor) -> Tensor:
    """BPM to the scale of the scalar head: 40 is 0, 250 is 1; values outside are not clamped."""
    return (tempo_bpm - TEMPO_MIN_BPM) / (TEMPO_MAX_BPM - TEMPO_MIN_BPM)


def bpm_from_unit(tempo_unit: Tensor) -> Tensor:
    """The scale of the scalar head to BPM; values outside 0..1 are not clamped."""
    return TEMPO_MIN_BPM + (TEMPO_MAX_BPM - TEMPO_MIN_BPM) * tempo_unit


class _Conv3x3(nn.Conv2d):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(n_in, n_out, 3, padding=1, bias=False)

    def reset_parameters(self) -> None:
        # In the place of torch's own initialisation, not after it: 80 M random numbers are worth drawing only once.
        nn.init.xavier_uniform_(self.weight)


class _Linear(nn.Linear):
    def reset_parameters(self) -> None:
        nn.init.xavier_uniform_(self.weight)
        nn.init.zeros_(self.bias)


class _ConvBlock(nn.Module):
    def __init__(self, n_in: int, n_out: int, pool: int) -> None:
        super().__init__()
        self.pool = pool
        self.conv1 = _Conv3x3(n_in, n_out)
        self.conv2 = _Conv3x3(n_out, n_out)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.bn2 = nn.BatchNorm2d(n_out)

    def forward(self, maps: Tensor) -> Tensor:
        maps = functional.relu_(self.bn1(self.conv1(maps)))
        maps = functional.relu_(self.bn2(self.conv2(maps)))
        return functional.avg_pool2d(maps, self.pool) if self.pool > 1 else maps


class SpecAugment(nn.Module):
    """Blanks stripes of time and of bands, anew for each clip and only in training (Park et al., Interspeech 2019).

    Two stripes each, of up to 63 frames and 7 bands, as the published networks were trained.
    """

    def __init__(self, n_frames_max: int = 64, n_bands_max: int = 8, n_stripes: int = 2) -> None:
        super().__init__()
        self.n_frames_max, self.n_bands_max, self.n_stripes = n_frames_max, n_bands_max, n_stripes

    def forward(self, maps: Tensor) -> Tensor:
        """`[B, 1, T, n_mels]` to the same shape; blank is zero, the mean after batch normalisation."""
        if not self.training:
            return maps
        frames = self._kept(maps, 2, self.n_frames_max)[:, None, :, None]
        bands = self._kept(maps, 3, self.n_bands_max)[:, None, None, :]
        return maps * (frames & bands)

    def _kept(self, maps: Tensor, dim: int, width_max: int) -> Tensor:
        n_clips, size = maps.shape[0], maps.shape[dim]
        shape = (n_clips, self.n_stripes, 1)
        width = torch.randint(0, min(width_max, size), shape, device=maps.device)
        start = (torch.rand(shape, device=maps.device) * (size - width)).long()
        position = torch.arange(size, device=maps.device)
        return ~((position >= start) & (position < start + width)).any(dim=1)


class Cnn14(nn.Module):
    """The trunk: waveform to an embedding, 79.7 M learned parameters.

    Xavier-uniform weights and zero biases to begin with, as published. Under autocast the front end stays in float32:
    the power of quiet bands does not survive fewer bits.
    """

    def __init__(self, spec: Cnn14Spec = CNN14_22K, spec_augment: bool = False) -> None:
        super().__init__()
        self.spec = spec
        self.spectrogram_extractor = SpectrogramExtractor(spec)
        self.logmel_extractor = LogmelExtractor(spec)
        self.spec_augmenter = SpecAugment() if spec_augment else nn.Identity()
        self.bn0 = nn.BatchNorm2d(spec.n_mels)
        n_blocks = len(_CHANNELS) - 1
        for index in range(1, n_blocks + 1):
            block = _ConvBlock(_CHANNELS[index - 1], _CHANNELS[index], pool=2 if index < n_blocks else 1)
            self.add_module(f"conv_block{index}", block)
        self.block_names = tuple(f"conv_block{index}" for index in range(1, n_blocks + 1))
        self.fc1 = _Linear(EMBEDDING_SIZE, EMBEDDING_SIZE)

    def log_mel(self, waveform: Tensor) -> Tensor:
        """`[B, n]` samples at `spec.sample_rate` to `[B, 1, T, n_mels]` dB, float32.

        Raises:
            AudioError: wrong shape, or a clip too short for the network.
        """
        check_waveform(waveform, self.spec, N_FRAMES_MIN)
        with torch.autocast(waveform.device.type, enabled=False):
            decibels: Tensor = self.logmel_extractor(self.spectrogram_extractor(waveform.float()))
        return decibels

    def embed(self, waveform: Tensor) -> Tensor:
        """`[B, n]` samples at `spec.sample_rate` to `[B, 2048]` embeddings.

        Raises:
            AudioError: wrong shape, or a clip too short for the network.
        """
        return self.embed_log_mel(self.log_mel(waveform))

    def embed_log_mel(self, decibels: Tensor) -> Tensor:
        """What `embed` gives, from `[B, 1, T, n_mels]` dB of `log_mel`, T >= 32."""
        return self.pooled(deque(self.maps(decibels), maxlen=1).pop())

    def maps(self, decibels: Tensor) -> Iterator[Tensor]:
        """Output of each block in turn, of `[B, 1, T, n_mels]` dB; all blocks but the last halve time and bands."""
        maps: Tensor = self.bn0(decibels.transpose(1, 3)).transpose(1, 3)
        maps = self.spec_augmenter(maps)
        for name in self.block_names:
            maps = functional.dropout(self.get_submodule(name)(maps), _BLOCK_DROPOUT, self.training)
            yield maps

    def pooled(self, maps: Tensor) -> Tensor:
        """Output of the last block to `[B, 2048]` embeddings."""
        over_time = maps.mean(dim=3)
        pooled = over_time.amax(dim=2) + over_time.mean(dim=2)
        hidden = self.fc1(functional.dropout(pooled, _EMBEDDING_DROPOUT, self.training))
        return functional.dropout(functional.relu(hidden), _EMBEDDING_DROPOUT, self.training)

    def forward(self, waveform: Tensor) -> Tensor:
        """As `embed`."""
        return self.embed(waveform)


class ScalarTempoHead(nn.Module):
    """One number per clip, linear and unbounded; `bpm_from_unit` makes it BPM."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = _Linear(EMBEDDING_SIZE, 1)

    def forward(self, embeddings: Tensor) -> Tensor:
        """`[B, 2048]` embeddings to `[B]`, 0..1 for 40..250 BPM."""
        # bfloat16 has steps of half a BPM and more on this scale, so this layer stays out of autocast.
        with torch.autocast(embeddings.device.type, enabled=False):
            tempo_unit: Tensor = self.linear(embeddings.float())
        return tempo_unit[:, 0]


class Cnn14Tempo(Cnn14):
    """Cnn14 with a tempo head in the place of its AudioSet classifier.

    Args:
        spec: front end.
        head: any module on `[B, 2048]` embeddings; the scalar head if not given.
        spec_augment: blank stripes of the spectrogram in training.
    """

    def __init__(self, spec: Cnn14Spec = CNN14_22K, head: nn.Module | None = None, spec_augment: bool = False) -> None:
        super().__init__(spec, spec_augment)
        self.tempo_head = head if head is not None else ScalarTempoHead()

    def forward(self, waveform: Tensor) -> Tensor:
        """`[B, n]` samples at `spec.sample_rate` to what the head gives; the scalar head gives `[B]`, 0..1.

        Raises:
            AudioError: wrong shape, or a clip too short for the network.
        """
        output: Tensor = self.tempo_head(self.embed(waveform))
        return output
