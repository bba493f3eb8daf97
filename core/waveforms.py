"""GTZAN clips to waveforms for networks that listen to samples: decoded once, then mapped from a cache on disk.

The cache holds one int16 .npy per clip, named by the sha256 of the audio file, in a folder named by rate. After the
array follows its own sha256 (numpy ignores what follows), which is checked whenever the clips are loaded.
"""

import hashlib
import io
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.audio import load_audio
from core.dataset import CACHE_VARIABLE, Progress, default_cache_dir
from core.errors import AudioError, DatasetError
from core.gtzan import ClipFiles
from core.types import FloatArray

FULL_SCALE = 32_767
"""The int16 that stands for 1.0."""
_CACHE_VERSION = 1
_DIGEST_BYTES = hashlib.sha256().digest_size


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
    heard = waveform[:n_samples]
    samples[: len(heard)] = heard.astype(np.float32) / FULL_SCALE
    return samples


def load_waveforms(
    files: ClipFiles, sample_rate: int, cache_dir: Path | None = None, progress: Progress | None = None
) -> WaveformSet:
    """Waveforms of all clips found, decoded on all cores and kept on disk for the next time, 1.3 MB for 30 s.

    Args:
        files: from `core.gtzan.find_clips`.
        sample_rate: Hz.
        cache_dir: folder of the cache, by default `core.dataset.default_cache_dir()`.
        progress: called after each clip.

    Raises:
        DatasetError: a clip cannot be read or decoded, or the cache cannot be written.
    """
    folder = (cache_dir or default_cache_dir()) / f"waveforms-v{_CACHE_VERSION}-{sample_rate}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    clip_ids = tuple(sorted(files.paths))
    waveforms: list[NDArray[np.int16]] = []
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        for future in [pool.submit(_load_one, files.paths[clip_id], sample_rate, folder) for clip_id in clip_ids]:
            waveforms.append(future.result())
            if progress:
                progress(len(waveforms), len(clip_ids))
    finally:
        pool.shutdown(cancel_futures=True)  # after an error nothing more is begun
    return WaveformSet(clip_ids, tuple(waveforms), sample_rate)


def _load_one(path: Path, sample_rate: int, folder: Path) -> NDArray[np.int16]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read ({error.strerror}). Make it readable, or move it away to go on without it."
        ) from error
    entry = folder / f"{hashlib.sha256(content).hexdigest()}.npy"
    if not _is_sound(entry):
        try:
            _write(entry, _decoded(path, content, sample_rate))
        except OSError as error:
            raise _unwritable(folder, error) from error
    mapped: NDArray[np.int16] = np.load(entry, mmap_mode="r", allow_pickle=False)
    return mapped


def _is_sound(entry: Path) -> bool:
    try:
        content = memoryview(entry.read_bytes())
    except OSError:
        return False
    return hashlib.sha256(content[:-_DIGEST_BYTES]).digest() == content[-_DIGEST_BYTES:]


def _decoded(path: Path, content: bytes, sample_rate: int) -> NDArray[np.int16]:
    try:
        samples = load_audio(content, sample_rate).samples
    except AudioError as error:
        raise DatasetError(
            f"{path} cannot be used: {error} Fetch this clip again, or move the file away to go on without it."
        ) from error
    # An mp3 may decode to a little more than full scale; that little is cut off.
    return np.round(np.clip(samples, -1.0, 1.0) * FULL_SCALE).astype(np.int16)


def _write(entry: Path, waveform: NDArray[np.int16]) -> None:
    """Writes beside the entry and renames, so that no reader ever maps half a file."""
    array = io.BytesIO()
    np.save(array, waveform, allow_pickle=False)
    handle, name = tempfile.mkstemp(dir=entry.parent, suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(array.getbuffer())
            file.write(hashlib.sha256(array.getbuffer()).digest())
        part.replace(entry)
    finally:
        part.unlink(missing_ok=True)


def _unwritable(folder: Path, error: OSError) -> DatasetError:
    return DatasetError(
        f"The cache folder {folder} cannot be written ({error.strerror}). Make room or set {CACHE_VARIABLE} to a "
        "folder that can be written."
    )
