"""`python -m core evaluate`: a checkpoint scored on a split."""

import argparse
import json
from dataclasses import asdict

from core.commands.options import Subparsers, add_checkpoint_folder, add_gtzan, add_split, clip_files, log_mels_of
from core.dataset import describe_copy
from core.evaluation import WINDOW_MODES, evaluate_genre
from core.gtzan import make_split
from core.predict import DEFAULT_GENRE, GenreModel
from core.reports import GenreReport, save_genre_report
from core.types import SUBSETS


def add_evaluate(commands: Subparsers) -> None:
    parser = commands.add_parser("evaluate", help="score a checkpoint on a subset of a split")
    parser.add_argument("kind", choices=["genre"])
    parser.add_argument("--checkpoint", default=DEFAULT_GENRE, metavar="NAME")
    add_checkpoint_folder(parser)
    add_split(parser)
    parser.add_argument("--subset", choices=SUBSETS, default="test")
    parser.add_argument("--windows", choices=WINDOW_MODES, default="own", help="which windows of a clip count")
    add_gtzan(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true", help="also keep the result in data/reports/")
    parser.set_defaults(command=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    model = GenreModel.load(options.checkpoint, options.checkpoints)
    split = make_split(options.split, options.split_seed, options.fold)
    files, spec = clip_files(options), model.header.features
    log_mels = log_mels_of(files, spec)
    report = evaluate_genre(model, log_mels, split, options.subset, options.windows, describe_copy(files, spec))
    if options.save:
        save_genre_report(report)
    print(json.dumps(asdict(report)) if options.json else _report_text(report))
    return 0


def _report_text(report: GenreReport) -> str:
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
