"""What can be trained: the forms offer what there is, and nobody gets anything else."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import LabError
from core.jobs.api import Jobs
from core.runs.request import FusionBase, Hardware, TrainRequest
from core.system.paths import ROOT
from core.training.recipes.adjustable import EPOCHS, LEARNING_RATE, hyper_parameters
from core.training.recipes.choices import TRAINABLES, Trainable, recipe_of
from core.training.recipes.genre import GENRE_RECIPES
from tests.support.jobs_world import toy_request

BAD: dict[str, TrainRequest] = {
    "kind": replace(toy_request(), kind="dance"),
    "recipe": replace(toy_request(), recipe="seed; rm -rf /"),
    "split": replace(toy_request(), split="--gtzan"),
    "fold": replace(toy_request(), fold=1),
    "no fold": replace(toy_request(), split="artist_folds"),
    "far fold": replace(toy_request(), split="artist_folds", fold=5),
    "seed": replace(toy_request(), seed=-1),
    "split seed": replace(toy_request(), split_seed=2**32),
    "name": replace(toy_request(), name="../../x"),
    "option": replace(toy_request(), name="--resume"),
    "reserved name": replace(toy_request(), name="status"),
    "epochs": toy_request().with_changes(epochs=0),
    "half an epoch": toy_request().with_changes(epochs=1.5),
    "batch size": toy_request().with_changes(batch_size=10_000),
    "learning rate": toy_request().with_changes(learning_rate=float("nan")),
    "what the recipe does not have": toy_request().with_changes(n_members=2),
    "subset size": replace(toy_request(), subset_size=5),
    "more clips than the split has": replace(toy_request(), split="fault_filtered", subset_size=500),
    "threads": replace(toy_request(), threads=0),
    "data": replace(toy_request(), data="/etc"),
    "tempo from shipped data": replace(toy_request(), kind="tempo", recipe="quick"),
    "accelerator": replace(toy_request(), hardware=Hardware(accelerator="core.evil")),
    "devices": replace(toy_request(), hardware=Hardware(devices="-1")),
    "precision": replace(toy_request(), hardware=Hardware(precision="8")),
    "f max": replace(toy_request(), f_max_hz=4000.0),
    "a fusion of nothing": replace(toy_request(), kind="fusion", data="gtzan", subset_size=None),
    "a base for a genre": replace(toy_request(), base=FusionBase("genre-seed", "tempo-tcn", 42)),
    "a way out": replace(
        toy_request(), kind="fusion", data="gtzan", subset_size=None, base=FusionBase("../../x", "tempo-tcn", 42)
    ),
    "a subset for a fusion": replace(
        toy_request(), kind="fusion", data="gtzan", base=FusionBase("genre-seed", "tempo-tcn", 42)
    ),
    "too large batches for Cnn14": replace(toy_request(), kind="tempo", model="cnn14", data="gtzan").with_changes(
        batch_size=128
    ),
    "no such folder": replace(toy_request(), data="gtzan", gtzan=Path("/nowhere")),
}


@pytest.mark.parametrize("request_", BAD.values(), ids=BAD)
def test_a_request_that_no_form_offers_starts_nothing(
    request_: TrainRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.engine.ensure_supervisor", lambda *_: pytest.fail("a run was started"))
    with pytest.raises(LabError, match=r"\.$"):
        Jobs(tmp_path).start(request_)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("choice", TRAINABLES, ids=lambda choice: choice.label)
def test_a_recipe_keeps_the_bounds_that_forms_have(choice: Trainable) -> None:
    for name, recipe in choice.recipes.items():
        assert recipe.name == name
        assert recipe.label
        assert list(hyper_parameters(recipe))[:3] == ["epochs", "batch_size", "learning_rate"]
        for parameter, known in hyper_parameters(recipe).items():
            known.check(getattr(recipe, parameter))


def test_what_a_request_sets_stands_in_the_recipe() -> None:
    recipe = recipe_of(toy_request(epochs=3).with_changes(learning_rate=0.01))
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate) == (3, 5, 0.01)
    assert replace(recipe, epochs=40, batch_size=16, learning_rate=0.05) == GENRE_RECIPES["strong"]


def test_a_form_writes_one_digit_more_than_a_step_has() -> None:
    assert LEARNING_RATE.format % 0.05 == "0.05000"
    assert EPOCHS.format % 30 == "30"


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("core.training.recipes.choices", {"torch", "lightning"}),
        (", ".join(f"core.runs.{path.stem}" for path in (ROOT / "core/runs").glob("[a-z]*.py")), {"torch", "numpy"}),
    ],
    ids=["recipes", "runs"],
)
def test_forms_and_whoever_watches_a_run_load_no_heavy_library(modules: str, unwanted: set[str]) -> None:
    code = f"import sys, {modules}; print({unwanted} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
