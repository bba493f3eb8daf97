"""`evaluate all` and `evaluate fusion` on a folder of small checkpoints and clips of noise."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.commands import evaluate
from core.commands import main as cli
from core.evaluation import predictions
from core.evaluation.predictions import Fused
from core.inference.fusion import source_of
from core.models.checkpoint import load_header, save_checkpoint
from core.models.fusion import BuiltOn, StrongFusion
from core.models.registry import ARCHITECTURES
from core.results import store
from core.results.fusion_reports import FUSION_ROWS
from core.results.genre_reports import FUSED_ROWS, GENRE_ROWS
from core.results.tempo_reports import TEMPO_ROWS
from core.types import Split
from tests.core.results.test_fusion_reports import report as fusion_row
from tests.core.results.test_genre_reports import report as genre_row
from tests.support.small_world import (
    BAND_ARCHITECTURE,
    BAND_NET,
    CLICK_ARCHITECTURE,
    CLICK_NET,
    SPEC,
    header,
    save_band_net,
    save_click_net,
    save_genre_cnn,
)

Captured = pytest.CaptureFixture[str]
SPLIT = Split("stratified", 42, None, ("blues.00001", "rock.00001"), (), ("blues.00000", "rock.00000"))


@pytest.fixture
def gtzan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test clips of a small split, which every checkpoint was trained on."""
    monkeypatch.setattr(predictions, "make_split", lambda *_: SPLIT)
    monkeypatch.setattr(evaluate, "make_split", lambda *_: SPLIT)
    rng = np.random.default_rng(0)
    for clip_id in SPLIT.test:
        path = tmp_path / "gtzan" / "genres" / clip_id.split(".")[0] / f"{clip_id}.wav"
        path.parent.mkdir(parents=True)
        soundfile.write(path, rng.normal(0, 0.1, 2 * SPEC.sample_rate), SPEC.sample_rate)
    return tmp_path / "gtzan"


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A genre checkpoint that answers from first windows, and a tempo checkpoint."""
    folder = tmp_path / "checkpoints"
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)
    save_band_net(folder, header("genre-x", hop_frames=None))
    save_click_net(folder)
    return folder


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of reports that the command takes for the shipped one."""
    folder = tmp_path / "reports"
    monkeypatch.setattr(store, "REPORT_DIR", folder)
    return folder


def evaluated(checkpoints: Path, gtzan: Path, *options: str) -> int:
    return cli.main(["evaluate", "all", "--checkpoints", str(checkpoints), "--gtzan", str(gtzan), *options])


def test_rows_are_saved_then_agree_then_differ(checkpoints: Path, gtzan: Path, kept: Path, capsys: Captured) -> None:
    assert evaluated(checkpoints, gtzan) == 0, "what has no row differs from nothing"
    assert "in no report yet" in capsys.readouterr().out
    assert not kept.exists()

    assert evaluated(checkpoints, gtzan, "--save") == 0
    (genre,), (tempo,) = GENRE_ROWS.load(kept), TEMPO_ROWS.load(kept)
    assert (genre.checkpoint, genre.windows, genre.n, genre.n_train_all) == ("genre-x", "first", 2, 2)
    assert (tempo.checkpoint, tempo.n) == ("tempo-tcn", 2)
    capsys.readouterr()

    GENRE_ROWS.save(genre_row(train_command="python -m core train genre --split-seed 0"), kept)
    assert evaluated(checkpoints, gtzan) == 0
    printed = capsys.readouterr()
    assert "2 rows measured: 2 agree to the printed digit, 0 differ, 0 are new" in printed.out
    assert "takes other trainings, 1 rows" in printed.out
    assert "python -m core train genre --split-seed 0" in printed.out
    assert "genre-x, 1 of 2" in printed.err

    GENRE_ROWS.save(replace(genre, accuracy=genre.accuracy - 0.25), kept)
    assert evaluated(checkpoints, gtzan) == 1
    assert "accuracy: " in (said := capsys.readouterr().out)
    assert "(+0.25)" in said
    assert evaluated(checkpoints, gtzan, "--json") == 1
    checked = json.loads(capsys.readouterr().out)["checked"]
    assert [each["outcome"] for each in checked] == ["differs", "agrees"]
    assert evaluated(checkpoints, gtzan, "--save") == 0, "remade"
    assert genre in GENRE_ROWS.load(kept)


def test_other_windows_are_measured_where_they_have_a_row(
    checkpoints: Path, gtzan: Path, kept: Path, capsys: Captured
) -> None:
    assert evaluated(checkpoints, gtzan, "--save") == 0
    (own,) = GENRE_ROWS.load(kept)
    GENRE_ROWS.save(replace(own, windows="mean", accuracy=0.123), kept)
    capsys.readouterr()
    assert evaluated(checkpoints, gtzan, "--json") == 1
    checked = json.loads(capsys.readouterr().out)["checked"]
    assert [(each["row"].get("windows"), each["outcome"]) for each in checked] == [
        ("first", "agrees"),
        ("mean", "differs"),
        (None, "agrees"),
    ]


def test_a_missing_clip_and_a_damaged_checkpoint_are_not_passed_over(
    checkpoints: Path, gtzan: Path, kept: Path, capsys: Captured
) -> None:
    (checkpoints / "zzz.json").write_text("{")
    assert evaluated(checkpoints, gtzan) == 1
    assert "zzz.json cannot be read" in capsys.readouterr().err
    (checkpoints / "zzz.json").unlink()
    next(gtzan.rglob("rock.00000.wav")).unlink()
    assert evaluated(checkpoints, gtzan) == 1
    assert "1 of 2 clips are missing, such as rock.00000" in capsys.readouterr().err
    kept.mkdir(exist_ok=True)
    assert evaluated(kept, gtzan) == 1
    assert "There is no checkpoint in" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--checkpoint", "genre-x"], ["--split", "fault_filtered"], ["--windows", "first"], ["--out-of-fold"]]
)
def test_all_chooses_by_itself(options: list[str], checkpoints: Path, gtzan: Path, capsys: Captured) -> None:
    assert evaluated(checkpoints, gtzan, *options) == 1
    assert "Leave out the options" in capsys.readouterr().err


def test_a_fusion_is_scored_with_the_checkpoints_that_it_is_built_on(
    checkpoints: Path, gtzan: Path, kept: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkpoints / "genre-x.json").unlink()
    save_genre_cnn(checkpoints)
    head = StrongFusion()
    parts = [source_of(load_header(name, checkpoints)) for name in ("genre-strong", "tempo-tcn")]
    head.built_on = BuiltOn(*parts, ())
    save_checkpoint(head, replace(header("fusion-strong", "fusion_strong"), kind="fusion"), checkpoints)
    assert Fused.load("fusion-strong", checkpoints).tempo.header.name == "tempo-tcn"

    FUSION_ROWS.save(fusion_row(), kept)
    assert evaluated(checkpoints, gtzan, "--save") == 0
    assert "fusion experiment, recipe strong, stratified, 4 clips" in capsys.readouterr().out
    (fused,), (genre,) = FUSED_ROWS.load(kept), GENRE_ROWS.load(kept)
    assert (fused.checkpoint, fused.n, genre.checkpoint) == ("fusion-strong", 2, "genre-strong")
    assert fused.log_loss != genre.log_loss

    monkeypatch.setattr(store, "REPORT_DIR", kept / "again")
    words = [*fused.command.split()[3:-1], str(gtzan), "--checkpoints", str(checkpoints), "--save"]
    assert cli.main(words) == 0
    assert FUSED_ROWS.load(kept / "again") == (fused,)
    assert "fusion-strong on stratified" in capsys.readouterr().out
    assert cli.main([*words, "--windows", "first"]) == 1
    assert cli.main(["evaluate", "fusion", "--checkpoint", "tempo-tcn", "--checkpoints", str(checkpoints)]) == 1
    assert "Pick a fusion checkpoint" in capsys.readouterr().err
