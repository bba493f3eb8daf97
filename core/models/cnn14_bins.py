"""Cnn14 as the trunk of a tempo classifier: a distribution over tempi, and beats as a task for its lower half.

Trained and used on the log-mel of its own front end, which need be made only once.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.models.cnn14 import Cnn14
from core.models.panns_frontend import CNN14_22K, Cnn14Spec
from core.tempo import N_BINS

BEAT_BLOCK = 2
"""The block that beats are read from: with 34 frames a second it still tells times 0.12 s apart, and sees 0.4 s."""
BEAT_POOLING = 2**BEAT_BLOCK
"""Spectrogram frames in one frame of the beats."""


class BinsOutput(NamedTuple):
    """What the network says of a batch.

    Attributes:
        tempo_logits: `[B, N_BINS]`, over `core.tempo.TEMPO_BINS_BPM`.
        beat_logits: `[B, T // BEAT_POOLING]`; too coarse for beat times, they teach the lower blocks what a beat is.
    """

    tempo_logits: Tensor
    beat_logits: Tensor


class Cnn14Bins(Cnn14):
    """Cnn14 with a tempo distribution in the place of its AudioSet classifier.

    Tempo as classification is Schreiber and Mueller's (ISMIR 2018), beats as a task beside it Boeck and Davies's (ISMIR
    2020); neither used Cnn14.

    Args:
        spec: front end.
        spec_augment: blank stripes of the spectrogram in training.
    """

    def __init__(self, spec: Cnn14Spec = CNN14_22K, spec_augment: bool = False) -> None:
        super().__init__(spec, spec_augment)
        self.tempo_head = nn.Linear(self.fc1.out_features, N_BINS)
        norm = self.get_submodule(f"{self.block_names[BEAT_BLOCK - 1]}.bn2")
        assert isinstance(norm, nn.BatchNorm2d)
        self.beat_head = nn.Conv1d(norm.num_features, 1, 1)

    def listen(self, decibels: Tensor) -> BinsOutput:
        """`[B, 1, T, n_mels]` dB of `log_mel`, T >= 32, to both answers, float32 under autocast, too."""
        beat_maps, maps = decibels, decibels
        for number, maps in enumerate(self.maps(decibels), start=1):
            if number == BEAT_BLOCK:
                beat_maps = maps
        embeddings = self.pooled(maps)
        with torch.autocast(decibels.device.type, enabled=False):
            beat_logits: Tensor = self.beat_head(beat_maps.float().mean(dim=3))
            return BinsOutput(self.tempo_head(embeddings.float()), beat_logits[:, 0])

    def forward(self, waveform: Tensor) -> Tensor:
        """`[B, n]` samples at `spec.sample_rate` to `[B, N_BINS]` tempo logits.

        Raises:
            AudioError: wrong shape, or a clip too short for the network.
        """
        return self.listen(self.log_mel(waveform)).tempo_logits
