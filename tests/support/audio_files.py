"""Audio files of every format that is read, made in memory."""

import io
from dataclasses import dataclass
from functools import cache
from typing import Literal

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Recipe:
    """How a test file is encoded.

    Attributes:
        name: for test ids.
        library: what writes it.
        container: format name of that library.
        codec: subtype (soundfile) or encoder (PyAV).
        sample_rate: Hz.
        n_channels: 1 mono, 2 stereo, 6 for 5.1.
        codec_text: what `AudioInfo.codec` says.
    """

    name: str
    library: Literal["soundfile", "av"]
    container: str
    codec: str
    sample_rate: int
    n_channels: int
    codec_text: str


def _sf(name: str, container: str, codec: str, sample_rate: int, n_channels: int, text: str) -> Recipe:
    return Recipe(name, "soundfile", container, codec, sample_rate, n_channels, text)


def _av(name: str, container: str, codec: str, sample_rate: int, n_channels: int, text: str) -> Recipe:
    return Recipe(name, "av", container, codec, sample_rate, n_channels, text)


RECIPES: tuple[Recipe, ...] = (
    _sf("wav-u8", "WAV", "PCM_U8", 11_025, 1, "WAV, 8-bit PCM"),
    _sf("wav-16", "WAV", "PCM_16", 44_100, 2, "WAV, 16-bit PCM"),
    _sf("wav-16-own-rate", "WAV", "PCM_16", 22_050, 1, "WAV, 16-bit PCM"),
    _sf("wav-24", "WAV", "PCM_24", 48_000, 6, "WAV, 24-bit PCM"),
    _sf("wav-32", "WAV", "PCM_32", 96_000, 2, "WAV, 32-bit PCM"),
    _sf("wav-float", "WAV", "FLOAT", 32_000, 1, "WAV, 32-bit float"),
    _sf("wav-double", "WAV", "DOUBLE", 44_100, 1, "WAV, 64-bit float"),
    _sf("wav-alaw", "WAV", "ALAW", 8_000, 1, "WAV, A-law"),
    _sf("wav-ulaw", "WAV", "ULAW", 8_000, 2, "WAV, mu-law"),
    _sf("wav-ima-adpcm", "WAV", "IMA_ADPCM", 22_050, 1, "WAV, IMA ADPCM"),
    _sf("wav-ms-adpcm", "WAV", "MS_ADPCM", 22_050, 2, "WAV, MS ADPCM"),
    _sf("wav-extensible", "WAVEX", "PCM_24", 44_100, 6, "WAV, 24-bit PCM"),
    _sf("wav-rf64", "RF64", "PCM_16", 44_100, 2, "WAV, 16-bit PCM"),
    _sf("wav-prime-rate", "WAV", "PCM_16", 22_051, 1, "WAV, 16-bit PCM"),
    _sf("au-s8", "AU", "PCM_S8", 22_050, 1, "AU, 8-bit PCM"),
    _sf("au-16", "AU", "PCM_16", 22_050, 2, "AU, 16-bit PCM"),
    _sf("au-24", "AU", "PCM_24", 22_050, 1, "AU, 24-bit PCM"),
    _sf("au-32", "AU", "PCM_32", 22_050, 1, "AU, 32-bit PCM"),
    _sf("au-double", "AU", "DOUBLE", 22_050, 1, "AU, 64-bit float"),
    _sf("au-ulaw", "AU", "ULAW", 8_000, 1, "AU, mu-law"),
    _sf("aiff-s8", "AIFF", "PCM_S8", 22_050, 1, "AIFF, 8-bit PCM"),
    _sf("aiff-16", "AIFF", "PCM_16", 44_100, 2, "AIFF, 16-bit PCM"),
    _sf("aiff-24", "AIFF", "PCM_24", 44_100, 6, "AIFF, 24-bit PCM"),
    _sf("aiff-float", "AIFF", "FLOAT", 22_050, 1, "AIFF, 32-bit float"),
    _sf("flac-8", "FLAC", "PCM_S8", 22_050, 1, "FLAC"),
    _sf("flac-16", "FLAC", "PCM_16", 44_100, 2, "FLAC"),
    _sf("flac-24", "FLAC", "PCM_24", 96_000, 6, "FLAC"),
    _sf("ogg-vorbis", "OGG", "VORBIS", 44_100, 2, "Ogg, Vorbis"),
    _sf("ogg-vorbis-5.1", "OGG", "VORBIS", 48_000, 6, "Ogg, Vorbis"),
    _sf("ogg-opus", "OGG", "OPUS", 48_000, 2, "Ogg, Opus"),
    _sf("ogg-opus-16k", "OGG", "OPUS", 16_000, 1, "Ogg, Opus"),
    _sf("mp3", "MP3", "MPEG_LAYER_III", 44_100, 2, "MP3"),
    _sf("mp3-low", "MP3", "MPEG_LAYER_III", 22_050, 1, "MP3"),
    _sf("mp3-lowest", "MP3", "MPEG_LAYER_III", 8_000, 1, "MP3"),
    _av("m4a-aac", "mp4", "aac", 44_100, 2, "MP4, AAC"),
    _av("m4a-aac-5.1", "mp4", "aac", 48_000, 6, "MP4, AAC"),
    _av("m4a-aac-7.1", "mp4", "aac", 48_000, 8, "MP4, AAC"),
    _av("m4a-alac", "mp4", "alac", 44_100, 2, "MP4, Apple Lossless"),
    _av("mov-pcm", "mov", "pcm_s16le", 44_100, 2, "MP4, 16-bit PCM"),
    _av("mov-u8", "mov", "pcm_u8", 22_050, 1, "MP4, 8-bit PCM"),
    _av("mp4-mp3", "mp4", "libmp3lame", 44_100, 1, "MP4, MP3"),
    _av("webm-opus", "webm", "libopus", 48_000, 2, "WebM, Opus"),
    _av("mkv-mp3", "matroska", "libmp3lame", 44_100, 2, "WebM, MP3"),
    _av("aac-adts", "adts", "aac", 44_100, 1, "AAC"),
    _av("mp2", "mp2", "mp2", 44_100, 2, "MP2"),
    _sf("wav-gsm", "WAV", "GSM610", 8_000, 1, "WAV, GSM"),
    _av("wav-ac3", "wav", "ac3", 44_100, 2, "WAV, Dolby Digital"),
    _av("wav-g722", "wav", "g722", 16_000, 1, "WAV, G.722 ADPCM"),
    _av("aifc-sowt", "aiff", "pcm_s16le", 44_100, 2, "AIFF, 16-bit PCM"),
    _sf("aifc-alaw", "AIFF", "ALAW", 8_000, 1, "AIFF, A-law"),
    _av("ogg-flac", "ogg", "flac", 44_100, 2, "Ogg, FLAC"),
    _av("ogg-opus-5.1", "ogg", "libopus", 48_000, 6, "Ogg, Opus"),
    _av("caf-16", "caf", "pcm_s16be", 44_100, 2, "CAF, 16-bit PCM"),
    _av("caf-alac", "caf", "alac", 44_100, 2, "CAF, Apple Lossless"),
    _av("amr", "amr", "libopencore_amrnb", 8_000, 1, "AMR, AMR-NB"),
    _av("3gp-amr", "3gp", "libopencore_amrnb", 8_000, 1, "MP4, AMR-NB"),
    _av("3gp-aac", "3gp", "aac", 44_100, 1, "MP4, AAC"),
    _av("wma", "asf", "wmav2", 44_100, 2, "WMA, Windows Media Audio 2"),
    _av("wma-1", "asf", "wmav1", 22_050, 1, "WMA, Windows Media Audio 1"),
    _av("wavpack", "wv", "wavpack", 44_100, 2, "WavPack"),
    _av("wavpack-7.1", "wv", "wavpack", 44_100, 8, "WavPack"),
    _av("w64", "w64", "pcm_s16le", 44_100, 2, "W64, 16-bit PCM"),
    _av("ac3", "ac3", "ac3", 44_100, 2, "AC-3, Dolby Digital"),
    _av("eac3-5.1", "eac3", "eac3", 48_000, 6, "AC-3, Dolby Digital Plus"),
    _av("tta", "tta", "tta", 44_100, 2, "TTA"),
    _av("mkv-flac", "matroska", "flac", 44_100, 2, "WebM, FLAC"),
    _av("avi-mp3", "avi", "libmp3lame", 44_100, 2, "AVI, MP3"),
    _av("flv-mp3", "flv", "libmp3lame", 44_100, 2, "FLV, MP3"),
    _av("mpeg-mp2", "mpeg", "mp2", 44_100, 2, "MPEG, MP2"),
    _av("realaudio", "rm", "real_144", 8_000, 1, "RealAudio, RealAudio 1.0"),
    _av("latm", "latm", "aac", 44_100, 2, "AAC LATM"),
    _sf("nist", "NIST", "PCM_16", 16_000, 1, "NIST, 16-bit PCM"),
    _sf("voc", "VOC", "PCM_16", 44_100, 2, "VOC, 16-bit PCM"),
    _sf("ircam", "IRCAM", "PCM_16", 44_100, 2, "IRCAM, 16-bit PCM"),
)

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def sine(sample_rate: int, duration_s: float, frequency_hz: float = 440.0, peak: float = 0.5) -> Samples:
    """A sine tone, `[n]`."""
    return (peak * np.sin(2 * np.pi * frequency_hz * np.arange(round(sample_rate * duration_s)) / sample_rate)).astype(
        np.float32
    )


def encode(samples: Samples, recipe: Recipe) -> bytes:
    """A file of mono `[n]` samples, the same in every channel, or of `[n, channels]`."""
    channels = samples if samples.ndim == 2 else np.repeat(samples[:, None], recipe.n_channels, axis=1)
    write = write_soundfile if recipe.library == "soundfile" else write_av
    return write(channels, recipe.sample_rate, recipe.container, recipe.codec)


def write_soundfile(channels: Samples, sample_rate: int, container: str, codec: str) -> bytes:
    """Encodes `[n, channels]` with libsndfile."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", sample_rate, channels.shape[1], codec, format=container) as file:
        for start in range(0, len(channels), 8_192):  # libsndfile's Vorbis encoder overflows its stack on long writes.
            file.write(channels[start : start + 8_192])
    return buffer.getvalue()


def wav(samples: Samples, sample_rate: int = 22_050, codec: str = "FLOAT") -> bytes:
    """A wav file of `[n]` or `[n, channels]`."""
    return write_soundfile(samples if samples.ndim == 2 else samples[:, None], sample_rate, "WAV", codec)


def write_av(channels: Samples, sample_rate: int, container: str, codec: str) -> bytes:
    """Encodes `[n, channels]` with FFmpeg."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream(codec, rate=sample_rate, layout=LAYOUTS[channels.shape[1]])
        assert isinstance(stream, av.AudioStream)
        if codec.startswith("wma"):
            stream.bit_rate = 128_000  # It has no rate of its own.
        _encode_sound(file, stream, channels)
    return buffer.getvalue()


def _encode_sound(file: av.container.OutputContainer, stream: av.AudioStream, channels: Samples) -> None:
    layout = LAYOUTS[channels.shape[1]]
    resampler = av.AudioResampler(stream.format, layout, stream.rate, frame_size=stream.frame_size or 1_024)
    # Interleaved, because PyAV (18.1) cannot make planar frames of eight channels.
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels).reshape(1, -1), format="flt", layout=layout)
    frame.sample_rate = stream.rate
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        file.mux(stream.encode(piece))
    # FFmpeg's FLAC encoder ends with a packet without sound, which Ogg and Matroska take for none.
    file.mux([packet for packet in stream.encode(None) if packet.size])


def video(sound: Samples | None, sample_rate: int = 44_100) -> bytes:
    """An mp4 film of ten small grey pictures, with a mono sound track or silent."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as file:
        pictures = file.add_stream("mpeg4", rate=10)
        assert isinstance(pictures, av.VideoStream)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        track = None if sound is None else file.add_stream("aac", rate=sample_rate, layout="mono")
        for _ in range(10):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 128, np.uint8), format="rgb24")
            file.mux(pictures.encode(picture))
        file.mux(pictures.encode(None))
        if sound is not None and isinstance(track, av.AudioStream):
            _encode_sound(file, track, sound[:, None])
    return buffer.getvalue()


def two_tracks(first: Samples, second: Samples, sample_rate: int = 44_100) -> bytes:
    """A Matroska file of two mono tracks, as a film in two languages has."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as file:
        tracks = [file.add_stream("ac3", rate=sample_rate, layout="mono") for _ in range(2)]
        for track, samples in zip(tracks, (first, second), strict=True):
            assert isinstance(track, av.AudioStream)
            _encode_sound(file, track, samples[:, None])
    return buffer.getvalue()


def music(sample_rate: int, duration_s: float, n_channels: int = 1, seed: int = 0) -> Samples:
    """A tone that comes and goes under bursts of noise, `[n, channels]`: some of it takes many bits, some few."""
    time_s = np.arange(round(sample_rate * duration_s)) / sample_rate
    noise = np.random.default_rng(seed).standard_normal(len(time_s)) * np.exp(-3 * (4 * time_s % 1))
    tone = np.sin(2 * np.pi * 440 * time_s) * (time_s % 1.4 < 0.7)
    return np.repeat((0.3 * tone + 0.1 * noise).astype(np.float32)[:, None], n_channels, axis=1)


@cache
def mp3(sample_rate: int, duration_s: float, n_channels: int = 1, seed: int = 0) -> bytes:
    """An MP3 of `music` at a variable bit rate, with a header (Xing) that says how many frames follow."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", sample_rate, n_channels, "MPEG_LAYER_III", format="MP3", bitrate_mode="VARIABLE"
    ) as file:
        file.write(music(sample_rate, duration_s, n_channels, seed))
    return buffer.getvalue()


def without_header(data: bytes) -> bytes:
    """An MP3 from its first frame with sound on: nothing says how long it is."""
    with av.open(io.BytesIO(data)) as file:
        first = next(file.demux(audio=0)).pos
    assert first is not None
    assert b"Xing" in data[:first]
    return data[first:]


def silent_flac(duration_s: float, sample_rate: int = 44_100) -> bytes:
    """A flac file of digital silence: an hour takes a third of a megabyte."""
    buffer = io.BytesIO()
    zeros = np.zeros(sample_rate, np.int16)
    with soundfile.SoundFile(buffer, "w", sample_rate, 1, "PCM_16", format="FLAC", compression_level=1.0) as file:
        for _ in range(round(duration_s)):
            file.write(zeros)
    return buffer.getvalue()
