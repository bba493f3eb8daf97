"""A sound or a spectrogram in, genre probabilities out: a genre network with its windows averaged."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from core.audio.sounding import repeated
from core.features.log_mel import FeatureSpec, cut_windows, log_mel, repeat_frames, window_starts
from core.models.checkpoint import CheckpointHeader, Inference
from core.types import FloatArray, GenreEstimate

_BATCH_WINDOWS = 8
"""Windows in one pass of a network: the first layer takes 20 MB for each."""


@torch.inference_mode()
def window_outputs(net: nn.Module, track: Tensor, spec: FeatureSpec, starts: list[int]) -> Tensor:
    """Outputs of a network in evaluation mode on windows of a track: logits, or embeddings.

    Args:
        net: maps `[W, 1, 64, 400]` to `[W, K]`.
        track: normalised `[64, T]`, T >= `spec.n_frames`.
        spec: gives the window's size.
        starts: first frame of each window.

    Returns:
        `[W, K]`.
    """
    batches = [starts[i : i + _BATCH_WINDOWS] for i in range(0, len(starts), _BATCH_WINDOWS)]
    return torch.cat([net(cut_windows(track, batch, spec)) for batch in batches])


def pool_windows(logits: Tensor, temperature: float) -> Tensor:
    """Window logits `[W, 10]` to probabilities `[10]` of the whole: softmax of the mean logits over the temperature."""
    return torch.softmax(logits.double().mean(0) / temperature, dim=-1).float()


@dataclass(frozen=True)
class GenreModel:
    """A genre network with all it needs to predict."""

    net: nn.Module
    header: CheckpointHeader

    def with_inference(self, inference: Inference) -> "GenreModel":
        """The same network, its windows used otherwise."""
        return replace(self, header=replace(self.header, inference=inference))

    def spectrogram(self, samples: FloatArray) -> Tensor:
        """Mono samples `[n]` to `[64, T]` dB, T >= one window: a shorter sound is repeated."""
        return log_mel(repeated(samples, self.header.features.n_window_samples), self.header.features)

    def normalised(self, log_mel_db: Tensor) -> Tensor:
        """Any sound, `[64, T]` dB, to `[64, T']`, T' >= one window, at the level and spread of the training clips."""
        return repeat_frames(self.header.normalisation.apply(log_mel_db), self.header.features.n_frames)

    def normalised_clip(self, log_mel_db: Tensor) -> Tensor:
        """The same for a clip of the data set, which may keep its level: see `Normalisation`."""
        return repeat_frames(self.header.normalisation.apply_to_clip(log_mel_db), self.header.features.n_frames)

    def predict(self, samples: FloatArray) -> GenreEstimate:
        """Genre of mono samples `[n]` at the rate of the checkpoint's features."""
        return self.estimate(self.normalised(self.spectrogram(samples)))

    def predict_clip(self, log_mel_db: Tensor) -> GenreEstimate:
        """Genre of a clip of the data set, `[64, T]` dB."""
        return self.estimate(self.normalised_clip(log_mel_db))

    def estimate(self, track: Tensor) -> GenreEstimate:
        """Genre of a normalised track `[64, T]`, T >= one window.

        A checkpoint that predicts from its first window alone still looks at all of them, to show how they differ.
        """
        spec, inference = self.header.features, self.header.inference
        starts = window_starts(track.shape[-1], spec, inference.hop_frames or spec.n_frames // 2)
        logits = window_outputs(self.net, track, spec, starts)
        counted = logits if inference.hop_frames else logits[:1]
        return GenreEstimate(
            checkpoint=self.header.name,
            probs=pool_windows(counted, inference.temperature).numpy(),
            window_probs=torch.softmax(logits / inference.temperature, dim=-1).numpy(),
            window_start_s=(torch.tensor(starts) * spec.frame_s).float().numpy(),
            window_s=spec.window_s,
        )
