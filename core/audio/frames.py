"""Frames of sound, as FFmpeg decodes them, gathered to blocks of samples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame

from core.types import FloatArray

_BLOCK_FRAMES = 16_384
_SHORTEST_RUN_S = 0.1
"""Frames of another rate or number of channels than those before count from this length on: few are damage."""
_BLAST_LEVEL = 4.0
"""+12 dB: lossy codecs exceed full scale by a few dB where the original touches it."""
_PIECE_FRAMES = 1_024
"""About one frame of the usual codecs."""
_MOST_PLANES = 7
"""With more, PyAV (18.1) reads past the end of its list of planes, and crashes, when it makes an array of a planar
frame."""
_ARRAY_FORMATS = ("u8", "s16", "s32", "flt", "dbl")


@dataclass(frozen=True)
class Block:
    """Some sound: samples `[n, channels]`, full scale 1, and their rate in Hz."""

    samples: FloatArray
    sample_rate: int


def without_blasts(block: Block) -> Block:
    """A block with silence where it is far above full scale: a lossy decoder makes that of damage it does not see."""
    if np.abs(block.samples).max() <= _BLAST_LEVEL:
        return block
    samples = block.samples.copy()
    for start in range(0, len(samples), _PIECE_FRAMES):
        piece = samples[start : start + _PIECE_FRAMES]
        if not np.abs(piece).max() <= _BLAST_LEVEL:  # Numbers that are none are damage, too.
            piece[:] = 0
    return Block(samples, block.sample_rate)


def blocks_of(frames: Iterable[AudioFrame]) -> Iterator[Block]:
    """Blocks of frames that are alike; a few frames of another kind than those around them are left out."""
    run: _Run | None = None
    n_blocks = 0
    for frame in frames:
        if run is None or not run.fits(frame):
            if run is not None and run.n_waiting and run.is_long:
                yield run.take()
                n_blocks += 1
            run = _Run(frame)
        run.add(frame)
        if run.n_waiting >= _BLOCK_FRAMES:
            yield run.take()
            n_blocks += 1
    if run is not None and run.n_waiting and (run.is_long or n_blocks == 0):
        yield run.take()


class _Run:
    """Frames that follow each other and are alike."""

    def __init__(self, frame: AudioFrame) -> None:
        self._kind, self._n_samples = _kind(frame), 0
        self._fifo = AudioFifo()
        is_as_wanted = frame.format.packed.name in _ARRAY_FORMATS and (
            not frame.format.is_planar or frame.layout.nb_channels <= _MOST_PLANES
        )
        self._convert = None if is_as_wanted else av.AudioResampler("flt")

    @property
    def n_waiting(self) -> int:
        """Samples of each channel that are not in a block yet."""
        return self._fifo.samples

    @property
    def is_long(self) -> bool:
        """Whether there are too many frames for a mere mistake of the decoder."""
        return self._n_samples >= _SHORTEST_RUN_S * self._kind[0]

    def fits(self, frame: AudioFrame) -> bool:
        """Whether a frame is like the others."""
        return _kind(frame) == self._kind

    def add(self, frame: AudioFrame) -> None:
        """Takes the next frame."""
        self._n_samples += frame.samples
        for piece in [frame] if self._convert is None else self._convert.resample(frame):
            piece.pts = None
            self._fifo.write(piece)

    def take(self) -> Block:
        """All that waits."""
        frame = self._fifo.read()
        assert frame is not None, "take() needs samples that wait"
        return Block(_samples(frame), self._kind[0])


def _kind(frame: AudioFrame) -> tuple[int, str, str, int]:
    return frame.sample_rate, frame.format.name, frame.layout.name, frame.layout.nb_channels


def _samples(frame: AudioFrame) -> FloatArray:
    """Samples of a frame, `[n, channels]`, full scale 1."""
    array = frame.to_ndarray()
    values: FloatArray = array.astype(np.float32, copy=False)
    if frame.format.packed.name == "u8":
        values = (values - np.float32(128)) / np.float32(128)
    elif frame.format.packed.name in ("s16", "s32"):
        values = values / np.float32(1 << 8 * array.itemsize - 1)
    return values.T if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels)
