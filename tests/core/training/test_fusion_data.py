"""Inputs of heads: kept on disk, never served for others; and which checkpoints may be used."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor

from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.data.splits import N_FOLDS, make_split
from core.errors import CheckpointError, DatasetError, TrainingError
from core.inference.genre import GenreModel
from core.inference.tempo import TempoModel
from core.models.checkpoint import CheckpointHeader
from core.models.genre_cnn import EMBEDDING_SIZE, GenreCNN
from core.models.registry import ARCHITECTURES
from core.rhythm.tempo import estimate_tempo, soft_label
from core.training.fusion import data as fusion_data
from core.training.fusion.checkpoints import checkpoint_for, fold_tempo_models
from core.training.fusion.data import (
    embed_clips,
    out_of_fold_tempi,
    predict_tempi,
    require_own_split,
    require_unseen,
)
from core.types import TempoEstimate
from tests.support.small_world import BAND_ARCHITECTURE, BAND_NET, BandNet, header, save_band_net

ALL_IDS = tuple(clip.clip_id for clip in load_clips())
NO_TRACKS = LogMelSet(ALL_IDS, tuple(torch.zeros(1, 1) for _ in ALL_IDS))


@pytest.fixture(scope="module")
def genre() -> GenreModel:
    torch.manual_seed(0)
    described = header("genre-x", model="genre_cnn")
    return GenreModel(GenreCNN().eval(), dataclasses.replace(described, weights_sha256="a" * 64))


def clips(n_frames: int = 450) -> LogMelSet:
    rng = torch.Generator().manual_seed(0)
    ids = ("blues.00000", "rock.00000")
    return LogMelSet(ids, tuple(torch.randn(64, n_frames, generator=rng) for _ in ids))


@dataclasses.dataclass(frozen=True)
class Reading:
    """As much of a `TempoReading` as is looked at."""

    estimate: TempoEstimate


@dataclasses.dataclass(frozen=True)
class FixedTempo:
    """Stands in for a tempo model where only who answers matters: always one tempo."""

    header: CheckpointHeader
    tempo_bpm: float

    def predict_clip(self, _: Tensor) -> Reading:
        return Reading(estimate_tempo(soft_label(self.tempo_bpm)))


def tempo_model(tempo_bpm: float, split: str = "artist_folds", seed: int = 42, fold: int | None = 0) -> TempoModel:
    described = header(f"tempo-{split}-{seed}-{fold}", split=split, split_seed=seed, fold=fold)
    described = dataclasses.replace(described, kind="tempo", weights_sha256=f"{tempo_bpm:064.2f}")
    return cast(TempoModel, FixedTempo(described, tempo_bpm))


def fold_models(folds: Sequence[int] = range(N_FOLDS), seed: int = 42) -> list[TempoModel]:
    return [tempo_model(100.0 + 10 * fold, seed=seed, fold=fold) for fold in folds]


# Embeddings


def test_embeddings_are_those_of_the_network_and_kept(
    genre: GenreModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[int, int]] = []
    first = embed_clips(genre, clips(), 50, tmp_path, lambda *step: done.append(step))
    assert done == [(1, 2), (2, 2)]
    windows = first.embeddings["rock.00000"]
    assert windows.shape == (2, EMBEDDING_SIZE)
    net = genre.net
    assert isinstance(net, GenreCNN)
    with torch.inference_mode():
        expected = net.embed(clips().log_mels[1][None, None, :, 50:450])
    assert torch.allclose(windows[1:], expected, atol=1e-4)
    monkeypatch.setattr(fusion_data, "embed_windows", lambda *_: pytest.fail("computed again"))
    again = embed_clips(genre, clips(), 50, tmp_path)
    assert all(torch.equal(again.embeddings[clip_id], rows) for clip_id, rows in first.embeddings.items())


def test_nothing_is_served_for_another_checkpoint_clip_or_hop(
    genre: GenreModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed_clips(genre, clips(), None, tmp_path)
    computed: list[int] = []

    def counted(*_: object) -> Tensor:
        computed.append(1)
        return torch.zeros(1, EMBEDDING_SIZE)

    monkeypatch.setattr(fusion_data, "embed_windows", counted)
    embed_clips(genre, clips(), None, tmp_path)
    assert computed == []
    other = GenreModel(genre.net, dataclasses.replace(genre.header, weights_sha256="b" * 64))
    embed_clips(other, clips(), None, tmp_path)
    embed_clips(genre, clips(), 50, tmp_path)
    ids, (one, two) = clips().clip_ids, clips().log_mels
    embed_clips(genre, LogMelSet(ids, (one, two + 1e-3)), None, tmp_path)
    embed_clips(genre, LogMelSet((ids[0], "rock.00001"), (one, two)), None, tmp_path)
    assert len(computed) == 8


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04nonsense"])
def test_a_damaged_entry_is_made_again(damage: bytes, genre: GenreModel, tmp_path: Path) -> None:
    made = embed_clips(genre, clips(400), None, tmp_path)
    (entry,) = (tmp_path / "fusion").iterdir()
    content = entry.read_bytes()
    for bad in (damage, content[: len(content) // 2], content[:300] + b"\x00\x01" + content[302:]):
        entry.write_bytes(bad)
        again = embed_clips(genre, clips(400), None, tmp_path)
        assert all(torch.allclose(again.embeddings[i], rows, atol=1e-5) for i, rows in made.embeddings.items())


def test_a_cache_that_cannot_be_written_is_explained(genre: GenreModel, tmp_path: Path) -> None:
    (tmp_path / "fusion").write_text("a file where the folder should be")
    with pytest.raises(DatasetError, match="LAB_CACHE_DIR"):
        embed_clips(genre, clips(400), None, tmp_path)


def test_a_network_without_an_embedding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="genre_cnn"):
        embed_clips(GenreModel(BandNet(), header()), clips(400), None, tmp_path)


# Tempi


def test_tempi_are_marked_with_the_subset_that_the_model_knew_them_in(tmp_path: Path) -> None:
    split = make_split("fault_filtered")
    model = tempo_model(120.0, "fault_filtered", 0, None)
    tables = [predict_tempi(model, NO_TRACKS, tmp_path) for _ in range(2)]
    for table in tables:
        assert {i for i, subset in table.subsets.items() if subset == "train"} == set(split.train)
        assert {i for i, subset in table.subsets.items() if subset == "valid"} == set(split.valid)
        outside = set(ALL_IDS) - split.subset_of.keys()
        assert {table.subsets[clip_id] for clip_id in outside} == {"test"}
        assert {source.name for source in table.sources} == {model.header.name}
        assert table.tempi[ALL_IDS[0]].tempo_bpm == pytest.approx(120.0, abs=0.1)
        assert np.allclose(table.tempi[ALL_IDS[0]].distribution, soft_label(120.0))


def test_out_of_fold_each_clip_is_predicted_by_the_model_not_trained_on_it(tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    table = out_of_fold_tempi(fold_models(), NO_TRACKS, tmp_path, lambda *step: done.append(step))
    assert set(table.tempi) == set(ALL_IDS)
    require_unseen(table, ALL_IDS)
    assert len(table.sources) == N_FOLDS
    assert done[-1] == (len(ALL_IDS), len(ALL_IDS))
    assert [step[0] for step in done] == sorted(step[0] for step in done)
    for fold in range(N_FOLDS):
        split = make_split("artist_folds", 42, fold)
        assert all(table.tempi[i].tempo_bpm == pytest.approx(100.0 + 10 * fold, abs=0.1) for i in split.test)


@pytest.mark.parametrize(
    "models",
    [
        fold_models(range(4)),
        fold_models([0, 1, 2, 3, 3]),
        [*fold_models(range(4)), *fold_models([4], seed=1)],
        [*fold_models(range(4)), tempo_model(100.0, "stratified", 42, None)],
    ],
    ids=["four", "twice", "other seed", "other split"],
)
def test_folds_that_do_not_cover_the_clips_once_are_refused(models: list[TempoModel], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="one for each fold"):
        out_of_fold_tempi(models, NO_TRACKS, tmp_path)


def test_a_model_that_has_trained_on_a_clip_is_named(tmp_path: Path) -> None:
    model = tempo_model(120.0, "stratified", 42, None)
    table, split = predict_tempi(model, NO_TRACKS, tmp_path), make_split("stratified", 42)
    require_unseen(table, (*split.valid, *split.test))
    with pytest.raises(TrainingError, match=f"1 of 2 .* {split.train[0]}.*{model.header.name}"):
        require_unseen(table, (split.test[0], split.train[0]))


# Which checkpoint


def test_a_genre_checkpoint_of_another_split_is_refused() -> None:
    trained = header(split="stratified", split_seed=3)
    require_own_split(trained, make_split("stratified", 3))
    for other in (make_split("stratified", 4), make_split("artist_folds", 3, 0), make_split("fault_filtered")):
        with pytest.raises(TrainingError, match=f"--split {other.name}"):
            require_own_split(trained, other)


def save(folder: Path, name: str, seed: int, recipe: str = "strong", scale: float = 1.0) -> None:
    described = header(name, split_seed=seed)
    described = dataclasses.replace(described, provenance=dataclasses.replace(described.provenance, recipe=recipe))
    save_band_net(folder, described, scale)


def test_checkpoints_are_found_by_what_trained_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    split = make_split("stratified", 1)
    with pytest.raises(CheckpointError, match=r"no band_net.*strong.*split seed 1"):
        checkpoint_for(tmp_path / "nowhere", BAND_NET, "strong", split)
    save(tmp_path / "run-a", "genre-x", 0)
    save(tmp_path / "run-b", "genre-x", 1)
    save(tmp_path, "genre-x", 1, recipe="seed")
    found = checkpoint_for(tmp_path, BAND_NET, "strong", split)
    assert (found.folder, found.header.provenance.split_seed) == (tmp_path / "run-b", 1)
    save(tmp_path / "copy", "genre-copy", 1)  # the same weights under another name are no second one
    assert checkpoint_for(tmp_path, BAND_NET, "strong", split).header.weights_sha256 == found.header.weights_sha256
    save(tmp_path / "run-c", "genre-x", 1, scale=2.0)
    with pytest.raises(CheckpointError, match=r"run-b/genre-x.*run-c/genre-x"):
        checkpoint_for(tmp_path, BAND_NET, "strong", split)


def test_missing_fold_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"tempo_tcn.*fold 0"):
        fold_tempo_models(tmp_path, "strong", 42)
