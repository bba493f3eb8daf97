"""Audio files to mono samples: bytes or a path in, float32 at the wanted rate out.

The content decides what a file is, never its name; whatever the FFmpeg in PyAV reads is read (`AUDIO_FORMATS`). A file
of several channels is mixed down to their mean, a file of several tracks counts for its first, files joined to one for
all of them. Decoding goes block by block and stops at the limits, so that a small file that unpacks to hours of sound
costs neither time nor memory.

A damaged or cut file counts for what can be decoded of it: with `min_duration_s` or more of sound it is used,
`AudioInfo.duration_s` says how much that was and `AudioInfo.notes` what is missing; with less, the error says so.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.audio.container import foreign_kind, format_name, without_id3
from core.audio.decode import DecodeError, EncryptedError, NoSoundError, SoundStream, UnknownFormatError, open_stream
from core.audio.formats import ACCEPTED_FORMATS, AUDIO_SUFFIXES
from core.audio.frames import Block
from core.audio.levels import Levels
from core.audio.ogg import ends_inside_page, ogg_links
from core.audio.resample import StreamResampler
from core.errors import AudioError
from core.types import Audio, AudioInfo, FloatArray

__all__ = ["ACCEPTED_FORMATS", "AUDIO_SUFFIXES", "AudioLimits", "load_audio"]

_MIN_RATE_HZ, _MAX_RATE_HZ = 4_000, 384_000
_MAX_CHANNELS = 32
_MAX_VALUES_PER_S = 48_000 * 6
"""Sample values of all channels in a second: 5.1 at 48 kHz. A file with more of them may last less, to bound the work
too: 200 kB of FLAC can hold 15 minutes of silence on 8 channels at 384 kHz."""
_MISSING_S = 0.1
"""A loss of less is none: the length in a header may be rounded to whole frames of the codec."""

_CHOOSE = f"Choose an audio file ({ACCEPTED_FORMATS})."


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

    Channels that cancel each other out are not mixed: the louder one counts, and a note says so.

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
    data = without_id3(data)
    try:
        if kind := foreign_kind(data):
            raise UnknownFormatError(f"This is {kind}.")
        return _decode(data, sample_rate, limits)
    except UnknownFormatError as error:
        is_named_wav = isinstance(source, Path) and source.suffix.lower() in (".wav", ".wave")
        hint = " Its name says WAV, but a WAV file begins with 'RIFF'." if is_named_wav else ""
        raise AudioError(f"{error}{hint} {_CHOOSE}") from error
    except DecodeError as error:
        raise AudioError(
            f"This {format_name(data)} file is damaged or cut short: no sound can be decoded "
            f"({str(error).rstrip('.')}). Copy or export it again, or choose another file."
        ) from error
    except EncryptedError as error:
        raise AudioError(
            "This file is protected against copying (DRM) and cannot be decoded. Choose an unprotected file, "
            "for example your own recording or a purchase without DRM."
        ) from error
    except NoSoundError as error:
        kind = format_name(data) or "audio"
        raise AudioError(f"This {kind} file holds {error}, which cannot be used here. {_CHOOSE}") from error


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


def _decode(data: bytes, sample_rate: int, limits: AudioLimits) -> Audio:
    """The mix of a file's channels, or its loudest channel where the mix is no use."""
    reading = _Reading(data, sample_rate, limits)
    if not reading.levels.channels_cancel:
        return reading.audio()
    channel = reading.levels.loudest_channel
    audio = _Reading(data, sample_rate, limits, channel).audio()
    used = f"only channel {channel + 1} of {audio.info.n_channels} was used"
    note = f"The channels cancel each other out in a mix, so {used}."
    return replace(audio, info=replace(audio.info, notes=(*audio.info.notes, note)))


class _Reading:
    """One pass through a file, the links of a chained one in turn: the mean of its channels, or one channel."""

    def __init__(self, data: bytes, sample_rate: int, limits: AudioLimits, channel: int | None = None) -> None:
        """Raises `AudioError`, and what `open_stream` raises when nothing can be decoded."""
        self._limits, self._channel = limits, channel
        self._first: SoundStream | None = None
        self._declared_s, self._n_gaps, self._stopped_early = 0.0, 0, ends_inside_page(data)
        self._mono, self.levels = _Mono(sample_rate), Levels()
        for link in ogg_links(data):
            try:
                with open_stream(link) as stream:
                    self._first = self._first or stream
                    self._add(stream)
            except (DecodeError, UnknownFormatError, NoSoundError):
                if self._mono.duration_s == 0:
                    raise
                self._stopped_early = True

    def _add(self, stream: SoundStream) -> None:
        _check_layout(stream.sample_rate, stream.n_channels)
        before_s = self._mono.duration_s
        declared_s = before_s + min(stream.declared_s or 0.0, stream.most_s)
        lasts = f"lasts {_minutes(declared_s)}"
        _check_not_too_long(declared_s, stream.sample_rate, stream.n_channels, self._limits, lasts)
        try:
            for block in stream.blocks():
                self._add_block(block)
        finally:
            self._declared_s += self._mono.duration_s - before_s if stream.declared_s is None else stream.declared_s
            self._n_gaps += stream.n_gaps

    def _add_block(self, block: Block) -> None:
        n_channels = block.samples.shape[1]
        _check_layout(block.sample_rate, n_channels)
        mix = _mix(block.samples, self._channel)
        self.levels.add(block.samples, mix)
        self._mono.push(mix, block.sample_rate)
        _check_not_too_long(self._mono.duration_s, block.sample_rate, n_channels, self._limits)

    def audio(self) -> Audio:
        """The result; call it once. Raises `AudioError` when it is too short or silent."""
        assert self._first is not None, "a reading that raised nothing has opened a stream"
        damage = self._damage()
        _check_duration(self._mono.duration_s, damage is not None, self._limits)
        self.levels.check()
        n_tracks = self._first.n_tracks
        tracks = f"The first of {n_tracks} sound tracks was used." if n_tracks > 1 else None
        notes = tuple(note for note in (damage, tracks) if note is not None)
        info = AudioInfo(
            self._first.codec, self._first.sample_rate, self._first.n_channels, self._mono.duration_s, notes
        )
        return Audio(self._mono.finish(), self._mono.sample_rate, info)

    def _damage(self) -> str | None:
        """What of the file is missing in the result."""
        duration_s = self._mono.duration_s
        if duration_s < self._declared_s - _MISSING_S:
            return f"Only {duration_s:.1f} of the {self._declared_s:.1f} s that the file announces could be decoded."
        if self._n_gaps:
            places = f"{self._n_gaps} place{'s' if self._n_gaps > 1 else ''}"
            return f"The file is damaged: sound is missing at {places}."
        if self._stopped_early:
            return f"The file is cut short or damaged: only the first {duration_s:.1f} s could be decoded."
        return None


def _mix(channels: FloatArray, channel: int | None) -> FloatArray:
    """`[n, channels]` to the mean `[n]`, or to one channel."""
    if channel is None and channels.shape[1] > 1:
        mean: FloatArray = channels.mean(axis=1, dtype=np.float32)
        return mean
    return channels[:, min(channel or 0, channels.shape[1] - 1)].copy()


class _Mono:
    """Joins pieces of sound, each at a rate of its own, at one rate."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._rate_in, self._resampler = 0, StreamResampler(sample_rate, sample_rate)
        self._done: list[FloatArray] = []
        self._done_s, self._n_in = 0.0, 0

    @property
    def duration_s(self) -> float:
        """Of all that was added, seconds."""
        return self._done_s + (self._n_in / self._rate_in if self._n_in else 0.0)

    def push(self, samples: FloatArray, rate_in: int) -> None:
        """Adds `[n]` samples at `rate_in` Hz."""
        if rate_in != self._rate_in:
            self._done.append(self._resampler.finish())
            self._done_s, self._n_in = self.duration_s, 0
            self._rate_in, self._resampler = rate_in, StreamResampler(rate_in, self.sample_rate)
        self._resampler.push(samples)
        self._n_in += len(samples)

    def finish(self) -> FloatArray:
        """All of it; call it once."""
        return np.concatenate([*self._done, self._resampler.finish()])


def _check_layout(sample_rate: int, n_channels: int) -> None:
    if not _MIN_RATE_HZ <= sample_rate <= _MAX_RATE_HZ:
        raise AudioError(
            f"The file gives a sample rate of {sample_rate} Hz; {_MIN_RATE_HZ} to {_MAX_RATE_HZ} Hz are "
            "accepted. Export it again at 44100 Hz."
        )
    if not 1 <= n_channels <= _MAX_CHANNELS:
        raise AudioError(
            f"The file gives {n_channels} channels; 1 to {_MAX_CHANNELS} are accepted. Export it again in stereo."
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


def _check_not_too_long(
    duration_s: float, sample_rate: int, n_channels: int, limits: AudioLimits, got: str | None = None
) -> None:
    """Raises `AudioError` when the duration is over the limit for a file of this rate and number of channels."""
    max_duration_s = limits.max_duration_s * min(1.0, _MAX_VALUES_PER_S / (sample_rate * n_channels))
    if duration_s <= max_duration_s:
        return
    raise AudioError(
        f"The sound {got or f'lasts longer than {_minutes(max_duration_s)}'}; at most {_minutes(max_duration_s)} are "
        f"accepted (at {sample_rate} Hz and {n_channels} channel{'s' if n_channels > 1 else ''}). "
        "Cut out a shorter piece."
    )


def _minutes(duration_s: float) -> str:
    return f"{duration_s / 60:.1f} minutes" if duration_s >= 60 else f"{duration_s:.4g} s"
