"""The command line: what it prints, where, and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio.load import load_audio
from core.commands import evaluate, predict
from core.commands import main as cli
from core.data.splits import make_split
from core.inference.predict import Predictor
from core.models.registry import ARCHITECTURES
from core.results import store
from core.results.genre_reports import GENRE_ROWS
from core.system.paths import ROOT
from core.types import GENRES, Split
from tests.support.small_world import BAND_ARCHITECTURE, BAND_NET, SPEC, header, save_band_net, save_genre_cnn

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of checkpoints that the commands take for the shipped one."""
    folder = tmp_path / "checkpoints"
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    save_band_net(folder)
    save_band_net(folder, header("genre-other", hop_frames=None))
    monkeypatch.setattr(predict, "Predictor", PredictorOf(folder))
    return folder


class PredictorOf:
    """`Predictor`, loading from another folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, genre: str, tempo: str, _: Path, fusion: str) -> Predictor:
        return Predictor.load(genre, tempo, self.folder, fusion)


def sound(path: Path, duration_s: float = 1.5, seed: int = 0) -> Path:
    samples = np.random.default_rng(seed).normal(0, 0.1, round(duration_s * SPEC.sample_rate))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, SPEC.sample_rate)
    return path


@pytest.mark.usefixtures("checkpoints")
def test_predict_prints_one_line_per_file(tmp_path: Path, capsys: Captured) -> None:
    one, other = sound(tmp_path / "one.wav"), sound(tmp_path / "óther song.flac", 2.0)
    assert cli.main(["predict", str(one), str(other)]) == 0  # noise: no genre fits it
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert printed.err == ""
    assert [line.split(": ")[0] for line in lines] == [str(one), str(other)]
    assert "1.5 s [Only 1.5 s of sound: too short to be sure of a genre." in lines[0]
    assert any(f"(nearest: {genre} " in lines[1] for genre in GENRES)


@pytest.mark.usefixtures("checkpoints")
def test_bad_files_get_a_line_on_stderr_and_the_others_are_still_done(tmp_path: Path, capsys: Captured) -> None:
    good, last = sound(tmp_path / "good.wav"), sound(tmp_path / "last.wav", 2.0)
    text, missing, empty = tmp_path / "text.mp3", tmp_path / "missing.wav", tmp_path / "empty.wav"
    text.write_text("This is no music.\n" * 50)
    empty.touch()
    assert cli.main(["predict", "--json", *map(str, (text, good, missing, tmp_path, empty, last))]) == 1
    printed = capsys.readouterr()
    records = [json.loads(line) for line in printed.out.splitlines()]
    assert [record["file"] for record in records] == [str(good), str(last)]
    assert [record["duration_s"] for record in records] == [1.5, 2.0]
    errors = printed.err.splitlines()
    assert all(line.startswith(str(path)) for path, line in zip((text, missing, tmp_path, empty), errors, strict=True))
    assert errors[2].count(str(tmp_path)) == 1, "its error names the folder itself"


@pytest.mark.usefixtures("checkpoints")
def test_json_holds_the_prediction(tmp_path: Path, capsys: Captured) -> None:
    path = sound(tmp_path / "one.wav")
    assert cli.main(["predict", "--json", "--genre", "genre-other", str(path)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record.keys() >= {"file", "duration_s", "genre", "genre_probs", "genre_checkpoint"}
    assert tuple(record["genre_probs"]) == GENRES
    assert sum(record["genre_probs"].values()) == pytest.approx(1.0, abs=1e-3)
    assert record["genre"] == max(record["genre_probs"], key=record["genre_probs"].get)
    assert record["genre_checkpoint"] == "genre-other"


def test_a_range_of_tempi_that_is_none_ends_before_anything_is_predicted(capsys: Captured) -> None:
    assert cli.main(["predict", "--tempo-range", "120:60", "missing.wav"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: 120:60 is no range of tempi. Give LOW:HIGH in BPM within 30 to 300")


@pytest.mark.usefixtures("checkpoints")
def test_an_unknown_checkpoint_is_one_line_with_the_cure(tmp_path: Path, capsys: Captured) -> None:
    assert cli.main(["predict", "--genre", "genre-x", str(sound(tmp_path / "one.wav"))]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: There is no checkpoint called “genre-x”")
    assert "genre-other, genre-strong" in printed.err


def test_describe_prints_the_cards_asked_for_or_all(checkpoints: Path, capsys: Captured) -> None:
    command = ["describe", "--checkpoints", str(checkpoints)]
    assert cli.main([*command, "genre-other"]) == 0
    alone = capsys.readouterr().out
    assert alone.startswith("genre-other\n")
    assert "genre-strong" not in alone
    assert cli.main(command) == 0
    every = capsys.readouterr().out
    assert alone.strip() in every
    assert "\ngenre-strong\n" in every
    assert cli.main([*command, "genre-x"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_of_checkpoints_that_is_not_there_is_named(tmp_path: Path, capsys: Captured) -> None:
    missing = tmp_path / "away"
    with pytest.raises(SystemExit, match="2"):
        cli.main(["describe", "--checkpoints", str(missing)])
    assert f"there is no folder {missing}" in capsys.readouterr().err


@pytest.mark.usefixtures("checkpoints")
def test_a_file_name_does_not_steer_the_terminal(tmp_path: Path, capsys: Captured) -> None:
    name = "red\x1b[31m\r.wav"
    (tmp_path / name).write_bytes(b"")
    assert cli.main(["predict", str(tmp_path / name)]) == 1
    sound(tmp_path / name)
    assert cli.main(["predict", str(tmp_path / name)]) == 0
    out, err = capsys.readouterr()
    for line in (out, err):
        assert "red\\x1b[31m\\r.wav" in line
        assert "\x1b" not in line


@pytest.fixture
def small_gtzan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four clips, two of them the test subset of the split in use; the command line gets the split's name."""
    split = Split("stratified", 42, None, ("blues.00001", "rock.00001"), (), ("blues.00000", "rock.00000"))

    def make_small_split(name: str, seed: int, fold: int | None) -> Split:
        return split if (name, seed, fold) == ("stratified", 42, None) else make_split(name, seed, fold)

    monkeypatch.setattr(evaluate, "make_split", make_small_split)
    monkeypatch.delenv("GTZAN_DIR", raising=False)
    root = tmp_path / "gtzan"
    for seed, clip_id in enumerate((*split.train, *split.test)):
        sound(root / "genres" / clip_id.split(".")[0] / f"{clip_id}.wav", seed=seed)
    return root


def evaluated(checkpoints: Path, *options: str) -> int:
    return cli.main(["evaluate", "genre", "--checkpoints", str(checkpoints), *options])


def test_evaluate_prints_the_report_as_json(checkpoints: Path, small_gtzan: Path, capsys: Captured) -> None:
    assert evaluated(checkpoints, "--gtzan", str(small_gtzan), "--json") == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert (report["checkpoint"], report["n"], report["subset"]) == ("genre-strong", 2, "test")
    assert report["majority_floor"] == 0.5
    assert sum(map(sum, report["confusion"])) == 2
    predictor = Predictor.load("genre-strong", folder=checkpoints)
    right = [
        predictor.predict(load_audio(path)).genre.genre == path.parent.name
        for path in sorted(small_gtzan.rglob("*.00000.wav"))
    ]
    assert report["accuracy"] == sum(right) / 2
    assert "995 of 999 clips were not found" in printed.err


def test_evaluate_takes_the_folder_from_the_environment_and_prints_text(
    checkpoints: Path, small_gtzan: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GTZAN_DIR", str(small_gtzan))
    assert evaluated(checkpoints) == 0
    text = capsys.readouterr().out
    for fact in (
        "stratified, split seed 42, test, n = 2",
        "Wilson interval",
        "log loss",
        "macro F1",
        "baseline",
        "leakage",
    ):
        assert fact in text


def test_evaluate_keeps_the_result_only_when_asked(
    checkpoints: Path, small_gtzan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "reports"
    monkeypatch.setattr(store, "REPORT_DIR", folder)
    assert evaluated(checkpoints, "--gtzan", str(small_gtzan)) == 0
    assert GENRE_ROWS.load(folder) == ()
    assert evaluated(checkpoints, "--gtzan", str(small_gtzan), "--save") == 0
    assert [row.checkpoint for row in GENRE_ROWS.load(folder)] == ["genre-strong"]


def test_evaluate_without_the_clips_it_needs(checkpoints: Path, small_gtzan: Path, capsys: Captured) -> None:
    next(small_gtzan.rglob("rock.00000.wav")).unlink()
    assert evaluated(checkpoints, "--gtzan", str(small_gtzan)) == 1
    assert "1 of 2 clips are missing, such as rock.00000" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["evaluate", "genre"], ["train", "genre", "--out", "runs/x"]], ids=lambda c: c[0])
def test_missing_gtzan_is_explained(
    command: list[str], checkpoints: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GTZAN_DIR", raising=False)
    words = [*command, *(["--checkpoints", str(checkpoints)] if command[0] == "evaluate" else [])]
    assert cli.main(words) == 1
    error = capsys.readouterr().err
    assert "--gtzan DIR" in error
    assert "GTZAN_DIR" in error
    assert cli.main([*words, "--gtzan", str(tmp_path / "nowhere")]) == 1
    assert "There is no folder" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_fold_that_does_not_fit_is_explained(checkpoints: Path, small_gtzan: Path, capsys: Captured) -> None:
    assert evaluated(checkpoints, "--gtzan", str(small_gtzan), "--split", "artist_folds") == 1
    assert "fold from 0 to 4" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["dance"], ["predict"], ["evaluate", "tempo-genre"], ["train", "genre"]])
def test_wrong_usage_is_code_2(words: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert "usage: python -m core" in capsys.readouterr().err


@pytest.mark.usefixtures("checkpoints")
def test_ctrl_c_is_code_130(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "load_audio", interrupted)
    assert cli.main(["predict", str(tmp_path / "x.wav")]) == 130


def test_predicting_loads_neither_lightning_nor_streamlit(tmp_path: Path) -> None:
    """In a process of its own, as `python -m core predict` is."""
    save_genre_cnn(tmp_path / "checkpoints")
    path = sound(tmp_path / "one.wav")
    code = f"""
import sys
from pathlib import Path
from core.commands import main as cli
from core.commands import predict
from core.inference.predict import Predictor
predictor = Predictor.load(folder=Path({str(tmp_path / "checkpoints")!r}))
predict.Predictor = type("P", (), {{"load": staticmethod(lambda *_: predictor)}})
code = cli.main(["predict", "--json", {str(path)!r}])
unwanted = {{"lightning", "pytorch_lightning", "streamlit"}} & set(sys.modules)
print(sorted(unwanted), file=sys.stderr)
sys.exit(code)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["file"] == str(path)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "core", "predict", "nowhere.wav", "--genre", "genre-x"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: There is no checkpoint called “genre-x”")
