"""What can be trained: the forms offer what there is, and nobody gets anything else."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import LabError
from core.jobs.api import Jobs
from core.runs.request import FusionBase, Hardware, TrainRequest
from core.training.recipes.choices import LEARNING_RATES, TRAINABLES
from core.training.recipes.cnn14 import CNN14_RECIPES, Cnn14Recipe
from core.training.recipes.fusion import FUSION_RECIPES, FusionRecipe
from core.training.recipes.genre import GENRE_RECIPES, GenreRecipe
from core.training.recipes.tempo import TEMPO_RECIPES, TempoRecipe
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
    "epochs": replace(toy_request(), epochs=0),
    "batch size": replace(toy_request(), batch_size=10_000),
    "learning rate": replace(toy_request(), learning_rate=float("nan")),
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
    "too large batches for Cnn14": replace(toy_request(), kind="tempo", model="cnn14", batch_size=128),
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


def test_what_is_offered_is_what_there_is() -> None:
    tables: dict[tuple[str, str | None], Mapping[str, GenreRecipe | TempoRecipe | Cnn14Recipe | FusionRecipe]] = {
        ("genre", None): GENRE_RECIPES,
        ("tempo", "tcn"): TEMPO_RECIPES,
        ("tempo", "cnn14"): CNN14_RECIPES,
        ("fusion", None): FUSION_RECIPES,
    }
    assert {(choice.kind, choice.model) for choice in TRAINABLES} == set(tables)
    for choice in TRAINABLES:
        recipes = tables[choice.kind, choice.model]
        assert {offered.name for offered in choice.recipes} == set(recipes)
        for offered in choice.recipes:
            recipe = recipes[offered.name]
            there = (recipe.epochs, recipe.batch_size, recipe.learning_rate)
            assert (offered.epochs, offered.batch_size, offered.learning_rate) == there, offered
            assert offered.batch_size <= choice.max_batch_size
            assert LEARNING_RATES[0] <= offered.learning_rate <= LEARNING_RATES[1]
            assert offered.needs_folds == (getattr(recipe, "feed", "") == "out of fold")
