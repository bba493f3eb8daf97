"""`python -m core evaluate`: a checkpoint scored on a split."""

import argparse
import json
from dataclasses import asdict

from core.commands.evaluate_all import evaluate_all
from core.commands.options import (
    Subparsers,
    add_checkpoint_folder,
    add_gtzan,
    add_split,
    clip_files,
    log_mels_of,
    progress_bar,
)
from core.commands.tempo_text import tempo_report_text
from core.data.gtzan import DEFAULT_SPLIT_SEED, make_split
from core.data.log_mels import describe_copy
from core.errors import DatasetError
from core.evaluation.fusion import FusedChain, evaluate_fused
from core.evaluation.genre import WINDOW_MODES, evaluate_genre
from core.evaluation.tempo import evaluate_tempo
from core.evaluation.tempo_answers import TempoAnswers, answer_out_of_fold, answer_subset, load_folds
from core.inference.cnn14 import front_end, load_tempo_model
from core.inference.predict import DEFAULT_FUSION, DEFAULT_GENRE, DEFAULT_TEMPO, GenreModel
from core.results.genre_reports import REPORT_DIR, GenreReport, save_fused_report, save_genre_report
from core.results.tempo_predictions import load_saved_tempo
from core.results.tempo_reports import save_tempo_report
from core.system.storage import require_writable
from core.types import SUBSETS


def add_evaluate(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="score a checkpoint on a subset of a split, or all of them against the reports",
        description="Scores a checkpoint on a subset of a split. With all: scores every checkpoint on the test subset "
        "of its own split, says what differs from its rows in data/reports/, and ends with code 1 if anything does and "
        "was not saved. Accuracy against the number of training clips: train genre --subset-size N --name NAME "
        "--out RUN for each N, then evaluate genre --checkpoint NAME --checkpoints RUN --save; the results page draws "
        "these rows apart from the others.",
    )
    parser.add_argument("kind", choices=["genre", "tempo", "fusion", "all"])
    parser.add_argument(
        "--checkpoint", metavar="NAME", help=f"default: {DEFAULT_GENRE}, {DEFAULT_TEMPO} or {DEFAULT_FUSION}"
    )
    add_checkpoint_folder(parser)
    add_split(parser)
    parser.add_argument("--subset", choices=SUBSETS, default="test")
    parser.add_argument(
        "--windows", choices=WINDOW_MODES, default="own", help="which windows of a clip count, for genre"
    )
    parser.add_argument(
        "--out-of-fold",
        action="store_true",
        help="tempo: every clip by the one of NAME-fold0..4 that has met neither it nor its artist",
    )
    parser.add_argument(
        "--against", nargs="*", default=[], metavar="NAME", help="tempo: also compare with these saved predictions"
    )
    add_gtzan(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true", help="also keep the result in data/reports/")
    parser.set_defaults(command=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    if options.save:
        require_writable(
            DatasetError, "The folder of the reports", REPORT_DIR, "Make it writable, or leave --save out."
        )
    if options.kind == "all":
        _require_no_choice(options)
        return evaluate_all(options)
    if options.kind == "tempo":
        return _evaluate_tempo(options)
    if options.out_of_fold or options.against:
        raise DatasetError(
            "--out-of-fold and --against are for tempo. Evaluate a genre with --split artist_folds --fold 0 to 4."
        )
    return _evaluate_fusion(options) if options.kind == "fusion" else _evaluate_genre(options)


def _require_no_choice(options: argparse.Namespace) -> None:
    """`evaluate all` chooses by itself."""
    chosen = (options.split, options.split_seed, options.fold, options.subset, options.windows, options.checkpoint)
    if (
        chosen != ("stratified", DEFAULT_SPLIT_SEED, None, "test", "own", None)
        or options.out_of_fold
        or options.against
    ):
        raise DatasetError(
            "evaluate all measures every checkpoint on the test subset of its own split. Leave out the options that "
            "choose a checkpoint, a split, windows or rivals; --checkpoints DIR names another folder."
        )


def _evaluate_genre(options: argparse.Namespace) -> int:
    model = GenreModel.load(options.checkpoint or DEFAULT_GENRE, options.checkpoints)
    split = make_split(options.split, options.split_seed, options.fold)
    files, spec = clip_files(options), model.header.features
    log_mels = log_mels_of(files, spec)
    report = evaluate_genre(model, log_mels, split, options.subset, options.windows, describe_copy(files, spec))
    print(json.dumps(asdict(report)) if options.json else _genre_text(report))
    if options.save:
        save_genre_report(report)
    return 0


def _evaluate_fusion(options: argparse.Namespace) -> int:
    if options.windows != "own":
        raise DatasetError("--windows is for genre: a fusion checkpoint hears as it was trained to. Leave it out.")
    chain = FusedChain.load(options.checkpoint or DEFAULT_FUSION, options.checkpoints)
    split = make_split(options.split, options.split_seed, options.fold)
    files, spec = clip_files(options), chain.genre.header.features
    log_mels = log_mels_of(files, spec)
    tempo_log_mels = log_mels_of(files, chain.tempo.header.features, front_end(chain.tempo))
    note = describe_copy(files, spec)
    with progress_bar("clips") as progress:
        report = evaluate_fused(chain, log_mels, tempo_log_mels, split, options.subset, note, progress)
    print(json.dumps(asdict(report)) if options.json else _genre_text(report))
    if options.save:
        save_fused_report(report)
    return 0


def _evaluate_tempo(options: argparse.Namespace) -> int:
    if options.windows != "own":
        raise DatasetError("--windows is for genre: a tempo checkpoint always hears the whole clip. Leave it out.")
    others = [load_saved_tempo(other) for other in options.against]
    name = options.checkpoint or DEFAULT_TEMPO
    answers, data_note = _out_of_fold(name, options) if options.out_of_fold else _on_subset(name, options)
    report = evaluate_tempo(answers, data_note, others)
    print(json.dumps(asdict(report)) if options.json else tempo_report_text(report))
    if options.save:
        save_tempo_report(report)
    return 0


def _on_subset(name: str, options: argparse.Namespace) -> tuple[TempoAnswers, str]:
    model = load_tempo_model(name, options.checkpoints)
    split = make_split(options.split, options.split_seed, options.fold)
    files, spec = clip_files(options), model.header.features
    log_mels = log_mels_of(files, spec, front_end(model))
    with progress_bar("clips") as progress:
        return answer_subset(model, log_mels, split, options.subset, progress), describe_copy(files, spec)


def _out_of_fold(name: str, options: argparse.Namespace) -> tuple[TempoAnswers, str]:
    models, splits = load_folds(name, options.checkpoints)
    files, spec = clip_files(options), models[0].header.features
    log_mels = log_mels_of(files, spec, front_end(models[0]))
    with progress_bar("clips") as progress:
        return answer_out_of_fold(name, models, splits, log_mels, progress), describe_copy(files, spec)


def _genre_text(report: GenreReport) -> str:
    seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    fold = "" if report.fold is None else f", fold {report.fold}"
    unleaked = "" if report.accuracy_unleaked is None else f"; {report.accuracy_unleaked:.1%} on the others"
    return "\n".join(
        [
            f"{report.checkpoint} on {report.split}{seed}{fold}, {report.subset}, n = {report.n} ({report.data})",
            f"  accuracy   {report.accuracy:.1%} (95 % Wilson interval {report.accuracy_low:.1%} to "
            f"{report.accuracy_high:.1%}), windows: {report.windows}",
            f"  log loss   {report.log_loss:.3f}",
            f"  macro F1   {report.macro_f1:.3f}",
            f"  floor      {report.majority_floor:.1%} by always answering the most frequent genre",
            f"  leakage    {report.n_same_recording} clips share a recording and {report.n_same_artist} an artist with "
            f"training{unleaked}",
        ]
    )
