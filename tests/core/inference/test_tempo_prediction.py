"""Tempo in every prediction: one decoding, two models, a record and a line that never give a BPM alone."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from core.audio.load import load_audio
from core.commands import main as cli
from core.errors import CheckpointError
from core.inference.load import load_tempo
from core.inference.predict import Predictor
from core.inference.record import as_record
from core.inference.tempo import predict_tempo
from core.models.checkpoint import Inference, save_checkpoint
from core.models.registry import ARCHITECTURES
from core.rhythm.tempo import N_BINS, estimate_tempo, soft_label
from core.training.tempo.data import beat_target
from core.types import Prediction
from tests.support.small_world import (
    BAND_ARCHITECTURE,
    BAND_NET,
    CLICK_ARCHITECTURE,
    CLICK_NET,
    SPEC,
    TEMPO_SPEC,
    ClickNet,
    click_track,
    save_band_net,
    save_click_net,
    save_tempo_tcn,
    tempo_header,
)

KEYS = {
    "tempo_bpm", "tempo_confidence", "tempo_is_clear", "tempo_candidates", "beat_times_s", "tempo_checkpoint",
}  # fmt: skip


@pytest.fixture(autouse=True)
def small_nets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Genre and tempo checkpoints."""
    save_band_net(tmp_path)
    save_click_net(tmp_path)
    return tmp_path


def clicks_wav(tempo_bpm: float, duration_s: float = 7.0) -> bytes:
    """Bursts of noise at a tempo; faint noise alone for 0."""
    rng = np.random.default_rng(0)
    times_s = np.arange(round(duration_s * SPEC.sample_rate)) / SPEC.sample_rate
    since_beat_s = times_s % (60.0 / tempo_bpm) if tempo_bpm else np.ones_like(times_s)
    samples = rng.normal(0.0, 0.3, len(times_s)) * (np.exp(-since_beat_s / 0.02) + 1e-3)
    content = io.BytesIO()
    soundfile.write(content, np.clip(samples, -1, 1), SPEC.sample_rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


def predicted(folder: Path, tempo_bpm: float = 120.0, duration_s: float = 7.0) -> Prediction:
    return Predictor.load(folder=folder).predict(load_audio(clicks_wav(tempo_bpm, duration_s)))


def test_one_file_gets_genre_and_tempo(folder: Path) -> None:
    described = tempo_header()
    mean_db, std_db = (-35.0,) * SPEC.n_mels, (12.0,) * SPEC.n_mels
    statistics = dataclasses.replace(described.normalisation, mean_db=mean_db, std_db=std_db)
    save_click_net(folder, dataclasses.replace(described, normalisation=statistics))
    prediction = predicted(folder, 120.0)
    assert prediction.tempo is not None
    assert prediction.tempo.estimate.tempo_bpm == pytest.approx(120.0, rel=0.005)
    assert prediction.tempo.estimate.is_clear
    assert prediction.tempo.checkpoint == "tempo-tcn"
    assert np.diff(prediction.tempo.beat_times_s) == pytest.approx(0.5, abs=0.021)
    # The genre's part is what it is without a tempo.
    alone = Predictor.load(tempo=None, folder=folder).predict(load_audio(clicks_wav(120.0)))
    assert alone.tempo is None
    np.testing.assert_array_equal(alone.genre.probs, prediction.genre.probs)
    assert alone.spectrogram.shape[0] == SPEC.n_mels


def test_the_default_is_gone_without_where_it_is_not_installed(tmp_path: Path) -> None:
    save_band_net(tmp_path)
    assert Predictor.load(folder=tmp_path).tempo is None
    with pytest.raises(CheckpointError, match="no checkpoint called “tempo-x”"):
        Predictor.load(tempo="tempo-x", folder=tmp_path)


def test_damaged_weights_of_the_default_are_an_error_all_the_same(folder: Path) -> None:
    (folder / "tempo-tcn.safetensors").unlink()
    with pytest.raises(CheckpointError, match="missing beside its header"):
        Predictor.load(folder=folder)


def test_a_genre_checkpoint_is_no_tempo_checkpoint(folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is a genre checkpoint\. Pick a tempo checkpoint"):
        Predictor.load(tempo="genre-strong", folder=folder)


def test_checkpoints_of_different_sample_rates_do_not_go_together(folder: Path) -> None:
    other = dataclasses.replace(TEMPO_SPEC, sample_rate=16_000)
    save_checkpoint(ClickNet(), dataclasses.replace(tempo_header("tempo-16k"), features=other), folder)
    with pytest.raises(CheckpointError, match=r"“genre-strong” wants 22050 Hz and “tempo-16k” wants 16000 Hz"):
        Predictor.load(tempo="tempo-16k", folder=folder)


def test_record_has_the_tempo_with_its_alternatives(folder: Path) -> None:
    prediction = predicted(folder)
    reading = prediction.tempo
    assert reading is not None
    record = as_record(prediction)
    assert record.keys() >= KEYS
    assert record["tempo_bpm"] == round(reading.estimate.tempo_bpm, 2)
    assert record["tempo_confidence"] == pytest.approx(reading.estimate.confidence, abs=5.1e-6)
    assert record["tempo_is_clear"] is reading.estimate.is_clear
    assert record["tempo_checkpoint"] == "tempo-tcn"
    candidates = record["tempo_candidates"]
    assert isinstance(candidates, list)
    assert [c["name"] for c in candidates if isinstance(c, dict)] == [c.relation for c in reading.estimate.candidates]
    assert all(c.keys() == {"name", "bpm", "weight"} for c in candidates if isinstance(c, dict))
    assert record["beat_times_s"] == pytest.approx(reading.beat_times_s.tolist(), abs=5.1e-4)
    assert json.loads(json.dumps(record)) == record


def test_record_without_a_tempo_checkpoint_has_the_same_fields(folder: Path) -> None:
    record = as_record(Predictor.load(tempo=None, folder=folder).predict(load_audio(clicks_wav(120.0, 2.0))))
    assert {key: record[key] for key in KEYS} == {
        "tempo_bpm": None, "tempo_confidence": None, "tempo_is_clear": None, "tempo_candidates": [],
        "beat_times_s": [], "tempo_checkpoint": None,
    }  # fmt: skip
    assert record.keys() == as_record(predicted(folder, duration_s=2.0)).keys()


def line(folder: Path, path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert cli.main(["predict", "--checkpoints", str(folder), *options, str(path)]) == 0
    return capsys.readouterr().out.strip()


def net_that_says(folder: Path, **weights: float) -> None:
    """A checkpoint that gives these BPM, as `bpm120=0.8`, whatever it receives."""

    distribution = sum(share * soft_label(float(name.removeprefix("bpm"))) for name, share in weights.items())
    logits = torch.from_numpy(np.log(np.asarray(distribution) + 1e-9))

    class Settled(ClickNet):
        def outputs(self, windows: torch.Tensor) -> object:
            return dataclasses.replace(super().outputs(windows), tempo_logits=logits.expand(len(windows), -1).float())

    ARCHITECTURES[CLICK_NET] = dataclasses.replace(CLICK_ARCHITECTURE, build=lambda _, __: Settled())
    save_click_net(folder)


def test_the_line_gives_the_bpm_with_its_best_alternative(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.wav"
    path.write_bytes(clicks_wav(0.0, 2.0))
    net_that_says(folder, bpm96=0.7, bpm192=0.3)
    assert line(folder, path, capsys).split(" [")[0].endswith("%), 96.0 BPM (69%, double 192.0 BPM 29%), 2.0 s")
    assert line(folder, path, capsys, "--tempo", "tempo-tcn").split(" [")[0].endswith("BPM 29%), 2.0 s")


def test_the_line_says_when_there_is_no_clear_tempo_or_no_checkpoint(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "one.wav"
    path.write_bytes(clicks_wav(0.0, 2.0))
    net_that_says(folder, bpm60=0.25, bpm81=0.25, bpm111=0.25, bpm150=0.25)
    printed = line(folder, path, capsys).split(" [")[0]
    assert printed.endswith("%), no clear tempo, 2.0 s")
    assert "BPM" not in printed
    (folder / "tempo-tcn.json").unlink()
    assert line(folder, path, capsys).split(" [")[0].endswith("%), no tempo checkpoint installed, 2.0 s")


def test_an_unknown_tempo_checkpoint_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", "--checkpoints", str(folder), "--tempo", "tempo-x", "x.wav"]) == 1
    assert capsys.readouterr().err.startswith("error: There is no checkpoint called “tempo-x”")


# Over the length of a track

INFERENCE = Inference(hop_frames=150, temperature=1.0)


def test_the_tempo_is_followed_over_a_long_track() -> None:
    track = torch.cat([click_track(100.0, 600), click_track(140.0, 600)], dim=1)
    reading = predict_tempo(ClickNet().eval(), track, TEMPO_SPEC, INFERENCE, "x")
    n_windows = len(reading.window_start_s)
    assert reading.window_start_s.tolist() == pytest.approx([3.0 * i for i in range(7)])
    assert reading.window_s == pytest.approx(TEMPO_SPEC.window_s)
    assert reading.window_tempo_bpm.shape == reading.window_confidence.shape == (n_windows,)
    assert reading.window_distributions.shape == (n_windows, N_BINS)
    assert reading.window_tempo_bpm[:3] == pytest.approx(np.full(3, 100.0), rel=0.005)
    assert reading.window_tempo_bpm[4:] == pytest.approx(np.full(3, 140.0), rel=0.005)
    assert reading.window_confidence[[0, 1, 5, 6]].min() > 0.9
    assert reading.checkpoint == "x"


def test_each_part_of_a_track_that_changes_has_its_own_tempo_and_beats() -> None:
    track = torch.cat([click_track(90.0, 700, 0.0), click_track(140.0, 1_000, 0.0)], dim=1)
    reading = predict_tempo(ClickNet().eval(), track, TEMPO_SPEC, INFERENCE, "x")
    first, second = reading.parts
    assert reading.changes
    assert (first.start_s, first.end_s, second.end_s) == (0.0, second.start_s, pytest.approx(34.0))
    assert second.start_s == pytest.approx(14.0, abs=0.3)
    assert (first.tempo_bpm, second.tempo_bpm) == (pytest.approx(90.0, rel=0.003), pytest.approx(140.0, rel=0.003))
    assert reading.estimate.tempo_bpm == second.tempo_bpm  # the longer one
    for part in reading.parts:
        inside = (reading.beat_times_s >= part.start_s) & (reading.beat_times_s < part.end_s)
        assert np.diff(reading.beat_times_s[inside]) == pytest.approx(60.0 / part.tempo_bpm, abs=0.04)
        assert inside.sum() == pytest.approx((part.end_s - part.start_s) * part.tempo_bpm / 60.0, abs=1.5)
    assert (np.diff(reading.beat_times_s) > 0.2).all()


@pytest.mark.parametrize("tempo_bpm", [72.0, 100.0, 150.0])
def test_a_steady_track_has_no_parts(tempo_bpm: float) -> None:
    reading = predict_tempo(ClickNet().eval(), click_track(tempo_bpm, 1_500), TEMPO_SPEC, INFERENCE)
    assert reading.parts == ()
    assert not reading.changes


@pytest.mark.parametrize(("n_frames", "n_windows"), [(200, 1), (300, 1), (301, 2), (450, 2), (451, 3)])
def test_every_window_is_as_long_as_in_training(n_frames: int, n_windows: int) -> None:
    received: list[int] = []

    class Counting(ClickNet):
        def outputs(self, windows: torch.Tensor) -> object:
            received.append(windows.shape[-1])
            return super().outputs(windows)

    reading = predict_tempo(Counting().eval(), click_track(120.0, n_frames), TEMPO_SPEC, INFERENCE)
    assert received == [TEMPO_SPEC.n_frames] * n_windows
    assert len(reading.window_start_s) == n_windows
    assert reading.window_s == pytest.approx(TEMPO_SPEC.window_s)
    if n_windows == 1:
        assert reading.window_tempo_bpm.tolist() == pytest.approx([reading.estimate.tempo_bpm])
        assert reading.window_confidence.tolist() == pytest.approx([reading.estimate.confidence])
        np.testing.assert_array_equal(reading.window_distributions[0], reading.estimate.distribution)


def test_beats_reach_to_the_end_of_the_last_window() -> None:
    reading = predict_tempo(ClickNet().eval(), click_track(120.0, 440), TEMPO_SPEC, INFERENCE)
    assert reading.beat_times_s.max() == pytest.approx(8.7, abs=0.03)


def test_a_tempo_that_drifts_is_the_mean_over_its_beats() -> None:
    """As in the ground truth; the strongest single rate of such a piece is another one."""
    tempi_bpm = np.linspace(100.0, 112.0, 40)
    times_s = 0.2 + np.cumsum(60.0 / tempi_bpm)
    track = (3.0 * beat_target(times_s / TEMPO_SPEC.frame_s, 1_200) - 0.5).expand(64, 1_200)
    reading = predict_tempo(ClickNet().eval(), track, TEMPO_SPEC, INFERENCE)
    heard_s = times_s[(times_s >= reading.beat_times_s[0] - 0.1) & (times_s <= reading.beat_times_s[-1] + 0.1)]
    assert reading.estimate.is_clear
    assert reading.estimate.tempo_bpm == pytest.approx((60.0 / np.diff(heard_s)).mean(), rel=0.003)


@pytest.mark.parametrize(("sureness", "is_tracked"), [(0.25, False), (0.35, True)])
def test_a_pulse_is_followed_though_its_tempo_is_too_open_to_be_named(sureness: float, is_tracked: bool) -> None:
    class Unconfident(ClickNet):
        """Gives most of the weight to other tempi, none of them much."""

        def outputs(self, windows: torch.Tensor) -> object:
            received = super().outputs(windows)
            even = torch.full_like(received.tempo_logits, 1.0 / received.tempo_logits.shape[-1])
            weight = sureness - 0.03  # what the even part has near the tempo, too
            return dataclasses.replace(
                received, tempo_logits=(weight * received.tempo_logits.softmax(-1) + (1.0 - weight) * even).log()
            )

    reading = predict_tempo(Unconfident().eval(), click_track(120.0), TEMPO_SPEC, INFERENCE)
    assert reading.estimate.confidence == pytest.approx(sureness, abs=0.04)
    assert not reading.estimate.is_clear
    assert (len(reading.beat_times_s) > 0) == is_tracked


def test_without_beats_the_distribution_tells_the_tempo() -> None:
    class WithoutBeats(ClickNet):
        """Knows the tempo, but not where the beats are."""

        def outputs(self, windows: torch.Tensor) -> object:
            received = super().outputs(windows)
            return dataclasses.replace(received, beat_logits=0.0 * received.beat_logits - 5.0)

    reading = predict_tempo(WithoutBeats().eval(), click_track(127.0), TEMPO_SPEC, INFERENCE)
    assert reading.estimate.tempo_bpm == pytest.approx(127.0, rel=0.01)  # whole frames a beat would be 125 BPM


def test_the_real_network_reads_samples(tmp_path: Path) -> None:
    save_tempo_tcn(tmp_path)
    model = load_tempo("tempo-tcn", tmp_path)
    audio = load_audio(clicks_wav(120.0))
    reading = model.predict(audio.samples)
    assert reading.checkpoint == "tempo-tcn"
    assert reading.estimate.distribution.shape == (N_BINS,)
    assert not reading.estimate.is_clear  # it has learned nothing yet


def test_the_best_alternative_is_the_weightiest() -> None:
    estimate = estimate_tempo(0.6 * soft_label(90.0) + 0.4 * soft_label(45.0))
    assert estimate.best_alternative is not None
    assert estimate.best_alternative.relation == "half"
    assert dataclasses.replace(estimate, candidates=()).best_alternative is None
