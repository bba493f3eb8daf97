"""A finished training run, whatever it trained, on test clips that it has not seen."""

from dataclasses import dataclass

from core.data.gtzan import ClipFiles
from core.data.log_mels import FrontEnd, LogMelSet, Progress, describe_copy, load_log_mels
from core.errors import TrainingError
from core.evaluation.clips import SHIPPED_NOTE, shipped_log_mels
from core.evaluation.fusion import FusedChain, evaluate_fused
from core.evaluation.genre import evaluate_genre, own_split
from core.evaluation.tempo import evaluate_tempo
from core.evaluation.tempo_answers import answer_subset
from core.features.log_mel import FeatureSpec, log_mel
from core.inference.cnn14 import front_end, load_tempo_model
from core.inference.fusion import FusedModel
from core.inference.predict import GenreModel
from core.inference.tempo import TempoModel
from core.results.genre_reports import GenreReport
from core.results.tempo_reports import TempoReport
from core.runs.request import SHIPPED, TrainRequest
from core.training.fusion.bases import find_base, folders_of
from core.types import Split


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
    """Scores the checkpoint of a finished run on the test clips of its own split, on the kind of data it learned from.

    Args:
        request: of the run; `out` is its directory.
        files: the clips found, None where there are none.
        progress: called for each clip whose spectrogram is there.

    Raises:
        TrainingError: it learned from GTZAN audio, and there is none.
        CheckpointError, DatasetError: a file is missing or damaged.
    """
    if request.kind == "genre":
        model = GenreModel.load(request.name, request.out)
        return RunScore(genre=_genre(model, request, files, progress))
    if request.kind == "tempo":
        return RunScore(tempo=_tempo(request, _required(files), progress))
    return _fusion(request, _required(files), progress)


def _required(files: ClipFiles | None) -> ClipFiles:
    if files is None:
        raise TrainingError(
            "This run learned from GTZAN audio, and no folder is set now. Set GTZAN_DIR and restart the app."
        )
    return files


def _genre(model: GenreModel, request: TrainRequest, files: ClipFiles | None, progress: Progress | None) -> GenreReport:
    split = own_split(model)
    if request.data == SHIPPED:
        log_mels, _ = shipped_log_mels()
        return evaluate_genre(model, log_mels, split, "test", "own", SHIPPED_NOTE)
    found, spec = _required(files), model.header.features
    heard = _test_log_mels(found, split, spec, progress)
    return evaluate_genre(model, heard, split, "test", "own", describe_copy(found, spec))


def _tempo(request: TrainRequest, files: ClipFiles, progress: Progress | None) -> TempoReport:
    model = load_tempo_model(request.name, request.out)
    split, spec = own_split(model), model.header.features
    heard = _test_log_mels(files, split, spec, progress, front_end(model))
    return evaluate_tempo(answer_subset(model, heard, split, "test"), describe_copy(files, spec))


def _fusion(request: TrainRequest, files: ClipFiles, progress: Progress | None) -> RunScore:
    """The fused answers, and those of the genre checkpoint alone."""
    base = request.base
    if base is None:
        raise TrainingError("The settings of this run do not say what the fusion is built on. Train it again.")
    found = [find_base(reference, folders_of(base)) for reference in (base.genre, base.tempo)]
    genre = GenreModel.load(found[0].header.name, found[0].folder)
    tempo = TempoModel.load(found[1].header.name, found[1].folder)
    fused = FusedModel.load(request.name, genre.header, tempo.header, request.out)
    split, spec = own_split(genre), genre.header.features
    heard = _test_log_mels(files, split, spec, progress)
    rhythms = _test_log_mels(files, split, tempo.header.features, progress)
    note = describe_copy(files, spec)
    return RunScore(
        genre=evaluate_fused(FusedChain(genre, tempo, fused), heard, rhythms, split, "test", note),
        without_tempo=evaluate_genre(genre, heard, split, "test", "own", note),
    )


def _test_log_mels(
    files: ClipFiles, split: Split, spec: FeatureSpec, progress: Progress | None, listen: FrontEnd = log_mel
) -> LogMelSet:
    """Of the test clips alone, in the order of the split: the others need not be decoded."""
    missing = [clip_id for clip_id in split.test if clip_id not in files.paths]
    if missing:
        raise TrainingError(
            f"{len(missing)} of {len(split.test)} test clips are missing, such as {missing[0]}. Complete the GTZAN "
            "folder."
        )
    wanted = ClipFiles(files.root, {clip_id: files.paths[clip_id] for clip_id in split.test}, files.problems)
    return load_log_mels(wanted, spec, progress=progress, listen=listen)
