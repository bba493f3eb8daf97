"""What some bytes are, judged by the bytes alone, where that is not left to the decoder.

FFmpeg recognises audio files by itself. Here is what comes before, a large tag that would hide the sound from it, and
what comes after, a name for what it does not take.
"""

import re

from core.audio.formats import AUDIO_FORMATS

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (rb"\x89PNG", "a PNG picture"),
    (rb"\xff\xd8\xff", "a JPEG picture"),
    (rb"GIF8", "a GIF picture"),
    (rb"RIFF....WEBP", "a WebP picture"),
    (rb"....ftyp(hei[cmsx]|mif1|avif)", "a picture of a phone (HEIC or AVIF)"),
    (rb"BM....\x00{4}|II\*\x00|MM\x00\*", "a picture (BMP or TIFF)"),
    (rb"%PDF", "a PDF document"),
    (rb"PK\x03\x04", "a ZIP archive (or an office document)"),
    (rb"\x1f\x8b", "a gzip archive"),
    (rb"Rar!", "a RAR archive"),
    (rb"7z\xbc\xaf", "a 7-Zip archive"),
    (rb"MThd|RIFF....RMID", "a MIDI file, which holds notes and no sound"),
    (rb"\s*#EXTM3U|\s*\[playlist\]", "a playlist, which names sounds and holds none"),
    (rb"MZ|\x7fELF", "a program"),
    (rb"wOFF|wOF2|\x00\x01\x00\x00\x00|OTTO", "a font"),
)
_ID3 = re.compile(rb"ID3[\x02-\x04].(.[\x00-\x7f]{4})", re.DOTALL)
_PROTECTED_WMA = (
    bytes.fromhex("fbb311 2223bdd2 11b4b700a0c955fc6e".replace(" ", "")),  # Content Encryption Object
    bytes.fromhex("14e68a29 2226174c b935dae07ee9289c".replace(" ", "")),  # Extended Content Encryption Object
)


def without_id3(data: bytes) -> bytes:
    """Drops ID3v2 tags before the sound and, as in MP3 files joined to one, inside it (ID3v2.4 structure, section 3.1).

    Their pictures can be larger than what FFmpeg looks at to recognise a file, and can look like sound.
    """
    start = 0
    while tag := _ID3.match(data, start):
        start = _end_of_id3(tag)
    # A tag that claims more than there is has a damaged size: the sound may still follow, the decoder will tell.
    data = data[start:] if start < len(data) else data[10:]
    if format_name(data) is not None:
        return data
    kept, at = [], 0
    for tag in _ID3.finditer(data):
        end = _end_of_id3(tag)
        if tag.start() >= at and data[end : end + 1] == b"\xff":
            kept.append(data[at : tag.start()])
            at = end
    return b"".join([*kept, data[at:]])


def _end_of_id3(tag: re.Match[bytes]) -> int:
    """The size stands in 4 x 7 bits, without the header and the footer that may follow."""
    flags, *size = tag[1]
    return tag.end() + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]) + (10 if flags & 0x10 else 0)


def format_name(data: bytes) -> str | None:
    """Name of the audio format that a file begins like, None if of none."""
    for one in AUDIO_FORMATS:
        if one.beginning is not None and re.match(one.beginning, data, re.DOTALL):
            return one.name
    return None


def foreign_kind(data: bytes) -> str | None:
    """What a file is that surely is no sound, None if it may be."""
    for beginning, description in _FOREIGN:
        if re.match(beginning, data, re.DOTALL):
            return description
    return "a text file, whatever its name says; perhaps a download that failed" if _is_text(data) else None


def unknown_kind(data: bytes) -> str:
    """A sentence on bytes that are no sound of a known kind."""
    if data[8:12] == b"WAVE" or data[12:16] == b"fmt ":
        got = data[:4].hex(" ")
        return f"This looks like a WAV file with a damaged beginning: bytes {got} in place of 'RIFF'."
    return f"This is no audio file of a known kind (it begins with the bytes {data[:8].hex(' ')})."


def is_protected_wma(data: bytes) -> bool:
    """Whether a Windows Media file says in its header that it is encrypted."""
    return any(mark in data[:65_536] for mark in _PROTECTED_WMA)


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
