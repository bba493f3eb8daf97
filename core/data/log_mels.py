"""GTZAN clips to log-mel spectrograms: decoded in parallel once, then read from a cache on disk.

The cache holds one float32 .npy per clip, named by the sha256 of the audio file, in a folder named by the feature spec.
So it is right whatever the files are called, and a changed file or spec is never served from an old entry. After the
array follows its own sha256 (numpy ignores what follows), so that a damaged entry is noticed and computed again.
"""

import hashlib
import io
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.audio.load import load_audio
from core.data.clip_files import ClipFiles
from core.errors import AudioError, DatasetError
from core.features.log_mel import FeatureSpec, FrontEnd, log_mel
from core.system.storage import refusal, write_atomic
from core.types import FloatArray

CACHE_VARIABLE = "LAB_CACHE_DIR"
CACHE_NAME = "genre-tempo-lab"
CACHE_VERSION = 1
"""Raise it when decoding or `log_mel` change their output without a change of the spec."""

_Loaded = TypeVar("_Loaded")
_DIGEST_BYTES = hashlib.sha256().digest_size

Progress = Callable[[int, int], None]
"""Called with (clips done, clips in all), in the thread of the caller."""


@dataclass(frozen=True)
class LogMelSet:
    """Spectrograms of clips.

    Attributes:
        clip_ids: sorted.
        log_mels: `[64, T]`, float32, dB, in the order of `clip_ids`.
    """

    clip_ids: tuple[str, ...]
    log_mels: tuple[Tensor, ...]


def default_cache_dir() -> Path:
    """Where spectrograms are kept: LAB_CACHE_DIR, else a folder in the platform's place for caches."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / CACHE_NAME


def read_clip(path: Path) -> bytes:
    """An audio file; raises `DatasetError` with a cure."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be read ({error.strerror}). Make it readable, or move it away to go on without it."
        ) from error


def decode_clip(path: Path, content: bytes, sample_rate: int) -> FloatArray:
    """Mono samples `[n]` of an audio file; raises `DatasetError` with a cure."""
    try:
        return load_audio(content, sample_rate).samples
    except AudioError as error:
        raise DatasetError(
            f"{path} cannot be used: {error} Fetch this clip again, or move the file away to go on without it."
        ) from error


def cache_entry(folder: Path, content: bytes) -> Path:
    """Where the array made of an audio file is kept."""
    return folder / f"{hashlib.sha256(content).hexdigest()}.npy"


def read_entry(entry: Path) -> memoryview | None:
    """The .npy in a cache entry, None when there is none or it is damaged."""
    try:
        content = memoryview(entry.read_bytes())
    except OSError:
        return None
    array, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
    return array if hashlib.sha256(array).digest() == digest else None


def write_entry(entry: Path, array: NDArray[Any]) -> None:
    """Writes beside the entry and renames, so that no reader ever sees half a file; raises `DatasetError`."""
    npy = io.BytesIO()
    np.save(npy, array, allow_pickle=False)
    try:
        write_atomic(entry, npy.getvalue() + hashlib.sha256(npy.getbuffer()).digest())
    except OSError as error:
        raise _unwritable(entry.parent, error) from error


def each_clip(
    files: ClipFiles, folder: Path, load: Callable[[Path, Path], _Loaded], progress: Progress | None
) -> tuple[tuple[str, ...], tuple[_Loaded, ...]]:
    """Loads all clips on all cores.

    Args:
        files: from `core.data.clip_files.find_clips`.
        folder: of the cache entries; made if need be.
        load: called with an audio file and `folder`, in threads.
        progress: called after each clip.

    Returns:
        Clip ids, sorted, and what was loaded, in their order.

    Raises:
        DatasetError: the cache cannot be written, or what `load` raises.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    clip_ids = tuple(sorted(files.paths))
    loaded: list[_Loaded] = []
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        for future in [pool.submit(load, files.paths[clip_id], folder) for clip_id in clip_ids]:
            loaded.append(future.result())
            if progress:
                progress(len(loaded), len(clip_ids))
    finally:
        # After an error, or a progress callback that raises to stop the work, nothing more is begun.
        pool.shutdown(cancel_futures=True)
    return clip_ids, tuple(loaded)


def _unwritable(folder: Path, error: OSError) -> DatasetError:
    cure = f"Set {CACHE_VARIABLE} to a folder that can be written."
    return DatasetError(refusal(error, f"The cache folder {folder}", cure))


def load_log_mels(
    files: ClipFiles,
    spec: FeatureSpec,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
    front_end: FrontEnd = log_mel,
) -> LogMelSet:
    """Spectrograms of all clips found, computed on all cores and kept on disk for the next time.

    Args:
        files: from `core.data.clip_files.find_clips`.
        spec: the feature constants.
        cache_dir: folder of the cache, by default `default_cache_dir()`.
        progress: called after each clip.
        front_end: makes the spectrogram; its name separates the entries of different ones.

    Returns:
        One `[n_mels, T]` float32 tensor, dB, per clip, sorted by clip id.

    Raises:
        DatasetError: a clip cannot be read or decoded, or the cache cannot be written.
    """

    def load(path: Path, folder: Path) -> Tensor:
        content = read_clip(path)
        entry = cache_entry(folder, content)
        stored = read_entry(entry)
        if stored is not None:
            return torch.from_numpy(np.load(io.BytesIO(stored), allow_pickle=False))
        spectrogram = front_end(decode_clip(path, content, spec.sample_rate), spec)
        write_entry(entry, spectrogram.numpy())
        return spectrogram

    name = front_end.__name__.replace("_", "-")
    folder = (cache_dir or default_cache_dir()) / f"{name}s-v{CACHE_VERSION}-{spec.key}"
    return LogMelSet(*each_clip(files, folder, load, progress))


def describe_copy(files: ClipFiles, spec: FeatureSpec) -> str:
    """The copy of the data in words, for result tables: file type, bit rate of mp3, bandwidth that models see."""
    paths = list(files.paths.values())
    kinds = "/".join(sorted({path.suffix.lower().removeprefix(".") for path in paths})).upper()
    if kinds == "MP3":
        kinds = f"{round(sum(path.stat().st_size for path in paths) * 8 / len(paths) / 30_000)} kb/s MP3"
    return f"GTZAN, {kinds} copy, {spec.f_max_hz / 1000:g} kHz bandwidth"
