"""Genre, tempo and fusion together: what a prediction then holds."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.errors import CheckpointError
from core.inference.fusion import source_of
from core.inference.load import DEFAULT_FUSION, DEFAULT_TEMPO
from core.inference.predict import Predictor
from core.inference.record import as_record
from core.models.checkpoint import load_header, save_checkpoint
from core.models.fusion import BuiltOn, StrongFusion
from core.models.tempo_tcn import TempoTCN
from core.rhythm.tempo import TEMPO_LABELS
from core.training.recipes.tempo import TEMPO_FEATURES
from core.types import GENRES, Audio, AudioInfo
from tests.support.small_world import SPEC, header, save_genre_cnn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genre, a tempo and a fusion checkpoint that belong together, and a tempo checkpoint that does not."""
    made = tmp_path_factory.mktemp("checkpoints")
    save_genre_cnn(made)
    features = dataclasses.replace(TEMPO_FEATURES, n_frames=200)
    tempo = dataclasses.replace(
        header(DEFAULT_TEMPO, "tempo_tcn"), kind="tempo", labels=TEMPO_LABELS, features=features
    )
    tempo = save_checkpoint(TempoTCN(), tempo, made)
    head = StrongFusion()
    head.built_on = BuiltOn(source_of(load_header("genre-strong", made)), source_of(tempo), ())
    for name in (DEFAULT_FUSION, "fusion-x"):
        save_checkpoint(head, dataclasses.replace(header(name, "fusion_strong"), kind="fusion"), made)
    other = dataclasses.replace(load_header(DEFAULT_TEMPO, made), name="tempo-other")
    save_checkpoint(TempoTCN(), other, made)
    return made


def noise(duration_s: float = 4.0) -> Audio:
    samples = np.random.default_rng(0).normal(0, 0.1, round(duration_s * SPEC.sample_rate)).astype(np.float32)
    return Audio(samples, SPEC.sample_rate, AudioInfo("WAV", SPEC.sample_rate, 1, duration_s))


def test_a_prediction_holds_the_fused_genre(folder: Path) -> None:
    predictor = Predictor.load(folder=folder)
    assert predictor.predict(noise(4.0)).fused is None  # less than a window
    prediction = predictor.predict(noise(11.0))
    assert prediction.fused is not None
    assert prediction.fused.checkpoint == DEFAULT_FUSION
    assert not np.array_equal(prediction.fused.probs, prediction.genre.probs)
    record = as_record(prediction)
    probs = record["fused_probs"]
    assert isinstance(probs, dict)
    assert tuple(probs) == GENRES
    assert sum(probs.values()) == pytest.approx(1.0, abs=1e-3)
    assert record["fused_genre"] == prediction.fused.genre
    assert record["fusion_checkpoint"] == DEFAULT_FUSION


@pytest.mark.parametrize(("genre", "tempo"), [("genre-strong", "tempo-other"), ("genre-strong", None)])
def test_the_default_is_gone_without_beside_other_checkpoints(genre: str, tempo: str | None, folder: Path) -> None:
    prediction = Predictor.load(genre, tempo, folder).predict(noise(1.5))
    assert prediction.fused is None
    record = as_record(prediction)
    assert record["fused_probs"] is record["fused_genre"] is record["fusion_checkpoint"] is None


def test_a_fusion_that_was_asked_for_must_fit(folder: Path) -> None:
    assert Predictor.load(folder=folder, fusion="fusion-x").fusion is not None
    assert Predictor.load(folder=folder, fusion=None).fusion is None
    with pytest.raises(CheckpointError, match="tempo-tcn"):
        Predictor.load(tempo="tempo-other", folder=folder, fusion="fusion-x")
    with pytest.raises(CheckpointError, match="--tempo"):
        Predictor.load(tempo=None, folder=folder, fusion="fusion-x")
    with pytest.raises(CheckpointError, match="fusion-y"):
        Predictor.load(folder=folder, fusion="fusion-y")
