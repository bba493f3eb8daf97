"""Whose tempo a fusion head receives: never that of a model which has trained on the clip, save the study's own."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.errors import TrainingError
from core.training.fusion import tempo_inputs as inputs_module
from core.training.fusion.module import HeadModule
from core.training.fusion.run import train_head
from core.training.fusion.tempo_inputs import Tempi, tempo_inputs
from core.training.recipes.fusion import FUSION_RECIPES, FusionRecipe, InputKind, systems_of
from tests.support.fusion_world import (
    FAST_BPM,
    FUSED_SYSTEM,
    IDS,
    SLOW_BPM,
    SPLIT,
    material,
    quick,
    seen_table,
    table,
    tempo_of,
)

TEMPI = Tempi(table(SPLIT), seen_table(SPLIT))
NOT_SEEN: tuple[InputKind, ...] = ("out of fold", "constant", "shuffled", "true")


@pytest.fixture(autouse=True)
def true_tempi(monkeypatch: pytest.MonkeyPatch) -> None:
    """The annotations of this world, where one training and one test clip have none."""
    known = {clip_id: tempo_of(clip_id).tempo_bpm for clip_id in IDS if clip_id not in (SPLIT.train[0], SPLIT.test[0])}
    monkeypatch.setattr(inputs_module, "annotated_tempi", lambda: known)


@pytest.mark.parametrize("kind", NOT_SEEN)
def test_no_head_receives_a_tempo_of_a_model_trained_on_the_clip(kind: InputKind) -> None:
    for clip_id in (SPLIT.train[3], SPLIT.valid[0], SPLIT.test[0]):
        leaky = Tempi(table(SPLIT, {clip_id: "train"}), None)
        with pytest.raises(TrainingError, match=f"{clip_id}.*out-of-fold"):
            tempo_inputs(kind, leaky, SPLIT, seed=0)
    assert set(tempo_inputs(kind, TEMPI, SPLIT, seed=0)) == set(IDS)


@pytest.mark.parametrize("recipe", FUSION_RECIPES.values(), ids=FUSION_RECIPES)
def test_all_but_the_studys_own_head_receive_tempi_of_models_new_to_the_clip(recipe: FusionRecipe) -> None:
    feeds = [system.feed for system in systems_of(recipe)]
    assert feeds.count("seen") == (recipe.name == "seed")
    assert set(feeds) - {"seen", "none"} == set(NOT_SEEN)


def test_a_leaky_tempo_stops_a_training_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HeadModule, "training_step", lambda *_: pytest.fail("training began"))
    leaky = dataclasses.replace(material(SPLIT), tempi=Tempi(seen_table(SPLIT), None))
    with pytest.raises(TrainingError, match="trained on that very clip"):
        train_head(leaky, quick("strong"), FUSED_SYSTEM, 0, tmp_path)


def test_the_studys_head_may_know_the_training_clips_but_no_others() -> None:
    assert set(tempo_inputs("seen", TEMPI, SPLIT, seed=0)) == set(IDS)
    for clip_id in (SPLIT.valid[0], SPLIT.test[0]):
        known = dataclasses.replace(TEMPI, seen=table(SPLIT, {clip_id: "train"}))
        with pytest.raises(TrainingError, match=clip_id):
            tempo_inputs("seen", known, SPLIT, seed=0)


def test_a_head_without_a_tempo_receives_none_and_an_unknown_input_is_refused() -> None:
    assert tempo_inputs("none", Tempi(None, None), SPLIT, seed=0) == {}
    with pytest.raises(TrainingError, match=r"no tempo input “loudest”\..*out of fold, seen, none"):
        tempo_inputs("loudest", TEMPI, SPLIT, seed=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["seen", *NOT_SEEN])
def test_missing_tempi_are_named(kind: InputKind) -> None:
    with pytest.raises(TrainingError, match="train tempo"):
        tempo_inputs(kind, Tempi(None, None), SPLIT, seed=0)
    some = {clip_id: tempo for clip_id, tempo in table(SPLIT).tempi.items() if clip_id != SPLIT.train[5]}
    lacking = dataclasses.replace(table(SPLIT), tempi=some)
    with pytest.raises(TrainingError, match=f"1 of .* such as {SPLIT.train[5]}"):
        tempo_inputs(kind, Tempi(lacking, lacking), SPLIT, seed=0)


def test_shuffled_tempi_are_those_of_other_clips_of_the_same_subset_and_model() -> None:
    given = table(SPLIT)
    shuffled = tempo_inputs("shuffled", Tempi(given, None), SPLIT, seed=0)
    subset_of = SPLIT.subset_of
    by_tempo: dict[int, set[str]] = {}
    for clip_id, tempo in given.tempi.items():
        by_tempo.setdefault(id(tempo), set()).add(clip_id)
    for clip_id, tempo in shuffled.items():
        (source,) = by_tempo[id(tempo)]
        assert source != clip_id
        assert subset_of[source] == subset_of[clip_id]
        assert given.predicted_by[source] == given.predicted_by[clip_id]
    assert {id(tempo) for tempo in shuffled.values()} == set(by_tempo)  # each exactly once
    again, other = (tempo_inputs("shuffled", Tempi(given, None), SPLIT, seed) for seed in (0, 1))
    assert all(again[clip_id] is shuffled[clip_id] for clip_id in IDS)
    assert any(other[clip_id] is not shuffled[clip_id] for clip_id in IDS)


def test_the_constant_tempo_is_the_mean_of_the_training_clips() -> None:
    constant = tempo_inputs("constant", TEMPI, SPLIT, seed=0)
    assert len({id(tempo) for tempo in constant.values()}) == 1
    mean = constant[SPLIT.test[0]]
    assert mean.tempo_bpm == pytest.approx(np.mean([tempo_of(clip_id).tempo_bpm for clip_id in SPLIT.train]))
    assert mean.distribution.sum() == pytest.approx(1.0, abs=1e-5)
    assert SLOW_BPM < mean.tempo_bpm < FAST_BPM


def test_a_clip_without_an_annotation_gets_the_mean_and_says_so() -> None:
    true = tempo_inputs("true", TEMPI, SPLIT, seed=0)
    for clip_id in IDS:
        assert true[clip_id].is_known == (clip_id not in (SPLIT.train[0], SPLIT.test[0]))
        if true[clip_id].is_known:
            assert true[clip_id].tempo_bpm == tempo_of(clip_id).tempo_bpm
    known = [true[clip_id].tempo_bpm for clip_id in SPLIT.train[1:]]
    assert true[SPLIT.test[0]].tempo_bpm == pytest.approx(np.mean(known))
