"""Opens audio files with FFmpeg (PyAV) and hands their samples over in blocks."""

import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec import Codec, codecs_available
from av.codec.codec import UnknownCodecError
from av.container import InputContainer
from av.packet import Packet

from core.audio.container import format_name, is_protected_wma, unknown_kind
from core.audio.formats import AUDIO_FORMATS
from core.audio.frames import Block, blocks_of, without_blasts
from core.audio.riff import announced_bytes, riff_of_rifx

_CODECS = {
    "aac": "AAC", "alac": "Apple Lossless", "opus": "Opus", "vorbis": "Vorbis", "mp3": "MP3", "mp2": "MP2",
    "mp1": "MP1", "flac": "FLAC", "ac3": "Dolby Digital", "eac3": "Dolby Digital Plus", "pcm_mulaw": "mu-law",
    "pcm_alaw": "A-law", "adpcm_ima_wav": "IMA ADPCM", "adpcm_ms": "MS ADPCM", "dts": "DTS", "speex": "Speex",
    "gsm": "GSM", "gsm_ms": "GSM",
}  # fmt: skip
_PROTECTED_TAGS = ("drms", "enca", "aavd")
_FRAME_COUNT = re.compile(
    rb"\xff[\xe2-\xff]..(?:..)?(?:.{9}|.{17}|.{32})(?:Xing|Info)...[\x01\x03\x05\x07\x09\x0b\x0d\x0f](?P<frames>.{4})",
    re.DOTALL,
)
_MAX_FRAME_BYTES = 2_881
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS")
"""What may stand between the sound of MP3 files that were joined to one, and is no damage."""
_WITHOUT_LENGTH = ("aac", "loas", "ac3", "eac3", "dts", "amr", "amrnb", "amrwb", "gsm", "mpeg", "mpegts")
_NO_INDEX = "its index, which is written last, is missing"
_LEAST_MP3_BITS_PER_S = 8_000


class DecodeError(Exception):
    """The decoder gives up; the text is the decoder's own reason."""


class UnknownFormatError(Exception):
    """The bytes are no audio file that is read here; the text says what they are."""


class EncryptedError(Exception):
    """The sound is protected against copying."""


class NoSoundError(Exception):
    """The file has no sound track that can be decoded; the text says what it has."""


class SoundStream:
    """The first sound track of an opened file.

    Attributes:
        codec: in words, e.g. "WAV, 16-bit PCM".
        n_tracks: sound tracks in the file.
        sample_rate: Hz, of the first block.
        n_channels: of the first block.
        declared_s: seconds that the header promises; None where it does not say.
        most_s: seconds that so many bytes can hold at most, infinite where no bound is known.
        n_gaps: places, so far, where sound is damaged and is missing between what could be decoded.
    """

    def __init__(self, file: InputContainer, data: bytes) -> None:
        """Decodes the beginning; raises `DecodeError`, `EncryptedError` or `NoSoundError`."""
        self._file, self._track = file, _first_track(file)
        self._first_packet: Packet[AudioStream] | None = None
        self.codec = _codec_in_words(self._track, format_name(data))
        self.n_tracks = len(file.streams.audio)
        self.n_gaps = 0
        blocks = blocks_of(self._frames())
        codec = self._track.codec_context.codec
        self._blocks = map(without_blasts, blocks) if codec.lossy and not codec.lossless else blocks
        self._first_block = next(self._blocks, None)
        if self._first_block is None and self._first_packet is not None:
            raise DecodeError("no sound could be decoded")
        context, block = self._track.codec_context, self._first_block
        self.sample_rate = context.sample_rate if block is None else block.sample_rate
        self.n_channels = context.channels if block is None else block.samples.shape[1]
        self.declared_s = _declared_s(file, self._track, data, self._first_packet)
        self.most_s = _most_s(self._track, len(data))

    def blocks(self) -> Iterator[Block]:
        """The sound; call it once.

        Files joined to one can change their rate and channels. Raises `DecodeError` where no more can be decoded.
        """
        if self._first_block is not None:
            yield self._first_block
        yield from self._blocks

    def _frames(self) -> Iterator[AudioFrame]:
        """Decoded frames; a damaged packet is passed over, as every player does."""
        had_sound = is_broken = False
        for packet in self._packets():
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                is_broken = had_sound and not bytes(packet).startswith(_TAGS)
                continue
            except av.error.PatchWelcomeError as error:
                raise NoSoundError("sound in an encoding that the decoder does not know") from error
            except av.error.FFmpegError as error:
                raise DecodeError(error.strerror or "unreadable data") from error
            if frames:
                self.n_gaps += is_broken
                had_sound, is_broken = True, False
            yield from frames

    def _packets(self) -> "Iterator[Packet[AudioStream]]":
        packets = self._file.demux(self._track)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                raise DecodeError(error.strerror or "unreadable data") from error
            if packet is None:
                return
            if self._first_packet is None and packet.size:  # The last one is empty.
                self._first_packet = packet
            yield packet


@contextmanager
def open_stream(data: bytes) -> Iterator[SoundStream]:
    """Opens a file; raises `UnknownFormatError`, `DecodeError`, `EncryptedError` or `NoSoundError`."""
    kind, data = format_name(data), riff_of_rifx(data)
    if kind == "WMA" and is_protected_wma(data):
        raise EncryptedError
    try:
        file = av.open(io.BytesIO(data), mode="r", metadata_errors="replace", container_options=_options())
    except av.error.FFmpegError as error:
        if kind is None:
            raise UnknownFormatError(unknown_kind(data)) from error
        without_index = kind == "MP4" and b"moov" not in data
        raise DecodeError(_NO_INDEX if without_index else error.strerror or "unreadable header") from error
    with file:
        try:
            stream = SoundStream(file, data)
        except DecodeError as error:
            if kind is None:
                raise UnknownFormatError(unknown_kind(data)) from error
            raise
        yield stream


@lru_cache(maxsize=1)
def _options() -> dict[str, str]:
    """Only sound is ever decoded: no huge picture in a small file is unpacked while FFmpeg looks for the streams.

    And only files of the list are opened: no playlists, which could name other files.
    """
    return {
        "codec_whitelist": ",".join(name for name in sorted(codecs_available) if _decodes_sound(name)),
        "format_whitelist": ",".join(demuxer for one in AUDIO_FORMATS for demuxer in one.demuxers),
    }


def _decodes_sound(codec: str) -> bool:
    try:
        return Codec(codec, "r").type == "audio"
    except UnknownCodecError:  # It only encodes.
        return False


def _first_track(file: InputContainer) -> AudioStream:
    """The first sound track that there is a decoder for."""
    tracks = file.streams.audio
    if not tracks:
        raise NoSoundError("pictures and no sound" if file.streams.video else "no sound track")
    for track in tracks:
        if track.codec_context is not None:
            if _tag(track) in _PROTECTED_TAGS:
                raise EncryptedError
            track.codec_context.thread_count = 1
            return track
    raise NoSoundError("sound in an encoding of an unknown name")


def _tag(track: AudioStream) -> str:
    """The container's name of the codec, four letters."""
    try:
        return track.codec_context.codec_tag
    except UnicodeDecodeError:  # No letters: a number, as WAV has it, or damage.
        return ""


def _is_pcm(track: AudioStream) -> bool:
    return track.codec_context.codec.canonical_name.startswith("pcm_")


def _codec_in_words(track: AudioStream, container: str | None) -> str:
    codec = track.codec_context.codec
    name = codec.canonical_name
    if pcm := re.match(r"pcm_([suf])(\d+)", name):
        words = f"{pcm[2]}-bit {'float' if pcm[1] == 'f' else 'PCM'}"
    else:
        words = _CODECS.get(name) or codec.long_name.split(" (")[0]
    return words if container in (None, words) else f"{container}, {words}"


def _declared_s(
    file: InputContainer, track: AudioStream, data: bytes, first: "Packet[AudioStream] | None"
) -> float | None:
    """Seconds that the header promises, None where FFmpeg only has an estimate."""
    if _is_pcm(track) and track.bit_rate and (n_bytes := announced_bytes(data)):
        return n_bytes * 8 / track.bit_rate
    if file.format.name == "matroska,webm":
        return None if file.duration is None else file.duration / av.time_base
    if file.format.name in _WITHOUT_LENGTH or track.duration is None or track.time_base is None:
        return None
    duration_s = float(track.duration * track.time_base)
    if file.format.name != "mp3":
        return duration_s
    counted_s = _counted_s(data, first)
    return None if counted_s is None else min(duration_s, counted_s)  # The former is less what the encoder added.


def _counted_s(data: bytes, first: "Packet[AudioStream] | None") -> float | None:
    """Seconds of as many MP3 frames as the one before the sound announces, where there is one (Xing or Info)."""
    if first is None or first.pos is None or first.duration is None:
        return None
    found = _FRAME_COUNT.search(data, max(0, first.pos - _MAX_FRAME_BYTES), first.pos)
    if found is None:
        return None
    counted_s = int.from_bytes(found["frames"]) * float(first.duration * first.time_base)
    return counted_s if counted_s <= len(data) * 8 / _LEAST_MP3_BITS_PER_S else None


def _most_s(track: AudioStream, n_bytes: int) -> float:
    """Seconds that so many bytes can hold: a header that says more is mistaken, or the file is cut short."""
    return n_bytes * 8 / track.bit_rate if _is_pcm(track) and track.bit_rate else math.inf
