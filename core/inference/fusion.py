"""A spectrogram and a tempo in, fused genre probabilities out."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from core.errors import CheckpointError
from core.features.log_mel import FeatureSpec, window_starts
from core.inference.genre import GenreModel, window_outputs
from core.models.checkpoint import CheckpointHeader, load_model
from core.models.fusion import BuiltOn, FrozenTrunk, FusionHead, Source, TempoInput
from core.models.genre_cnn import GenreCNN
from core.system.paths import CHECKPOINT_DIR
from core.types import FloatArray, GenreEstimate, TempoEstimate


def source_of(header: CheckpointHeader) -> Source:
    """Name and digest of a checkpoint."""
    return Source(header.name, header.weights_sha256)


def frozen_trunk(net: nn.Module, name: str) -> FrozenTrunk:
    """The part of a genre network that heads are built on.

    Raises:
        CheckpointError: the network `name` has another architecture, and so no embedding.
    """
    if not isinstance(net, GenreCNN):
        raise CheckpointError(
            f"“{name}” has no embedding to add a tempo to. Pick a genre checkpoint of the model genre_cnn."
        )
    return FrozenTrunk(net)


def embed_windows(trunk: FrozenTrunk, track: Tensor, spec: FeatureSpec, starts: list[int]) -> Tensor:
    """`[W, 128]` embeddings of the windows of a normalised track `[64, T]`, T >= one window."""
    return window_outputs(trunk, track, spec, starts)


def pooled_logits(logits: Tensor, owner: Tensor, n_clips: int) -> Tensor:
    """Means of the logits of windows, clip by clip.

    Args:
        logits: `[M, 10]`, of all windows.
        owner: `[M]`, index of the clip that each window is from.
        n_clips: N; every clip has a window.

    Returns:
        `[N, 10]`.
    """
    total = torch.zeros(n_clips, logits.shape[1], dtype=logits.dtype).index_add(0, owner, logits)
    return total / torch.bincount(owner, minlength=n_clips)[:, None]


@dataclass(frozen=True)
class FusedModel:
    """A fusion head with all it needs to predict.

    Attributes:
        head: in evaluation mode.
        built_on: the checkpoints it belongs to.
        header: its checkpoint's.
    """

    head: FusionHead
    built_on: BuiltOn
    header: CheckpointHeader

    @classmethod
    def load(
        cls, name: str, genre: CheckpointHeader, tempo: CheckpointHeader, folder: Path = CHECKPOINT_DIR
    ) -> "FusedModel":
        """Loads a fusion checkpoint to go with a genre and a tempo checkpoint.

        Raises:
            CheckpointError: unusable, of another kind, or built on other checkpoints than these.
        """
        fused = cls.read(name, folder)
        _require_same("genre", name, fused.built_on.genre, source_of(genre))
        _require_same("tempo", name, fused.built_on.tempo, source_of(tempo))
        return fused

    @classmethod
    def load_if_it_fits(
        cls, name: str, genre: CheckpointHeader, tempo: CheckpointHeader, folder: Path = CHECKPOINT_DIR
    ) -> "FusedModel | None":
        """The same for a default that nobody asked for: None where it is missing or built on other checkpoints.

        Raises:
            CheckpointError: it is there and unusable.
        """
        if not (folder / f"{name}.json").exists():
            return None
        fused = cls.read(name, folder)
        digests = (fused.built_on.genre.weights_sha256, fused.built_on.tempo.weights_sha256)
        return fused if digests == (genre.weights_sha256, tempo.weights_sha256) else None

    @classmethod
    def read(cls, name: str, folder: Path) -> "FusedModel":
        """A fusion checkpoint by itself, whatever goes with it.

        Raises:
            CheckpointError: unusable, or of another kind.
        """
        head, header = load_model(name, folder)
        if not isinstance(head, FusionHead):
            raise CheckpointError(f"“{name}” is a {header.kind} checkpoint. Pick a fusion checkpoint.")
        if head.built_on is None:
            raise CheckpointError(
                f"“{name}” lacks the checkpoints it is built on. Train it again: `python -m core train fusion`."
            )
        return cls(head, head.built_on, header)

    def predict(self, genre: GenreModel, track: Tensor, tempo: TempoEstimate) -> GenreEstimate:
        """Genre of a track whose tempo is known.

        Args:
            genre: the genre checkpoint that the head is built on.
            track: `[64, T]`, T >= one window, normalised by it.
            tempo: what the tempo checkpoint predicts for the same audio.

        Raises:
            CheckpointError: the genre network has no embedding.
        """
        spec = self.header.features
        starts = window_starts(track.shape[-1], spec, self.header.inference.hop_frames or spec.n_frames // 2)
        embeddings = embed_windows(frozen_trunk(genre.net, genre.header.name), track, spec, starts)
        return self.estimate_windows(embeddings, starts, tempo)

    def tempo_inputs(self, tempo: TempoEstimate) -> Tensor:
        """`[1, P]`: what the head receives of a tempo."""
        return self.head.tempo_features(TempoInput.of(tempo))[None]

    @torch.inference_mode()
    def estimate_windows(self, embeddings: Tensor, starts: list[int], tempo: TempoEstimate) -> GenreEstimate:
        """The same from `[W, 128]` embeddings of windows that begin at the frames `starts`.

        A head that predicts from the first window alone still looks at all of them, to show how they differ.
        """
        inference, spec = self.header.inference, self.header.features
        logits = self.head(embeddings, self.tempo_inputs(tempo).expand(len(embeddings), -1))
        counted = logits if inference.hop_frames else logits[:1]
        return GenreEstimate(
            checkpoint=self.header.name,
            probs=softmax(counted.mean(0), inference.temperature),
            window_probs=softmax(logits, inference.temperature),
            window_start_s=(torch.tensor(starts) * spec.frame_s).float().numpy(),
            window_s=spec.window_s,
        )


def built_on(name: str, folder: Path) -> BuiltOn:
    """The checkpoints that a fusion checkpoint names.

    Raises:
        CheckpointError: it is unusable, or of another kind.
    """
    return FusedModel.read(name, folder).built_on


def softmax(logits: Tensor, temperature: float) -> FloatArray:
    """`[..., 10]` logits to probabilities that sum to 1."""
    probs: FloatArray = torch.softmax(logits.double() / temperature, dim=-1).float().numpy()
    return probs


def _require_same(kind: str, name: str, wanted: Source, given: Source) -> None:
    if wanted.weights_sha256 == given.weights_sha256:
        return
    if wanted.name == given.name:
        raise CheckpointError(
            f"“{name}” was trained on another version of the {kind} checkpoint “{wanted.name}” (digest "
            f"{wanted.weights_sha256[:12]}, here it is {given.weights_sha256[:12]}). Restore all checkpoints with git, "
            "or train the fusion again."
        )
    raise CheckpointError(
        f"“{name}” is built on the {kind} checkpoint “{wanted.name}”, but “{given.name}” is in use. Pick "
        f"“{wanted.name}”, or a fusion checkpoint that was trained on “{given.name}”."
    )
