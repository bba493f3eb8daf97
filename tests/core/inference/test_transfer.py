"""genre-transfer: the shipped classifiers on features of musicnn, from sound to a genre with tags beside it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.audio.load import load_audio
from core.audio.resample import resampled
from core.data.clip_files import find_clips
from core.data.clips import load_clips
from core.data.features import ClipFeatures, load_features, save_features
from core.data.splits import make_split
from core.errors import CheckpointError, DatasetError
from core.features.musicnn import SAMPLE_RATE
from core.inference import musicnn
from core.inference.load import load_cnn, load_genre
from core.inference.musicnn import MOST_WINDOWS, load_extractor
from core.inference.predict import Predictor
from core.inference.transfer import TransferModel
from core.models.musicnn import N_FEATURES
from core.results.genre_predictions import GENRE_TABLE
from core.synth import DEMO_TRACKS, render
from core.training.classifiers.fit import fit_classifier
from core.training.classifiers.systems import Candidate
from core.training.classifiers.transfer import head_of
from core.types import GENRES, Audio, AudioInfo, FloatArray

NAMES = ("genre-transfer", "genre-transfer-mtt")


def model(name: str) -> TransferModel:
    loaded = load_genre(name)
    assert isinstance(loaded, TransferModel)
    return loaded


def noise(seconds: float, rate: int = SAMPLE_RATE, scale: float = 0.1) -> FloatArray:
    return np.random.default_rng(0).normal(0, scale, round(seconds * rate)).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_classifier_gives_the_shipped_predictions(name: str) -> None:
    """From the features that ship, without audio."""
    loaded, saved = model(name), GENRE_TABLE.load(name)
    features = load_features("mtt" if name.endswith("mtt") else "msd").by_clip
    for clip_id in list(features)[::111]:
        with torch.inference_mode():
            logits = loaded.net(torch.from_numpy(features[clip_id])[None])[0]
        probs = torch.softmax(logits / loaded.header.inference.temperature, dim=-1)
        np.testing.assert_allclose(probs.numpy(), saved.by_clip[clip_id], atol=2e-3)


def test_a_clip_is_predicted_from_its_audio_as_from_the_features_that_ship(gtzan_dir: Path) -> None:
    paths, saved = find_clips(gtzan_dir).paths, GENRE_TABLE.load("genre-transfer")
    for clip_id in ("blues.00000", "metal.00050"):
        direct = model("genre-transfer").predict(load_audio(paths[clip_id], SAMPLE_RATE).samples)
        np.testing.assert_allclose(direct.probs, saved.by_clip[clip_id], atol=0.02)
        at_22_khz = load_audio(paths[clip_id], 22_050).samples
        through = model("genre-transfer").predict(resampled(at_22_khz, 22_050, SAMPLE_RATE))
        np.testing.assert_allclose(through.probs, direct.probs, atol=0.02)


def test_a_network_of_fitted_machines_gives_their_outputs() -> None:
    rng, split = np.random.default_rng(1), make_split("stratified")
    genre_of = {clip.clip_id: GENRES.index(clip.genre) for clip in load_clips()}
    centres = rng.normal(0, 1, (len(GENRES), N_FEATURES))
    rows = {i: (centres[genre_of[i]] + rng.normal(0, 2, N_FEATURES)).astype(np.float16) for i in genre_of}
    features = {clip_id: row.astype(np.float32)[None] for clip_id, row in rows.items()}
    fitted = fit_classifier(features, split, (Candidate(3.0, one_vs_rest=True),))
    head = head_of(fitted, np.concatenate([features[clip_id] for clip_id in split.train]))
    asked = np.concatenate([features[clip_id] for clip_id in split.test[:20]])
    with torch.inference_mode():
        outputs = head(torch.from_numpy(asked)).numpy()
    np.testing.assert_allclose(outputs, fitted.pipeline.decision_function(asked), atol=1e-3)
    assert fitted.valid_accuracy > 0.9


def test_genre_does_not_depend_on_the_gain_and_short_sound_is_repeated() -> None:
    sound, loaded = noise(5.0), model("genre-transfer")
    np.testing.assert_allclose(loaded.predict(sound * 0.01).probs, loaded.predict(sound).probs, atol=1e-3)
    short = loaded.predict(noise(0.5))
    assert short.window_probs.shape == (1, len(GENRES))
    assert short.probs.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_long_sound_is_described_by_few_windows() -> None:
    described = load_extractor("msd").describe(torch.rand(10 * 60 * 63, 96))
    assert len(described.tags) <= MOST_WINDOWS + 1
    assert described.features.shape == (len(described.tags), N_FEATURES)
    assert described.window_start_s[-1] > 9 * 60


def test_predictor_shows_the_cnn_beside_it_and_the_tags() -> None:
    samples = render(DEMO_TRACKS[0].style, DEMO_TRACKS[0].tempo_bpm, 8.0).samples
    audio = Audio(samples, 22_050, AudioInfo("WAV", 22_050, 1, len(samples) / 22_050))
    predictor = Predictor.load("genre-transfer")
    prediction = predictor.predict(audio)
    assert prediction.genre.checkpoint == "genre-transfer"
    assert [each.checkpoint for each in prediction.beside] == ["genre-strong"]
    assert prediction.fused is None or prediction.fused.checkpoint == "fusion-strong"
    alone = Predictor.load("genre-strong").predict(audio)
    np.testing.assert_array_equal(alone.genre.probs, prediction.beside[0].probs)
    assert (alone.beside, alone.tags) == ((), None)
    np.testing.assert_array_equal(alone.cnn.probs, prediction.cnn.probs)
    assert prediction.tags is not None
    assert prediction.tags.probs.shape == (len(prediction.tags.window_start_s), 50)
    assert len(prediction.tags.ranked()) == 50


def test_a_transfer_model_is_no_cnn() -> None:
    with pytest.raises(CheckpointError, match="is no genre CNN"):
        load_cnn("genre-transfer")


def test_damaged_weights_name_their_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(musicnn, "_FOLDER", tmp_path)
    load_extractor.cache_clear()
    with pytest.raises(CheckpointError, match="git checkout checkpoints/musicnn"):
        load_extractor("msd")
    (tmp_path / "msd.json").write_text('{"weights_sha256": "0", "tags": []}')
    (tmp_path / "msd.safetensors").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="wrong digest"):
        load_extractor("msd")


def test_features_come_back_and_those_of_too_few_clips_are_refused(tmp_path: Path) -> None:
    made = {clip.clip_id: np.full(3, index, dtype=np.float32) for index, clip in enumerate(load_clips())}
    save_features("msd", ClipFeatures(made, "a copy"), tmp_path)
    loaded = load_features("msd", tmp_path)
    assert loaded.data_note == "a copy"
    assert loaded.by_clip.keys() == made.keys()
    assert loaded.by_clip[load_clips()[7].clip_id].tolist() == [7.0, 7.0, 7.0]
    with pytest.raises(DatasetError, match="git checkout data"):
        load_features("mtt", tmp_path)
    del made["jazz.00000"]
    with pytest.raises(DatasetError, match="1 of 999 clips have no features"):
        save_features("msd", ClipFeatures(made, "a copy"), tmp_path)
