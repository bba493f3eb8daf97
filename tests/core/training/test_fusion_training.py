"""Training of fusion heads: what is drawn, what is kept, and what it comes to."""

import dataclasses
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.errors import TrainingError
from core.inference.fusion import FusedModel
from core.metrics.genre import log_loss
from core.models.checkpoint import load_header
from core.models.fusion import StrongFusion, n_learned
from core.rhythm.tempo import estimate_tempo
from core.runs.curves import read_curves
from core.runs.records import read_record
from core.runs.status import STATUS, RunStatus
from core.training.fusion.data import EmbeddedClips
from core.training.fusion.module import EpochBatches, HeadModule, clip_logits, head_clips
from core.training.fusion.run import FusionRun, build_head, predict_with, train_fusion, train_head
from core.training.recipes.fusion import FUSION_RECIPES, Candidate, System, systems_of
from tests.support.fusion_world import (
    FUSED_SYSTEM,
    SPLIT,
    accuracy,
    embedded,
    genre_header,
    material,
    quick,
    seen_table,
    table,
    tempo_of,
)
from tests.support.small_world import header

# Lightning says that a batch or two are few, and rightly so.
pytestmark = pytest.mark.filterwarnings("ignore:The number of training batches")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, handler)


def test_training_draws_a_window_of_each_clip_once_an_epoch() -> None:
    head = StrongFusion()
    clips = head_clips(SPLIT.train, embedded(SPLIT), table(SPLIT).tempi, head, seed=1)
    order = EpochBatches(len(SPLIT.train), 10, seed=1)
    keys = list(order)
    assert len(keys) == len(order) == 5
    assert sorted(index for key in keys for index in key.indices) == list(range(len(SPLIT.train)))
    batch, again = clips[keys[0]], clips[keys[0]]
    assert torch.equal(batch.embeddings, again.embeddings)
    for row, index in zip(batch.embeddings, keys[0].indices, strict=True):
        assert (clips.windows[index] == row).all(1).any()
    order.set_epoch(1)
    assert [key.indices for key in order] != [key.indices for key in keys]
    drawn = {int((clips.windows[0] == clips[keys[0]._replace(epoch=e, indices=[0])].embeddings).all(1).nonzero()[0])
             for e in range(20)}  # fmt: skip
    assert drawn == {0, 1, 2}


def test_a_clip_is_the_mean_over_its_windows() -> None:
    torch.manual_seed(0)
    head = StrongFusion().eval()
    whole = head_clips(SPLIT.test, embedded(SPLIT), table(SPLIT).tempi, head, seed=0)
    batch = whole.everything()
    expected = head(whole.windows[2], batch.tempo[2].expand(3, -1)).mean(0)
    assert torch.allclose(clip_logits(head, batch)[2], expected, atol=1e-5)
    first = head_clips(SPLIT.test, embedded(SPLIT, hop_frames=None), table(SPLIT).tempi, head, seed=0)
    assert [len(windows) for windows in first.windows] == [1] * len(SPLIT.test)
    assert torch.equal(first.windows[2], whole.windows[2][:1])


def test_strong_keeps_the_candidate_with_the_best_validation_loss(tmp_path: Path) -> None:
    """Of two, one cannot learn: nearly everything is dropped."""
    candidates = (Candidate(dropout=0.999), Candidate(dropout=0.1))
    trained = train_head(
        material(SPLIT), dataclasses.replace(quick("strong", 6), candidates=candidates), FUSED_SYSTEM, 0, tmp_path
    )
    assert trained.candidate == 1
    assert trained.valid_log_loss < 0.5


def test_the_same_seed_gives_the_same_head_and_another_seed_another(tmp_path: Path) -> None:
    one, same, other = (
        train_head(material(SPLIT), quick("strong", 2), FUSED_SYSTEM, seed, tmp_path / str(number))
        for number, seed in enumerate((1, 1, 2))
    )
    name = "hidden.weight"
    assert torch.equal(one.head.state_dict()[name], same.head.state_dict()[name])
    assert not torch.allclose(one.head.state_dict()[name], other.head.state_dict()[name], atol=1e-3)


def test_a_genre_checkpoint_of_another_split_is_refused(tmp_path: Path) -> None:
    made = material(SPLIT)
    other = dataclasses.replace(SPLIT, seed=1)
    with pytest.raises(TrainingError, match="--split-seed 1"):
        train_head(dataclasses.replace(made, split=other), quick("seed"), FUSED_SYSTEM, 0, tmp_path)


def test_missing_clips_are_counted(tmp_path: Path) -> None:
    made = material(SPLIT)
    some = dict(list(made.embedded.embeddings.items())[1:])
    lacking = dataclasses.replace(made, embedded=EmbeddedClips(made.embedded.genre, 100, some))
    with pytest.raises(TrainingError, match=f"1 of the 72 .* {SPLIT.train[0]}"):
        train_head(lacking, quick("strong"), FUSED_SYSTEM, 0, tmp_path)


def test_widened_heads_receive_no_tempo() -> None:
    for name, recipe in FUSION_RECIPES.items():
        wide = next(system for system in systems_of(recipe) if system.is_widened)
        fused = build_head(recipe, systems_of(recipe)[0], recipe.candidates[0])
        head = build_head(recipe, wide, recipe.candidates[0])
        assert n_learned(head) == pytest.approx(n_learned(fused), rel=0.01), name
        embeddings = torch.rand(2, 128)
        head.eval()
        assert torch.equal(head(embeddings, torch.zeros(2, 40)), head(embeddings, torch.ones(2, 40)))


# A checkpoint


def fusion_run(out: Path, name: str, epochs: int = 20, command: str = "python -m core train fusion") -> FusionRun:
    tempo = seen_table(SPLIT).sources[0]
    return FusionRun("fusion-x", quick(name, epochs), SPLIT, 5, out, "made up", command, tempo=tempo)


@pytest.mark.parametrize("name", FUSION_RECIPES)
def test_a_run_exports_a_checkpoint_that_can_be_used(name: str, tmp_path: Path) -> None:
    made = material(SPLIT, FUSION_RECIPES[name].hop_frames)
    exported = train_fusion(fusion_run(tmp_path, name), made)
    assert load_header("fusion-x", tmp_path) == exported
    genre = genre_header(SPLIT)
    tempo = dataclasses.replace(header("tempo-x"), weights_sha256="e" * 64)
    fused = FusedModel.load("fusion-x", genre, tempo, tmp_path)
    assert len(fused.built_on.trained_with) == (1 if name == "seed" else 5)
    assert (exported.kind, exported.model, exported.n_parameters) == ("fusion", f"fusion_{name}", n_learned(fused.head))
    training = exported.provenance
    assert (training.recipe, training.split, training.split_seed, training.seed) == (name, "stratified", 42, 5)
    assert (training.n_train, training.n_valid, training.data) == (48, 24, "made up")
    assert exported.features == genre.features
    assert exported.normalisation == genre.normalisation
    assert (exported.inference.temperature == 1.0) == (name == "seed")
    estimates = [
        fused.estimate_windows(
            made.embedded.embeddings[clip_id], [0, 100, 200], estimate_tempo(tempo_of(clip_id).distribution)
        )
        for clip_id in SPLIT.test
    ]
    assert accuracy(np.stack([each.probs for each in estimates]), SPLIT.test) > 0.9
    assert str(tmp_path) not in (tmp_path / "fusion-x.json").read_text()
    curves = read_curves(tmp_path)
    assert {"train_loss", "valid_loss", "train_accuracy", "valid_accuracy"} <= set(curves.metrics)
    assert curves.of("valid_loss")[0].epoch == 1.0
    told = read_record(RunStatus, tmp_path / STATUS)
    assert told is not None
    assert told.best is not None
    assert (told.best.metric, told.n_epochs) == ("valid_accuracy", quick(name).epochs)


def test_the_temperature_makes_validation_loss_least(tmp_path: Path) -> None:
    """Of a head that cannot tell a pair apart, so that being sure is wrong."""
    made = material(SPLIT)
    trained = train_head(made, quick("strong", 6), System("no-tempo", "none", "x"), 0, tmp_path)
    genres = head_clips(SPLIT.valid, made.embedded, {}, trained.head, 0).genres.numpy()

    def loss(temperature: float) -> float:
        probs = predict_with(dataclasses.replace(trained, temperature=temperature), made, {}, SPLIT.valid)
        return log_loss(probs, genres)

    assert 0.21 < trained.temperature < 4.9
    assert trained.valid_log_loss == pytest.approx(loss(trained.temperature), abs=1e-5)
    assert loss(trained.temperature) < min(loss(trained.temperature * 1.3), loss(trained.temperature / 1.3))


def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    made = material(SPLIT, None)
    exported = train_fusion(fusion_run(tmp_path, "seed", 1), made)
    weights = load_file(tmp_path / "fusion-x.safetensors")
    assert train_fusion(fusion_run(tmp_path, "seed", 1), made, resume=True) == exported
    assert all(
        torch.equal(weights[key], tensor) for key, tensor in load_file(tmp_path / "fusion-x.safetensors").items()
    )
    with pytest.raises(TrainingError, match="--resume"):
        train_fusion(fusion_run(tmp_path, "seed", 1), made)
    with pytest.raises(TrainingError, match="other settings"):
        train_fusion(fusion_run(tmp_path, "seed", 1, command="another"), made, resume=True)


def test_a_stopped_run_exports_nothing_and_can_be_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = material(SPLIT, None)

    def on_train_epoch_start(module: HeadModule) -> None:
        if module.current_epoch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(HeadModule, "on_train_epoch_start", on_train_epoch_start)
        with pytest.raises(TrainingError, match="Stopped"):
            train_fusion(fusion_run(tmp_path, "seed", 2), made)
    assert not list(tmp_path.glob("*.safetensors"))
    assert train_fusion(fusion_run(tmp_path, "seed", 2), made, resume=True).provenance.epochs == 2


def test_seed_stops_ten_epochs_after_the_best_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def validation_step(module: HeadModule, _batch: object, _index: int) -> None:
        module.log("valid_loss", 1.0 + abs(module.current_epoch - 1), batch_size=2)

    monkeypatch.setattr(HeadModule, "validation_step", validation_step)
    recipe = FUSION_RECIPES["seed"]
    trained = train_head(material(SPLIT, None), recipe, systems_of(recipe)[0], 0, tmp_path)
    assert (trained.best_epoch, trained.epochs) == (2, 12)
