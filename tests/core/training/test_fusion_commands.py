"""From checkpoints in folders to a fused checkpoint and a report, with real networks on made-up spectrograms."""

import argparse
import csv
import dataclasses
import errno
import json
import os
import signal
from pathlib import Path

import pytest
import torch

from core.commands import fusion as commands
from core.commands import main as cli
from core.commands import train as train_commands
from core.data.clip_files import ClipFiles
from core.data.log_mels import LogMelSet
from core.data.splits import N_FOLDS
from core.errors import CheckpointError, TrainingError
from core.evaluation import predictions
from core.features.log_mel import FeatureSpec
from core.inference.fusion import FusedModel
from core.inference.load import load_genre, load_tempo
from core.jobs.api import Jobs
from core.models.checkpoint import load_header, save_checkpoint
from core.models.tempo_tcn import TempoTCN
from core.results import store
from core.results.fusion_reports import FUSION_ROWS
from core.results.genre_predictions import GENRE_TABLE
from core.rhythm.tempo import TEMPO_LABELS
from core.runs.curves import read_curves
from core.runs.status import LAST
from core.system.storage import write_atomic
from core.training.fusion import bases as fusion_bases
from core.training.fusion import checkpoints as fusion_checkpoints
from core.training.fusion import commands as fusion_commands
from core.training.fusion.commands import ExperimentRequest, fusion_recipe
from core.training.fusion.module import HeadModule
from core.training.loop import fit
from core.training.recipes.fusion import FUSION_RECIPES
from core.training.recipes.tempo import TEMPO_FEATURES
from core.types import Split
from tests.support.small_world import header, save_genre_cnn

SHORT = dataclasses.replace(TEMPO_FEATURES, n_frames=200)
IDS = tuple(sorted(f"{genre}.{number:05d}" for genre in ("blues", "rock") for number in range(5)))
SPLIT = Split("fault_filtered", None, None, IDS[:3] + IDS[5:8], (IDS[3], IDS[8]), (IDS[4], IDS[9]))
FILES = ClipFiles(Path("gtzan"), {clip_id: Path(f"{clip_id}.wav") for clip_id in IDS}, ())

pytestmark = pytest.mark.filterwarnings("ignore:The number of training batches")


def small_split(name: str, seed: int = 42, fold: int | None = None) -> Split:
    if name == "fault_filtered":
        return SPLIT
    folds = [IDS[number::N_FOLDS] for number in range(N_FOLDS)]
    number = fold or 0
    train = tuple(
        clip_id for other, ids in enumerate(folds) if other not in (number, (number + 1) % 5) for clip_id in ids
    )
    return Split("artist_folds", seed, fold, train, folds[(number + 1) % N_FOLDS], folds[number])


def spectrograms(_files: ClipFiles, spec: FeatureSpec, progress: object = None) -> LogMelSet:
    rng = torch.Generator().manual_seed(spec.hop_length)
    return LogMelSet(IDS, tuple(torch.randn(spec.n_mels, 210 if spec == SHORT else 400, generator=rng) for _ in IDS))


def save_tempo(folder: Path, name: str, split: str, seed: int | None, fold: int | None) -> None:
    torch.manual_seed(fold or 0)
    described = header(name, "tempo_tcn", split=split, split_seed=seed, fold=fold)
    save_checkpoint(
        TempoTCN(), dataclasses.replace(described, kind="tempo", labels=TEMPO_LABELS, features=SHORT), folder
    )


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genre checkpoint, a tempo checkpoint of the same split, and in folders below it those of the five folds."""
    folder = tmp_path_factory.mktemp("checkpoints")
    save_genre_cnn(folder)
    raw = json.loads((folder / "genre-strong.json").read_text())
    raw["provenance"] |= {"split": "fault_filtered", "split_seed": None}
    (folder / "genre-strong.json").write_text(json.dumps(raw))
    save_tempo(folder, "tempo-tcn", "fault_filtered", None, None)
    for fold in range(N_FOLDS):
        save_tempo(folder / f"run-{fold}", "tempo-tcn", "artist_folds", 42, fold)
    return folder


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten clips, and recipes of two epochs and one candidate."""
    for module in (fusion_bases, fusion_commands, fusion_checkpoints, predictions):
        monkeypatch.setattr(module, "make_split", small_split)
    monkeypatch.setattr(fusion_commands, "load_log_mels", spectrograms)
    monkeypatch.setattr(fusion_commands, "describe_copy", lambda *_: "made up")
    for module in (commands, train_commands):
        monkeypatch.setattr(module, "clip_files", lambda _: FILES)
    for name, recipe in FUSION_RECIPES.items():
        short = dataclasses.replace(recipe, epochs=2, batch_size=4, candidates=recipe.candidates[:1])
        monkeypatch.setitem(FUSION_RECIPES, name, short)


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    commands.add_fusion(parser.add_subparsers())
    options = parser.parse_args(["fusion", *words])
    return int(options.command(options))


def train(*words: str) -> int:
    return cli.main(["train", "fusion", *words])


@pytest.mark.parametrize("name", FUSION_RECIPES)
def test_the_experiment_writes_a_report_and_every_systems_predictions(
    name: str,
    checkpoints: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reports = tmp_path / "reports"
    monkeypatch.setattr(store, "REPORT_DIR", reports)
    words = ["--recipe", name, "--split", "fault_filtered", "--seeds", "0", "1", "--out", str(tmp_path / "out")]
    assert run(*words, "--checkpoints", str(checkpoints), "--save") == 0
    (report,) = FUSION_ROWS.load(reports)
    systems = [each.system for each in report.systems]
    assert systems[:2] == ["genre-only", "fused"]
    assert {"no-tempo", "widened", "constant", "shuffled", "true-tempo"} <= set(systems)
    assert ("out-of-fold" in systems) == (name == "seed")
    assert {each.n_runs for each in report.systems[1:]} == {2}
    assert (report.n, report.split, report.seeds, report.data) == (2, "fault_filtered", (0, 1), "made up")
    assert "--seeds 0 1" in report.command
    assert str(tmp_path) not in report.command
    assert "genre-only" in capsys.readouterr().out
    said = GENRE_TABLE.load(f"fusion-{name}-fused", tmp_path / "out")
    assert set(said.by_clip) == set(SPLIT.test)
    assert said.description.endswith(" Mean of 2 heads.")
    alone = GENRE_TABLE.load(f"fusion-{name}-genre-only", tmp_path / "out")
    assert "heads" not in alone.description
    model = load_genre("genre-strong", checkpoints)
    track = dict(zip(IDS, spectrograms(FILES, model.header.features).log_mels, strict=True))[SPLIT.test[0]]
    assert alone.by_clip[SPLIT.test[0]] == pytest.approx(model.estimate(model.normalised(track)).probs, abs=1e-3)


@pytest.mark.parametrize("name", FUSION_RECIPES)
def test_train_fusion_exports_what_a_prediction_can_use(name: str, checkpoints: Path, tmp_path: Path) -> None:
    assert train("--recipe", name, "--out", str(tmp_path), "--checkpoints", str(checkpoints)) == 0
    genre, tempo = load_genre("genre-strong", checkpoints), load_tempo("tempo-tcn", checkpoints)
    fused = FusedModel.load(f"fusion-{name}", genre.header, tempo.header, tmp_path)
    assert len(fused.built_on.trained_with) == (1 if name == "seed" else N_FOLDS)
    assert fused.header.provenance.split == "fault_filtered"
    with (tmp_path / "metrics.csv").open(newline="", encoding="utf-8") as file:
        said = {(row["metric"], float(row["epoch"])): float(row["value"]) for row in csv.DictReader(file)}
    kept = said["valid_accuracy", float(fused.header.provenance.best_epoch)]
    assert kept == pytest.approx(fused.header.metrics["accuracy"], abs=1e-4)
    assert str(tmp_path) not in load_header(f"fusion-{name}", tmp_path).provenance.command
    reading = tempo.predict_clip(torch.randn(64, 210)).estimate
    said = fused.predict(genre, torch.randn(64, 450), reading)
    assert said.probs.sum() == pytest.approx(1.0)
    other = load_tempo("tempo-tcn", checkpoints / "run-3")
    with pytest.raises(CheckpointError, match="another version of the tempo checkpoint"):
        FusedModel.load(f"fusion-{name}", genre.header, other.header, tmp_path)


def test_a_fusion_is_a_run_like_any_other(checkpoints: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["--recipe", "strong", "--checkpoints", str(checkpoints), "--epochs", "1", "--out", str(out)]
    assert train(*words) == 0
    (job,) = Jobs(tmp_path).list()
    assert (job.state, job.checkpoint, job.progress) == ("finished", "fusion-strong", 1.0)
    assert job.request is not None
    assert job.request.base is not None
    assert (job.request.base.genre, job.request.base.checkpoints) == ("genre-strong", checkpoints)
    assert len(read_curves(out).of("valid_accuracy")) == 1
    header = load_header("fusion-strong", out)
    assert (header.provenance.command, header.provenance.epochs) == (job.request.command, 1)
    assert "candidate 1 of 1: 1 epochs" in (out / "log.txt").read_text()
    assert train(*words, "--resume", "--epochs", "2") == 1, "other settings"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_fusion_that_is_asked_to_stop_says_so_and_can_be_resumed(
    number: signal.Signals, checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, before = tmp_path / "run", signal.getsignal(number)
    words = ["--recipe", "strong", "--checkpoints", str(checkpoints), "--out", str(out)]
    with monkeypatch.context() as patch:
        patch.setattr(HeadModule, "on_train_epoch_start", lambda _: signal.raise_signal(number))
        assert train(*words) == 1
    (job,) = Jobs(tmp_path).list()
    assert (job.state, job.can_resume, job.checkpoint) == ("stopped", True, None)
    assert "Resume the run to go on" in job.message
    assert signal.getsignal(number) == before
    assert train(*words, "--resume") == 0
    assert Jobs(tmp_path).get("run").state == "finished"


def test_a_fusion_leaves_its_last_state_whole(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written beside the old one and renamed: a disk that is full leaves the old one as it was."""
    kept: list[bytes] = []

    def full(path: Path, content: bytes, durable: bool = False) -> None:
        if path.name == LAST:
            kept.append(content)
            if len(kept) == 2:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_atomic(path, content, durable)

    monkeypatch.setattr(fit, "write_atomic", full)
    out = tmp_path / "run"
    assert train("--recipe", "strong", "--checkpoints", str(checkpoints), "--out", str(out)) == 1
    assert (out / LAST).read_bytes() == kept[0]
    (job,) = Jobs(tmp_path).list()
    assert (job.state, job.can_resume) == ("failed", True)
    assert "Make room and resume" in job.message


def test_what_a_fusion_cannot_be_built_on_is_refused(
    checkpoints: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_tempo(tmp_path / "other", "tempo-tcn", "artist_folds", 42, 0)
    for words, message in (
        (["--genre", "polka"], "There is no checkpoint “polka”"),
        (["--genre", "tempo-tcn"], "is built on genre_cnn"),
        (["--tempo", "../other/tempo-tcn"], "is not a checkpoint's name"),
        (["--tempo", "run-0/tempo-tcn"], "was trained on 4 validation and test clips"),
        (["--recipe", "strong", "--tempo-recipe", "quick"], "five compact tempo models"),
    ):
        where = ["--checkpoints", str(checkpoints), "--out", str(tmp_path / "run")]
        assert train("--recipe", "seed", *words, *where) == 1
        assert message in capsys.readouterr().err, words


def test_everything_that_is_missing_is_found_before_any_work(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fusion_commands, "load_log_mels", lambda *_, **__: pytest.fail("work began"))
    words = ["--split", "fault_filtered", "--out", str(tmp_path), "--checkpoints", str(checkpoints)]
    with pytest.raises(CheckpointError, match="genre_cnn checkpoint of recipe “seed”"):
        run(*words, "--genre-recipe", "seed")
    with pytest.raises(CheckpointError, match="tempo_tcn checkpoint of recipe “quick”"):
        run(*words, "--tempo-recipe", "quick")
    with pytest.raises(TrainingError, match="seed, strong"):
        run(*words, "--recipe", "weak")


def test_requests_name_their_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    usual = ExperimentRequest("strong", "artist_folds", (3, 4), (0,), "strong", "strong", Path("c"), Path("o"))
    assert [split.fold for split in usual.splits] == list(range(N_FOLDS))
    assert len({clip_id for split in usual.splits for clip_id in split.test}) == 999
    stratified = dataclasses.replace(usual, split="stratified")
    assert [split.seed for split in stratified.splits] == [3, 4]
    assert "--split-seeds 3 4" in stratified.command
    assert "--split-seeds" not in usual.command
    assert len(dataclasses.replace(usual, split="fault_filtered").splits) == 1
    assert fusion_recipe("seed").feed == "seen"
