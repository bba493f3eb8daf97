"""`python -m core export`: what ships in `data/`."""

import argparse
from pathlib import Path

from core.commands.options import Subparsers, add_checkpoint_folder, add_gtzan, clip_files, progress_bar
from core.errors import DatasetError
from core.evaluation.clips import ClipSource, audio_clips
from core.evaluation.export import EXPORTED, export_checkpoint, export_out_of_fold, export_spectrograms
from core.evaluation.predictions import load_checkpoint
from core.inference.load import DEFAULT_CNN, load_cnn, names
from core.models.checkpoint import load_header
from core.system.paths import CHECKPOINT_DIR, DATA_DIR
from core.system.storage import require_writable


def add_export(commands: Subparsers) -> None:
    parser = commands.add_parser("export", help="make the predictions and spectrograms that ship in data/")
    parser.add_argument("--only", choices=list(EXPORTED), help="predictions of this kind alone")
    parser.add_argument("--folds", nargs="*", default=[], metavar="NAME", help="also NAME-fold0..4, out of fold")
    parser.add_argument("--checkpoint", metavar="NAME", help="predictions of this genre or tempo checkpoint alone")
    add_checkpoint_folder(parser)
    add_gtzan(parser)
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    require_writable(DatasetError, "The folder of what ships", DATA_DIR, "Make it writable, or use another copy.")
    if options.checkpoint is not None:
        _export_one(options)
        return 0
    folder = options.checkpoints
    fold_task = {name: load_header(f"{name}-fold0", folder).kind for name in options.folds}
    clips = audio_clips(clip_files(options), progress_bar)
    if options.only != "tempo":
        export_spectrograms(load_cnn(DEFAULT_CNN), clips)
    for task in EXPORTED if options.only is None else [options.only]:
        for name in names(task):
            _exported(name, CHECKPOINT_DIR, clips)
        for name in options.folds:
            if fold_task[name] == task:
                with progress_bar("clips") as progress:
                    print(export_out_of_fold(name, folder, clips, progress=progress))
    return 0


def _export_one(options: argparse.Namespace) -> None:
    """One checkpoint, also of a folder of its own: what is too large to ship can still ship its predictions."""
    name, folder = options.checkpoint, options.checkpoints
    if options.only or options.folds:
        raise DatasetError("--checkpoint exports one checkpoint alone. Leave out --only and --folds, or --checkpoint.")
    if load_header(name, folder).kind not in EXPORTED:
        raise DatasetError(f"“{name}” is a fusion. Its saved predictions are made by 'python -m core fusion'.")
    _exported(name, folder, audio_clips(clip_files(options), progress_bar))


def _exported(name: str, folder: Path, clips: ClipSource) -> None:
    with progress_bar("clips") as progress:
        print(export_checkpoint(load_checkpoint(name, folder), clips, progress=progress))
