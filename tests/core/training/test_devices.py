"""Training on several devices: every window once, and two processes learn what one does."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.commands import main as cli
from core.data.splits import make_split
from core.errors import TrainingError
from core.jobs import launch
from core.models.genre_cnn import GenreCNN
from core.runs.curves import read_curves
from core.runs.request import Hardware
from core.runs.status import LOG, tail
from core.training.genre import module as genre
from core.training.loop.data import EpochSampler, Share
from core.training.loop.fit import fit
from core.training.loop.settings import Run
from core.training.recipes.genre import GENRE_RECIPES
from tests.support.ddp_toy import PlainNet, unmixed
from tests.support.jobs_world import PATIENCE_S, processes_about, toy_request

EPOCHS = 3
REQUEST = toy_request(EPOCHS).with_changes(batch_size=4)
"""Ten clips in batches of 4, 4 and 2."""


def order(n_items: int, rank: int, world: int, batch_size: int, epoch: int = 3) -> list[int]:
    sampler = EpochSampler(n_items, 7, Share(rank, world, batch_size))
    sampler.set_epoch(epoch)
    indices = [index for _, index in sampler]
    assert len(indices) == len(sampler)
    return indices


@pytest.mark.parametrize(
    ("n_items", "world", "batch_size"), [(16, 2, 4), (15, 2, 4), (13, 4, 8), (3, 4, 4), (10, 1, 4)]
)
def test_processes_share_every_batch_that_one_would_have_had(n_items: int, world: int, batch_size: int) -> None:
    alone = order(n_items, 0, 1, batch_size)
    parts = [order(n_items, rank, world, batch_size) for rank in range(world)]
    assert {len(part) for part in parts} == {-(-n_items // world)}
    own = batch_size // world
    for number in range(n_items // batch_size):
        together = [index for part in parts for index in part[number * own : (number + 1) * own]]
        assert together == alone[number * batch_size : (number + 1) * batch_size]
    seen = np.concatenate(parts)
    assert set(seen.tolist()) == set(range(n_items))
    assert len(seen) - n_items < world  # a few are seen twice, to fill the last batch


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    class TwoProcesses:
        global_rank, world_size = 0, 2

    with pytest.raises(TrainingError, match="5 cannot be shared by 2"):
        Share.of(TwoProcesses(), 5)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run of two processes, from the command line as a job starts it."""
    out = tmp_path_factory.mktemp("two") / "run"
    out.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "PROGRAM", (sys.executable, "-m", "tests.support.ddp_toy"))
        process = launch.start_process(out, replace(REQUEST, out=out, hardware=Hardware("cpu", "2", 1, "ddp")))
    try:
        assert process.wait(PATIENCE_S) == 0, tail(out / LOG)
        yield out
    finally:
        for left in processes_about(out.parent):
            left.kill()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The number of training batches")
def test_two_processes_learn_what_one_does(two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mean gradients over gloo; sums come in another order, so the last digits differ."""
    monkeypatch.setattr(genre, "GenreCNN", PlainNet)
    for mixing in ("mixup", "cutmix"):
        monkeypatch.setattr(genre, mixing, unmixed)
    assert cli.main(["train", *replace(REQUEST, out=tmp_path, threads=None).arguments()]) == 0
    one, both = (load_file(out / "genre-toy.safetensors") for out in (tmp_path, two))
    assert one.keys() == both.keys()
    for name, tensor in one.items():
        assert torch.allclose(both[name], tensor, atol=1e-4), name
    losses, same = ([point.value for point in read_curves(out).of("valid_loss")] for out in (tmp_path, two))
    assert len(losses) == EPOCHS
    assert same == pytest.approx(losses, abs=1e-4)


def test_every_weight_of_the_network_takes_part() -> None:
    """Otherwise several processes wait for each other's gradients of it."""
    net = GenreCNN()
    net(torch.randn(2, 1, 64, 400)).sum().backward()
    assert [name for name, weight in net.named_parameters() if weight.grad is None] == []


@pytest.mark.slow
def test_of_two_processes_the_first_alone_reports(two: Path) -> None:
    """What both print goes to the log of the run, unless told otherwise."""
    log = (two / LOG).read_text()
    lines = (" began: ", " epoch 1 of 3: ", " epoch 3 of 3: ", " finished\n", "exported to")
    assert [log.count(line) for line in lines] == [1] * len(lines)
    assert (two / "log-0-1.txt").exists()
    assert len(read_curves(two).of("valid_loss")) == EPOCHS


@pytest.mark.parametrize(
    "hardware",
    [Hardware(accelerator="abacus"), Hardware(strategy="hope"), Hardware(precision="3"), Hardware(devices="many")],
    ids=lambda hardware: str(hardware),
)
def test_unknown_hardware_is_refused_in_words(hardware: Hardware, tmp_path: Path) -> None:
    split = make_split("fault_filtered")
    run = Run("x", GENRE_RECIPES["seed"], split, 0, tmp_path, "", "", hardware)
    with pytest.raises(TrainingError, match="cannot train on this hardware"):
        fit(run, None, None)  # type: ignore[arg-type]
