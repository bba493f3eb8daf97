"""Which kind of audio file some bytes are, judged by the bytes alone, and what of them the decoder has to see.

Wav and aiff files are rebuilt from the chunks that matter: libsndfile 1.2.2 can hang on a malformed text chunk
(libsndfile issue 1118), and music programs write many chunks that are of no use here. ID3 tags are cut off because
large cover pictures keep libsndfile from finding the sound behind them.
"""

import struct
from dataclasses import dataclass
from typing import Literal

Kind = Literal["WAV", "AIFF", "AU", "FLAC", "Ogg", "MP3", "MP4", "WebM", "AAC"]
FORMATS = "WAV, AIFF, AU, FLAC, Ogg Vorbis, Opus, MP3, M4A, AAC, MP4 or WebM"

_SEARCH_BYTES = 65_536
"""How far into a file the first MPEG or AAC frame is looked for."""

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (or an office document)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
    (b"0&\xb2u\x8ef\xcf\x11", "a Windows Media (WMA) file"),
    (b"caff", "an Apple CAF file"),
    (b"#!AMR", "an AMR voice recording"),
    (b"wvpk", "a WavPack file"),
    (b"MAC ", "a Monkey's Audio (APE) file"),
)


class ContainerError(Exception):
    """The bytes are no audio file that is read here; the text says what they are."""


@dataclass(frozen=True)
class Container:
    """An audio file as the decoder shall see it.

    Attributes:
        kind: family of the file.
        data: the bytes to decode.
        cut_short: the file is shorter than its own header says.
    """

    kind: Kind
    data: bytes
    cut_short: bool = False


def identify(data: bytes) -> Container:
    """Recognises an audio file by its content; raises `ContainerError` for anything else."""
    data = _without_id3(data)
    head = data[:16]
    if head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE":
        return _rebuild_wav(data)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _rebuild_aiff(data)
    if head[:4] == b".snd":
        return Container("AU", data)
    if head[:4] == b"fLaC":
        return Container("FLAC", data)
    if head[:4] == b"OggS":
        return Container("Ogg", data)
    if head[:4] == b"\x1aE\xdf\xa3":
        return Container("WebM", data)
    if head[4:8] in (b"ftyp", b"moov", b"mdat"):
        return Container("MP4", data)
    return _identify_headerless(data)


def _identify_headerless(data: bytes) -> Container:
    """Raw MPEG or AAC frames, which have no file header; what is none of these is described and refused."""
    for magic, description in _FOREIGN:
        if data.startswith(magic):
            raise ContainerError(f"This is {description}.")
    if _is_text(data):
        raise ContainerError("This is a text file, whatever its name says; perhaps a download that failed.")
    if data[8:12] == b"WAVE" or data[12:16] == b"fmt ":
        got = data[:4].hex(" ")
        raise ContainerError(f"This looks like a WAV file with a damaged beginning: bytes {got} in place of 'RIFF'.")
    for start in range(min(len(data) - 3, _SEARCH_BYTES)):
        if data[start] != 0xFF:
            continue
        if _is_frame_chain(data, start, aac=False):
            return Container("MP3", _with_true_xing_size(data[start:]))
        if _is_frame_chain(data, start, aac=True):
            return Container("AAC", data[start:])
    raise ContainerError(f"This is no audio file of a known kind (it begins with the bytes {data[:8].hex(' ')}).")


def _is_text(data: bytes) -> bool:
    head = data[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _is_printable(head[: len(head) // 2 * 2].decode("utf-16", errors="replace"))
    try:
        return _is_printable(head.decode("utf-8"))
    except UnicodeDecodeError as error:
        cut_inside_a_letter = error.start >= len(head) - 3 and len(data) > len(head)
        return cut_inside_a_letter and _is_printable(head[: error.start].decode("utf-8"))


def _is_printable(text: str) -> bool:
    return all(letter.isprintable() or letter.isspace() for letter in text) and "\ufffd" not in text


def _without_id3(data: bytes) -> bytes:
    """Drops ID3v2 tags in front of the sound (ID3v2.4 structure, section 3.1: size in 4 x 7 bits)."""
    start = 0
    while data[start : start + 3] == b"ID3" and len(data) >= start + 10:
        flags, *size = data[start + 5 : start + 10]
        footer = 10 if flags & 0x10 else 0
        start += 10 + footer + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    # A tag that claims more than there is has a damaged size: the sound may still follow, the frame search will tell.
    return data[start:] if start < len(data) else data[10:]


def _rebuild_wav(data: bytes) -> Container:
    order: Literal["<", ">"] = ">" if data[:4] == b"RIFX" else "<"
    never_finished = struct.unpack(order + "I", data[4:8])[0] in (0, 0xFFFF_FFFF)
    chunks, cut_short = _chunks(data, order, rest_when_empty=b"data" if never_finished else b"")
    if b"fmt " not in chunks or b"data" not in chunks:
        return Container("WAV", b"", cut_short=True)
    kept = [b"fmt ", *([b"fact"] if len(chunks.get(b"fact", b"")) == 4 else []), b"data"]
    form = b"RIFX" if order == ">" else b"RIFF"
    return Container("WAV", _form(form, b"WAVE", {name: chunks[name] for name in kept}, order), cut_short)


def _rebuild_aiff(data: bytes) -> Container:
    chunks, cut_short = _chunks(data, ">", rest_when_empty=b"")
    if b"COMM" not in chunks or b"SSND" not in chunks:
        return Container("AIFF", b"", cut_short=True)
    kept = {name: chunks[name] for name in (b"COMM", b"SSND")}
    return Container("AIFF", _form(b"FORM", data[8:12], kept, ">"), cut_short)


def _chunks(data: bytes, order: Literal["<", ">"], rest_when_empty: bytes) -> tuple[dict[bytes, bytes], bool]:
    """First chunk of each name in a RIFF or IFF file, and whether one of them reaches beyond the end of the file.

    A recorder that lost power leaves a sound chunk of size 0: the one named `rest_when_empty` gets all that follows.
    """
    chunks: dict[bytes, bytes] = {}
    start, cut_short = 12, len(data) < 12
    while start + 8 <= len(data):
        name, size = struct.unpack_from(order + "4sI", data, start)
        if size == 0 and name == rest_when_empty:
            size = len(data) - start - 8
        chunks.setdefault(name, data[start + 8 : start + 8 + size])
        start += 8 + size + size % 2
        streamed = size == 0xFFFF_FFFF
        cut_short |= start - size % 2 > len(data) and not streamed
    return chunks, cut_short


def _form(form: bytes, content: bytes, chunks: dict[bytes, bytes], order: Literal["<", ">"]) -> bytes:
    parts = [content]
    for name, body in chunks.items():
        parts += [struct.pack(order + "4sI", name, len(body)), body, b"\0" * (len(body) % 2)]
    return b"".join([struct.pack(order + "4sI", form, sum(map(len, parts))), *parts])


_MPEG1_KBPS = {
    1: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_MPEG2_KBPS = {
    1: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    3: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def _is_frame_chain(data: bytes, start: int, *, aac: bool) -> bool:
    """Whether three frame headers follow each other from `start`, or fewer where the file ends before."""
    at = start
    for _ in range(3):
        length = _adts_frame_bytes(data[at : at + 7]) if aac else _mpeg_frame_bytes(data[at : at + 4])
        if length == 0:
            return False
        at += length
        if at + 7 > len(data):
            return start == 0
    return True


def _mpeg_frame_bytes(header: bytes) -> int:
    """Length of an MPEG audio frame, 0 when the header is none (ISO/IEC 11172-3, 2.4.1.3 and 2.4.3.1)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] < 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    kbps_index, rate_index, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 4 or kbps_index in (0, 15) or rate_index == 3:
        return 0
    is_mpeg1 = version == 3
    kbps = (_MPEG1_KBPS if is_mpeg1 else _MPEG2_KBPS)[layer][kbps_index - 1]
    sample_rate = (44_100, 48_000, 32_000)[rate_index] >> {3: 0, 2: 1, 0: 2}[version]
    if layer == 1:
        return (12_000 * kbps // sample_rate + padding) * 4
    return (72_000 if layer == 3 and not is_mpeg1 else 144_000) * kbps // sample_rate + padding


def _adts_frame_bytes(header: bytes) -> int:
    """Length of an AAC frame in ADTS, 0 when the header is none (ISO/IEC 13818-7, 6.2)."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0


def _with_true_xing_size(data: bytes) -> bytes:
    """Sets the stream size of a Xing header to the bytes at hand: for a cut file mpg123 would complain on stderr."""
    tag = max(data[:200].find(b"Xing"), data[:200].find(b"Info"))
    if tag < 0 or len(data) < tag + 16 or not data[tag + 7] & 2:
        return data
    field = tag + 8 + (4 if data[tag + 7] & 1 else 0)
    return data[:field] + struct.pack(">I", len(data)) + data[field + 4 :]
