"""Fusion heads: their inputs, what they are built on, and what they predict."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import CheckpointError
from core.features.log_mel import window_starts
from core.inference.fusion import FusedModel, embed_windows, frozen_trunk, pooled_logits, source_of
from core.inference.genre import GenreModel
from core.models.checkpoint import CheckpointHeader, load_model, save_checkpoint
from core.models.fusion import (
    N_PROFILE,
    N_PULSE,
    BuiltOn,
    FrozenTrunk,
    FusionHead,
    SeedFusion,
    Source,
    StrongFusion,
    TempoInput,
    n_learned,
    tempo_profile,
    width_for,
)
from core.models.genre_cnn import EMBEDDING_SIZE, GenreCNN
from core.rhythm.tempo import estimate_tempo, soft_label
from core.types import GENRES
from tests.support.small_world import SPEC, BandNet, header

GENRE = Source("genre-x", "a" * 64)
TEMPO = Source("tempo-x", "b" * 64)
FOLDS = tuple(Source(f"tempo-x-fold{fold}", str(fold) * 64) for fold in range(5))


def tempo(bpm: float) -> TempoInput:
    return TempoInput(bpm, soft_label(bpm))


def described(source: Source) -> CheckpointHeader:
    return dataclasses.replace(header(source.name), weights_sha256=source.weights_sha256)


def save_head(folder: Path, head: FusionHead, hop_frames: int | None = None, temperature: float = 1.0) -> None:
    model = "fusion_seed" if isinstance(head, SeedFusion) else "fusion_strong"
    base = header("fusion-x", model=model, hop_frames=hop_frames, temperature=temperature)
    save_checkpoint(head, dataclasses.replace(base, kind="fusion"), folder)


def head_on(built_on: BuiltOn | None, head: FusionHead | None = None) -> FusionHead:
    torch.manual_seed(0)
    made = head or SeedFusion()
    made.built_on = built_on
    return made


def loud(n_frames: int, seed: int = 0) -> Tensor:
    return torch.randn(SPEC.n_mels, n_frames, generator=torch.Generator().manual_seed(seed))


def test_the_studys_head_has_the_studys_layers() -> None:
    head = SeedFusion()
    assert head.tempo_mlp is not None
    sizes = [(layer.in_features, layer.out_features) for layer in head.tempo_mlp if isinstance(layer, torch.nn.Linear)]
    assert sizes == [(1, 32), (32, 16), (16, 1)]
    assert head.hidden.in_features == EMBEDDING_SIZE + 1 == 129
    assert head.classifier.out_features == len(GENRES)
    assert [float(head.tempo_features(tempo(bpm))) for bpm in (40.0, 145.0, 250.0)] == [0.0, 0.5, 1.0]
    assert float(head.tempo_features(tempo(30.0))) < 0.0  # not clamped
    assert head.tempo_features(tempo(np.float64(100.0))).dtype == torch.float32  # numpy's numbers are floats, too


@pytest.mark.parametrize("head", [SeedFusion(), StrongFusion()], ids=["seed", "strong"])
def test_the_widened_head_has_as_many_parameters(head: FusionHead) -> None:
    width = width_for(n_learned(head))
    for wide in (SeedFusion(False, width), StrongFusion(False, width)):
        assert n_learned(wide) == pytest.approx(n_learned(head), rel=0.01)


def test_the_trunk_does_not_move_even_in_training_mode() -> None:
    """Beside the same network left free, which does."""
    torch.manual_seed(0)
    free = GenreCNN()
    frozen_net = GenreCNN()
    frozen_net.load_state_dict(free.state_dict())
    before = {name: tensor.clone() for name, tensor in free.state_dict().items()}
    trunk = FrozenTrunk(frozen_net)
    windows = 3.0 + torch.randn(2, 1, SPEC.n_mels, SPEC.n_frames)
    trunk.train()
    free.train()
    with torch.no_grad():
        free.embed(windows)
    embeddings = trunk(windows)
    assert not embeddings.requires_grad
    assert not any(module.training for module in trunk.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in frozen_net.state_dict().items())
    moved = [name for name, tensor in free.state_dict().items() if not torch.equal(before[name], tensor)]
    assert any("running_mean" in name for name in moved)
    assert torch.equal(trunk.eval()(windows), embeddings)


def test_the_profile_of_a_tempo_and_its_double_differ_in_the_level_alone() -> None:
    slow, fast = tempo_profile(tempo(70.0)), tempo_profile(tempo(140.0))
    assert slow.shape == (N_PROFILE,)
    assert torch.allclose(slow[-12:], fast[-12:], atol=1e-3)
    assert not torch.allclose(slow[N_PULSE:-12], fast[N_PULSE:-12], atol=0.1)
    assert float(slow[0]) < float(fast[0])
    assert (slow[N_PULSE:-12].square().sum(), slow[-12:].square().sum()) == pytest.approx((1.0, 1.0), abs=1e-4)


def test_the_profile_holds_the_confidence_and_whether_a_tempo_is_known() -> None:
    confident = tempo_profile(tempo(120.0))
    unconfident = tempo_profile(TempoInput(120.0, soft_label(None)))
    unknown = tempo_profile(TempoInput(120.0, soft_label(None), is_known=False))
    assert float(confident[1]) > 0.9 > float(unconfident[1])
    assert [float(each[2]) for each in (confident, unconfident, unknown)] == [1.0, 1.0, 0.0]


def test_inputs_are_standardised_and_constant_ones_do_not_blow_up() -> None:
    head = StrongFusion()
    embeddings = 5.0 + 3.0 * torch.randn(50, EMBEDDING_SIZE)
    profiles = tempo_profile(tempo(100.0)).expand(50, -1)  # the control with a constant tempo
    head.standardise(embeddings, profiles, pulse_only=False)
    head.eval()
    other = tempo_profile(tempo(100.5)).expand(50, -1)
    with torch.inference_mode():
        usual, moved = head(embeddings, profiles), head(embeddings, other)
    assert torch.isfinite(usual).all()
    assert float((moved - usual).abs().max()) < 5.0


def test_a_head_that_receives_the_pulse_alone_ignores_the_distribution() -> None:
    torch.manual_seed(0)
    embeddings, profiles = torch.randn(20, EMBEDDING_SIZE), torch.rand(20, N_PROFILE)
    changed = torch.cat([profiles[:, :N_PULSE], torch.rand(20, N_PROFILE - N_PULSE)], dim=1)
    for pulse_only in (True, False):
        head = StrongFusion()
        head.standardise(embeddings, profiles, pulse_only)
        head.eval()
        assert torch.equal(head(embeddings, profiles), head(embeddings, changed)) == pulse_only
        assert not torch.equal(head(embeddings, profiles), head(embeddings, profiles + 0.5))


def test_logits_are_averaged_clip_by_clip() -> None:
    logits = torch.tensor([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]])
    assert pooled_logits(logits, torch.tensor([0, 0, 1]), 2).tolist() == [[2.0, 3.0], [10.0, 20.0]]


@pytest.mark.parametrize("made", [SeedFusion(), StrongFusion()], ids=["seed", "strong"])
def test_a_checkpoint_names_what_it_is_built_on(made: FusionHead, tmp_path: Path) -> None:
    built_on = BuiltOn(GENRE, TEMPO, FOLDS)
    save_head(tmp_path, head_on(built_on, made))
    fused = FusedModel.load("fusion-x", described(GENRE), described(TEMPO), tmp_path)
    assert fused.built_on == built_on
    for name, tensor in made.state_dict().items():
        assert torch.equal(fused.head.state_dict()[name], tensor)


@pytest.mark.parametrize(
    ("genre", "tempo_source", "cure"),
    [
        (Source("genre-y", "c" * 64), TEMPO, "Pick “genre-x”"),
        (GENRE, Source("tempo-y", "c" * 64), "Pick “tempo-x”"),
        (dataclasses.replace(GENRE, weights_sha256="c" * 64), TEMPO, "another version of the genre checkpoint"),
        (GENRE, dataclasses.replace(TEMPO, weights_sha256="c" * 64), "another version of the tempo checkpoint"),
    ],
)
def test_other_checkpoints_than_its_own_are_refused(
    genre: Source, tempo_source: Source, cure: str, tmp_path: Path
) -> None:
    save_head(tmp_path, head_on(BuiltOn(GENRE, TEMPO, ())))
    with pytest.raises(CheckpointError, match=cure):
        FusedModel.load("fusion-x", described(genre), described(tempo_source), tmp_path)


def test_a_renamed_checkpoint_with_the_same_weights_is_the_same(tmp_path: Path) -> None:
    save_head(tmp_path, head_on(BuiltOn(GENRE, TEMPO, ())))
    renamed = dataclasses.replace(GENRE, name="genre-renamed")
    assert FusedModel.load("fusion-x", described(renamed), described(TEMPO), tmp_path).built_on.genre == GENRE


def test_a_default_that_does_not_fit_is_gone_without_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    def default(genre: Source = GENRE, tempo_source: Source = TEMPO) -> FusedModel | None:
        return FusedModel.load_if_it_fits("fusion-x", described(genre), described(tempo_source), tmp_path)

    assert default() is None
    save_head(tmp_path, head_on(BuiltOn(GENRE, TEMPO, ())))
    found = default()
    assert found is not None
    assert found.header.name == "fusion-x"
    assert default(genre=Source("genre-y", "c" * 64)) is None
    assert default(tempo_source=Source("tempo-y", "c" * 64)) is None
    (tmp_path / "fusion-x.safetensors").write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match="damaged"):
        default()


def test_a_head_that_does_not_know_what_it_is_built_on_is_refused(tmp_path: Path) -> None:
    save_head(tmp_path, head_on(None))
    with pytest.raises(CheckpointError, match="train fusion"):
        FusedModel.load("fusion-x", described(GENRE), described(TEMPO), tmp_path)


def test_a_genre_checkpoint_is_no_fusion(tmp_path: Path) -> None:
    save_checkpoint(GenreCNN(), header("genre-x", model="genre_cnn"), tmp_path)
    with pytest.raises(CheckpointError, match="is a genre checkpoint"):
        FusedModel.load("genre-x", described(GENRE), described(TEMPO), tmp_path)


@pytest.mark.parametrize("said", [b"{", b'{"genre": 1}', b"[]"])
def test_nonsense_in_the_place_of_its_sources_is_refused(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(FusionHead, "get_extra_state", lambda _: torch.tensor(list(said), dtype=torch.uint8))
        save_head(tmp_path, SeedFusion())
    with pytest.raises(CheckpointError, match="do not fit"):
        load_model("fusion-x", tmp_path)


@pytest.fixture(scope="module")
def genre() -> GenreModel:
    torch.manual_seed(0)
    return GenreModel(GenreCNN().eval(), header(model="genre_cnn"))


@pytest.mark.parametrize("hop_frames", [None, 200])
def test_which_windows_count(hop_frames: int | None, genre: GenreModel, tmp_path: Path) -> None:
    save_head(tmp_path, head_on(BuiltOn(GENRE, TEMPO, ())), hop_frames, temperature=2.0)
    fused = FusedModel.load("fusion-x", described(GENRE), described(TEMPO), tmp_path)
    track, reading = loud(600), estimate_tempo(soft_label(120.0))
    said = fused.predict(genre, track, reading)
    starts = window_starts(600, SPEC, 200)
    embeddings = embed_windows(frozen_trunk(genre.net, "genre-x"), track, SPEC, starts)
    logits = fused.head(embeddings, torch.full((2, 1), (reading.tempo_bpm - 40) / 210)) / 2.0
    expected = torch.softmax(logits, -1).detach().numpy()
    pooled = torch.softmax(logits.mean(0), -1).detach().numpy() if hop_frames else expected[0]
    assert said.checkpoint == "fusion-x"
    assert said.window_probs == pytest.approx(expected, abs=1e-5)
    assert said.probs == pytest.approx(pooled, abs=1e-5)
    assert said.probs.sum() == pytest.approx(1.0)
    assert said.window_start_s == pytest.approx(np.array(starts) * SPEC.frame_s)


@pytest.mark.parametrize("made", [SeedFusion(), StrongFusion()], ids=["seed", "strong"])
def test_the_tempo_changes_the_prediction(made: FusionHead, tmp_path: Path) -> None:
    save_head(tmp_path, head_on(BuiltOn(GENRE, TEMPO, ()), made))
    fused = FusedModel.load("fusion-x", described(GENRE), described(TEMPO), tmp_path)
    embeddings = torch.rand(2, EMBEDDING_SIZE)
    slow, again, fast = (
        fused.estimate_windows(embeddings, [0, 200], estimate_tempo(soft_label(bpm))).probs for bpm in (60, 60, 180)
    )
    assert np.array_equal(slow, again)
    assert np.abs(slow - fast).max() > 1e-4


def test_a_network_without_an_embedding_is_refused() -> None:
    with pytest.raises(CheckpointError, match="genre_cnn"):
        frozen_trunk(BandNet(), "genre-x")


def test_a_source_is_name_and_digest() -> None:
    assert source_of(described(GENRE)) == GENRE
