"""Finished runs of every kind scored on test clips: real networks before training, made-up spectrograms."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.data.clip_files import ClipFiles
from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.errors import DatasetError, TrainingError
from core.evaluation import clips
from core.evaluation.clips import SHIPPED_NOTE
from core.features.cnn14 import cnn14_log_mel, features_of, no_normalisation
from core.features.log_mel import FeatureSpec
from core.features.specs import CNN14_22K
from core.inference.fusion import source_of
from core.inference.load import load_tempo
from core.jobs import evaluation as run_evaluation
from core.jobs.evaluation import RunScore, evaluate_run
from core.models import cnn14
from core.models.checkpoint import save_checkpoint
from core.models.cnn14 import SCALAR_LABELS, Cnn14Tempo
from core.models.fusion import BuiltOn, SeedFusion
from core.runs.request import GTZAN, FusionBase, TrainRequest
from tests.support.jobs_world import toy_request
from tests.support.small_world import TEMPO_SPEC, header, save_genre_cnn, save_tempo_tcn, small_split

SPLIT = small_split(n_train=4, n_valid=2, n_test=4)
FILES = ClipFiles(Path("gtzan"), {clip_id: Path(f"{clip_id}.wav") for clip_id in (*SPLIT.train, *SPLIT.test)}, ())


def spectrograms(files: ClipFiles, spec: FeatureSpec, progress: object = None, front_end: object = None) -> LogMelSet:
    assert set(files.paths) == set(SPLIT.test), "the other clips are not needed"
    rng = torch.Generator().manual_seed(spec.hop_length)
    n_frames = 310 if spec == TEMPO_SPEC else 410
    return LogMelSet(tuple(files.paths), tuple(torch.randn(64, n_frames, generator=rng) for _ in files.paths))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_evaluation, "trained_on", lambda _: SPLIT)
    monkeypatch.setattr(clips, "load_log_mels", spectrograms)
    monkeypatch.setattr(run_evaluation, "describe_copy", lambda *_: "made up")


def request(out: Path, kind: str, name: str) -> TrainRequest:
    return replace(toy_request(name=name), kind=kind, out=out, data=GTZAN)


def test_a_genre_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_genre_cnn(tmp_path, "genre-mine")
    mine = request(tmp_path, "genre", "genre-mine")
    score = evaluate_run(mine, FILES)
    assert (score.row.n, score.row.data, score.row.checkpoint) == (4, "made up", "genre-mine")
    shipped = LogMelSet(SPLIT.test, tuple(torch.randn(64, 400) for _ in SPLIT.test))
    monkeypatch.setattr(run_evaluation, "shipped_log_mels", lambda: (shipped, FeatureSpec()))
    score = evaluate_run(replace(mine, data="shipped"), None)
    assert score.row.data == SHIPPED_NOTE


def test_a_tempo_run(tmp_path: Path) -> None:
    save_tempo_tcn(tmp_path, "tempo-mine")
    score = evaluate_run(request(tmp_path, "tempo", "tempo-mine"), FILES)
    assert (score.row.n, score.row.model, score.row.data) == (4, "tempo_tcn", "made up")
    assert 0.0 <= score.row.rhythm.score.accuracy1 <= score.row.rhythm.score.accuracy2 <= 1.0


def test_a_run_of_cnn14_is_evaluated_through_its_own_front_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head whose bias alone answers, 0.5 of 40 to 250, says 145 BPM of everything."""
    monkeypatch.setattr(cnn14, "EMBEDDING_SIZE", 16)
    monkeypatch.setattr(cnn14, "_CHANNELS", (1, 4, 4, 4, 8, 8, 16))
    net = Cnn14Tempo()
    with torch.no_grad():
        net.get_submodule("tempo_head.linear").get_parameter("weight").zero_()
        net.get_submodule("tempo_head.linear").get_parameter("bias").fill_(0.5)
    spec = features_of(CNN14_22K, 1.0)
    described = replace(header("tempo-mine", "cnn14_tempo", hop_frames=None), kind="tempo", features=spec)
    save_checkpoint(net, replace(described, labels=SCALAR_LABELS, normalisation=no_normalisation(spec)), tmp_path)
    fronts: list[object] = []

    def loaded(files: ClipFiles, spec: FeatureSpec, progress: object = None, front_end: object = None) -> LogMelSet:
        fronts.append(front_end)
        return spectrograms(files, spec)

    monkeypatch.setattr(clips, "load_log_mels", loaded)
    score = evaluate_run(request(tmp_path, "tempo", "tempo-mine"), FILES)
    assert fronts == [cnn14_log_mel]
    assert (score.row.n, score.row.model) == (4, "cnn14_tempo")
    truth_bpm = [clip.tempo_bpm for clip in load_clips() if clip.clip_id in SPLIT.test and clip.tempo_bpm]
    errors = [abs(145.0 - bpm) for bpm in truth_bpm]
    assert score.row.rhythm.score.mae_bpm == pytest.approx(sum(errors) / len(errors), abs=0.01)


def test_a_fusion_run_is_scored_beside_its_genre_model(tmp_path: Path) -> None:
    """A head that always says “rock” is right on the two clips of it, whatever the genre model says."""
    genre, tempo = save_genre_cnn(tmp_path / "g", "genre-x"), save_tempo_tcn(tmp_path / "t", "tempo-x")
    head = SeedFusion()
    with torch.no_grad():
        head.get_submodule("classifier").get_parameter("bias")[-1] = 100.0
    head.built_on = BuiltOn(source_of(genre), source_of(tempo), ())
    described = replace(header("fusion-mine", "fusion_seed", hop_frames=None), kind="fusion")
    save_checkpoint(head, described, tmp_path / "f")
    base = FusionBase("g/genre-x", "t/tempo-x", 42, checkpoints=tmp_path)
    score = evaluate_run(replace(request(tmp_path / "f", "fusion", "fusion-mine"), base=base), FILES)
    assert isinstance(score, RunScore)
    assert score.without_tempo is not None
    assert (score.row.checkpoint, score.row.n, score.row.accuracy) == ("fusion-mine", 4, 0.5)
    assert (score.without_tempo.checkpoint, score.without_tempo.n) == ("genre-x", 4)
    assert load_tempo("tempo-x", tmp_path / "t").header == tempo


@pytest.mark.parametrize("kind", ["genre", "tempo", "fusion"])
def test_without_audio_it_says_what_is_missing(kind: str, tmp_path: Path) -> None:
    save_genre_cnn(tmp_path, "mine")
    with pytest.raises(TrainingError, match="no folder is set now"):
        evaluate_run(request(tmp_path, kind, "mine"), None)


def test_missing_test_clips_are_named(tmp_path: Path) -> None:
    save_genre_cnn(tmp_path, "mine")
    few = ClipFiles(FILES.root, {SPLIT.test[0]: Path("x.wav")}, ())
    with pytest.raises(DatasetError, match="3 of 4 clips are missing"):
        evaluate_run(request(tmp_path, "genre", "mine"), few)
