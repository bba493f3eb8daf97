"""Whole training runs, tiny ones: what they export, how they stop and how they go on."""

import dataclasses
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Trainer
from safetensors.torch import load_file
from torch import Tensor, nn

from core.data.log_mels import LogMelSet
from core.errors import TrainingError
from core.inference.load import load_genre
from core.runs.curves import read_curves
from core.training.genre import module as genre
from core.training.genre import run
from core.training.genre.module import GenreModule
from core.training.genre.run import train_genre
from core.training.loop.fit import LAST
from core.training.loop.settings import Run
from core.training.recipes.genre import GENRE_RECIPES, GenreRecipe
from core.types import GENRES
from tests.support.small_world import SPEC, genre_tracks, small_split

SPLIT = small_split()
CLIPS = genre_tracks((*SPLIT.train, *SPLIT.valid), n_frames=410, noise=1.0)
RECIPES = ("seed", "strong")

# Lightning says that two batches are few, and rightly so.
pytestmark = pytest.mark.filterwarnings("ignore:The number of training batches")


class TinyNet(nn.Module):
    """Stands in for the genre CNN where only the running is tested; has dropout, which the CNN has not."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(nn.BatchNorm2d(1), nn.AdaptiveAvgPool2d((8, 5)), nn.Flatten())
        self.embedding = nn.Sequential(nn.Linear(40, 16), nn.ReLU(), nn.Dropout(0.3))
        self.classifier = nn.Linear(16, len(GENRES))

    def forward(self, windows: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.embedding(self.convolutions(windows)))
        return logits


class StopError(Exception):
    """Raised by tests in the middle of a run, as a crash would be."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Sums come in one order, so that two runs are comparable to the last digits; Ctrl+C is left as it was."""
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, handler)


@pytest.fixture
def tiny_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genre, "GenreCNN", TinyNet)


def recipe(name: str, epochs: int = 3) -> GenreRecipe:
    return dataclasses.replace(GENRE_RECIPES[name], epochs=epochs, batch_size=2)


def tiny_run(
    out: Path, how: GenreRecipe, seed: int = 0, command: str = "python -m core train genre"
) -> Run[GenreRecipe]:
    return Run("genre-tiny", how, SPLIT, seed, out, data_note="made up", command=command)


def weights(out: Path) -> dict[str, Tensor]:
    return load_file(out / "genre-tiny.safetensors")


def assert_same(one: Path, other: Path) -> None:
    expected, got = weights(one), weights(other)
    assert expected.keys() == got.keys()
    for name, tensor in expected.items():
        assert torch.allclose(got[name].double(), tensor.double(), atol=1e-6), name


def stop_before_epoch(epoch: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_train_epoch_start(module: GenreModule) -> None:
        if module.current_epoch == epoch:
            raise error

    monkeypatch.setattr(GenreModule, "on_train_epoch_start", on_train_epoch_start)


def logged(out: Path, column: str) -> list[float]:
    """What was logged in all starts of a run, in order."""
    return [point.value for point in read_curves(out).of(column)]


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_exports_a_checkpoint_that_can_be_used(name: str, tmp_path: Path) -> None:
    header = train_genre(tiny_run(tmp_path, recipe(name, epochs=2), seed=5), CLIPS, SPEC)
    model = load_genre("genre-tiny", tmp_path)
    assert model.header == header
    training = header.provenance
    assert (training.recipe, training.split, training.split_seed, training.fold) == (name, "stratified", 42, None)
    assert (training.seed, training.n_train, training.n_valid, training.epochs) == (5, 4, 2, 2)
    assert training.data == "made up"
    assert 1 <= training.best_epoch <= 2
    assert header.n_parameters == sum(parameter.numel() for parameter in model.net.parameters())
    assert header.metrics.keys() == {"accuracy", "log_loss"}
    assert len(logged(tmp_path, "valid_loss")) == len(logged(tmp_path, "train_loss")) == 2
    assert str(tmp_path) not in (tmp_path / "genre-tiny.json").read_text()


def test_validation_metrics_in_the_header_are_those_of_the_exported_weights(tmp_path: Path) -> None:
    header = train_genre(tiny_run(tmp_path, recipe("seed", epochs=2)), CLIPS, SPEC)
    assert header.inference.temperature == 1.0
    assert header.metrics["log_loss"] == pytest.approx(min(logged(tmp_path, "valid_loss")), abs=1e-4)


@pytest.mark.usefixtures("tiny_net")
@pytest.mark.parametrize("name", RECIPES)
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(name: str, tmp_path: Path) -> None:
    for out, seed in (("one", 1), ("same", 1), ("other", 2)):
        train_genre(tiny_run(tmp_path / out, recipe(name, epochs=1), seed), CLIPS, SPEC)
    assert_same(tmp_path / "one", tmp_path / "same")
    name = "classifier.weight"
    assert not torch.allclose(weights(tmp_path / "one")[name], weights(tmp_path / "other")[name], atol=1e-3)


@pytest.mark.usefixtures("tiny_net")
@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("epoch", [1, 2])
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(
    name: str, epoch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_genre(tiny_run(tmp_path / "whole", recipe(name)), CLIPS, SPEC)
    cut = tiny_run(tmp_path / "cut", recipe(name))
    with monkeypatch.context() as patch:
        stop_before_epoch(epoch, StopError(), patch)
        with pytest.raises(StopError):
            train_genre(cut, CLIPS, SPEC)
    assert not list(cut.out.glob("*.safetensors"))
    resumed = train_genre(cut, CLIPS, SPEC, resume=True)
    assert_same(tmp_path / "whole", cut.out)
    assert resumed.provenance == whole.provenance
    assert resumed.normalisation == whole.normalisation
    assert resumed.inference.temperature == pytest.approx(whole.inference.temperature, abs=1e-6)
    assert resumed.metrics == pytest.approx(whole.metrics, abs=1e-6)
    for metric in ("train_loss", "valid_loss", "valid_accuracy"):
        assert logged(cut.out, metric) == pytest.approx(logged(tmp_path / "whole", metric), abs=1e-6)


@pytest.mark.usefixtures("tiny_net")
def test_a_resumed_run_still_knows_its_best_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best epoch is the one just before the interruption."""

    def validation_step(module: GenreModule, _batch: object, _index: int) -> None:
        module.log("valid_loss", [3.0, 1.0, 2.0, 2.5][module.current_epoch], batch_size=2)

    monkeypatch.setattr(GenreModule, "validation_step", validation_step)
    tiny = tiny_run(tmp_path, recipe("seed", epochs=4))
    with monkeypatch.context() as patch:
        stop_before_epoch(2, StopError(), patch)
        with pytest.raises(StopError):
            train_genre(tiny, CLIPS, SPEC)
    assert train_genre(tiny, CLIPS, SPEC, resume=True).provenance.best_epoch == 2


@pytest.mark.usefixtures("tiny_net")
@pytest.mark.parametrize("name", RECIPES)
def test_a_run_that_crashed_after_its_last_epoch_is_exported_by_resuming(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_genre(tiny_run(tmp_path / "whole", recipe(name)), CLIPS, SPEC)
    cut = tiny_run(tmp_path / "cut", recipe(name))

    def crash(*_: object) -> None:
        raise StopError

    with monkeypatch.context() as patch:
        patch.setattr(run, "_export", crash)
        with pytest.raises(StopError):
            train_genre(cut, CLIPS, SPEC)
    header = train_genre(cut, CLIPS, SPEC, resume=True)
    assert header.provenance.epochs == 3
    assert_same(tmp_path / "whole", cut.out)


@pytest.mark.usefixtures("tiny_net")
@pytest.mark.parametrize("name", RECIPES)
def test_resuming_a_finished_run_changes_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = tiny_run(tmp_path, recipe(name, epochs=2))
    header = train_genre(tiny, CLIPS, SPEC)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert train_genre(tiny, CLIPS, SPEC, resume=True) == header
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    other = dataclasses.replace(tiny, command="python -m core train genre --epochs 9")
    with pytest.raises(TrainingError, match="Give another --out"):
        train_genre(other, CLIPS, SPEC, resume=True)


@pytest.mark.usefixtures("tiny_net")
def test_a_directory_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    tiny = tiny_run(tmp_path, recipe("seed", epochs=1))
    train_genre(tiny, CLIPS, SPEC)
    before = (tmp_path / LAST).read_bytes()
    with pytest.raises(TrainingError, match="--resume"):
        train_genre(tiny, CLIPS, SPEC)
    assert (tmp_path / LAST).read_bytes() == before


@pytest.mark.usefixtures("tiny_net")
def test_resuming_where_nothing_was_begun_begins(tmp_path: Path) -> None:
    assert train_genre(tiny_run(tmp_path, recipe("seed", epochs=1)), CLIPS, SPEC, resume=True).provenance.epochs == 1


@pytest.mark.usefixtures("tiny_net")
@pytest.mark.parametrize("how", [KeyboardInterrupt, signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_stopped_run_says_how_to_go_on(
    how: type[KeyboardInterrupt] | signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = tiny_run(tmp_path, recipe("seed"))

    def on_train_epoch_start(module: GenreModule) -> None:
        if module.current_epoch == 1:
            if isinstance(how, signal.Signals):
                signal.raise_signal(how)
            else:
                raise how

    with monkeypatch.context() as patch:
        patch.setattr(GenreModule, "on_train_epoch_start", on_train_epoch_start)
        with pytest.raises(TrainingError, match="--resume"):
            train_genre(tiny, CLIPS, SPEC)
    assert not list(tmp_path.glob("*.safetensors"))
    assert train_genre(tiny, CLIPS, SPEC, resume=True).provenance.epochs == 3


@pytest.mark.usefixtures("tiny_net")
def test_seed_stops_early_and_keeps_the_best_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def validation_step(module: GenreModule, _batch: object, _index: int) -> None:
        module.log("valid_loss", 1.0 + abs(module.current_epoch - 1), batch_size=2)

    monkeypatch.setattr(GenreModule, "validation_step", validation_step)
    training = train_genre(tiny_run(tmp_path, recipe("seed", epochs=30)), CLIPS, SPEC).provenance
    assert (training.best_epoch, training.epochs) == (2, 12)  # ten epochs of patience after the second


@pytest.mark.usefixtures("tiny_net")
def test_strong_exports_averaged_weights(tmp_path: Path) -> None:
    """Other than the last step's, and equal to the average that the run keeps."""
    train_genre(tiny_run(tmp_path, recipe("strong")), CLIPS, SPEC)
    state = torch.load(tmp_path / LAST, weights_only=True)
    name = "classifier.weight"
    assert torch.equal(weights(tmp_path)[name], state["state_dict"][f"net.{name}"])
    assert not torch.equal(weights(tmp_path)[name], state["current_model_state"][f"net.{name}"])


@pytest.mark.parametrize("kept", [0, 1, 5])
def test_missing_clips_are_counted_before_anything_is_trained(
    kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*_: object, **__: object) -> None:
        raise AssertionError("training began")

    monkeypatch.setattr(Trainer, "fit", fit)
    some = LogMelSet(CLIPS.clip_ids[:kept], CLIPS.log_mels[:kept])
    with pytest.raises(TrainingError, match=f"{6 - kept} of the 6 training and validation clips"):
        train_genre(tiny_run(tmp_path, recipe("seed")), some, SPEC)


@pytest.mark.usefixtures("tiny_net")
def test_an_unfinished_run_is_not_resumed_with_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        stop_before_epoch(1, StopError(), patch)
        with pytest.raises(StopError):
            train_genre(tiny_run(tmp_path, recipe("strong")), CLIPS, SPEC)
    other = dataclasses.replace(recipe("strong", epochs=9), augmentation=None)
    with pytest.raises(TrainingError) as refused:
        train_genre(tiny_run(tmp_path, other, seed=1), CLIPS, SPEC, resume=True)
    for part in ("epochs 9 instead of 3", "seed 1 instead of 0", "augmentation None instead of left out"):
        assert part in str(refused.value)
    assert "batch_size" not in str(refused.value)
    assert train_genre(tiny_run(tmp_path, recipe("strong")), CLIPS, SPEC, resume=True).provenance.epochs == 3
