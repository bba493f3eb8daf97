"""The user's audio files of GTZAN clips: where they are, and what of a folder is left out and why."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from core.data.clip_folders import EXTENSIONS, audio_files, is_archive, named, right_folder
from core.data.clips import EXCLUDED_CLIP, clip_by_id, load_clips
from core.errors import DatasetError

ROOT_VARIABLE = "GTZAN_DIR"


@dataclass(frozen=True)
class ClipFiles:
    """The audio files of GTZAN clips that were found.

    Attributes:
        root: the folder that was searched.
        paths: file by clip id, in the order of the ids.
        problems: what was left out and why, one sentence or two each, for the user.
    """

    root: Path
    paths: Mapping[str, Path]
    problems: tuple[str, ...]


def gtzan_root(option: Path | None) -> Path | None:
    """The folder with GTZAN audio: the option, else the environment variable GTZAN_DIR, else None."""
    if option is not None:
        return option
    named = os.environ.get(ROOT_VARIABLE, "")
    return Path(named).expanduser() if named else None


def _is_sound(path: Path) -> bool:
    """False for a wav file that does not begin with RIFF, as jazz.00054.wav in the common copies."""
    if path.suffix.lower() != ".wav":
        return True
    with path.open("rb") as file:
        return file.read(4) == b"RIFF"


def _describe(excluded: list[Path], bad: list[Path], missing: set[str], foreign: list[Path]) -> Iterator[str]:
    if excluded:
        yield f"{EXCLUDED_CLIP} is left out on purpose: the usual copies of it are damaged."
    if bad:
        yield (
            f"{len(bad)} wav file(s) left out because they do not begin with RIFF: {named(p.name for p in bad)}. "
            "Fetch them again."
        )
    if missing:
        yield f"{len(missing)} of {len(load_clips())} clips were not found: {named(missing)}."
    if foreign:
        yield f"{len(foreign)} audio file(s) ignored that are not GTZAN clips: {named(p.name for p in foreign)}."


def find_clips(root: Path) -> ClipFiles:
    """Finds GTZAN audio below a folder: in `genres/`, `Data/genres_original/`, `genres_original/` or flat.

    Where there is none, it is looked for in the folders right below; and where the folder is that of one genre, beside
    its likes. Of several files of one clip a lossless one is taken. A wav file that does not begin with RIFF is left
    out, and so is jazz.00054; `problems` says so.

    Args:
        root: the folder that holds one of the layouts, as wav, flac, au or mp3.

    Raises:
        DatasetError: the folder is missing, an archive, cannot be read or holds no usable clip.
    """
    try:
        return _find_near(root)
    except OSError as error:
        raise DatasetError(
            f"{error.filename} cannot be read ({error.strerror}). Make the folder readable and try again."
        ) from error


def _find_near(root: Path) -> ClipFiles:
    if root.is_file():
        unpack = "Unpack it, and give the folder that comes out" if is_archive(root) else "Give the folder it lies in"
        raise DatasetError(f"{root} is a file, not a folder. {unpack}.")
    if not root.is_dir():
        raise DatasetError(f"There is no folder {root}. Give the folder that holds your copy of GTZAN.")
    right = right_folder(root)
    files = _find_in(right)
    moved = () if right == root else (f"{root} is a level off: the clips are read from {right}.",)
    return replace(files, problems=(*moved, *files.problems))


def _find_in(root: Path) -> ClipFiles:
    known = clip_by_id()
    found: dict[str, Path] = {}
    excluded: list[Path] = []
    bad: list[Path] = []
    foreign: list[Path] = []
    for path in sorted(audio_files(root), key=lambda path: EXTENSIONS.index(path.suffix.lower())):
        clip_id = path.stem.lower()
        if clip_id == EXCLUDED_CLIP:
            excluded.append(path)
        elif clip_id not in known:
            foreign.append(path)
        elif not _is_sound(path):
            bad.append(path)
        else:
            found.setdefault(clip_id, path)
    if not found:
        damaged = f" ({len(bad)} wav files do not begin with RIFF)" if bad else ""
        packed = next((path.name for path in sorted(root.iterdir()) if is_archive(path)), None)
        unpack = "" if packed is None else f"Unpack {packed}, which lies there. "
        raise DatasetError(
            f"No usable GTZAN clip was found in {root}{damaged}. {unpack}"
            "Expected are files like genres/blues/blues.00000.wav, Data/genres_original/blues/blues.00000.wav or "
            "blues.00000.wav, as wav, flac, au or mp3. Give the folder above them."
        )
    problems = tuple(_describe(excluded, bad, known.keys() - found.keys(), foreign))
    return ClipFiles(root, MappingProxyType(dict(sorted(found.items()))), problems)
