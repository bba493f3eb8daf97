"""Auxiliary targets: labels that move with the music, losses over what is known, nothing left in use."""

import math

import numpy as np
import pytest
import torch

from core.data.clips import load_clips
from core.models.tempo_head import N_EVIDENCE
from core.models.tempo_tcn import TempoTCN
from core.rhythm.tempo import N_BINS, TEMPO_BINS_BPM, bin_position, levels_label, soft_label
from core.training.recipes.tempo import TEMPO_RECIPES
from core.training.tempo.auxiliary_targets import NO_TARGETS, AuxiliaryHead, AuxiliaryTargets, auxiliary_loss
from core.training.tempo.module import TempoModule

KNOWN = AuxiliaryTargets(60.0, (30.0, 60.0, 120.0, 500.0))


def test_levels_are_one_each_and_those_outside_the_bins_are_left_out() -> None:
    label = levels_label([60.0, 120.0, 10.0, 1000.0])
    peaks = np.flatnonzero(label == 1.0)
    assert TEMPO_BINS_BPM[peaks] == pytest.approx([60.0, 120.0])
    assert label.sum() == pytest.approx(2 * math.sqrt(2 * math.pi), rel=0.01)  # two bumps of one bin's deviation
    assert not levels_label([]).any()


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
def test_labels_move_with_the_music(speed: float) -> None:
    second, levels = KNOWN.labels(speed)
    assert second.numpy() == pytest.approx(soft_label(60.0 * speed), abs=1e-6)
    assert levels.numpy() == pytest.approx(levels_label([30.0 * speed, 60.0 * speed, 120.0 * speed]), abs=1e-6)


def test_the_ground_truth_has_both_of_nearly_every_clip() -> None:
    known = [AuxiliaryTargets.of(clip) for clip in load_clips()]
    assert sum(each.second_bpm is not None for each in known) >= 995
    assert sum(bool(each.levels_bpm) for each in known) >= 990


def test_the_loss_is_the_two_cross_entropies() -> None:
    logits = torch.zeros(1, 2, N_BINS)
    loss = float(auxiliary_loss(logits, KNOWN.labels(1.0)[None]))
    assert loss == pytest.approx(math.log(N_BINS) + 0.1 * N_BINS * math.log(2.0), rel=1e-5)
    right = torch.full((1, 2, N_BINS), -20.0)
    right[0, :, [round(bin_position(bpm)) for bpm in (60.0,)]] = 20.0
    assert float(auxiliary_loss(right, AuxiliaryTargets(60.0, (60.0,)).labels(1.0)[None])) < 60.0


def test_what_is_unknown_costs_nothing() -> None:
    logits = torch.randn(2, 2, N_BINS, generator=torch.Generator().manual_seed(0))
    assert float(auxiliary_loss(logits, torch.stack([NO_TARGETS.labels(1.0)] * 2))) == 0.0
    both = torch.stack([KNOWN.labels(1.0), NO_TARGETS.labels(1.0)])
    assert float(auxiliary_loss(logits, both)) == pytest.approx(
        float(auxiliary_loss(logits[:1], both[:1])) / 2, rel=1e-5
    )
    tempo_alone = torch.stack([AuxiliaryTargets(second_bpm=60.0).labels(1.0)])
    expected = torch.nn.functional.cross_entropy(logits[:1, 0], tempo_alone[:, 0])
    assert float(auxiliary_loss(logits[:1], tempo_alone)) == pytest.approx(float(expected), rel=1e-5)


def test_the_network_learns_from_them_and_keeps_no_head_for_them() -> None:
    """Each member has a head of its own in training, and what ships is the network as it always was."""
    torch.manual_seed(0)
    module = TempoModule(TEMPO_RECIPES["quick"])
    outputs = module.net.member_outputs(torch.randn(2, 1, 64, 120))
    assert len(module.others) == len(outputs)
    answers = [head(output.evidence) for head, output in zip(module.others, outputs, strict=True)]
    assert all(answer.shape == (2, 2, N_BINS) for answer in answers)
    loss = torch.stack([auxiliary_loss(answer, torch.stack([KNOWN.labels(1.0)] * 2)) for answer in answers]).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    for member in module.net.members:
        assert float(member.get_submodule("tempo.relate").get_parameter("weight").grad.abs().sum()) > 0.0
        assert float(member.get_submodule("front_end.0").get_parameter("weight").grad.abs().sum()) > 0.0
    assert not any("others" in name for name in module.net.state_dict())
    assert module.net.state_dict().keys() == TempoTCN().state_dict().keys()


def test_the_output_is_made_of_the_evidence() -> None:
    torch.manual_seed(0)
    member = TempoTCN().members[0].eval()
    with torch.inference_mode():
        output = member(torch.randn(1, 1, 64, 120))
        assert AuxiliaryHead()(output.evidence).shape == (1, 2, N_BINS)
    assert output.evidence.shape == (1, N_EVIDENCE, N_BINS)


@pytest.mark.filterwarnings("ignore")
def test_half_precision_does_not_reach_the_tempogram() -> None:
    """Under autocast the trunk may round; the head, which tells neighbouring tempi apart, may not."""
    torch.manual_seed(0)
    member = TempoTCN().members[0].eval()
    windows = torch.randn(1, 1, 64, 120)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        output = member(windows)
    assert output.tempo_logits.dtype == output.beat_logits.dtype == output.evidence.dtype == torch.float32
