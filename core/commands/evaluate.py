"""`python -m core evaluate`: a checkpoint scored on a split."""

import argparse
import json
from dataclasses import asdict

from core.commands.evaluate_all import evaluate_all
from core.commands.options import Subparsers, add_checkpoint_folder, add_gtzan, add_split, clip_files, progress_bar
from core.commands.report_text import report_text
from core.data.log_mels import describe_copy
from core.data.splits import DEFAULT_SPLIT_SEED, make_split
from core.errors import DatasetError
from core.evaluation.clips import audio_clips
from core.evaluation.evaluate import evaluate
from core.evaluation.predictions import (
    WINDOW_MODES,
    load_checkpoint,
    predict_out_of_fold,
    predict_subset,
    with_windows,
)
from core.inference.load import DEFAULTS
from core.results.rows import ROWS, Row
from core.results.store import REPORT_DIR
from core.results.tempo_predictions import TEMPO_TABLE
from core.system.storage import require_writable
from core.types import SUBSETS


def add_evaluate(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="score a checkpoint on a subset of a split, or all of them against the reports",
        description="Scores a checkpoint on a subset of a split. With all: scores every checkpoint on the test subset "
        "of its own split, prints what differs from its rows in data/reports/, and ends with code 1 if anything does "
        "and was not saved. Accuracy against the number of training clips: train genre --subset-size N --name NAME "
        "--out RUN for each N, then evaluate genre --checkpoint NAME --checkpoints RUN --save; the results page draws "
        "these rows in a figure of their own.",
    )
    parser.add_argument("kind", choices=["genre", "tempo", "fusion", "all"])
    parser.add_argument("--checkpoint", metavar="NAME", help=f"default: {', '.join(DEFAULTS.values())}")
    add_checkpoint_folder(parser)
    add_split(parser)
    parser.add_argument("--subset", choices=SUBSETS, default="test")
    parser.add_argument(
        "--windows", choices=WINDOW_MODES, default="own", help="which windows of a clip count, for genre"
    )
    parser.add_argument(
        "--out-of-fold",
        action="store_true",
        help="tempo: every clip by the one of NAME-fold0..4 trained on neither it nor its artist",
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
    if options.kind != "tempo" and (options.out_of_fold or options.against):
        raise DatasetError(
            "--out-of-fold and --against are for tempo. Evaluate a genre with --split artist_folds --fold 0 to 4."
        )
    row = _measured(options)
    print(json.dumps(asdict(row)) if options.json else report_text(row))
    if options.save:
        ROWS[options.kind].save(row)
    return 0


def _measured(options: argparse.Namespace) -> Row:
    beside = [TEMPO_TABLE.load(other) for other in options.against]
    name = options.checkpoint or DEFAULTS[options.kind]
    if options.out_of_fold:
        files = clip_files(options)
        with progress_bar("clips") as progress:
            predicted = predict_out_of_fold(name, options.checkpoints, audio_clips(files, progress_bar), progress)
    else:
        checkpoint = with_windows(load_checkpoint(name, options.checkpoints, options.kind), options.windows)
        split = make_split(options.split, options.split_seed, options.fold)
        files = clip_files(options)
        with progress_bar("clips") as progress:
            clips = audio_clips(files, progress_bar)
            predicted = predict_subset(checkpoint, clips, split, options.subset, progress)
    return evaluate(predicted, describe_copy(files, predicted.headers[0].features), beside)


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
            "choose a checkpoint, a split, windows or systems; --checkpoints DIR names another folder."
        )
