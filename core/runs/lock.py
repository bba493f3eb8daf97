"""A lock on a file that the system itself takes back when its holder ends, however that ends."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True)
class FileLock:
    """A lock that is held; release it, or end."""

    handle: int

    def release(self) -> None:
        """Gives it back; the file stays, as removing it would let two hold it."""
        os.close(self.handle)


def acquire(path: Path, wait_s: float = 0.0) -> FileLock | None:
    """The lock, None if another holds it for as long as `wait_s`.

    Raises:
        OSError: the file cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    until = time.monotonic() + wait_s
    while True:
        try:
            _lock(handle)
            return FileLock(handle)
        except OSError:
            if time.monotonic() >= until:
                os.close(handle)
                return None
            time.sleep(0.02)


def is_held(path: Path) -> bool:
    """Whether anyone holds the lock; asking holds it for an instant, so takers wait a little."""
    if not path.exists():
        return False
    try:
        lock = acquire(path)
    except OSError:  # who may not write the folder may still look
        return _is_held_by_writer(path)
    if lock is not None:
        lock.release()
    return lock is None


def _is_held_by_writer(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        _lock(handle)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
