"""A finished training run, whatever it trained, on test clips that it has not seen."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from core.data.clip_files import ClipFiles
from core.data.log_mels import Progress, describe_copy
from core.errors import TrainingError
from core.evaluation.clips import SHIPPED_NOTE, ClipSource, audio_clips, shipped_log_mels
from core.evaluation.evaluate import evaluate
from core.evaluation.genre import evaluate_genre
from core.evaluation.predictions import Checkpoint, Fused, Predicted, load_checkpoint, predict_subset, trained_on
from core.inference.fusion import FusedModel
from core.inference.load import EstimateT, load_cnn, load_tempo
from core.models.checkpoint import CheckpointHeader
from core.results.genre_reports import GenreReport
from core.results.rows import Row
from core.runs.request import SHIPPED, TrainRequest
from core.training.fusion.bases import find_base, folders_of


@dataclass(frozen=True)
class RunScore:
    """What a run has come to.

    Attributes:
        row: of its checkpoint.
        without_tempo: of a fusion run: the genre checkpoint that it is built on, on the same clips.
    """

    row: Row
    without_tempo: GenreReport | None = None


def evaluate_run(request: TrainRequest, files: ClipFiles | None, progress: Progress | None = None) -> RunScore:
    """Scores the checkpoint of a finished run on the test clips of its own split, on the kind of data of its training.

    Args:
        request: of the run; `out` is its directory.
        files: the clips found, None where there are none.
        progress: called for each clip whose spectrogram is there.

    Raises:
        TrainingError: it was trained on GTZAN audio, and there is none.
        CheckpointError, DatasetError: a file is missing or damaged.
    """
    clips, note = _clips(request, files, progress)
    checkpoint = _checkpoint(request)
    row = evaluate(_predicted(checkpoint, clips), note(checkpoint.header))
    base = checkpoint.without_tempo
    return RunScore(row, None if base is None else evaluate_genre(_predicted(base, clips), note(base.header)))


def _predicted(checkpoint: Checkpoint[EstimateT], clips: ClipSource) -> Predicted[EstimateT]:
    return predict_subset(checkpoint, clips, trained_on(checkpoint.header), "test")


def _clips(
    request: TrainRequest, files: ClipFiles | None, progress: Progress | None
) -> tuple[ClipSource, Callable[[CheckpointHeader], str]]:
    """Spectrograms of the kind of data that the run was trained on, and that data in words."""
    if request.data == SHIPPED:
        return (lambda _, __: shipped_log_mels()[0]), lambda _: SHIPPED_NOTE
    found = _required(files)
    return audio_clips(found, lambda _: nullcontext(progress)), lambda header: describe_copy(found, header.features)


def _checkpoint(request: TrainRequest) -> Checkpoint[Any]:
    if request.base is None:
        return load_checkpoint(request.name, request.out)
    folders = folders_of(request.base)
    one, other = find_base(request.base.genre, folders), find_base(request.base.tempo, folders)
    genre, tempo = load_cnn(one.header.name, one.folder), load_tempo(other.header.name, other.folder)
    return Fused(genre, tempo, FusedModel.load(request.name, genre.header, tempo.header, request.out))


def _required(files: ClipFiles | None) -> ClipFiles:
    if files is None:
        raise TrainingError(
            "This run was trained on GTZAN audio, and no folder is set now. Set GTZAN_DIR and restart the app."
        )
    return files
