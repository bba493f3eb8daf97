"""The experiment: every system on every split with every seed, each trained once."""

import dataclasses
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import TrainingError
from core.inference.fusion import softmax
from core.inference.genre import GenreModel
from core.models.fusion import TempoInput
from core.models.genre_cnn import GenreCNN
from core.results.fusion_reports import score
from core.rhythm.tempo import soft_label
from core.training.fusion import experiment as fusion_experiment
from core.training.fusion import tempo_inputs as inputs_module
from core.training.fusion.data import EmbeddedClips
from core.training.fusion.experiment import GENRE_ONLY, Division, comparisons, genre_alone, head_key, measure
from core.training.fusion.tempo_inputs import Tempi
from core.training.recipes.fusion import FUSED, FUSION_RECIPES, FusionRecipe, System, systems_of
from core.types import Split
from tests.support.fusion_world import IDS, SPLIT, genre_header, material, quick, table, tempo_of

# Lightning says that a batch or two are few, and rightly so.
pytestmark = pytest.mark.filterwarnings("ignore:The number of training batches")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGINT)
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    signal.signal(signal.SIGINT, handler)


@pytest.fixture(autouse=True)
def true_tempi(monkeypatch: pytest.MonkeyPatch) -> None:
    """The annotations of this world, where one training and one test clip have none."""
    known = {clip_id: tempo_of(clip_id).tempo_bpm for clip_id in IDS if clip_id not in (SPLIT.train[0], SPLIT.test[0])}
    monkeypatch.setattr(inputs_module, "annotated_tempi", lambda: known)


@pytest.mark.parametrize("name", FUSION_RECIPES)
def test_only_the_tempo_tells_the_genres_of_a_pair_apart(name: str, tmp_path: Path) -> None:
    """So heads that receive it are right, and controls that do not are right half of the time."""
    net = GenreCNN()
    division = Division(GenreModel(net.eval(), genre_header(SPLIT)), material(SPLIT, FUSION_RECIPES[name].hop_frames))
    before = {key: tensor.clone() for key, tensor in net.state_dict().items()}
    systems = measure(lambda _: division, [SPLIT], quick(name), [0], tmp_path)
    scores = {each.system: score(each) for each in systems}
    informed = {FUSED, "true-tempo"} | ({"out-of-fold"} if name == "seed" else set())
    for system, scored in scores.items():
        if system in informed:
            assert scored.accuracy > 0.9, system
        elif system != GENRE_ONLY:
            assert 0.2 <= scored.accuracy <= 0.72, system
    assert scores["widened"].n_parameters == pytest.approx(scores[FUSED].n_parameters, rel=0.01)
    assert scores["no-tempo"].n_parameters < scores[FUSED].n_parameters == scores["constant"].n_parameters
    against = {(each.first, each.second): each for each in comparisons(systems)}
    assert against[FUSED, "no-tempo"].accuracy.interval.low > 0
    assert against[FUSED, "shuffled"].averaged.p_value < 0.05
    assert against[FUSED, "true-tempo"].averaged.p_value > 0.05
    assert {second for first, second in against if first == FUSED} == set(scores) - {FUSED}
    assert all(torch.equal(before[key], tensor) for key, tensor in net.state_dict().items())


def toy_division(split: Split = SPLIT, hop_frames: int | None = None) -> Division:
    return Division(GenreModel(GenreCNN().eval(), genre_header(split)), material(split, hop_frames))


def test_the_genre_alone_is_what_the_checkpoint_predicts() -> None:
    division = toy_division(hop_frames=100)
    net = division.genre.net
    assert isinstance(net, GenreCNN)
    windows = division.material.embedded.embeddings[SPLIT.test[1]]
    with torch.inference_mode():
        expected = softmax(net.classifier(windows).mean(0), division.genre.header.inference.temperature)
    assert genre_alone(division, SPLIT.test)[1] == pytest.approx(expected, abs=1e-6)


def test_finished_heads_are_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = dataclasses.replace(quick("seed", 1))
    two = (System("fused", "out of fold", "x"), System("no-tempo", "none", "y"))
    monkeypatch.setattr(fusion_experiment, "systems_of", lambda _: two)
    division = toy_division()
    trained: list[tuple[str, int]] = []
    original = fusion_experiment.train_head

    def counted(material_: object, recipe_: FusionRecipe, system: System, seed: int, out: Path) -> object:
        trained.append((system.name, seed))
        if len(trained) == 3:
            raise KeyboardInterrupt
        return original(division.material, recipe_, system, seed, out)

    monkeypatch.setattr(fusion_experiment, "train_head", counted)
    done: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        measure(lambda _: division, [SPLIT], recipe, [0, 1], tmp_path, lambda *step: done.append(step))
    assert done == [(1, 4), (2, 4)]
    first = measure(lambda _: division, [SPLIT], recipe, [0, 1], tmp_path)
    assert trained[3:] == [("no-tempo", 0), ("no-tempo", 1)]
    again = measure(lambda _: division, [SPLIT], recipe, [0, 1], tmp_path)
    assert len(trained) == 5
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(a.probs, b.probs) for a, b in zip(one.runs, other.runs, strict=True))
    next(tmp_path.rglob("fused-seed1.json")).write_text("{")
    measure(lambda _: division, [SPLIT], recipe, [0, 1], tmp_path)
    assert trained[5:] == [("fused", 1)]
    moved = dataclasses.replace(
        table(SPLIT), tempi=table(SPLIT).tempi | {SPLIT.test[0]: TempoInput(99.0, soft_label(99.0))}
    )
    changed = Division(division.genre, dataclasses.replace(division.material, tempi=Tempi(moved, None)))
    measure(lambda _: changed, [SPLIT], recipe, [0], tmp_path)
    assert trained[6:] == [("fused", 0), ("no-tempo", 0)]


def test_missing_test_clips_are_counted(tmp_path: Path) -> None:
    division = toy_division()
    made = division.material
    some = {clip_id: rows for clip_id, rows in made.embedded.embeddings.items() if clip_id != SPLIT.test[0]}
    lacking = dataclasses.replace(made, embedded=EmbeddedClips(made.embedded.genre, None, some))
    with pytest.raises(TrainingError, match=f"1 of the 48 test clips .* {SPLIT.test[0]}"):
        measure(lambda _: Division(division.genre, lacking), [SPLIT], quick("seed"), [0], tmp_path)


KEYS = {
    "seed": {
        "fused": "45891c1ad1e7a0fa",
        "out-of-fold": "49dc98d594ad03fa",
        "no-tempo": "cc8fb49caa24a724",
        "widened": "dcdd0cc27247d364",
        "constant": "816cf248417ece40",
        "shuffled": "f8ac730a56764e57",
        "true-tempo": "59810934873c7af7",
    },
    "strong": {
        "fused": "8c9521beb1df2eb3",
        "no-tempo": "cedbfeae83e5b6cb",
        "widened": "15c8eb4c0833aa0d",
        "constant": "29e36fb2128a0bba",
        "shuffled": "e943a3a1c841b540",
        "true-tempo": "a52da64199516951",
    },
}


@pytest.mark.parametrize("name", FUSION_RECIPES)
def test_heads_of_earlier_versions_are_found_again(name: str) -> None:
    """A renamed class or setting gives other keys, and days of finished heads would be trained anew."""
    recipe = FUSION_RECIPES[name]
    assert {each.name: head_key("", recipe, each, 0)[:16] for each in systems_of(recipe)} == KEYS[name]
