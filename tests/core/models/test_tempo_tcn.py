"""The compact tempo network: shapes, what it can see, and its tempogram."""

import pytest
import torch

from core.features.specs import FeatureSpec
from core.models.registry import ARCHITECTURES
from core.models.tempo_head import FRAME_S, tempogram
from core.models.tempo_tcn import TempoTCN
from core.rhythm.tempo import BINS_PER_OCTAVE, LOWEST_BPM, N_BINS, bin_position
from core.training.recipes.tempo import TEMPO_FEATURES

BEYOND = 2 * BINS_PER_OCTAVE


def pulses(tempo_bpm: float, n_frames: int = 1500) -> torch.Tensor:
    """`[1, 1, T]`: one bump a beat."""
    phase = torch.arange(n_frames, dtype=torch.float64) * FRAME_S * tempo_bpm / 60.0
    return torch.exp(-0.5 * ((phase - phase.round()) * 60.0 / tempo_bpm / FRAME_S) ** 2).float()[None, None]


@pytest.fixture(scope="module")
def net() -> TempoTCN:
    torch.manual_seed(0)
    return TempoTCN().eval()


def test_shapes_for_several_lengths(net: TempoTCN) -> None:
    for n_frames in (50, 301):
        with torch.inference_mode():
            output = net.outputs(torch.randn(2, 1, 64, n_frames))
        assert output.beat_logits.shape == output.downbeat_logits.shape == (2, n_frames)
        assert output.tempo_logits.shape == (2, N_BINS)
        assert output.tempo_logits.isfinite().all()


def test_it_is_registered_and_compact(net: TempoTCN) -> None:
    assert isinstance(ARCHITECTURES["tempo_tcn"].build(FeatureSpec(), {}), TempoTCN)
    assert 450_000 < sum(parameter.numel() for parameter in net.parameters()) < 1_800_000


def test_probabilities_of_the_members_are_averaged(net: TempoTCN) -> None:
    windows = torch.randn(2, 1, 64, 120)
    with torch.inference_mode():
        answers, output = net.member_outputs(windows), net.outputs(windows)
    assert len(answers) == 2
    assert not torch.allclose(answers[0].tempo_logits, answers[1].tempo_logits, atol=0.01)  # differ by chance
    tempo = torch.stack([answer.tempo_logits.softmax(-1) for answer in answers]).mean(0)
    assert torch.allclose(output.tempo_logits.softmax(-1), tempo, atol=1e-6)
    for kind in ("beat_logits", "downbeat_logits"):
        mean = torch.stack([getattr(answer, kind).sigmoid() for answer in answers]).mean(0)
        assert torch.allclose(getattr(output, kind).sigmoid(), mean, atol=1e-6)


def test_it_is_built_with_as_many_members_as_its_weights_have() -> None:
    for n_members in (1, 2):
        weights = TempoTCN(n_members).state_dict()
        again = TempoTCN.shaped_like(weights)
        again.load_state_dict(weights)
        assert len(again.members) == n_members
    assert len(TempoTCN.shaped_like({}).members) == 1


def test_it_is_laid_out_for_the_features_it_is_trained_on() -> None:
    assert pytest.approx(FRAME_S) == TEMPO_FEATURES.frame_s
    assert TEMPO_FEATURES.n_mels == 64
    assert TEMPO_FEATURES.window_s == pytest.approx(24.0)


def test_a_beat_is_decided_from_more_than_ten_seconds_on_either_side(net: TempoTCN) -> None:
    windows = torch.randn(1, 1, 64, 1201, requires_grad=True)
    net.outputs(windows).beat_logits[0, 600].backward()
    assert windows.grad is not None
    seen = windows.grad[0, 0].abs().sum(0).nonzero().flatten()
    assert seen.min() < 100
    assert seen.max() > 1100


def test_the_output_for_a_window_does_not_depend_on_its_batch(net: TempoTCN) -> None:
    windows = torch.randn(3, 1, 64, 200)
    with torch.inference_mode():
        together, alone = net(windows), net(windows[1:2])
    assert torch.allclose(together[1:2], alone, atol=1e-4)


@pytest.mark.parametrize("tempo_bpm", [40.0, 60.0, 101.0, 120.0, 174.0, 240.0])
def test_the_tempogram_peaks_at_the_tempo_of_a_pulse_train(tempo_bpm: float) -> None:
    strengths = tempogram(pulses(tempo_bpm))[0, 0]
    assert strengths.shape == (N_BINS + 2 * BEYOND,)
    expected = BEYOND + bin_position(tempo_bpm)
    # Multiples are strong, too: only the neighbourhood up to half an octave is looked at.
    first = round(expected) - BINS_PER_OCTAVE // 2
    nearby = strengths[first : first + BINS_PER_OCTAVE]
    assert first + int(nearby.argmax()) == pytest.approx(expected, abs=1.0)


def test_the_tempogram_of_twice_the_tempo_is_the_same_an_octave_higher() -> None:
    slow, fast = (tempogram(pulses(bpm))[0, 0, BEYOND:-BEYOND] for bpm in (75.0, 150.0))
    moved, kept = slow[: N_BINS - BINS_PER_OCTAVE], fast[BINS_PER_OCTAVE:]
    assert int(kept.argmax()) == pytest.approx(int(moved.argmax()), abs=1)


def test_the_tempogram_does_not_mind_an_offset_or_where_the_beat_falls() -> None:
    activation = pulses(97.0)
    reference = tempogram(activation)
    assert torch.allclose(tempogram(activation + 5.0), reference, atol=1e-4)
    later = tempogram(pulses(97.0, 1520)[..., 20:])
    assert torch.allclose(later, reference, atol=0.03 * float(reference.max()))


def test_silence_has_an_empty_tempogram() -> None:
    assert float(tempogram(torch.full((1, 2, 300), 0.7)).max()) < 1e-4


def test_lowest_bin_is_resolved_in_a_short_window() -> None:
    assert tempogram(torch.randn(1, 1, 20)).isfinite().all()
    assert LOWEST_BPM == 30.0


def test_training_works_after_a_prediction() -> None:
    """What a prediction has kept for the next time must not be unfit for gradients."""
    activations = torch.randn(1, 1, 311)  # a length that no other test has used
    with torch.inference_mode():
        tempogram(activations)
    tempogram(activations.requires_grad_()).sum().backward()
    assert activations.grad is not None
