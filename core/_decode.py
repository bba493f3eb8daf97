"""Opens audio files with libsndfile (soundfile) or FFmpeg (PyAV) and hands their samples over in small blocks."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

import av
import numpy as np
import soundfile
from av.audio.frame import AudioFrame
from av.container import InputContainer

from core._container import Container
from core.types import FloatArray

_BLOCK_FRAMES = 16_384
_UNKNOWN_FRAMES = 1 << 62
"""libsndfile reports a length above this for streams that do not say how long they are."""

_ENCODINGS = {
    "PCM_S8": "8-bit PCM", "PCM_U8": "8-bit PCM", "PCM_16": "16-bit PCM", "PCM_24": "24-bit PCM",
    "PCM_32": "32-bit PCM", "FLOAT": "32-bit float", "DOUBLE": "64-bit float", "ULAW": "mu-law", "ALAW": "A-law",
    "VORBIS": "Vorbis", "OPUS": "Opus", "MPEG_LAYER_I": "MP1", "MPEG_LAYER_II": "MP2", "MPEG_LAYER_III": "MP3",
    "IMA_ADPCM": "IMA ADPCM", "MS_ADPCM": "MS ADPCM",
}  # fmt: skip

_FFMPEG_FORMATS = {"MP4": "mp4", "WebM": "matroska", "AAC": "aac"}
_FFMPEG_CODECS = {
    "aac": "AAC", "alac": "Apple Lossless", "opus": "Opus", "vorbis": "Vorbis", "mp3": "MP3", "mp2": "MP2",
    "flac": "FLAC", "ac3": "Dolby Digital", "eac3": "Dolby Digital Plus",
    "pcm_u8": "8-bit PCM", "pcm_s16le": "16-bit PCM", "pcm_s16be": "16-bit PCM", "pcm_s24le": "24-bit PCM",
    "pcm_s24be": "24-bit PCM", "pcm_s32le": "32-bit PCM", "pcm_f32le": "32-bit float", "pcm_f64le": "64-bit float",
}  # fmt: skip
_FFMPEG_OPTIONS = {
    # Only sound is ever decoded: no huge picture in a small file is unpacked while FFmpeg looks for the streams.
    "codec_whitelist": ",".join([*_FFMPEG_CODECS, "mp3float", "mp2float", "libopus"]),
}


class DecodeError(Exception):
    """The decoder gives up; the text is the decoder's own reason."""


class EncryptedError(Exception):
    """The sound is protected against copying."""


class NoSoundError(Exception):
    """The file has no sound track that can be decoded; the text says what it has."""


@dataclass(frozen=True)
class SoundStream:
    """An opened file.

    Attributes:
        codec: in words, e.g. "WAV, 16-bit PCM".
        sample_rate: Hz, as the file says.
        n_channels: as the file says.
        declared_s: seconds that the header promises; None where it does not say or cannot be believed.
        blocks: the samples, `[n, channels]` float32 each; raises `DecodeError` where the decoder gives up. A block may
            share its memory with the next one.
    """

    codec: str
    sample_rate: int
    n_channels: int
    declared_s: float | None
    blocks: Iterator[FloatArray]


@contextmanager
def open_stream(container: Container) -> Iterator[SoundStream]:
    """Opens a file for decoding; raises `DecodeError`, `EncryptedError` or `NoSoundError`."""
    opened = _open_ffmpeg(container) if container.kind in _FFMPEG_FORMATS else _open_sndfile(container)
    with opened as stream:
        yield stream


class _Bytes(io.BytesIO):
    """A file in memory that stays where it is when a damaged header asks for a place before its beginning."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        before = self.tell()
        # Only the end can be found by seeking alone; the two other bases are known.
        base = {io.SEEK_SET: 0, io.SEEK_CUR: before}.get(whence)
        base = super().seek(0, io.SEEK_END) if base is None else base
        return super().seek(base + offset if base + offset >= 0 else before)


class _ForwardOnly(soundfile.SoundFile):  # type: ignore[misc]  # soundfile comes without types
    """A sound file that is only read onward.

    Where a file is seekable, soundfile seeks after every block it reads. In an MP3 that throws away the bits which a
    frame borrows from the ones before it, and every block begins with wrong samples.
    """

    def seekable(self) -> bool:
        return False


@contextmanager
def _open_sndfile(container: Container) -> Iterator[SoundStream]:
    try:
        file = _ForwardOnly(_Bytes(container.data))
        if file.subtype == "OPUS":
            file.seek(0)  # only then does libsndfile leave out what the encoder put before the sound
    except soundfile.LibsndfileError as error:
        if "SF_INFO struct incomplete" in error.error_string:
            raise NoSoundError("a header with a sample rate or a channel count of 0") from error
        raise DecodeError(error.error_string) from error
    with file:
        encoding = _ENCODINGS.get(file.subtype)
        if encoding is None:
            raise NoSoundError(f"sound in the encoding {file.subtype_info or 'of an unknown name'}")
        codec = encoding if container.kind == "MP3" else f"{container.kind}, {encoding}"
        # The length of an MP3 is an estimate from its first frame, so only decoding tells.
        says_length = container.kind != "MP3" and 0 < file.frames < _UNKNOWN_FRAMES and file.samplerate > 0
        declared_s = file.frames / file.samplerate if says_length else None
        yield SoundStream(codec, file.samplerate, file.channels, declared_s, _sndfile_blocks(file))


def _sndfile_blocks(file: soundfile.SoundFile) -> Iterator[FloatArray]:
    block: FloatArray = np.empty((_BLOCK_FRAMES, file.channels), np.float32)
    while True:
        try:
            read: FloatArray = file.read(out=block)
        except soundfile.LibsndfileError as error:
            raise DecodeError(error.error_string) from error
        if len(read) == 0:
            return
        yield read


@contextmanager
def _open_ffmpeg(container: Container) -> Iterator[SoundStream]:
    try:
        file = av.open(
            io.BytesIO(container.data),
            mode="r",
            format=_FFMPEG_FORMATS[container.kind],
            metadata_errors="replace",
            container_options=_FFMPEG_OPTIONS,
        )
    except av.error.FFmpegError as error:
        raise DecodeError(error.strerror or "unreadable header") from error
    with file:
        codec = _sound_codec(file)
        frames = _ffmpeg_frames(file)
        first = next(frames, None)
        if first is None:
            raise DecodeError("no sound could be decoded")
        track = file.streams.audio[0]
        declared_s = None
        # Raw AAC has no header: FFmpeg's duration is an estimate from its first frames.
        if container.kind != "AAC" and track.duration is not None and track.time_base is not None:
            declared_s = float(track.duration * track.time_base)
        name = codec if codec == container.kind else f"{codec} in {container.kind}"
        yield SoundStream(name, first.sample_rate, first.layout.nb_channels, declared_s, _ffmpeg_blocks(first, frames))


def _sound_codec(file: InputContainer) -> str:
    """Name of the first sound track's codec."""
    if not file.streams.audio:
        raise NoSoundError("pictures and no sound" if file.streams.video else "no sound track")
    context = file.streams.audio[0].codec_context
    if context is not None and context.codec_tag in ("drms", "enca"):
        raise EncryptedError
    name = "of an unknown name" if context is None else context.codec.canonical_name
    if name not in _FFMPEG_CODECS:
        raise NoSoundError(f"sound in the encoding {name}")
    return _FFMPEG_CODECS[name]


def _ffmpeg_frames(file: InputContainer) -> Iterator[AudioFrame]:
    """Decoded frames of the first sound track; a damaged packet is passed over, as every player does."""
    packets = file.demux(file.streams.audio[0])
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError as error:
            raise DecodeError(error.strerror or "unreadable data") from error
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue
        except av.error.FFmpegError as error:
            raise DecodeError(error.strerror or "unreadable data") from error


def _ffmpeg_blocks(first: AudioFrame, others: Iterator[AudioFrame]) -> Iterator[FloatArray]:
    """Samples of all frames that are like the first one; others come from damaged packets.

    The resampler only interleaves the channels: PyAV (18.1) reads past the end of its list of planes, and crashes, when
    it turns a planar frame of eight or more channels into an array itself.
    """
    interleave = av.AudioResampler("flt")
    kind = _frame_kind(first)
    try:
        for frame in chain([first], others):
            if _frame_kind(frame) == kind:
                yield from map(_frame_samples, interleave.resample(frame))
        yield from map(_frame_samples, interleave.resample(None))
    except (av.error.FFmpegError, ValueError) as error:  # ValueError: FFmpeg has no name for a layout of channels.
        raise DecodeError("the channels cannot be told apart") from error


def _frame_kind(frame: AudioFrame) -> tuple[int, str, str, int]:
    return frame.sample_rate, frame.format.name, frame.layout.name, frame.layout.nb_channels


def _frame_samples(frame: AudioFrame) -> FloatArray:
    """Samples of an interleaved float frame, `[n, channels]`, full scale 1."""
    samples: FloatArray = frame.to_ndarray().astype(np.float32, copy=False).reshape(-1, frame.layout.nb_channels)
    return samples
