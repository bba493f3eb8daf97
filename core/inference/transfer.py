"""Genres by a classifier on features of musicnn, which learned from other music than GTZAN."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.audio.sounding import repeated
from core.features.musicnn import musicnn_front_end
from core.inference.genre import pool_windows
from core.inference.musicnn import Described, Extractor, load_extractor
from core.inference.neighbours import nearest_clips
from core.models.checkpoint import CheckpointHeader
from core.models.registry import architecture
from core.types import FloatArray, GenreEstimate, Neighbour, Tags


@dataclass(frozen=True)
class TransferModel:
    """A classifier with the network whose features it receives."""

    net: nn.Module
    header: CheckpointHeader

    @property
    def extractor(self) -> Extractor:
        """The published network, one copy for everybody."""
        return load_extractor(architecture(self.header.model).extractor)

    def spectrogram(self, samples: FloatArray) -> Tensor:
        """Mono samples `[n]` at 16 kHz to `[96, T]`, T >= one window: a shorter sound is repeated."""
        return musicnn_front_end(repeated(samples, self.header.features.n_window_samples), self.header.features)

    def predict(self, samples: FloatArray) -> GenreEstimate:
        """Genre of mono samples `[n]` at 16 kHz."""
        return self.predict_clip(self.spectrogram(samples))

    def predict_more(self, samples: FloatArray) -> tuple[GenreEstimate, Tags, tuple[Neighbour, ...]]:
        """The same, the tags of the network and the clips that sound alike, from one pass through it."""
        described = self.extractor.describe(self.spectrogram(samples).T)
        network = architecture(self.header.model).extractor
        return (
            self.estimate(described),
            Tags(self.extractor.tags, described.tags, described.window_start_s, self.header.features.window_s),
            nearest_clips(described.features.mean(axis=0), network),
        )

    def predict_clip(self, log_mel: Tensor) -> GenreEstimate:
        """Genre of a spectrogram `[96, T]`."""
        return self.estimate(self.extractor.describe(log_mel.T))

    @torch.inference_mode()
    def estimate(self, described: Described) -> GenreEstimate:
        """Genre from features of windows: of their mean, and window by window."""
        features = torch.from_numpy(described.features)
        temperature = self.header.inference.temperature
        return GenreEstimate(
            checkpoint=self.header.name,
            probs=pool_windows(self.net(features.mean(dim=0, keepdim=True)), temperature).numpy(),
            window_probs=torch.softmax(self.net(features) / temperature, dim=-1).numpy().astype(np.float32),
            window_start_s=described.window_start_s,
            window_s=self.header.features.window_s,
        )
