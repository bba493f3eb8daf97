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
from core.evaluation.predictions import Checkpoint, Fused, Single, load_checkpoint, predict_subset, trained_on
from core.inference.fusion import FusedModel
from core.inference.load import load_genre, load_tempo
from core.models.checkpoint import CheckpointHeader
from core.results.genre_reports import GenreReport
from core.results.rows import Row
from core.results.tempo_reports import TempoReport
from core.runs.request import SHIPPED, TrainRequest
from core.training.fusion.bases import find_base, folders_of


@dataclass(frozen=True)
class RunScore:
    """What a run has come to.

    Attributes:
        genre: of a genre or fusion run.
        tempo: of a tempo run.
        without_tempo: of a fusion run: the genre checkpoint that it is built on, on the same clips.
    """

    genre: GenreReport | None = None
    tempo: TempoReport | None = None
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
    row = _test_score(checkpoint, clips, note)
    if isinstance(row, TempoReport):
        return RunScore(tempo=row)
    without_tempo = _test_score(Single(checkpoint.genre), clips, note) if isinstance(checkpoint, Fused) else None
    assert not isinstance(without_tempo, TempoReport)
    return RunScore(genre=row, without_tempo=without_tempo)


def _test_score(checkpoint: Checkpoint[Any], clips: ClipSource, note: Callable[[CheckpointHeader], str]) -> Row:
    header = checkpoint.header
    return evaluate(predict_subset(checkpoint, clips, trained_on(header), "test"), note(header))


def _clips(
    request: TrainRequest, files: ClipFiles | None, progress: Progress | None
) -> tuple[ClipSource, Callable[[CheckpointHeader], str]]:
    """Spectrograms of the kind of data that the run was trained on, and that data in words."""
    if request.data == SHIPPED:
        return (lambda _, __: shipped_log_mels()[0]), lambda _: SHIPPED_NOTE
    found = _required(files)
    return audio_clips(found, lambda _: nullcontext(progress)), lambda header: describe_copy(found, header.features)


def _checkpoint(request: TrainRequest) -> Checkpoint[Any]:
    if request.kind != "fusion":
        return load_checkpoint(request.name, request.out)
    if request.base is None:
        raise TrainingError(
            "The settings of this run lack the checkpoints that the fusion is built on. Train it again."
        )
    folders = folders_of(request.base)
    one, other = find_base(request.base.genre, folders), find_base(request.base.tempo, folders)
    genre, tempo = load_genre(one.header.name, one.folder), load_tempo(other.header.name, other.folder)
    return Fused(genre, tempo, FusedModel.load(request.name, genre.header, tempo.header, request.out))


def _required(files: ClipFiles | None) -> ClipFiles:
    if files is None:
        raise TrainingError(
            "This run was trained on GTZAN audio, and no folder is set now. Set GTZAN_DIR and restart the app."
        )
    return files
