"""Spectrograms of a folder of clips: extraction, cache, progress, errors."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from core.data import log_mels as dataset
from core.data.clip_files import ClipFiles, find_clips
from core.data.clips import load_clips
from core.data.log_mels import LogMelSet, default_cache_dir, describe_copy, load_log_mels
from core.errors import DatasetError
from core.features.log_mel import FeatureSpec

SPEC = FeatureSpec()
IDS = ("blues.00000", "jazz.00001", "rock.00002")


@pytest.fixture
def files(tmp_path: Path) -> ClipFiles:
    """Three clips of two seconds of noise, each with a seed of its own."""
    root = tmp_path / "audio"
    root.mkdir()
    for seed, clip_id in enumerate(IDS):
        samples = np.random.default_rng(seed).uniform(-0.5, 0.5, 2 * SPEC.sample_rate).astype(np.float32)
        soundfile.write(root / f"{clip_id}.wav", samples, SPEC.sample_rate)
    return find_clips(root)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entries(cache: Path) -> list[Path]:
    return sorted(cache.rglob("*.npy"))


def assert_same(one: LogMelSet, other: LogMelSet) -> None:
    assert one.clip_ids == other.clip_ids
    assert all(torch.equal(a, b) for a, b in zip(one.log_mels, other.log_mels, strict=True))


def forbid_extraction(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(content: bytes, sample_rate: int) -> None:
        raise AssertionError(f"{len(content)} bytes decoded although they are in the cache")

    monkeypatch.setattr(dataset, "load_audio", refuse)


def test_spectrograms_come_in_the_order_of_the_ids(files: ClipFiles, cache: Path) -> None:
    backwards = ClipFiles(files.root, dict(reversed(files.paths.items())), ())
    loaded = load_log_mels(backwards, SPEC, cache)
    assert loaded.clip_ids == IDS
    for clip_id, spectrogram in zip(loaded.clip_ids, loaded.log_mels, strict=True):
        alone = load_log_mels(ClipFiles(files.root, {clip_id: files.paths[clip_id]}, ()), SPEC, cache / "alone")
        assert torch.equal(spectrogram, alone.log_mels[0])
        assert spectrogram.shape == (SPEC.n_mels, 1 + 2 * SPEC.sample_rate // SPEC.hop_length)
        assert spectrogram.dtype == torch.float32


def test_second_time_is_read_from_the_cache(files: ClipFiles, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_log_mels(files, SPEC, cache)
    assert len(entries(cache)) == len(IDS)
    assert not [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".npy"]
    forbid_extraction(monkeypatch)
    assert_same(load_log_mels(files, SPEC, cache), first)


def test_entries_are_plain_numpy_files(files: ClipFiles, cache: Path) -> None:
    loaded = load_log_mels(files, SPEC, cache)
    kept = [np.load(entry, allow_pickle=False) for entry in entries(cache)]
    assert sorted(array.sum() for array in kept) == sorted(m.numpy().sum() for m in loaded.log_mels)


def test_cache_goes_by_content_not_by_name(files: ClipFiles, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_log_mels(files, SPEC, cache)
    one, other = files.paths[IDS[0]], files.paths[IDS[1]]
    swapped = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(swapped)
    forbid_extraction(monkeypatch)
    after = load_log_mels(files, SPEC, cache)
    assert torch.equal(after.log_mels[0], before.log_mels[1])
    assert torch.equal(after.log_mels[1], before.log_mels[0])


def test_changed_file_is_computed_again(files: ClipFiles, cache: Path) -> None:
    before = load_log_mels(files, SPEC, cache)
    soundfile.write(files.paths[IDS[0]], np.sin(np.arange(30_000) / 10).astype(np.float32), SPEC.sample_rate)
    after = load_log_mels(files, SPEC, cache)
    assert after.log_mels[0].shape != before.log_mels[0].shape
    assert torch.equal(after.log_mels[1], before.log_mels[1])


def test_specs_do_not_share_entries(files: ClipFiles, cache: Path) -> None:
    wide = load_log_mels(files, SPEC, cache)
    narrow = load_log_mels(files, FeatureSpec(f_max_hz=4_000.0), cache)
    assert len(entries(cache)) == 2 * len(IDS)
    assert not torch.allclose(wide.log_mels[0], narrow.log_mels[0])


def npy_of(array: np.ndarray, path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, array)


@pytest.mark.parametrize("damage", ["empty", "cut", "header", "bit flip", "text", "foreign", "pickle"])
def test_damaged_entry_is_computed_again(files: ClipFiles, cache: Path, damage: str) -> None:
    first = load_log_mels(files, SPEC, cache)
    entry = entries(cache)[0]
    sound = entry.read_bytes()
    match damage:
        case "empty":
            entry.write_bytes(b"")
        case "cut":
            entry.write_bytes(sound[: len(sound) // 2])
        case "header":
            entry.write_bytes(sound[:10] + b"\xff" * 20 + sound[30:])
        case "bit flip":
            entry.write_bytes(sound[:5000] + bytes([sound[5000] ^ 1]) + sound[5001:])
        case "text":
            entry.write_text("not an array")
        case "foreign":
            npy_of(np.zeros((SPEC.n_mels, 5), np.float32), entry)
        case "pickle":
            npy_of(np.array([{"an": "object"}], dtype=object), entry)
    assert_same(load_log_mels(files, SPEC, cache), first)
    assert entry.read_bytes() == sound


def test_progress_counts_every_clip(files: ClipFiles, cache: Path) -> None:
    calls: list[tuple[int, int]] = []
    for _ in ("computed", "cached"):
        load_log_mels(files, SPEC, cache, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)] * 2


def test_progress_may_stop_the_work(files: ClipFiles, cache: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise InterruptedError(f"stopped by the user at {done} of {total}")

    with pytest.raises(InterruptedError, match="at 1 of 3"):
        load_log_mels(files, SPEC, cache, progress=stop)
    assert not list(cache.rglob("*.part"))


def test_undecodable_clip_is_named_with_its_cure(files: ClipFiles, cache: Path) -> None:
    files.paths[IDS[1]].write_bytes(b"RIFF and then nothing of the kind" * 100)
    with pytest.raises(DatasetError, match=r"jazz\.00001\.wav cannot be used: .+ Fetch this clip again"):
        load_log_mels(files, SPEC, cache)


def test_vanished_clip_is_named(files: ClipFiles, cache: Path) -> None:
    files.paths[IDS[2]].unlink()
    with pytest.raises(DatasetError, match=r"rock\.00002\.wav cannot be read"):
        load_log_mels(files, SPEC, cache)


def test_cache_that_cannot_be_made_names_the_variable(files: ClipFiles, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    with pytest.raises(DatasetError, match="Set LAB_CACHE_DIR"):
        load_log_mels(files, SPEC, blocked)


def test_default_cache_dir_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CACHE_DIR", "/somewhere")
    assert default_cache_dir() == Path("/somewhere")
    monkeypatch.delenv("LAB_CACHE_DIR")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert default_cache_dir() == Path("/xdg/genre-tempo-lab")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache_dir() == Path.home() / ".cache" / "genre-tempo-lab"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_cache_dir() == Path.home() / "Library" / "Caches" / "genre-tempo-lab"


def test_default_cache_is_used(files: ClipFiles, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CACHE_DIR", str(cache))
    load_log_mels(files, SPEC)
    assert len(entries(cache)) == len(IDS)


def test_copy_is_described_by_type_bit_rate_and_bandwidth(files: ClipFiles, tmp_path: Path) -> None:
    assert describe_copy(files, SPEC) == "GTZAN, WAV copy, 8 kHz bandwidth"
    mp3 = tmp_path / "blues.00000.mp3"
    mp3.write_bytes(bytes(120_000))  # 30 s at 32 kb/s
    assert describe_copy(ClipFiles(tmp_path, {"blues.00000": mp3}, ()), SPEC) == (
        "GTZAN, 32 kb/s MP3 copy, 8 kHz bandwidth"
    )


@pytest.mark.slow
def test_real_clips_have_thirty_seconds(gtzan_dir: Path) -> None:
    """Ten of each genre."""
    files = find_clips(gtzan_dir)
    some = {clip.clip_id: files.paths[clip.clip_id] for clip in load_clips()[::10]}
    loaded = load_log_mels(replace(files, paths=some), SPEC)
    assert loaded.clip_ids == tuple(some)
    durations_s = [SPEC.frame_s * spectrogram.shape[1] for spectrogram in loaded.log_mels]
    assert min(durations_s) > 29.5
    assert max(durations_s) < 31.0
    assert all(float(m.max() - m.min()) <= SPEC.top_db + 1e-3 for m in loaded.log_mels)
