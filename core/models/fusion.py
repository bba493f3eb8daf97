"""Heads that name the genre from the genre network's embedding and a tempo.

The genre network is never trained here: its embeddings are computed once, and a head is small enough to be trained in
seconds. Two heads: the study's, which receives one BPM, and one that receives the whole tempo distribution.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.models.cnn14 import unit_from_bpm
from core.models.genre_cnn import EMBEDDING_SIZE, GenreCNN
from core.rhythm.tempo import BINS_PER_OCTAVE, N_BINS, bin_position, weight_near
from core.types import GENRES, FloatArray, TempoEstimate

_COARSE_BINS = 5
"""Tempo bins that the profile adds up: a tenth of a tempo is near enough for a genre."""
_FOLDED_BINS = 3
N_PULSE = 3
"""Tempo on the log axis, confidence, and whether there is a tempo at all."""
N_PROFILE = N_PULSE + N_BINS // _COARSE_BINS + BINS_PER_OCTAVE // _FOLDED_BINS

N_HIDDEN = 64
"""Width between the two new layers; the study does not give its own."""

_SMALLEST_STD = 1e-4
"""An input that varies less is constant: it is centred and not blown up."""


@dataclass(frozen=True)
class TempoInput:
    """The tempo of a clip as a head receives it.

    Attributes:
        tempo_bpm: BPM.
        distribution: `[N_BINS]`, over `core.rhythm.tempo.TEMPO_BINS_BPM`, sums to 1.
        is_known: False where an annotated tempo is asked for and there is none; the tempo is then a mean.
    """

    tempo_bpm: float
    distribution: FloatArray
    is_known: bool = True

    @classmethod
    def of(cls, estimate: TempoEstimate) -> "TempoInput":
        """What a tempo model predicts."""
        return cls(estimate.tempo_bpm, estimate.distribution)


@dataclass(frozen=True)
class Source:
    """A checkpoint that another is built on.

    Attributes:
        name: of the checkpoint.
        weights_sha256: digest of its weights; two checkpoints of one name differ in it.
    """

    name: str
    weights_sha256: str


@dataclass(frozen=True)
class BuiltOn:
    """The checkpoints that a head belongs to.

    Attributes:
        genre: whose embeddings it reads.
        tempo: whose predictions it is meant to receive.
        trained_with: whose predictions it received in training: the same one, or those of the folds.
    """

    genre: Source
    tempo: Source
    trained_with: tuple[Source, ...]


def tempo_profile(tempo: TempoInput) -> Tensor:
    """`[N_PROFILE]`: tempo, confidence and known or not; the distribution, coarse, then folded into one octave.

    Folded, a tempo and its double are one, so what is left does not depend on the metrical level. Square roots keep
    small probabilities visible.
    """
    distribution = tempo.distribution.astype(np.float64)
    confidence = weight_near(tempo.distribution, tempo.tempo_bpm)
    pulse = np.array([bin_position(tempo.tempo_bpm) / (N_BINS - 1), confidence, float(tempo.is_known)])
    coarse = distribution.reshape(-1, _COARSE_BINS).sum(axis=1)
    folded = np.bincount(np.arange(N_BINS) % BINS_PER_OCTAVE // _FOLDED_BINS, weights=distribution)
    return torch.from_numpy(np.concatenate([pulse, np.sqrt(coarse), np.sqrt(folded)]).astype(np.float32))


class FrozenTrunk(nn.Module):
    """The genre network up to its embedding, never trained: no gradients, and batch statistics that never move."""

    def __init__(self, net: GenreCNN) -> None:
        super().__init__()
        self.net = net.requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> "FrozenTrunk":
        """Stays in evaluation mode, whatever is asked: in training mode batch norms would follow each batch."""
        super().train(False)
        return self

    def forward(self, windows: Tensor) -> Tensor:
        """`[W, 1, 64, 400]` normalised windows to `[W, 128]` embeddings."""
        return self.net.embed(windows)


class FusionHead(nn.Module):
    """What both heads have in common: the checkpoints they are built on travel with their weights."""

    def __init__(self) -> None:
        super().__init__()
        self.built_on: BuiltOn | None = None

    def tempo_features(self, tempo: TempoInput) -> Tensor:
        """`[P]`: what the head receives of a tempo."""
        raise NotImplementedError

    def forward(self, embeddings: Tensor, tempo: Tensor) -> Tensor:
        """`[B, 128]` embeddings and `[B, P]` tempo features to `[B, 10]` genre logits, in the order of `GENRES`."""
        raise NotImplementedError

    def get_extra_state(self) -> Tensor:
        """`built_on` as JSON in bytes: a tensor, so that no code is needed to load it."""
        text = "" if self.built_on is None else json.dumps(asdict(self.built_on), sort_keys=True)
        return torch.tensor(list(text.encode()), dtype=torch.uint8)

    def set_extra_state(self, state: Tensor) -> None:
        """Raises RuntimeError, as other weights that do not fit, if it is not what `get_extra_state` gives."""
        text = bytes(state.tolist())
        try:
            self.built_on = _built_on(text) if text else None
        except (ValueError, KeyError, TypeError) as error:
            raise RuntimeError(f"it lacks the checkpoints it is built on ({error})") from error


def _built_on(text: bytes) -> BuiltOn:
    raw = json.loads(text)
    genre, tempo, *others = (
        Source(str(each["name"]), str(each["weights_sha256"]))
        for each in (raw["genre"], raw["tempo"], *raw["trained_with"])
    )
    return BuiltOn(genre, tempo, tuple(others))


def _linear(n_in: int, n_out: int) -> nn.Linear:
    """Kaiming-uniform with a zero bias, as the study's genre network begins."""
    layer = nn.Linear(n_in, n_out)
    nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)
    return layer


class SeedFusion(FusionHead):
    """The study's head (April 2025): a BPM through an MLP 1-32-16-1, beside the embedding into two new layers.

    The study does not state whether the MLP ends in a ReLU. Here it does not: with one, a tempo whose number begins
    below zero would have no effect.

    Args:
        receives_tempo: False for the control without the MLP.
        n_hidden: width between the two new layers.
    """

    def __init__(self, receives_tempo: bool = True, n_hidden: int = N_HIDDEN) -> None:
        super().__init__()
        self.tempo_mlp = (
            nn.Sequential(_linear(1, 32), nn.ReLU(), _linear(32, 16), nn.ReLU(), _linear(16, 1))
            if receives_tempo
            else None
        )
        self.hidden = _linear(EMBEDDING_SIZE + (1 if receives_tempo else 0), n_hidden)
        self.classifier = _linear(n_hidden, len(GENRES))

    def tempo_features(self, tempo: TempoInput) -> Tensor:
        """`[1]`: 0..1 for 40..250 BPM, the range of the study's tempo model; not clamped."""
        return unit_from_bpm(torch.tensor([tempo.tempo_bpm], dtype=torch.float32))

    def forward(self, embeddings: Tensor, tempo: Tensor) -> Tensor:
        """`[B, 128]` and `[B, 1]` to `[B, 10]` logits."""
        inputs = embeddings if self.tempo_mlp is None else torch.cat([embeddings, self.tempo_mlp(tempo)], dim=1)
        logits: Tensor = self.classifier(functional.relu(self.hidden(inputs)))
        return logits


class StrongFusion(FusionHead):
    """A head that receives the whole tempo distribution, with standardised inputs and dropout.

    Args:
        receives_tempo: False for the control without tempo.
        n_hidden: width between its two layers.
        dropout: share of inputs and of hidden units dropped in training.
    """

    def __init__(self, receives_tempo: bool = True, n_hidden: int = N_HIDDEN, dropout: float = 0.3) -> None:
        super().__init__()
        self.receives_tempo = receives_tempo
        n_inputs = EMBEDDING_SIZE + (N_PROFILE if receives_tempo else 0)
        self.dropout = nn.Dropout(dropout)
        self.hidden = _linear(n_inputs, n_hidden)
        self.classifier = _linear(n_hidden, len(GENRES))
        self.register_buffer("input_mean", torch.zeros(n_inputs))
        self.register_buffer("input_scale", torch.ones(n_inputs))

    def tempo_features(self, tempo: TempoInput) -> Tensor:
        """`[N_PROFILE]`."""
        return tempo_profile(tempo)

    def standardise(self, embeddings: Tensor, tempo: Tensor, pulse_only: bool) -> None:
        """Takes the statistics of the inputs from `[M, 128]` and `[M, N_PROFILE]` of the training subset.

        With `pulse_only` the head receives tempo and confidence without the distribution.
        """
        inputs = self._inputs(embeddings, tempo).double()
        spread = inputs.std(dim=0, correction=0)
        scale = torch.where(spread > _SMALLEST_STD, 1.0 / spread.clamp(min=_SMALLEST_STD), 1.0)
        if pulse_only:
            scale[EMBEDDING_SIZE + N_PULSE :] = 0.0
        self.get_buffer("input_mean").copy_(inputs.mean(dim=0))
        self.get_buffer("input_scale").copy_(scale)

    def _inputs(self, embeddings: Tensor, tempo: Tensor) -> Tensor:
        return torch.cat([embeddings, tempo], dim=1) if self.receives_tempo else embeddings

    def forward(self, embeddings: Tensor, tempo: Tensor) -> Tensor:
        """`[B, 128]` and `[B, N_PROFILE]` to `[B, 10]` logits."""
        inputs = (self._inputs(embeddings, tempo) - self.get_buffer("input_mean")) * self.get_buffer("input_scale")
        hidden = functional.relu(self.hidden(self.dropout(inputs)))
        logits: Tensor = self.classifier(self.dropout(hidden))
        return logits


def n_learned(head: FusionHead) -> int:
    """Numbers that training changes."""
    return sum(parameter.numel() for parameter in head.parameters() if parameter.requires_grad)


def width_for(n_parameters: int, n_inputs: int = EMBEDDING_SIZE) -> int:
    """The hidden width at which two layers on `n_inputs` have about `n_parameters`, the parameter-matched control."""
    n_genres = len(GENRES)
    return max(1, round((n_parameters - n_genres) / (n_inputs + 1 + n_genres)))
