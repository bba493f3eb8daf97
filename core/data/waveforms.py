"""GTZAN clips to waveforms for networks that receive samples: decoded once, then mapped from a cache on disk.

The cache is that of `core.data.log_mels`, with one int16 .npy per clip, in a folder named by rate.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.clip_files import ClipFiles
from core.data.log_mels import (
    Progress,
    cache_entry,
    decode_clip,
    default_cache_dir,
    each_clip,
    read_clip,
    read_entry,
    write_entry,
)
from core.types import FloatArray

FULL_SCALE = 32_767
"""The int16 that stands for 1.0."""
_CACHE_VERSION = 1


@dataclass(frozen=True)
class WaveformSet:
    """Waveforms of clips.

    Attributes:
        clip_ids: sorted.
        waveforms: mono `[n]`, int16, mapped from disk, in the order of `clip_ids`.
        sample_rate: Hz.
    """

    clip_ids: tuple[str, ...]
    waveforms: tuple[NDArray[np.int16], ...]
    sample_rate: int


def samples_of(waveform: NDArray[np.int16], n_samples: int) -> FloatArray:
    """The first `n_samples` of a waveform as float32 in -1..1, zeros after its end."""
    samples = np.zeros(n_samples, dtype=np.float32)
    used = waveform[:n_samples]
    samples[: len(used)] = used.astype(np.float32) / FULL_SCALE
    return samples


def load_waveforms(
    files: ClipFiles, sample_rate: int, cache_dir: Path | None = None, progress: Progress | None = None
) -> WaveformSet:
    """Waveforms of all clips found, decoded on all cores and kept on disk for the next time, 1.3 MB for 30 s.

    Args:
        files: from `core.data.clip_files.find_clips`.
        sample_rate: Hz.
        cache_dir: folder of the cache, by default `core.data.log_mels.default_cache_dir()`.
        progress: called after each clip.

    Raises:
        DatasetError: a clip cannot be read or decoded, or the cache cannot be written.
    """
    folder = (cache_dir or default_cache_dir()) / f"waveforms-v{_CACHE_VERSION}-{sample_rate}"

    def load(path: Path, folder: Path) -> NDArray[np.int16]:
        content = read_clip(path)
        entry = cache_entry(folder, content)
        if read_entry(entry) is None:
            samples = decode_clip(path, content, sample_rate)
            # An mp3 may decode to a little more than full scale; that little is cut off.
            write_entry(entry, np.round(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int16))
        mapped: NDArray[np.int16] = np.load(entry, mmap_mode="r", allow_pickle=False)
        return mapped

    return WaveformSet(*each_clip(files, folder, load, progress), sample_rate)
