"""`python -m core export`: what ships in `data/`."""

import argparse

from core.checkpoint import CHECKPOINT_DIR, list_checkpoints
from core.commands.options import Subparsers, add_checkpoint_folder, add_gtzan, clip_files, log_mels_of
from core.evaluation import export_out_of_fold, export_predictions, export_spectrograms
from core.features import FeatureSpec
from core.predict import DEFAULT_GENRE, GenreModel


def add_export(commands: Subparsers) -> None:
    parser = commands.add_parser("export", help="make the predictions and spectrograms that ship in data/")
    parser.add_argument("--folds", nargs="*", default=[], metavar="NAME", help="also NAME-fold0..4, out of fold")
    add_checkpoint_folder(parser)
    add_gtzan(parser)
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    files = clip_files(options)
    models = [GenreModel.load(name, CHECKPOINT_DIR) for name in list_checkpoints("genre")]
    spec = FeatureSpec()
    log_mels = log_mels_of(files, spec)
    export_spectrograms(GenreModel.load(DEFAULT_GENRE), log_mels)
    for model in models:
        print(export_predictions(model, log_mels).system)
    for name in options.folds:
        print(export_out_of_fold(name, log_mels, options.checkpoints).system)
    return 0
