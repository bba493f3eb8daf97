"""Does a model agree with itself on the same music in another codec, rate or channel count?"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
import torch
from torchaudio.functional import resample

from core.audio import load_audio
from core.dataset import Progress
from core.predict import Predictor
from core.types import FloatArray


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
        frame.sample_rate = rate
        for part in av.AudioResampler(stream.format, layout, rate, frame_size=stream.frame_size or 1024).resample(
            frame
        ):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))


@dataclass(frozen=True)
class Agreement:
    """How often the most probable genre stayed the same.

    Attributes:
        variant: name of the variant.
        n: clips.
        n_changed: clips whose most probable genre changed.
        largest_shift: largest change of any genre's probability, 0..1.
    """

    variant: str
    n: int
    n_changed: int
    largest_shift: float


def genre_agreement(
    predictor: Predictor, paths: Sequence[Path], progress: Progress | None = None
) -> tuple[Agreement, ...]:
    """Predicts each file as it is and in each of `VARIANTS`, through the decoder that users' files take.

    Args:
        predictor: the models.
        paths: audio files.
        progress: called after each file.

    Raises:
        AudioError: a file cannot be decoded.
    """
    changed = dict.fromkeys((variant.name for variant in VARIANTS), 0)
    shift = dict.fromkeys(changed, 0.0)
    for done, path in enumerate(paths, 1):
        audio = load_audio(path, predictor.spec.sample_rate)
        original = predictor.predict(audio).genre
        for variant in VARIANTS:
            again = load_audio(encode(audio.samples, audio.sample_rate, variant), audio.sample_rate)
            estimate = predictor.predict(again).genre
            changed[variant.name] += estimate.genre != original.genre
            shift[variant.name] = max(shift[variant.name], float(np.abs(estimate.probs - original.probs).max()))
        if progress:
            progress(done, len(paths))
    return tuple(Agreement(name, len(paths), changed[name], shift[name]) for name in changed)
