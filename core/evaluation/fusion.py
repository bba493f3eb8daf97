"""Fusion checkpoints on splits: what they say of clips that the models below them hear, scored as genre."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.log_mels import LogMelSet, Progress
from core.errors import CheckpointError
from core.evaluation.genre import evaluate_command, genre_report
from core.evaluation.tempo_answers import read_clips
from core.inference.cnn14 import AnyTempoModel, load_tempo_model
from core.inference.fusion import FusedModel, frozen_trunk
from core.inference.predict import GenreModel
from core.models.checkpoint import CheckpointHeader, load_model
from core.models.fusion import FusionHead
from core.results.genre_reports import GenreReport
from core.system.paths import CHECKPOINT_DIR
from core.types import FloatArray, Split, Subset


@dataclass(frozen=True)
class FusedChain:
    """A fusion checkpoint with the two that it is built on."""

    genre: GenreModel
    tempo: AnyTempoModel
    fused: FusedModel

    @classmethod
    def load(cls, name: str, folder: Path = CHECKPOINT_DIR) -> "FusedChain":
        """Loads a fusion checkpoint, and from the same folder those that it names.

        Raises:
            CheckpointError: one is missing or damaged, or not the one that the fusion is built on.
        """
        head, header = load_model(name, folder)
        if not isinstance(head, FusionHead) or head.built_on is None:
            raise CheckpointError(f"“{name}” is a {header.kind} checkpoint. Pick a fusion checkpoint.")
        genre = GenreModel.load(head.built_on.genre.name, folder)
        tempo = load_tempo_model(head.built_on.tempo.name, folder)
        return cls(genre, tempo, FusedModel.load(name, genre.header, tempo.header, folder))

    @property
    def header(self) -> CheckpointHeader:
        """Of the fusion checkpoint."""
        return self.fused.header


def predict_fused(
    chain: FusedChain,
    log_mels: LogMelSet,
    tempo_log_mels: LogMelSet,
    clip_ids: tuple[str, ...],
    progress: Progress | None = None,
) -> FloatArray:
    """Fused probabilities of clips.

    Args:
        chain: the checkpoints.
        log_mels, tempo_log_mels: spectrograms as the genre and as the tempo model wants them.
        clip_ids: which clips.
        progress: called after each clip has been heard for its tempo.

    Returns:
        `[N, 10]`, in the order of `clip_ids`.

    Raises:
        DatasetError: a clip is not among the spectrograms.
        CheckpointError: the genre network has no embedding.
    """
    readings = read_clips(chain.tempo, tempo_log_mels, clip_ids, progress)
    trunk = frozen_trunk(chain.genre.net, chain.genre.header.name)
    tracks = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
    return np.stack(
        [
            chain.fused.estimate(trunk, chain.genre.normalised_clip(tracks[clip_id]), reading.estimate).probs
            for clip_id, reading in readings.items()
        ]
    )


def evaluate_fused(
    chain: FusedChain,
    log_mels: LogMelSet,
    tempo_log_mels: LogMelSet,
    split: Split,
    subset: Subset,
    data_note: str,
    progress: Progress | None = None,
) -> GenreReport:
    """Scores a fusion checkpoint on a subset of a split, as `evaluation.genre.evaluate_genre` does a genre checkpoint.

    Raises:
        DatasetError: clips are missing.
    """
    probs = predict_fused(chain, log_mels, tempo_log_mels, split.members(subset), progress)
    windows = "first" if chain.header.inference.hop_frames is None else "mean"
    command = evaluate_command(chain.header.name, split, subset, "own", "fusion")
    return genre_report(chain.header, probs, split, subset, windows, data_note, command)
