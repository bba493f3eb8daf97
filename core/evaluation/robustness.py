"""Do the models agree with themselves on the same music in another codec, rate or channel count, or begun later?"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import soundfile
import torch
from torchaudio.functional import resample

from core.audio.load import load_audio
from core.data.log_mels import Progress
from core.inference.predict import Predictor
from core.types import FloatArray, Prediction


@dataclass(frozen=True)
class Variant:
    """A way to store audio.

    Attributes:
        name: for people.
        container: soundfile's format, or PyAV's when `encoder` is given.
        subtype: soundfile's subtype, "" for the container's own.
        sample_rate: Hz, None keeps the clip's.
        n_channels: 1, or 2 with the same sound on both.
        encoder: PyAV's encoder, "" to write with soundfile.
        bit_rate: of that encoder, bits/s.
    """

    name: str
    container: str
    subtype: str = ""
    sample_rate: int | None = None
    n_channels: int = 1
    encoder: str = ""
    bit_rate: int = 0


VARIANTS: tuple[Variant, ...] = (
    Variant("wav, 16 bit", "WAV", "PCM_16"),
    Variant("flac", "FLAC", "PCM_16"),
    Variant("ogg vorbis", "OGG", "VORBIS"),
    Variant("opus, 64 kb/s", "ogg", sample_rate=48_000, encoder="libopus", bit_rate=64_000),
    Variant("m4a, AAC 128 kb/s", "mp4", sample_rate=44_100, n_channels=2, encoder="aac", bit_rate=128_000),
    Variant("wav, 44.1 kHz stereo", "WAV", "PCM_16", 44_100, 2),
    Variant("wav, 48 kHz stereo", "WAV", "PCM_16", 48_000, 2),
)


def encode(samples: FloatArray, sample_rate: int, variant: Variant) -> bytes:
    """Mono samples `[n]` to a file in memory; samples beyond full scale are clipped, as any encoder does."""
    rate = variant.sample_rate or sample_rate
    if rate != sample_rate:
        samples = resample(torch.from_numpy(samples), sample_rate, rate).numpy()
    channels = np.repeat(np.clip(samples, -1, 1)[:, None], variant.n_channels, axis=1)
    buffer = io.BytesIO()
    if variant.encoder:
        _encode_av(buffer, channels, rate, variant)
    else:
        soundfile.write(buffer, channels, rate, format=variant.container, subtype=variant.subtype or None)
    return buffer.getvalue()


def _encode_av(buffer: io.BytesIO, channels: FloatArray, rate: int, variant: Variant) -> None:
    layout = "mono" if variant.n_channels == 1 else "stereo"
    with av.open(buffer, "w", format=variant.container) as file:
        stream = file.add_stream(variant.encoder, rate=rate, layout=layout)
        assert isinstance(stream, av.AudioStream)  # add_stream is typed for streams of every kind
        stream.bit_rate = variant.bit_rate
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels.reshape(1, -1)), format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate, 0  # without a time, the encoder's own delay is not noted in the file
        in_frames = av.AudioResampler(stream.format, layout, rate, frame_size=stream.frame_size or 1024)
        for part in (*in_frames.resample(frame), *in_frames.resample(None)):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))


START_SHIFT_S = 0.5
"""How much later a clip is begun, to see whether the prediction depends on it."""
TEMPO_TOLERANCE = 0.01
"""Share by which a tempo may move and still count as the same."""
ANY_VARIANT = "any of these"
LATER_START = f"begun {START_SHIFT_S:g} s later"


@dataclass(frozen=True)
class Agreement:
    """How often the prediction stayed the same.

    Attributes:
        variant: name of the variant, `ANY_VARIANT` or `LATER_START`.
        n: clips.
        n_changed: clips whose most probable genre changed.
        largest_shift: largest change of any genre's probability, 0..1.
        n_tempo_moved: clips whose tempo moved by more than `TEMPO_TOLERANCE`, None without a tempo model.
    """

    variant: str
    n: int
    n_changed: int
    largest_shift: float
    n_tempo_moved: int | None


@dataclass(frozen=True)
class _Difference:
    """Two predictions of one clip."""

    genre_changed: bool
    shift: float
    tempo_moved: bool | None


def agreement(predictor: Predictor, paths: Sequence[Path], progress: Progress | None = None) -> tuple[Agreement, ...]:
    """Predicts each file as it is, in each of `VARIANTS`, and begun later, through the decoder that users' files take.

    Args:
        predictor: the models.
        paths: audio files of more than a second and a half.
        progress: called after each file.

    Returns:
        One row for each of `VARIANTS`, one for clips that change in any of them, one for the later start.

    Raises:
        AudioError: a file cannot be decoded.
    """
    names = (*(variant.name for variant in VARIANTS), ANY_VARIANT, LATER_START)
    differences: dict[str, list[_Difference]] = {name: [] for name in names}
    for done, path in enumerate(paths, 1):
        audio = load_audio(path, predictor.spec.sample_rate)
        original = predictor.predict(audio)
        for variant in VARIANTS:
            again = load_audio(encode(audio.samples, audio.sample_rate, variant), audio.sample_rate)
            differences[variant.name].append(_difference(original, predictor.predict(again)))
        differences[ANY_VARIANT].append(_any([differences[variant.name][-1] for variant in VARIANTS]))
        later = replace(audio, samples=audio.samples[round(START_SHIFT_S * audio.sample_rate) :])
        differences[LATER_START].append(_difference(original, predictor.predict(later)))
        if progress:
            progress(done, len(paths))
    return tuple(_agreement(name, differences[name], has_tempo=predictor.tempo is not None) for name in names)


def _difference(one: Prediction, other: Prediction) -> _Difference:
    moved = None
    if one.tempo is not None and other.tempo is not None:
        before_bpm, after_bpm = one.tempo.estimate.tempo_bpm, other.tempo.estimate.tempo_bpm
        moved = abs(after_bpm - before_bpm) > TEMPO_TOLERANCE * before_bpm
    shift = float(np.abs(other.genre.probs - one.genre.probs).max())
    return _Difference(one.genre.genre != other.genre.genre, shift, moved)


def _any(differences: Sequence[_Difference]) -> _Difference:
    return _Difference(
        genre_changed=any(each.genre_changed for each in differences),
        shift=max(each.shift for each in differences),
        tempo_moved=any(each.tempo_moved for each in differences),
    )


def _agreement(name: str, differences: Sequence[_Difference], has_tempo: bool) -> Agreement:
    return Agreement(
        variant=name,
        n=len(differences),
        n_changed=sum(each.genre_changed for each in differences),
        largest_shift=max((each.shift for each in differences), default=0.0),
        n_tempo_moved=sum(bool(each.tempo_moved) for each in differences) if has_tempo else None,
    )
