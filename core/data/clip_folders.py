"""Where in a folder GTZAN clips lie, whatever the layout, and which folder was meant by one that is a level off."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.errors import DatasetError
from core.types import GENRES

LAYOUTS: tuple[str, ...] = ("genres", "Data/genres_original", "genres_original", ".")
"""Where the clips may lie below the root: in a folder per genre, or flat."""
EXTENSIONS: tuple[str, ...] = (".wav", ".flac", ".au", ".mp3")
"""Accepted file types, the preferred one first: lossless before lossy."""

ARCHIVES: tuple[str, ...] = (".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz", ".zip", ".7z", ".rar")
"""In which collections travel; they are not read but recognised."""

_CLIP_NAME = re.compile(rf"({'|'.join(GENRES)})\.\d{{5}}")
_NAMES_SHOWN = 5


def named(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    listed = sorted(names)
    more = len(listed) - _NAMES_SHOWN
    return ", ".join(listed[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def audio_files(root: Path) -> Iterator[Path]:
    """Files with an accepted extension, in the folders of the known layouts and nowhere else."""
    for layout in LAYOUTS:
        for folder in (root / layout, *(root / layout / genre for genre in GENRES)):
            if folder.is_dir():
                # "._name" files are macOS metadata, not audio.
                names = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
                yield from (path for path in names if path.suffix.lower() in EXTENSIONS and path.is_file())


def is_archive(path: Path) -> bool:
    """Whether a file is a packed collection."""
    return path.name.lower().endswith(ARCHIVES)


def right_folder(root: Path) -> Path:
    """The folder itself, or the one a level off that was meant.

    Raises:
        DatasetError: several could be meant.
    """
    if root.name in GENRES and _n_genre_folders(root.resolve().parent) > 1:
        return root.resolve().parent
    if holds_clips(root):
        return root
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    below = [folder for folder in folders if holds_clips(folder)]
    if len(below) > 1:
        raise DatasetError(
            f"There is no GTZAN clip in {root} itself, but {len(below)} folders below it hold some: "
            f"{named(path.name for path in below)}. Give the folder of one copy."
        )
    return below[0] if below else root


def holds_clips(folder: Path) -> bool:
    """Whether a folder holds a file that is called like a GTZAN clip, in one of the known layouts."""
    return any(_CLIP_NAME.fullmatch(path.stem.lower()) for path in audio_files(folder))


def _n_genre_folders(folder: Path) -> int:
    return sum((folder / genre).is_dir() for genre in GENRES)
