"""Options and helpers that several commands share."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from tqdm import tqdm

from core.data.clip_files import ClipFiles, find_clips, gtzan_root
from core.data.log_mels import Progress
from core.data.splits import DEFAULT_SPLIT_SEED, SPLITS
from core.errors import DatasetError
from core.system.paths import CHECKPOINT_DIR

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where a command adds itself."""


def add_gtzan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gtzan", type=Path, metavar="DIR", help="folder of GTZAN audio (default: $GTZAN_DIR)")


def add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=SPLITS, default="stratified")
    parser.add_argument("--split-seed", type=int, default=DEFAULT_SPLIT_SEED, metavar="N")
    parser.add_argument("--fold", type=int, metavar="N", help="0..4, for artist_folds")


def add_checkpoint_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoints", type=_folder, default=CHECKPOINT_DIR, metavar="DIR", help="folder of the checkpoints"
    )


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path}")
    return path


def clip_files(options: argparse.Namespace) -> ClipFiles:
    root = gtzan_root(options.gtzan)
    if root is None:
        raise DatasetError("No GTZAN audio given. Name its folder with --gtzan DIR or the variable GTZAN_DIR.")
    files = find_clips(root)
    for problem in files.problems:
        print(problem, file=sys.stderr)
    return files


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A progress bar on stderr, counting clips."""
    with tqdm(desc=label, unit="clip") as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            if done == total:
                bar.close()  # training, which follows, has a bar of its own

        yield advance
