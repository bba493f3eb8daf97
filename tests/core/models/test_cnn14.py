"""Cnn14: the published layers, a front end that agrees with torch and librosa's formulas, and the heads."""

import pytest
import torch
from torch import Tensor, nn
from torchaudio.functional import melscale_fbanks

from core.errors import AudioError
from core.features.cnn14 import features_of
from core.features.log_mel import FeatureSpec
from core.features.panns_frontend import LogmelExtractor, SpectrogramExtractor, mel_filters
from core.features.specs import CNN14_8K, CNN14_16K, CNN14_22K, CNN14_32K, Cnn14Spec
from core.models.cnn14 import (
    EMBEDDING_SIZE,
    Cnn14,
    Cnn14Tempo,
    ScalarTempoHead,
    SpecAugment,
    bpm_from_unit,
    unit_from_bpm,
)
from core.models.registry import ARCHITECTURES
from tests.support.panns_format import N_LEARNED_WITH_CLASSIFIER, published_shapes

SPECS = pytest.mark.parametrize(
    "spec", [CNN14_32K, CNN14_16K, CNN14_8K, CNN14_22K], ids=lambda spec: str(spec.sample_rate)
)


def on_paper(spec: Cnn14Spec = CNN14_32K) -> Cnn14:
    """The trunk without memory for its weights."""
    with torch.device("meta"):
        return Cnn14(spec)


@pytest.fixture(scope="module")
def model() -> Cnn14Tempo:
    """One real network, on the smallest front end, in evaluation mode."""
    torch.manual_seed(0)
    return Cnn14Tempo(CNN14_8K).eval()


@pytest.fixture
def waveform() -> Tensor:
    """Three clips of noise, a third of a second long."""
    return 0.1 * torch.randn(3, 2_700, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("spec", [CNN14_32K, CNN14_16K, CNN14_8K], ids=lambda spec: str(spec.sample_rate))
def test_names_shapes_and_order_are_those_of_the_published_files(spec: Cnn14Spec) -> None:
    """All but the classifier."""
    own = {name: tuple(tensor.shape) for name, tensor in on_paper(spec).state_dict().items()}
    published = published_shapes(spec.n_fft)
    assert published.pop("fc_audioset.weight") == (527, EMBEDDING_SIZE)
    assert published.pop("fc_audioset.bias") == (527,)
    assert list(own.items()) == list(published.items())


def test_learned_parameters_are_as_many_as_in_the_paper() -> None:
    """The trunk, and the paper's number with the classifier."""
    learned = sum(weight.numel() for weight in on_paper().parameters() if weight.requires_grad)
    assert learned == 79_673_792
    assert learned + 527 * (EMBEDDING_SIZE + 1) == N_LEARNED_WITH_CLASSIFIER


def test_registered_model_has_the_front_end_of_its_features_and_only_adds_a_head() -> None:
    """As checkpoints build it."""
    with torch.device("meta"):
        built = ARCHITECTURES["cnn14_tempo"].build(features_of(CNN14_22K, 30.0), {})
    assert isinstance(built, Cnn14Tempo)
    assert built.spec == CNN14_22K
    assert built.spec.sample_rate == FeatureSpec().sample_rate
    assert built.spec.f_max_hz == FeatureSpec().f_max_hz == 8_000.0
    added = set(built.state_dict()) - set(on_paper(CNN14_22K).state_dict())
    assert added == {"tempo_head.linear.weight", "tempo_head.linear.bias"}


def test_front_end_is_frozen_and_nothing_else() -> None:
    """Its filters do not learn."""
    frozen = {name.split(".")[0] for name, weight in on_paper().named_parameters() if not weight.requires_grad}
    assert frozen == {"spectrogram_extractor", "logmel_extractor"}


@SPECS
def test_spectrogram_is_that_of_torch(spec: Cnn14Spec) -> None:
    """Power of `torch.stft`, which goes another way (FFT)."""
    samples = torch.randn(2, spec.n_fft * 4 + 7, generator=torch.Generator().manual_seed(2))
    window = torch.hann_window(spec.n_fft)
    expected = torch.stft(
        samples, spec.n_fft, spec.hop_length, window=window, pad_mode="reflect", return_complex=True
    ).abs().square()  # fmt: skip
    power = SpectrogramExtractor(spec)(samples)
    assert power.shape == (2, 1, spec.n_frames(samples.shape[1]), spec.n_bins)
    torch.testing.assert_close(power[:, 0].transpose(1, 2), expected, rtol=1e-3, atol=1e-5 * float(expected.max()))


@SPECS
def test_mel_filters_are_slaneys(spec: Cnn14Spec) -> None:
    """Those of torchaudio, which agree with librosa's; no band is empty."""
    expected = melscale_fbanks(
        spec.n_bins, spec.f_min_hz, spec.f_max_hz, spec.n_mels, spec.sample_rate, norm="slaney", mel_scale="slaney"
    )
    torch.testing.assert_close(mel_filters(spec), expected, rtol=0.0, atol=1e-6)
    assert bool((mel_filters(spec).sum(dim=0) > 0).all())


@SPECS
@pytest.mark.parametrize("frequency_hz", [300.0, 1_000.0, 3_000.0])
def test_sine_peaks_in_its_band_at_its_level(spec: Cnn14Spec, frequency_hz: float) -> None:
    """The band whose filter is highest at the sine's frequency; level by the energy of the window."""
    time_s = torch.arange(spec.sample_rate // 4) / spec.sample_rate
    sine = 0.5 * torch.sin(2 * torch.pi * frequency_hz * time_s)[None]
    decibels = LogmelExtractor(spec)(SpectrogramExtractor(spec)(sine))[0, 0]
    middle = decibels[len(decibels) // 2]
    bin_at = round(frequency_hz * spec.n_fft / spec.sample_rate)
    band = int(mel_filters(spec)[bin_at - 1 : bin_at + 2].sum(dim=0).argmax())
    assert abs(int(middle.argmax()) - band) <= 1
    # Half the amplitude is a quarter of the power, in each frame that the sine fills: 6.02 dB.
    louder = LogmelExtractor(spec)(SpectrogramExtractor(spec)(2 * sine))[0, 0][len(decibels) // 2]
    assert float(louder.max() - middle.max()) == pytest.approx(6.0206, abs=1e-3)


def test_silence_is_the_floor() -> None:
    """-100 dB, the smallest power; no limit to the range brings it closer to a loud part."""
    half_silent = torch.cat([torch.zeros(1, 4_000), torch.ones(1, 4_000)], dim=1)
    decibels = LogmelExtractor(CNN14_8K)(SpectrogramExtractor(CNN14_8K)(half_silent))
    assert float(decibels.min()) == pytest.approx(-100.0, abs=1e-3)


def test_embedding_and_scalar(model: Cnn14Tempo, waveform: Tensor) -> None:
    """Shapes, and the head is on the embedding."""
    with torch.inference_mode():
        embedding = model.embed(waveform)
        tempo_unit = model(waveform)
        torch.testing.assert_close(tempo_unit, model.tempo_head(embedding), rtol=1e-4, atol=1e-5)
    assert embedding.shape == (3, EMBEDDING_SIZE)
    assert bool((embedding >= 0).all())
    assert tempo_unit.shape == (3,)


def test_embedding_is_that_of_the_published_computation(model: Cnn14Tempo, waveform: Tensor) -> None:
    """Written out flat from the paper's table, on the network's own log-mel."""
    weights = model.state_dict()

    def norm(maps: Tensor, name: str) -> Tensor:
        parts = [weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        return nn.functional.batch_norm(maps, *parts)

    with torch.inference_mode():
        bands_first = model.log_mel(waveform).permute(0, 3, 2, 1)
        maps = norm(bands_first, "bn0").permute(0, 3, 2, 1)
        for block in range(1, 7):
            for layer in (1, 2):
                kernel = weights[f"conv_block{block}.conv{layer}.weight"]
                maps = norm(nn.functional.conv2d(maps, kernel, padding=1), f"conv_block{block}.bn{layer}").relu()
            if block < 6:
                maps = nn.functional.avg_pool2d(maps, 2)
        assert maps.shape[2:] == (1, 2)
        per_frame = maps.mean(3)
        pooled = per_frame.max(2).values + per_frame.mean(2)
        expected = (pooled @ weights["fc1.weight"].T + weights["fc1.bias"]).relu()
        torch.testing.assert_close(model.embed(waveform), expected, rtol=1e-4, atol=1e-5)


def test_front_end_and_scalar_keep_their_precision_under_autocast(model: Cnn14Tempo, waveform: Tensor) -> None:
    """In bfloat16 the step of the scalar alone would be half a BPM."""
    with torch.inference_mode():
        plain = model.log_mel(waveform)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            reduced = model.log_mel(waveform)
            assert torch.nn.functional.linear(torch.ones(1, 1), torch.ones(1, 1)).dtype == torch.bfloat16
            scalar = model.tempo_head(torch.ones(1, EMBEDDING_SIZE, dtype=torch.bfloat16))
    assert torch.equal(plain, reduced)
    assert scalar.dtype == torch.float32


def test_dropout_only_in_training(model: Cnn14Tempo) -> None:
    """Evaluation repeats itself; the head's input is thinned by half in training."""
    torch.manual_seed(3)
    clip = 0.1 * torch.randn(2, 2_500)
    with torch.no_grad():
        assert torch.equal(model.embed(clip), model.embed(clip))
        before = {name: buffer.clone() for name, buffer in model.named_buffers()}
        model.train()
        thinned = model.embed(clip)
        model.eval()
        for name, buffer in model.named_buffers():
            buffer.copy_(before[name])
    # fc1 leaves some half of the numbers at zero, dropout half of the rest.
    assert 0.6 < float((thinned == 0).float().mean()) < 0.9


def test_any_head_will_do() -> None:
    """Logits over tempo bins, say."""
    with torch.device("meta"):
        model = Cnn14Tempo(CNN14_8K, head=nn.Linear(EMBEDDING_SIZE, 300))
    assert model.tempo_head(torch.empty(2, EMBEDDING_SIZE, device="meta")).shape == (2, 300)
    assert {name for name in model.state_dict() if "head" in name} == {"tempo_head.weight", "tempo_head.bias"}


def test_gradient_reaches_every_layer_but_the_front_end(model: Cnn14Tempo, waveform: Tensor) -> None:
    """From the scalar down to the first convolution."""
    model(waveform[:1]).sum().backward()
    reached = {name for name, weight in model.named_parameters() if weight.grad is not None and weight.grad.any()}
    model.zero_grad()
    assert reached == {name for name, weight in model.named_parameters() if weight.requires_grad}


def test_scale_of_the_scalar() -> None:
    """40 is 0, 250 is 1, and back; nothing is clamped."""
    tempo_bpm = torch.tensor([40.0, 145.0, 250.0, 271.0])
    torch.testing.assert_close(unit_from_bpm(tempo_bpm), torch.tensor([0.0, 0.5, 1.0, 1.1]))
    torch.testing.assert_close(bpm_from_unit(unit_from_bpm(tempo_bpm)), tempo_bpm)


def test_new_head_starts_near_nothing() -> None:
    """Zero bias, Xavier weights."""
    head = ScalarTempoHead()
    assert not head.linear.bias.any()
    assert 0.0 < float(head.linear.weight.detach().abs().max()) <= (6 / (EMBEDDING_SIZE + 1)) ** 0.5


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (torch.zeros(8_000), "shape"),
        (torch.zeros(1, 2, 8_000), "mono"),
        (torch.zeros(1, 2_479), "at least 0.31 s at 8000 Hz"),
    ],
)
def test_unfit_waveforms_are_refused_in_words(samples: Tensor, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        on_paper(CNN14_8K).log_mel(samples)


def test_shortest_clip_is_taken(model: Cnn14Tempo) -> None:
    """32 frames exactly."""
    with torch.inference_mode():
        assert model(torch.zeros(1, 2_480)).isfinite().all()


def test_spec_augment_blanks_stripes_in_training_only() -> None:
    """Whole frames and whole bands, within the limits, different from clip to clip."""
    torch.manual_seed(4)
    maps = torch.ones(8, 1, 400, 64)
    augment = SpecAugment()
    blanked = augment(maps)
    assert augment.eval()(maps) is maps
    frames = (blanked[:, 0].sum(dim=2) == 0).sum(dim=1)
    bands = (blanked[:, 0].sum(dim=1) == 0).sum(dim=1)
    assert int(frames.max()) <= 2 * 63
    assert int(bands.max()) <= 2 * 7
    assert len(set(frames.tolist())) > 1
    assert int(frames.max()) > 0
    assert int(bands.max()) > 0
    in_rest = blanked[0, 0][blanked[0, 0].sum(dim=1) > 0][:, blanked[0, 0].sum(dim=0) > 0]
    assert bool((in_rest == 1).all())
    assert isinstance(on_paper().spec_augmenter, nn.Identity)
    with torch.device("meta"):
        assert isinstance(Cnn14(CNN14_8K, spec_augment=True).spec_augmenter, SpecAugment)
