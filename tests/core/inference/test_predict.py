"""Audio to prediction: the same from path, bytes and command line; windows, pooling, temperature."""

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
from core.inference.genre import GenreModel, pool_windows, window_outputs
from core.inference.load import load_genre
from core.inference.predict import Predictor
from core.inference.record import as_record
from core.models.checkpoint import Inference
from core.types import GENRES, FloatArray, Prediction
from tests.support.small_world import SPEC, BandNet, genre_track, header, save_genre_cnn, save_tempo_tcn


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """The real network, untrained."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_genre_cnn(folder)
    return Predictor.load(folder=folder)


def wav(duration_s: float) -> bytes:
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.1, round(duration_s * SPEC.sample_rate))
    samples *= np.linspace(0.2, 1.0, len(samples))
    content = io.BytesIO()
    soundfile.write(content, samples, SPEC.sample_rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


def band_model(hop_frames: int | None, temperature: float = 1.0) -> GenreModel:
    return GenreModel(BandNet(), header(hop_frames=hop_frames, temperature=temperature))


def blues_then_rock() -> torch.Tensor:
    """Two windows of blues, three of rock, back to back."""
    return torch.cat([genre_track("blues", 800), genre_track("rock", 1_200)], dim=1)


def assert_same(one: Prediction, other: Prediction) -> None:
    assert one.info == other.info
    np.testing.assert_array_equal(one.genre.probs, other.genre.probs)
    np.testing.assert_array_equal(one.genre.window_probs, other.genre.window_probs)
    np.testing.assert_array_equal(one.spectrogram, other.spectrogram)


def test_thirty_seconds_give_the_same_numbers_from_path_bytes_and_command_line(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content, path = wav(30.0), tmp_path / "thirty.wav"
    path.write_bytes(content)
    from_path = predictor.predict(load_audio(path, predictor.spec.sample_rate))
    from_bytes = predictor.predict(load_audio(content, predictor.spec.sample_rate))
    assert_same(from_path, from_bytes)
    monkeypatch.setattr(Predictor, "load", lambda *_: predictor)
    assert cli.main(["predict", "--json", str(path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"file": str(path), **as_record(from_path)}
    probs = [printed["genre_probs"][genre] for genre in GENRES]
    np.testing.assert_allclose(probs, from_path.genre.probs, atol=5.1e-6)


def test_prediction_of_a_short_and_of_a_longer_track(predictor: Predictor) -> None:
    short = predictor.predict(load_audio(wav(1.2)))
    assert short.spectrogram.shape == (SPEC.n_mels, 1 + round(1.2 * SPEC.sample_rate) // SPEC.hop_length)
    assert len(short.genre.window_probs) == 1
    longer = predictor.predict(load_audio(wav(13.0)))
    n_frames = 1 + round(13.0 * SPEC.sample_rate) // SPEC.hop_length
    assert longer.spectrogram.shape == (SPEC.n_mels, n_frames)
    np.testing.assert_allclose(
        longer.genre.window_start_s, np.array([0, 100, n_frames - 400]) * SPEC.frame_s, rtol=1e-6
    )
    assert longer.frame_s == SPEC.frame_s
    for estimate in (short.genre, longer.genre):
        assert estimate.probs.sum() == pytest.approx(1.0, abs=1e-5)
        np.testing.assert_allclose(estimate.window_probs.sum(1), 1.0, atol=1e-5)
        assert estimate.probs.dtype == estimate.window_probs.dtype == np.float32
        assert estimate.genre == GENRES[int(estimate.probs.argmax())] == estimate.ranked()[0][0]


def test_record_has_ten_names_and_rounded_numbers(predictor: Predictor) -> None:
    record = as_record(predictor.predict(load_audio(wav(1.5))))
    assert record.keys() >= {"duration_s", "genre", "genre_probs", "genre_checkpoint"}
    assert record["duration_s"] == 1.5
    probs = record["genre_probs"]
    assert isinstance(probs, dict)
    assert tuple(probs) == GENRES
    assert record["genre"] == max(probs, key=lambda genre: probs[genre])
    assert all(value == round(value, 5) for value in probs.values())


def test_windows_follow_a_long_track() -> None:
    estimate = band_model(400).estimate(blues_then_rock())
    said = [GENRES[i] for i in estimate.window_probs.argmax(1)]
    assert said == ["blues", "blues", "rock", "rock", "rock"]
    assert estimate.genre == "rock"
    np.testing.assert_allclose(estimate.window_start_s, np.arange(5) * SPEC.window_s, rtol=1e-6)
    assert estimate.window_s == SPEC.window_s


def test_without_a_hop_the_first_window_alone_counts() -> None:
    estimate = band_model(None).estimate(blues_then_rock())
    assert estimate.genre == "blues"
    np.testing.assert_allclose(estimate.probs, estimate.window_probs[0], rtol=1e-6)
    assert len(estimate.window_probs) == 9  # all are looked at, half a window apart
    assert GENRES[int(estimate.window_probs[-1].argmax())] == "rock"


def test_inference_settings_can_be_overridden() -> None:
    model, track = band_model(None), blues_then_rock()
    assert model.with_inference(Inference(400, 1.0)).estimate(track).genre == "rock"
    assert model.estimate(track).genre == "blues"


def test_windows_in_many_batches_are_as_one_by_one() -> None:
    track = torch.randn(SPEC.n_mels, 440)
    starts = list(range(0, 40))
    together = window_outputs(BandNet(), track, SPEC, starts)
    alone = torch.cat([window_outputs(BandNet(), track, SPEC, [start]) for start in starts])
    assert together.shape == (40, len(GENRES))
    assert torch.allclose(together, alone, atol=1e-6)


def test_pooling_is_the_softmax_of_the_mean_logits_over_the_temperature() -> None:
    logits = torch.zeros(2, 10)
    logits[0, 3], logits[1, 3] = 4.0, 2.0
    odds = np.exp(3.0 / 1.5)
    probs = pool_windows(logits, 1.5)
    assert float(probs[3]) == pytest.approx(odds / (odds + 9))
    assert float(probs[0]) == pytest.approx(1 / (odds + 9))


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_temperature_keeps_the_ranking_and_sets_the_confidence(temperature: float) -> None:
    track = torch.randn(SPEC.n_mels, SPEC.n_frames, generator=torch.Generator().manual_seed(1)) * 20

    def estimate(value: float) -> tuple[list[str], FloatArray]:
        said = band_model(100, value).estimate(track)
        return [genre for genre, _ in said.ranked()], said.probs

    ranking, probs = estimate(temperature)
    assert ranking == estimate(1.0)[0]
    assert estimate(temperature * 2)[1].max() < probs.max()
    assert probs.sum() == pytest.approx(1.0, abs=1e-6)


def test_normalisation_of_the_checkpoint_is_applied() -> None:
    statistics = dataclasses.replace(header().normalisation, mean_db=(10.0,) * SPEC.n_mels, std_db=(2.0,) * SPEC.n_mels)
    model = GenreModel(BandNet(), dataclasses.replace(header(), normalisation=statistics))
    track = model.normalised(torch.full((SPEC.n_mels, 3), 14.0))
    assert track.shape == (SPEC.n_mels, SPEC.n_frames)
    assert torch.all(track == 2.0)


def test_a_checkpoint_of_another_kind_is_refused(tmp_path: Path) -> None:
    save_tempo_tcn(tmp_path, "t")
    with pytest.raises(CheckpointError, match=r"tempo checkpoint\. Pick a genre checkpoint"):
        load_genre("t", tmp_path)


def test_a_missing_checkpoint_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint called “genre-strong”"):
        Predictor.load(folder=tmp_path)
