"""The commands about tempo on the command line: evaluate, export, robustness."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.commands import evaluate, export
from core.commands import main as cli
from core.data.clips import load_clips
from core.evaluation import predictions
from core.evaluation.export import export_checkpoint, export_out_of_fold
from core.models.registry import ARCHITECTURES
from core.results import store
from core.results.tempo_predictions import TEMPO_TABLE
from core.results.tempo_reports import TEMPO_ROWS
from core.rhythm.tempo import estimate_tempo, soft_label
from core.types import Split
from tests.support.small_world import CLICK_ARCHITECTURE, CLICK_NET, SPEC, save_click_net, tempo_header
from tests.support.tempo_saved import table_in, tempo_predictions

Captured = pytest.CaptureFixture[str]
TRAIN, TEST = ("blues.00001", "rock.00001"), ("blues.00000", "rock.00000")
SPLIT = Split("stratified", 42, None, TRAIN, (), TEST)


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkpoints"
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)
    save_click_net(folder)
    return folder


@pytest.fixture
def small_gtzan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four clips of three seconds, two of them the test subset of every split."""
    monkeypatch.setattr(evaluate, "make_split", lambda *_: SPLIT)
    root = tmp_path / "gtzan"
    rng = np.random.default_rng(0)
    for clip_id in (*TRAIN, *TEST):
        path = root / "genres" / clip_id.split(".")[0] / f"{clip_id}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, rng.normal(0, 0.1, 3 * SPEC.sample_rate), SPEC.sample_rate)
    return root


def evaluated(checkpoints: Path, gtzan: Path, *options: str) -> int:
    return cli.main(["evaluate", "tempo", "--checkpoints", str(checkpoints), "--gtzan", str(gtzan), *options])


def test_evaluate_prints_the_report_as_json_and_keeps_it_when_asked(
    checkpoints: Path, small_gtzan: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "reports"
    monkeypatch.setattr(store, "REPORT_DIR", folder)
    assert evaluated(checkpoints, small_gtzan, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["checkpoint"], report["n"], report["rhythm"]["score"]["n"]) == ("tempo-tcn", 2, 2)
    assert report["data"].startswith("GTZAN, WAV copy")
    assert TEMPO_ROWS.load(folder) == ()
    assert evaluated(checkpoints, small_gtzan, "--save", "--json") == 0
    (row,) = TEMPO_ROWS.load(folder)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(report))
    assert row.n == 2


def test_evaluate_prints_text(checkpoints: Path, small_gtzan: Path, capsys: Captured) -> None:
    assert evaluated(checkpoints, small_gtzan) == 0
    text = capsys.readouterr().out
    for fact in (
        "tempo-tcn on stratified, split seed 42, test, n = 2 (GTZAN, WAV copy",
        "against GTZAN-Rhythm, hand-marked beats (n = 2",
        "against Marsyas (n = 2",
        "Accuracy2",
        "octaves",
        "half",
        "have a clear tempo",
        "leakage",
        "genre_median (n = 2)",
        "boeck2020 (n = 2)",
        "McNemar p = ",
    ):
        assert fact in text


def test_saved_predictions_of_ours_can_be_compared_with(
    checkpoints: Path, small_gtzan: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "TEMPO_TABLE", table_in(TEMPO_TABLE, tmp_path))
    assert evaluated(checkpoints, small_gtzan, "--against", "tempo-y") == 1
    assert "no saved tempo predictions of “tempo-y”" in capsys.readouterr().err
    estimates = {clip_id: estimate_tempo(soft_label(100.0)) for clip_id in TEST}
    subsets = {TEST[0]: "test", TEST[1]: "train"}
    TEMPO_TABLE.save(
        tempo_predictions("tempo-y", "Says 100.", estimates, dict.fromkeys(TEST, np.zeros(0)), subsets), tmp_path
    )
    assert evaluated(checkpoints, small_gtzan, "--against", "tempo-y", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    first = report["rhythm"]["rivals"][0]
    assert (first["name"], first["role"], first["n"]) == ("tempo-y", "ours", 1)  # of the two clips it knows one
    assert report["command"].endswith("--subset test --against tempo-y --gtzan DIR")


@pytest.fixture
def folds(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folds and their models."""
    splits = Split("artist_folds", 42, 0, TRAIN, (), TEST), Split("artist_folds", 42, 1, TEST, (), TRAIN)
    monkeypatch.setattr(predictions, "N_FOLDS", len(splits))
    monkeypatch.setattr(
        predictions, "make_split", lambda name, seed, fold: splits[fold] if name == "artist_folds" else SPLIT
    )
    for fold in range(len(splits)):
        save_click_net(checkpoints, tempo_header(f"tempo-x-fold{fold}", split="artist_folds", fold=fold))


@pytest.mark.usefixtures("folds")
def test_out_of_fold_predictions_are_scored(checkpoints: Path, small_gtzan: Path, capsys: Captured) -> None:
    assert evaluated(checkpoints, small_gtzan, "--checkpoint", "tempo-x", "--out-of-fold", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["checkpoint"], report["n"], report["fold"]) == ("tempo-x-oof", 4, None)


@pytest.mark.usefixtures("checkpoints")
def test_options_of_the_other_kind_are_explained(tmp_path: Path, capsys: Captured) -> None:
    assert evaluated(tmp_path / "checkpoints", tmp_path, "--windows", "first") == 1
    assert "--windows is for genre" in capsys.readouterr().err
    assert cli.main(["evaluate", "genre", "--out-of-fold"]) == 1
    assert "--out-of-fold and --against are for tempo" in capsys.readouterr().err


@pytest.mark.usefixtures("folds")
def test_export_writes_the_tempi_of_every_model_and_out_of_fold(
    checkpoints: Path, small_gtzan: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, ids = tmp_path / "data", (*TRAIN, *TEST)
    monkeypatch.setattr(export, "names", lambda _: ["tempo-tcn"])
    monkeypatch.setattr(export, "CHECKPOINT_DIR", checkpoints)
    monkeypatch.setattr(export, "export_checkpoint", partial(export_checkpoint, folder=data))
    monkeypatch.setattr(export, "export_out_of_fold", partial(export_out_of_fold, folder=data))
    monkeypatch.setattr("core.evaluation.export.load_clips", lambda: [c for c in load_clips() if c.clip_id in ids])
    words = ["export", "--only", "tempo", "--folds", "tempo-x", "--checkpoints", str(checkpoints)]
    assert cli.main([*words, "--gtzan", str(small_gtzan)]) == 0
    assert capsys.readouterr().out.split() == ["tempo-tcn", "tempo-x-oof"]
    assert TEMPO_TABLE.systems(data) == ["tempo-tcn", "tempo-x-oof"]
    assert tuple(TEMPO_TABLE.load("tempo-x-oof", data).by_clip) == tuple(sorted(ids))
    assert not (data / "predictions" / "tempo-tcn.csv").exists()


def test_export_of_one_checkpoint_takes_it_from_its_own_folder(
    checkpoints: Path, small_gtzan: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, ids = tmp_path / "data", (*TRAIN, *TEST)
    save_click_net(checkpoints, tempo_header("tempo-large"))
    monkeypatch.setattr(export, "export_checkpoint", partial(export_checkpoint, folder=data))
    monkeypatch.setattr("core.evaluation.export.load_clips", lambda: [c for c in load_clips() if c.clip_id in ids])
    words = ["export", "--checkpoint", "tempo-large", "--checkpoints", str(checkpoints), "--gtzan", str(small_gtzan)]
    assert cli.main(words) == 0
    assert capsys.readouterr().out.split() == ["tempo-large"]
    assert TEMPO_TABLE.systems(data) == ["tempo-large"]
    assert cli.main([*words, "--only", "tempo"]) == 1
    assert "Leave out --only and --folds" in capsys.readouterr().err


def test_export_of_a_fusion_says_what_makes_its_predictions(capsys: Captured, tmp_path: Path) -> None:
    assert cli.main(["export", "--checkpoint", "fusion-strong", "--gtzan", str(tmp_path)]) == 1
    assert "python -m core fusion" in capsys.readouterr().err
