"""Cnn14 as the trunk of a tempo classifier: a distribution over tempi, and beats as a task for its lower half.

Trained and used on the log-mel of its own front end, which need be made only once.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.features.specs import CNN14_22K, Cnn14Spec
from core.models.cnn14 import Cnn14
from core.models.tempo_head import FRAME_S, TempoHead
from core.rhythm.tempo import N_BINS

BEAT_BLOCK = 2
"""The block that beats are read from, and the last of those whose rhythm is: with 34 frames a
second it still tells times 0.12 s apart, and sees 0.4 s."""
BEAT_POOLING = 2**BEAT_BLOCK
"""Spectrogram frames in one frame of the beats."""
_RHYTHM_CHANNELS = 48
_HEAD_DROPOUT = 0.1


class BinsOutput(NamedTuple):
    """What the network gives for a batch.

    Attributes:
        tempo_logits: `[B, N_BINS]`, over `core.rhythm.tempo.TEMPO_BINS_BPM`.
        beat_logits: `[B, T // BEAT_POOLING]`; too coarse for beat times, they teach the lower blocks what a beat is.
    """

    tempo_logits: Tensor
    beat_logits: Tensor


class Cnn14Bins(Cnn14):
    """Cnn14 with a tempo distribution in the place of its AudioSet classifier.

    The lower blocks still hold when something happens: a tempogram is learned from them, as the compact model does. The
    embedding holds what kind of music it is, and adds its own evidence. Tempo as classification is Schreiber and
    Mueller's (ISMIR 2018), beats as a task beside it Boeck and Davies's (ISMIR 2020); neither used Cnn14.

    Args:
        spec: front end.
        spec_augment: blank stripes of the spectrogram in training.
    """

    def __init__(self, spec: Cnn14Spec = CNN14_22K, spec_augment: bool = False) -> None:
        super().__init__(spec, spec_augment)
        widths = [self._width(number) for number in range(1, BEAT_BLOCK + 1)]
        self.beat_head = nn.Conv1d(widths[-1], 1, 1)
        self.rhythm = nn.Conv1d(sum(widths), _RHYTHM_CHANNELS, 1)
        self.rhythm_head = TempoHead(_RHYTHM_CHANNELS, _HEAD_DROPOUT)
        self.tempo_head = nn.Linear(self.fc1.out_features, N_BINS)

    def outputs(self, decibels: Tensor) -> BinsOutput:
        """`[B, 1, T, n_mels]` dB of `log_mel`, T >= 32, to both outputs, float32 under autocast, too."""
        lower, maps = [], decibels
        for number, maps in enumerate(self.maps(decibels), start=1):
            if number <= BEAT_BLOCK:
                lower.append(maps.float().mean(dim=3))
        embeddings = self.pooled(maps)
        with torch.autocast(decibels.device.type, enabled=False):
            beat_logits: Tensor = self.beat_head(lower[-1])
            tempo_logits: Tensor = self.rhythm_head(self._over_time(lower, decibels.shape[2]))
            return BinsOutput(tempo_logits + self.tempo_head(embeddings.float()), beat_logits[:, 0])

    def _over_time(self, lower: list[Tensor], n_frames: int) -> Tensor:
        """Outputs of the lower blocks, `[B, C, T']` each, brought to the frames that the head is made for."""
        duration_s = n_frames * self.spec.hop_length / self.spec.sample_rate
        size = max(2, round(duration_s / FRAME_S))
        aligned = [functional.interpolate(each, size=size, mode="linear", align_corners=False) for each in lower]
        return functional.elu(self.rhythm(torch.cat(aligned, dim=1)))

    def _width(self, number: int) -> int:
        norm = self.get_submodule(f"{self.block_names[number - 1]}.bn2")
        assert isinstance(norm, nn.BatchNorm2d)
        return norm.num_features

    def forward(self, waveform: Tensor) -> Tensor:
        """`[B, n]` samples at `spec.sample_rate` to `[B, N_BINS]` tempo logits.

        Raises:
            AudioError: wrong shape, or a clip too short for the network.
        """
        return self.outputs(self.log_mel(waveform)).tempo_logits
