"""The training on a GPU computes what the training by command does; here on the CPU, as far as that goes."""

import dataclasses
import sys

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.data.beats import load_beats
from core.data.clips import load_clips
from core.models.tempo_tcn import TempoMember
from core.training.loop.optimizers import Muon, ParameterGroup
from core.training.recipes.tempo import TEMPO_FEATURES, TEMPO_RECIPES
from core.training.tempo.auxiliary_targets import AuxiliaryTargets
from core.training.tempo.data import TempoTrack, labelled
from core.training.tempo.module import TempoModule, is_hidden
from scripts import train_tempo_on_gpu as gpu

FRAME_S = TEMPO_FEATURES.frame_s
RECIPE = dataclasses.replace(
    TEMPO_RECIPES["strong"],
    epochs=2,
    batch_size=4,
    features=dataclasses.replace(TEMPO_FEATURES, n_frames=300),
    augmentation=dataclasses.replace(TEMPO_RECIPES["strong"].augmentation, band_shift=0.3),
)


def tracks() -> tuple[TempoTrack, ...]:
    """Real labels, noise for music, and one piece without a tempo."""
    noise = torch.Generator().manual_seed(0)
    known = [clip for clip in load_clips() if clip.tempo_bpm is not None][::120]
    named = [
        TempoTrack(torch.randn(64, 400, generator=noise), load_beats()[c.clip_id], c.tempo_bpm, AuxiliaryTargets.of(c))
        for c in known
    ]
    silent = dataclasses.replace(named[0], features=torch.zeros(64, 390), tempo_bpm=None)
    return (*named, silent)


def drawn(n_steps: int) -> Tensor:
    return gpu.drawn(RECIPE, n_steps, 400, len(tracks()), np.random.default_rng(5))


def test_windows_are_those_of_the_training_by_command() -> None:
    known, n_frames = tracks(), RECIPE.features.n_frames
    draw = drawn(2).flatten(0, 1)
    batch = gpu.windows(gpu.Tracks.of(known, FRAME_S, "cpu"), draw, n_frames)
    for number, row in enumerate(draw):
        index, n_source, first, n_bands, kept = (int(value) for value in row[:5])
        source = nn.functional.pad(known[index].features, (0, 10))[:, first : first + n_source]
        window = nn.functional.interpolate(
            source[None, None], size=(n_bands, n_frames), mode="bilinear", align_corners=False
        )[0, 0]
        window = nn.functional.pad(window, (0, 0, 0, max(0, 64 - n_bands)))[kept : kept + 64] + row[13:, None]
        bands, frames = row[5:9].int().view(2, 2).tolist(), row[9:13].int().view(2, 2).tolist()
        for begin, end in bands:
            window[begin:end] = 0.0
        for begin, end in frames:
            window[:, begin:end] = 0.0
        expected = labelled(window[None], known[index], first, n_source / n_frames, FRAME_S)
        for name, got in batch._asdict().items():
            assert torch.allclose(got[number], getattr(expected, name), atol=2e-3), name


def test_what_is_drawn_stays_inside_the_tracks_and_is_the_seeds() -> None:
    draws = drawn(60)
    n_source, first, n_bands, kept = draws[..., 1:5].unbind(-1)
    assert bool((first >= 0).all())
    assert bool((first + n_source <= 400).all())
    assert bool((kept + 64 <= n_bands.clamp(min=64)).all())
    epoch = draws[: len(tracks()) // 4, :, 0].flatten()
    assert len(set(epoch.tolist())) == len(epoch)
    assert torch.equal(draws, drawn(60))
    assert float((n_source / 300).log().abs().max()) <= np.log(1.25) + 0.01


def test_the_network_gives_the_outputs_of_a_member_with_the_same_weights() -> None:
    member, ours = TempoMember().eval(), gpu.MemberOnGpu(300, "cpu").eval()
    ours.load_state_dict(member.state_dict(), strict=False)
    windows = torch.randn(2, 1, 64, 300)
    expected, got = member(windows), ours(windows)
    for name in ("beat_logits", "downbeat_logits", "tempo_logits", "evidence"):
        assert torch.allclose(getattr(got, name), getattr(expected, name), atol=1e-4), name


def test_steps_are_those_of_muon() -> None:
    torch.manual_seed(0)
    ours = gpu.MemberOnGpu(300, "cpu")
    theirs = gpu.MemberOnGpu(300, "cpu")
    theirs.load_state_dict(ours.state_dict())
    stepper = gpu.Stepper(ours, RECIPE, 20, "cpu")
    hidden = [weight for name, weight in theirs.named_parameters() if is_hidden(f".{name}", weight)]
    rest = [weight for weight in theirs.parameters() if all(weight is not other for other in hidden)]
    muon = Muon([ParameterGroup(hidden, 1.0, orthogonal=True), ParameterGroup(rest, 1.0)], RECIPE.weight_decay)
    for number in range(3):
        gradients = [torch.randn_like(weight) for weight in ours.parameters()]
        for net in (ours, theirs):
            for weight, gradient in zip(net.parameters(), gradients, strict=True):
                weight.grad = gradient.clone()
        rates = stepper.rates[number]
        for group, rate in zip(muon.param_groups, rates[:2], strict=True):
            group["lr"], group["betas"] = float(rate), (float(rates[2]), 0.999)
        stepper.step(rates)
        muon.step()
    for (name, got), expected in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert torch.allclose(got, expected, atol=2e-5), name


def test_the_rates_rise_and_fall_over_the_training() -> None:
    rates = gpu.one_cycle_rates(RECIPE, 50)
    assert int(rates[:, 0].argmax()) == pytest.approx(9, abs=1)
    assert float(rates[:, 0].max()) == pytest.approx(RECIPE.learning_rate)
    assert float(rates[-1, 0]) < 1e-3 * RECIPE.learning_rate
    assert torch.allclose(rates[:, 1], RECIPE.other_rate * rates[:, 0])


def test_members_learn_and_join_into_a_model() -> None:
    known = gpu.Tracks.of(tracks(), FRAME_S, "cpu")
    recipe = dataclasses.replace(RECIPE, n_members=2)
    members = []
    for seed in range(2):
        training = gpu.Training(known, recipe, seed, 0, "cpu")
        before = {name: tensor.clone() for name, tensor in training.weights().items()}
        training.step()
        training.begin()
        assert all(torch.equal(tensor, before[name]) for name, tensor in training.weights().items())
        for step in range(training.n_steps + 1):
            training.feed(step)
            training.step()
        members.append(training.weights())
        assert any(not torch.equal(tensor, before[name]) for name, tensor in members[-1].items())
    module = TempoModule(recipe)
    module.load_state_dict(gpu.joined(members, module))
    for member, weights in zip(module.net.members, members, strict=True):
        assert torch.equal(member.get_parameter("layers.3.near.weight"), weights["layers.3.near.weight"])
    assert not torch.equal(members[0]["layers.3.near.weight"], members[1]["layers.3.near.weight"])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_names_the_command_that_needs_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["train_tempo_on_gpu", "--gtzan", "nowhere", "--out", "nowhere"])
    assert gpu.main() == 1
    assert "python -m core train tempo" in capsys.readouterr().err
