"""Training Cnn14 for tempo, at toy size: labels, crops, what is exported, and how it answers."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from core.data.beats import Beats
from core.data.clip_files import ClipFiles
from core.data.log_mels import LogMelSet
from core.data.waveforms import WaveformSet, load_waveforms, samples_of
from core.errors import CheckpointError, TrainingError
from core.features.cnn14 import SILENCE_DB, cnn14_log_mel, features_of, front_end_of, pad_silence
from core.features.log_mel import FeatureSpec
from core.features.specs import CNN14_8K, CNN14_22K
from core.inference.cnn14 import Cnn14ScalarModel, scalar_estimate
from core.inference.load import load_tempo
from core.models import cnn14
from core.models.checkpoint import load_header, load_model
from core.models.cnn14 import SCALAR_LABELS, Cnn14Tempo
from core.models.cnn14_bins import BEAT_POOLING, Cnn14Bins
from core.models.packed_weights import pack, unpack
from core.models.panns_weights import PannsWeights
from core.rhythm.tempo import N_BINS, estimate_tempo, soft_label
from core.runs.request import TrainRequest
from core.training.cnn14.data import ScalarData, StretchedCrops, cropped, n_clamped
from core.training.cnn14.run import Cnn14Run, train_bins, train_scalar
from core.training.recipes.choices import check_combination
from core.training.recipes.cnn14 import CNN14_RECIPES
from core.training.tempo.data import TempoTrack
from core.types import CLEAR_CONFIDENCE
from tests.support.small_world import small_split, tempo_header

SPLIT = small_split(4, 2, 2)
IDS = tuple(sorted((*SPLIT.train, *SPLIT.valid)))
FEATURES = features_of(CNN14_22K, 1.0)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cnn14 with a handful of channels."""
    monkeypatch.setattr(cnn14, "EMBEDDING_SIZE", 16)
    monkeypatch.setattr(cnn14, "_CHANNELS", (1, 4, 4, 4, 8, 8, 16))


def waveforms() -> WaveformSet:
    rng = np.random.default_rng(0)
    rate = CNN14_22K.sample_rate
    return WaveformSet(IDS, tuple(rng.integers(-9_000, 9_000, 2 * rate).astype(np.int16) for _ in IDS), rate)


def log_mels(features: FeatureSpec = FEATURES) -> LogMelSet:
    made = waveforms()
    return LogMelSet(IDS, tuple(cnn14_log_mel(samples_of(each, len(each)), features) for each in made.waveforms))


def toy_run(name: str, out: Path) -> Cnn14Run:
    """A recipe as it is, but short and small."""
    recipe = dataclasses.replace(
        CNN14_RECIPES[name], window_s=1.0, epochs=2, batch_size=2, synth_per_style=0, n_without_tempo=2, hop_s=None
    )
    if recipe.head == "bins":
        recipe = dataclasses.replace(recipe, hop_s=0.5)
    return Cnn14Run(f"tempo-cnn14-{name}", recipe, SPLIT, 0, out, "made up", f"train {name}")


def click_track(tempo_bpm: float, n_frames: int = 3_000) -> TempoTrack:
    """Loud for a frame at each beat, in dB."""
    times_s = np.arange(0.3, n_frames * FEATURES.frame_s, 60.0 / tempo_bpm)
    track = torch.full((64, n_frames), -60.0)
    track[:, np.clip(np.round(times_s / FEATURES.frame_s).astype(int), 0, n_frames - 1)] = 0.0
    return TempoTrack(track, Beats(times_s, np.ones(len(times_s), dtype=np.int64)), tempo_bpm)


def test_the_study_receives_30_s_and_the_header_keeps_the_front_end() -> None:
    features = features_of(CNN14_22K, CNN14_RECIPES["seed"].window_s)
    assert round(CNN14_RECIPES["seed"].window_s * features.sample_rate) == 661_500
    assert features.n_frames == 2_068
    assert front_end_of(features) == CNN14_22K
    assert front_end_of(features_of(CNN14_8K, 10.0)) == CNN14_8K


def test_the_log_mel_of_a_track_is_the_network_s_own(toy: None) -> None:
    samples = samples_of(waveforms().waveforms[0], 22_050)
    net = Cnn14Tempo().eval()
    decibels = cnn14_log_mel(samples, FEATURES)
    assert torch.allclose(decibels.T, net.log_mel(torch.from_numpy(samples)[None])[0, 0], atol=1e-4)
    assert pad_silence(decibels, 100)[:, -1].tolist() == pytest.approx([SILENCE_DB] * 64)
    assert float(cnn14_log_mel(np.zeros(22_050, dtype=np.float32), FEATURES).max()) == pytest.approx(-100.0)


def test_tempi_outside_the_scale_are_clamped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.training.cnn14 import data as cnn14_data

    tempi = dict(zip(SPLIT.train, (20.0, 40.0, 145.0, 300.0), strict=True))
    monkeypatch.setattr(cnn14_data, "annotated", lambda ids: {name: tempi.get(name, 100.0) for name in ids})
    data = ScalarData(waveforms(), SPLIT, toy_run("seed", Path()).recipe, 0)
    clips = data.clips["train"]
    assert [float(clips[0, i].tempo_unit) for i in range(4)] == pytest.approx([0.0, 0.0, 0.5, 1.0])
    assert [float(clips[3, i].tempo_bpm) for i in range(4)] == [20.0, 40.0, 145.0, 300.0]
    assert n_clamped(list(tempi.values())) == 2


@pytest.mark.parametrize("n_source", [550, 690, 890])
def test_labels_of_a_crop_move_with_the_music(n_source: int) -> None:
    spec = features_of(CNN14_22K, 10.0)
    batch = cropped(click_track(100.0), 117, n_source, spec)
    speed = n_source / spec.n_frames
    assert batch.decibels.shape == (1, spec.n_frames, 64)
    assert float(batch.tempo_bpm) == pytest.approx(100.0 * speed)
    assert batch.tempo.numpy() == pytest.approx(soft_label(100.0 * speed), abs=1e-6)
    loud = batch.decibels[0, : len(batch.beats) * BEAT_POOLING, 0].reshape(-1, BEAT_POOLING).amax(1) > -45.0
    assert float(batch.beats[loud].min()) > 0.4
    assert float(batch.beats[~loud].max()) < 0.9


def test_crops_depend_on_seed_epoch_and_track_and_begin_with_synthetic_ones() -> None:
    recipe = dataclasses.replace(CNN14_RECIPES["strong"], pretraining_epochs=2)
    spec = features_of(CNN14_22K, 10.0)
    crops = StretchedCrops((click_track(60.0),), (click_track(170.0),), recipe, spec, seed=1)
    assert all(torch.equal(one, other) for one, other in zip(crops[(1, 0)], crops[(1, 0)], strict=True))
    assert not torch.equal(crops[(2, 0)].decibels, crops[(3, 0)].decibels)
    assert min(float(crops[(epoch, 0)].tempo_bpm) for epoch in (0, 1)) > 130.0
    assert max(float(crops[(epoch, 0)].tempo_bpm) for epoch in (2, 3)) < 79.0


def test_packing_loses_little() -> None:
    torch.manual_seed(0)
    state = {
        "conv": torch.randn(96, 32, 5, 5),
        "bias": torch.randn(96),
        "n": torch.tensor(7),
        "zero": torch.zeros(9, 8_192),
    }
    packed = pack(state)
    assert packed["conv"].dtype == torch.int8
    back = unpack(packed)
    assert list(back) == list(state)
    assert torch.equal(back["bias"], state["bias"])
    assert torch.equal(back["n"], state["n"])
    assert not back["zero"].any()
    error = (back["conv"] - state["conv"]).flatten(1).abs().amax(1)
    assert bool((error <= state["conv"].flatten(1).abs().amax(1) / 254 * 1.001).all())
    again = unpack(pack(back))
    assert torch.allclose(again["conv"], back["conv"], rtol=1e-5)


def test_the_seed_recipe_ends_in_a_checkpoint_that_predicts(toy: None, tmp_path: Path) -> None:
    header = train_scalar(toy_run("seed", tmp_path), waveforms(), log_mels())
    assert (header.model, header.labels, header.n_bits) == ("cnn14_tempo", SCALAR_LABELS, 8)
    assert "tempo outside 40 to 250 BPM" in header.provenance.data
    assert "tempo outside 40 to 250 BPM" in (tmp_path / "log.txt").read_text()
    reader = load_tempo("tempo-cnn14-seed", tmp_path)
    assert isinstance(reader, Cnn14ScalarModel)
    samples = samples_of(waveforms().waveforms[0], 22_050)
    reading = reader.predict(samples)
    with torch.inference_mode():
        unit = float(reader.net(torch.from_numpy(samples)[None]))
    expected = min(max(40.0 + 210.0 * unit, 40.0), 250.0)
    assert reading.estimate.tempo_bpm == pytest.approx(expected, abs=0.01)
    assert reading.estimate.candidates == ()
    assert reading.estimate.confidence == header.metrics["accuracy1"]
    assert len(reader.predict(np.tile(samples, 4)).window_start_s) > 1
    assert train_scalar(toy_run("seed", tmp_path), waveforms(), log_mels(), resume=True) == header
    with pytest.raises(TrainingError, match="--resume"):
        train_scalar(toy_run("seed", tmp_path), waveforms(), log_mels())


def test_the_strong_recipe_ends_in_a_checkpoint_that_predicts(toy: None, tmp_path: Path) -> None:
    run = toy_run("strong", tmp_path)
    assert run.features.hop_length == 2 * FEATURES.hop_length
    header = train_bins(run, log_mels(run.features))
    assert (header.model, header.n_bits) == ("cnn14_bins", 8)
    assert header.metrics.keys() == {"accuracy1", "accuracy2", "mae_bpm"}
    net, _ = load_model("tempo-cnn14-strong", tmp_path)
    assert isinstance(net, Cnn14Bins)
    reading = load_tempo("tempo-cnn14-strong", tmp_path).predict_clip(log_mels(run.features).log_mels[0])
    assert reading.window_distributions.shape == (3, N_BINS)
    assert reading.estimate.distribution.sum() == pytest.approx(1.0, abs=1e-4)
    assert not reading.estimate.is_clear  # it has learned nothing yet
    assert len(reading.beat_times_s) == 0


def test_the_bins_are_learned_from_the_lower_blocks(toy: None) -> None:
    """Clicks at tempi that a network of four channels would not find in its embedding in so few steps."""
    torch.manual_seed(2)
    truths_bpm = (72.0, 96.0, 128.0, 170.0)
    tracks = torch.stack([click_track(bpm, n_frames=700).features.T[None] for bpm in truths_bpm])
    labels = torch.stack([torch.from_numpy(soft_label(bpm)) for bpm in truths_bpm])
    net = Cnn14Bins()
    net.get_submodule("tempo_head").requires_grad_(False)
    optimizer = torch.optim.Adam([each for each in net.parameters() if each.requires_grad], lr=0.01)
    for _ in range(40):
        loss = torch.nn.functional.cross_entropy(net.outputs(tracks).tempo_logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.inference_mode():
        probs = net.eval().outputs(tracks).tempo_logits.softmax(-1).numpy()
    assert [estimate_tempo(row).tempo_bpm for row in probs] == pytest.approx(truths_bpm, rel=0.04)


def test_official_weights_are_taken_and_named(toy: None, tmp_path: Path) -> None:
    torch.manual_seed(5)
    tensors = dict(cnn14.Cnn14(CNN14_22K).state_dict())
    weights = PannsWeights("Cnn14.pth", CNN14_22K, tensors, ("fc_audioset",))
    run = dataclasses.replace(toy_run("strong", tmp_path), weights=weights)
    header = train_bins(dataclasses.replace(run, recipe=dataclasses.replace(run.recipe, epochs=1)), log_mels())
    assert header.provenance.data == "made up; started from Cnn14.pth"
    log = (tmp_path / "log.txt").read_text()
    assert "taken: spectrogram_extractor" in log
    assert "from scratch: beat_head, rhythm, rhythm_head, tempo_head" in log


@pytest.mark.parametrize("hit_rate", [0.0, 0.1, 0.6])
def test_a_bare_number_has_the_confidence_it_has_earned(hit_rate: float) -> None:
    estimate = scalar_estimate(120.0, hit_rate)
    assert estimate.distribution.sum() == pytest.approx(1.0, abs=1e-5)
    assert estimate.confidence == hit_rate
    assert estimate.is_clear == (hit_rate >= CLEAR_CONFIDENCE)
    assert scalar_estimate(-5.0, hit_rate).tempo_bpm == 40.0


def test_waveforms_come_from_the_cache_and_damage_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "blues.00000.wav"
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 22_050)
    soundfile.write(path, samples, 22_050, subtype="PCM_16")
    files = ClipFiles(tmp_path, {"blues.00000": path}, ())
    cache = tmp_path / "cache"
    first = load_waveforms(files, 22_050, cache)
    assert samples_of(first.waveforms[0], 22_060)[:22_050] == pytest.approx(samples, abs=1e-4)
    assert not samples_of(first.waveforms[0], 22_060)[22_050:].any()
    entry = next(cache.rglob("*.npy"))
    data = bytearray(entry.read_bytes())
    data[300] ^= 1
    entry.unlink()
    entry.write_bytes(data)
    again = load_waveforms(files, 22_050, cache)
    np.testing.assert_array_equal(again.waveforms[0], first.waveforms[0])


def test_options_of_other_models_are_refused() -> None:
    request = TrainRequest("tempo", "strong", "stratified", 42, None, 0, Path("x"), "tempo-x", "tcn")
    with pytest.raises(TrainingError, match="--model cnn14"):
        check_combination(dataclasses.replace(request, init=Path("Cnn14.pth")))
    with pytest.raises(TrainingError, match="front end of its own"):
        check_combination(dataclasses.replace(request, model="cnn14", f_max_hz=4_000.0))
    given = dataclasses.replace(request, model="cnn14", init=Path("/far/Cnn14.pth"))
    assert "--init Cnn14.pth" in given.command
    assert "/far" not in given.command
    assert "/far/Cnn14.pth" in given.arguments()
    assert given.differences(dataclasses.replace(given, init=None)) == ["--init Cnn14.pth instead of left out"]


def test_a_checkpoint_with_other_labels_is_refused(toy: None, tmp_path: Path) -> None:
    run = toy_run("strong", tmp_path)
    train_bins(run, log_mels(run.features))
    header = load_header("tempo-cnn14-strong", tmp_path)
    assert header.labels == tempo_header().labels
    path = tmp_path / "tempo-cnn14-strong.json"
    path.write_text(path.read_text().replace("30.00 BPM", "31.00 BPM", 1))
    with pytest.raises(CheckpointError, match="other labels"):
        load_tempo("tempo-cnn14-strong", tmp_path)
