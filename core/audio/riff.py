"""What FFmpeg does not see in a WAV file: that it is cut short, and that RIFX has the other byte order."""

import struct
from collections.abc import Iterator

import numpy as np

_PLACEHOLDER_BYTES = 2_000_000_000
"""Who writes a WAV into a pipe cannot know its size, and announces 2 or 4 GB."""


def announced_bytes(data: bytes) -> int | None:
    """Bytes of sound that the header of a WAV announces; None for other files and where it does not know."""
    if data[:4] != b"RIFF":
        return None
    size = next((size for name, _, size in _chunks(data, "<") if name == b"data"), 0)
    return size if 0 < size < _PLACEHOLDER_BYTES else None


def riff_of_rifx(data: bytes) -> bytes:
    """A RIFX file, in which all numbers begin with their highest byte, as a usual WAV; other files as they are."""
    if data[:4] != b"RIFX" or data[8:12] != b"WAVE":
        return data
    chunks = {name: data[start : start + size] for name, start, size in _chunks(data, ">")}
    form, sound = chunks.get(b"fmt ", b""), chunks.get(b"data", b"")
    if len(form) < 16:
        return data
    fields = struct.unpack(">HHIIHH", form[:16])
    width = max(1, fields[-1] // 8)
    samples = np.frombuffer(sound[: len(sound) // width * width], np.uint8).reshape(-1, width)[:, ::-1]
    body = b"WAVE" + struct.pack("<4sIHHIIHH", b"fmt ", 16, *fields) + struct.pack("<4sI", b"data", samples.size)
    return struct.pack("<4sI", b"RIFF", len(body) + samples.size) + body + samples.tobytes()


def _chunks(data: bytes, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and announced size of the chunks of a RIFF file."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from(order + "4sI", data, at)
        yield name, at + 8, size
        at += 8 + size + size % 2
