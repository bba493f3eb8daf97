"""What ships in `data/`: predictions of checkpoints for every clip, and the spectrograms of the clips."""

from pathlib import Path
from typing import Any

import numpy as np

from core.data.clips import load_clips
from core.data.log_mels import Progress
from core.evaluation.clips import ClipSource
from core.evaluation.predictions import Checkpoint, Predicted, predict_out_of_fold, tracks_of, trained_on
from core.features.log_mel import cut_windows
from core.inference.genre import GenreModel
from core.results.genre_predictions import GENRE_TABLE
from core.results.predictions import Predictions, PredictionTable
from core.results.spectrograms import save_spectrograms
from core.results.tempo_predictions import TEMPO_TABLE
from core.system.paths import DATA_DIR
from core.types import Subset, Task

EXPORTED: dict[Task, PredictionTable[Any]] = {"genre": GENRE_TABLE, "tempo": TEMPO_TABLE}
"""The predictions of a fusion are made by its experiment."""

_OUT_OF_FOLD = "Five models; each clip is answered by the one that has met neither the clip nor its artist."


def export_checkpoint(
    checkpoint: Checkpoint[Any], clips: ClipSource, folder: Path = DATA_DIR, progress: Progress | None = None
) -> str:
    """Predicts every clip with a genre or tempo checkpoint, and writes the table that ships; returns its system.

    Raises:
        DatasetError: clips are missing, or the folder cannot be written.
    """
    header, clip_ids = checkpoint.header, tuple(clip.clip_id for clip in load_clips())
    split = trained_on(header)
    subset_of = split.subset_of
    seed = "" if split.seed is None else f", split seed {split.seed}"
    predicted = Predicted(header.name, (header,), (split,), "test", checkpoint.predict_clips(clips, clip_ids, progress))
    description = f"One model, trained on the {split.name} split{seed}; it has seen the clips marked train."
    return _save(predicted, description, {clip_id: subset_of.get(clip_id, "test") for clip_id in clip_ids}, folder)


def export_out_of_fold(
    name: str, checkpoints: Path, clips: ClipSource, folder: Path = DATA_DIR, progress: Progress | None = None
) -> str:
    """Predicts every clip out of fold, and writes the table that ships; returns its system, `<name>-oof`.

    Raises:
        CheckpointError, DatasetError: as `predict_out_of_fold`; or the folder cannot be written.
    """
    predicted = predict_out_of_fold(name, checkpoints, clips, progress)
    return _save(predicted, _OUT_OF_FOLD, dict.fromkeys(predicted.by_clip, "test"), folder)


def _save(predicted: Predicted[Any], description: str, subsets: dict[str, Subset], folder: Path) -> str:
    table = EXPORTED[predicted.headers[0].kind]
    kept = {clip_id: table.kept(estimate) for clip_id, estimate in predicted.by_clip.items()}
    table.save(Predictions(predicted.system, description, kept, subsets), folder)
    return predicted.system


def export_spectrograms(model: GenreModel, clips: ClipSource, folder: Path = DATA_DIR) -> None:
    """Writes the 8-bit spectrograms of all clips, as the model receives their first 10 s."""
    clip_ids, spec = tuple(clip.clip_id for clip in load_clips()), model.header.features
    tracks = tracks_of(clips(model.header, clip_ids), clip_ids)
    windows = [cut_windows(model.normalised_clip(track), [0], spec) for track in tracks.values()]
    save_spectrograms([np.asarray(window[0, 0]) for window in windows], folder)
