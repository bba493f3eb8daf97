"""Audio files to mono samples: bytes or a path in, float32 at the wanted rate out.

The content decides what a file is, never its name. wav, au, aiff, flac, ogg, opus and mp3 go through libsndfile, mp4
(m4a), webm and raw aac through FFmpeg. A file of several channels is mixed down to their mean, a file of several tracks
counts for its first. Decoding goes block by block and stops at the limits, so that a small file that unpacks to hours
of sound costs neither time nor memory.

A damaged or cut file counts for what can be decoded of it: with `min_duration_s` or more of sound it is used, and
`AudioInfo.duration_s` says how much that was; with less, the error says so.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core._container import FORMATS, Container, ContainerError, identify
from core._decode import DecodeError, EncryptedError, NoSoundError, SoundStream, open_stream
from core._resample import StreamResampler
from core.errors import AudioError
from core.types import Audio, AudioInfo, FloatArray

_MIN_RATE_HZ, _MAX_RATE_HZ = 4_000, 384_000
_MAX_CHANNELS = 32
_MAX_VALUES_PER_S = 48_000 * 6
"""Sample values of all channels in a second: 5.1 at 48 kHz. A file with more of them may last less, to bound the work
too: 200 kB of FLAC can hold 15 minutes of silence on 8 channels at 384 kHz."""
_SILENCE_LEVEL = 1e-4
"""-80 dB of full scale: three steps of a 16-bit file, which dither alone can reach."""
_MAX_LEVEL = 100.0
"""+40 dB over full scale: no mix comes near, only samples on another scale or damaged ones."""

_CHOOSE = f"Choose a {FORMATS} file."


@dataclass(frozen=True)
class AudioLimits:
    """What `load_audio` accepts.

    Attributes:
        max_bytes: size of the file, bytes.
        max_duration_s: longest sound, seconds.
        min_duration_s: shortest sound, seconds.
    """

    max_bytes: int = 50_000_000
    max_duration_s: float = 900.0
    min_duration_s: float = 1.0


def load_audio(source: bytes | Path, sample_rate: int = 22_050, limits: AudioLimits = AudioLimits()) -> Audio:
    """Decodes a file, mixes its channels down to their mean and resamples it.

    Args:
        source: the content of a file, or where it lies.
        sample_rate: of the result, Hz.
        limits: size and duration that are accepted.

    Returns:
        Mono samples `[n]`, float32, and what the file held.

    Raises:
        AudioError: the file is missing, too large, too long, too short, silent, damaged or no audio at all.
    """
    data = source if isinstance(source, bytes) else _read(source, limits)
    if not data:
        raise AudioError(f"The file is empty (0 bytes); perhaps a copy or download did not finish. {_CHOOSE}")
    if len(data) > limits.max_bytes:
        raise AudioError(_too_large(len(data), limits))
    try:
        container = identify(data)
    except ContainerError as error:
        is_named_wav = isinstance(source, Path) and source.suffix.lower() in (".wav", ".wave")
        hint = " Its name says WAV, but a WAV file begins with 'RIFF'." if is_named_wav else ""
        raise AudioError(f"{error}{hint} {_CHOOSE}") from error
    try:
        with open_stream(container) as stream:
            return _collect(stream, container, sample_rate, limits)
    except DecodeError as error:
        raise AudioError(
            f"This {container.kind} file is damaged or cut short: no sound can be decoded ({str(error).rstrip('.')}). "
            "Copy or export it again, or choose another file."
        ) from error
    except EncryptedError as error:
        raise AudioError(
            "This file is protected against copying (DRM) and cannot be decoded. Choose an unprotected file, "
            "for example your own recording or a purchase without DRM."
        ) from error
    except NoSoundError as error:
        raise AudioError(f"This {container.kind} file holds {error}, which cannot be used here. {_CHOOSE}") from error


def _read(path: Path, limits: AudioLimits) -> bytes:
    """Content of a file, at most one byte beyond the limit."""
    try:
        if path.is_dir():
            raise AudioError(f"{path} is a folder. Give the path of one audio file.")
        if path.exists() and not path.is_file():
            raise AudioError(f"{path} is no ordinary file but a device or pipe. Give the path of an audio file.")
        if path.stat().st_size > limits.max_bytes:
            raise AudioError(_too_large(path.stat().st_size, limits))
        with path.open("rb") as file:
            return file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise AudioError(f"There is no file {path}. Check the spelling and the folder.") from error
    except (OSError, ValueError) as error:  # ValueError: a path that the system cannot even ask for, with a null byte.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AudioError(f"{path} cannot be read ({reason}). Check its permissions, or copy it elsewhere.") from error


def _collect(stream: SoundStream, container: Container, sample_rate: int, limits: AudioLimits) -> Audio:
    """Decodes, mixes down, checks and resamples an opened file."""
    _check_layout(stream)
    max_duration_s = _max_duration_s(stream, limits)
    if stream.declared_s is not None and stream.declared_s > max_duration_s:
        raise AudioError(_too_long(f"lasts {_minutes(stream.declared_s)}", max_duration_s, stream))
    resampler = StreamResampler(stream.sample_rate, sample_rate)
    levels = _Levels()
    n_frames, stopped_early = 0, container.cut_short
    try:
        for block in stream.blocks:
            n_frames += len(block)
            if n_frames > max_duration_s * stream.sample_rate:
                raise AudioError(_too_long(f"lasts longer than {_minutes(max_duration_s)}", max_duration_s, stream))
            mono: FloatArray = block[:, 0].copy() if stream.n_channels == 1 else block.mean(axis=1, dtype=np.float32)
            levels.add(block, mono)
            resampler.push(mono)
    except DecodeError:
        if n_frames == 0:
            raise
        stopped_early = True
    duration_s = n_frames / stream.sample_rate
    lacks_much = stream.declared_s is not None and duration_s < 0.9 * stream.declared_s
    _check_duration(duration_s, stopped_early or lacks_much, limits)
    levels.check()
    info = AudioInfo(stream.codec, stream.sample_rate, stream.n_channels, duration_s)
    return Audio(resampler.finish(), sample_rate, info)


class _Levels:
    """Follows the range of the samples, block by block, and refuses what no prediction can be made of."""

    def __init__(self) -> None:
        self._lowest, self._highest = math.inf, -math.inf
        self._loudest_channel = 0.0

    def add(self, block: FloatArray, mono: FloatArray) -> None:
        """Takes a block `[n, channels]` and its mix `[n]`; raises `AudioError` for values that are no sound."""
        if len(mono) == 0:
            return
        loudest = max(-float(block.min()), float(block.max()))
        if not math.isfinite(loudest):
            raise AudioError(
                "The file holds samples that are no numbers (NaN or infinite), which a faulty plug-in can cause. "
                "Export it again as 16 or 24 bit."
            )
        if loudest > _MAX_LEVEL:
            raise AudioError(
                f"The file holds samples {loudest:.3g} times louder than full scale; at most {_MAX_LEVEL:.0f} times is "
                "accepted. Normalise it to full scale (1.0), or export it again as 16 or 24 bit."
            )
        self._loudest_channel = max(self._loudest_channel, loudest)
        self._lowest, self._highest = min(self._lowest, float(mono.min())), max(self._highest, float(mono.max()))

    def check(self) -> None:
        """Raises `AudioError` when all was silence; a constant offset is silence too."""
        if (self._highest - self._lowest) / 2 >= _SILENCE_LEVEL:
            return
        if self._loudest_channel - max(abs(self._lowest), abs(self._highest)) >= _SILENCE_LEVEL:
            raise AudioError(
                "The channels cancel each other out when they are mixed to mono (one is the inverse of the other). "
                "Export only one channel, or turn the polarity of one of them."
            )
        raise AudioError(
            "The file holds nothing but silence (all of it below -80 dB); music is needed. Check the recording level, "
            "or choose another file."
        )


def _check_layout(stream: SoundStream) -> None:
    if not _MIN_RATE_HZ <= stream.sample_rate <= _MAX_RATE_HZ:
        raise AudioError(
            f"The file gives a sample rate of {stream.sample_rate} Hz; {_MIN_RATE_HZ} to {_MAX_RATE_HZ} Hz are "
            "accepted. Export it again at 44100 Hz."
        )
    if not 1 <= stream.n_channels <= _MAX_CHANNELS:
        raise AudioError(
            f"The file gives {stream.n_channels} channels; 1 to {_MAX_CHANNELS} are accepted. "
            "Export it again in stereo."
        )


def _check_duration(duration_s: float, stopped_early: bool, limits: AudioLimits) -> None:
    """Raises `AudioError` when there is too little sound; `stopped_early` marks a damaged or cut file."""
    if duration_s >= limits.min_duration_s and duration_s > 0:
        return
    if stopped_early:
        raise AudioError(
            f"The file is damaged or cut short: only {duration_s:.2f} s of it can be decoded, at least "
            f"{limits.min_duration_s:g} s are needed. Copy or export it again."
        )
    if duration_s == 0:
        raise AudioError("The file has a proper header but no samples in it (0 s of sound). Record or export it again.")
    raise AudioError(
        f"The sound lasts {duration_s:.2f} s; at least {limits.min_duration_s:g} s are needed, 10 s or more are "
        "better. Choose a longer piece."
    )


def _too_large(n_bytes: int, limits: AudioLimits) -> str:
    return (
        f"The file has {n_bytes / 1e6:.1f} MB; at most {limits.max_bytes / 1e6:g} MB are accepted. "
        "Cut out a shorter piece, or save it as MP3 or FLAC."
    )


def _max_duration_s(stream: SoundStream, limits: AudioLimits) -> float:
    """The limit for a file of this rate and number of channels."""
    return limits.max_duration_s * min(1.0, _MAX_VALUES_PER_S / (stream.sample_rate * stream.n_channels))


def _too_long(got: str, max_duration_s: float, stream: SoundStream) -> str:
    return (
        f"The sound {got}; at most {_minutes(max_duration_s)} are accepted (at {stream.sample_rate} Hz and "
        f"{stream.n_channels} channel{'s' if stream.n_channels > 1 else ''}). Cut out a shorter piece."
    )


def _minutes(duration_s: float) -> str:
    return f"{duration_s / 60:.1f} minutes" if duration_s >= 60 else f"{duration_s:.4g} s"
