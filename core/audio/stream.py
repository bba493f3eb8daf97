"""Sound that arrives piece by piece, as from a microphone: checked, brought to one rate, and forgotten in time."""

import base64
import binascii
import io
from dataclasses import dataclass
from threading import Lock

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from core.errors import AudioError
from core.types import Audio, AudioInfo

KEPT_S = 120
"""Seconds that a take holds at most: the last ones. The memory for them is taken once, at the start."""
_RATES_HZ = range(8_000, 192_001)
_RELOAD = "Reload the page and start again."

Pcm = NDArray[np.int16]


@dataclass(frozen=True)
class Chunk:
    """Sound from the browser.

    Attributes:
        take: number of the take that it belongs to.
        number: counts the chunks of a page.
        samples: mono.
        sample_rate: Hz.
    """

    take: int
    number: int
    samples: Pcm
    sample_rate: int

    @classmethod
    def parse(cls, sent: object) -> "Chunk":
        """Checks what the browser sent.

        Raises:
            AudioError: it is not what the page's own script sends.
        """
        fields = sent if isinstance(sent, dict) else {}
        take, number, rate = (_count(fields.get(name)) for name in ("take", "number", "rate"))
        pcm = fields.get("pcm")
        if take is None or number is None or rate is None or not isinstance(pcm, str):
            raise AudioError(f"The browser sent something that is no sound. {_RELOAD}")
        if rate not in _RATES_HZ:
            raise AudioError(f"The browser sent sound at {rate} Hz, which no browser records at. {_RELOAD}")
        if len(pcm) > 4 * (2 * KEPT_S * rate // 3 + 1):
            raise AudioError(f"The browser sent more than {KEPT_S} seconds at once. {_RELOAD}")
        try:
            data = base64.b64decode(pcm, validate=True)
        except (binascii.Error, ValueError):
            raise AudioError(f"The browser sent damaged sound. {_RELOAD}") from None
        if len(data) % 2:
            raise AudioError(f"The browser sent half a sample. {_RELOAD}")
        return cls(take, number, np.frombuffer(data, "<i2").astype(np.int16, copy=False), rate)


def _count(value: object) -> int | None:
    """A number of the browser, None for anything else; whole numbers may come as 5.0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if value >= 0 and value // 1 == value else None


class LiveSound:
    """A ring of the last `KEPT_S` seconds, mono, 16 bits, at one rate; may be read while it is written."""

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._ring: Pcm = np.zeros(KEPT_S * sample_rate, np.int16)
        self._n_received = 0
        self._lock = Lock()
        self._from: tuple[int, str, str] | None = None
        self._resampler = av.AudioResampler("s16", "mono", sample_rate)

    @property
    def received_s(self) -> float:
        """Seconds since the start, forgotten ones included."""
        return self._n_received / self.sample_rate

    def append_frame(self, frame: av.AudioFrame) -> None:
        """A frame of any rate and number of channels, as WebRTC gives them."""
        source = frame.sample_rate, frame.format.name, frame.layout.name
        if source != self._from:  # FFmpeg's resampler takes one kind of frames
            self._from, self._resampler = source, av.AudioResampler("s16", "mono", self.sample_rate)
        frame.pts = None  # lost packets leave gaps in the stamps, which the resampler would complain about
        for resampled in self._resampler.resample(frame):
            self._append(resampled.to_ndarray()[0])

    def append_chunk(self, chunk: Chunk) -> None:
        """A chunk that came over the page's connection."""
        if len(chunk.samples):
            frame = av.AudioFrame.from_ndarray(chunk.samples[np.newaxis], format="s16", layout="mono")
            frame.sample_rate = chunk.sample_rate
            self.append_frame(frame)

    def _append(self, samples: Pcm) -> None:
        with self._lock:
            while len(samples):
                start = self._n_received % len(self._ring)
                piece = samples[: len(self._ring) - start]
                self._ring[start : start + len(piece)] = piece
                self._n_received += len(piece)
                samples = samples[len(piece) :]

    def _last(self, n_samples: int) -> Pcm:
        with self._lock:
            n = min(n_samples, self._n_received, len(self._ring))
            return np.roll(self._ring, -(self._n_received % len(self._ring)))[len(self._ring) - n :]

    def last(self, seconds: float) -> Audio:
        """The last seconds, or as many as there are, as models receive them."""
        samples = self._last(round(seconds * self.sample_rate)).astype(np.float32) / np.float32(2**15)
        info = AudioInfo("live", self.sample_rate, 1, len(samples) / self.sample_rate)
        return Audio(samples, self.sample_rate, info)

    def take(self) -> bytes:
        """All that is still there, as a WAV file."""
        file = io.BytesIO()
        soundfile.write(file, self._last(len(self._ring)), self.sample_rate, format="WAV", subtype="PCM_16")
        return file.getvalue()
