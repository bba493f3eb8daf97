"""What the system says when a file or folder cannot be written or read, in words, with what to do about it."""

import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import LabError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WORDS = {
    errno.EEXIST: "there is a file of that name, not a folder",
    errno.ENOTDIR: "there is a file in the place of a folder",
    errno.EACCES: "this user is not allowed to",
    errno.EPERM: "this user is not allowed to",
    errno.EROFS: "the disk is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the disk allows no larger files",
    errno.ENOENT: "there is no such file or folder",
}


def reason(error: OSError) -> str:
    """Why the system refused, in words."""
    return _WORDS.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__


def in_words(error: OSError) -> str:
    """A refusal that nobody has explained better: the file, why, and what can be done."""
    where = error.filename2 or error.filename
    what = "A file" if where is None or isinstance(where, int) else str(where)
    cure = "Make room" if error.errno in FULL else "Check its name and permissions, or use another folder"
    return f"{what} cannot be used: {reason(error)}. {cure}, and try again."


@contextmanager
def explained(kind: type[LabError], what: str, cure: str) -> Iterator[None]:
    """Turns a refusal of the system, inside, into an error for the user: "WHAT cannot be written (why). CURE".

    Args:
        kind: of the error.
        what: the file or folder, as in "The folder of runs /data/runs".
        cure: what to do, a sentence; on a full disk it follows "Make room.".

    Raises:
        LabError: of that kind, instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise kind(refusal(error, what, cure)) from error


def refusal(error: OSError, what: str, cure: str) -> str:
    """The words of `explained`."""
    room = "Make room. " if error.errno in FULL else ""
    return f"{what} cannot be written ({reason(error)}). {room}{cure}"


def require_writable(kind: type[LabError], what: str, folder: Path, cure: str) -> None:
    """Makes a folder where it is missing, and tries to write in it: before long work, not after it.

    Raises:
        LabError: of `kind`, as `explained`.
    """
    with explained(kind, f"{what} {folder}", cure):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")


def write_atomic(path: Path, content: bytes, durable: bool = False) -> None:
    """Replaces a file, which holds the old or the new content at any moment.

    Args:
        path: its folder exists.
        content: all of it.
        durable: wait until it is on the disk, so that it also outlives a power cut.

    Raises:
        OSError: the disk is full or the folder cannot be written; the old file is left as it was.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(kind: type[LabError], path: Path, content: bytes) -> None:
    """Writes a file, its folder too where it is missing; no reader ever sees half of it.

    Raises:
        LabError: of `kind`, as `explained`; a file of that name is left as it was.
    """
    with explained(kind, str(path), "Make its folder writable, or use another one."):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, content)
