"""`python -m core export`: what ships in `data/`."""

import argparse
from pathlib import Path

from core.commands.options import Subparsers, add_checkpoint_folder, add_gtzan, clip_files, log_mels_of, progress_bar
from core.data.gtzan import ClipFiles
from core.errors import DatasetError
from core.evaluation.genre import export_out_of_fold, export_predictions, export_spectrograms
from core.evaluation.tempo_answers import answer_out_of_fold, export_tempo, export_tempo_out_of_fold, load_folds
from core.features.log_mel import FeatureSpec
from core.inference.cnn14 import AnyTempoModel, front_end, list_cnn14_models, load_tempo_model
from core.inference.predict import DEFAULT_GENRE, GenreModel
from core.inference.tempo import list_tempo_models
from core.models.checkpoint import list_checkpoints, load_header
from core.system.paths import CHECKPOINT_DIR, DATA_DIR
from core.system.storage import require_writable


def add_export(commands: Subparsers) -> None:
    parser = commands.add_parser("export", help="make the predictions and spectrograms that ship in data/")
    parser.add_argument("--only", choices=["genre", "tempo"], help="predictions of this kind alone")
    parser.add_argument("--folds", nargs="*", default=[], metavar="NAME", help="also NAME-fold0..4, out of fold")
    parser.add_argument("--checkpoint", metavar="NAME", help="predictions of this genre or tempo checkpoint alone")
    add_checkpoint_folder(parser)
    add_gtzan(parser)
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    require_writable(DatasetError, "The folder of what ships", DATA_DIR, "Make it writable, or use another copy.")
    if options.checkpoint is not None:
        return _export_one(options)
    files, folder = clip_files(options), options.checkpoints
    kind_of = {name: load_header(f"{name}-fold0", folder).kind for name in options.folds}
    if options.only != "tempo":
        _export_genre(files, [name for name in options.folds if kind_of[name] == "genre"], folder)
    if options.only != "genre":
        _export_tempo(files, [name for name in options.folds if kind_of[name] == "tempo"], folder)
    return 0


def _export_one(options: argparse.Namespace) -> int:
    """One checkpoint, also of a folder of its own: what is too large to ship can still ship its answers."""
    name, folder = options.checkpoint, options.checkpoints
    if options.only or options.folds:
        raise DatasetError("--checkpoint exports one checkpoint alone. Leave out --only and --folds, or --checkpoint.")
    kind = load_header(name, folder).kind
    if kind == "fusion":
        raise DatasetError(f"“{name}” is a fusion. Its saved predictions are made by 'python -m core fusion'.")
    files = clip_files(options)
    if kind == "tempo":
        _export_tempo_of(load_tempo_model(name, folder), files)
    else:
        model = GenreModel.load(name, folder)
        print(export_predictions(model, log_mels_of(files, model.header.features)).system)
    return 0


def _export_genre(files: ClipFiles, folds: list[str], folder: Path) -> None:
    models = [GenreModel.load(name, CHECKPOINT_DIR) for name in list_checkpoints("genre")]
    log_mels = log_mels_of(files, FeatureSpec())
    export_spectrograms(GenreModel.load(DEFAULT_GENRE), log_mels)
    for model in models:
        print(export_predictions(model, log_mels).system)
    for name in folds:
        print(export_out_of_fold(name, log_mels, folder).system)


def _export_tempo(files: ClipFiles, folds: list[str], folder: Path) -> None:
    for name in (*list_tempo_models(), *list_cnn14_models()):
        _export_tempo_of(load_tempo_model(name), files)
    for name in folds:
        models, splits = load_folds(name, folder)
        log_mels = log_mels_of(files, models[0].header.features, front_end(models[0]))
        with progress_bar("clips") as progress:
            print(export_tempo_out_of_fold(answer_out_of_fold(name, models, splits, log_mels, progress)).system)


def _export_tempo_of(model: AnyTempoModel, files: ClipFiles) -> None:
    log_mels = log_mels_of(files, model.header.features, front_end(model))
    with progress_bar("clips") as progress:
        print(export_tempo(model, log_mels, progress=progress).system)
