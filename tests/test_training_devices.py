"""Training on several devices: every window once, and two processes learn what one does."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.errors import TrainingError
from core.jobs.launch import start_process
from core.runs.curves import read_curves
from core.runs.request import Hardware
from core.runs.status import LOG, tail
from core.training import genre
from core.training.data import EpochSampler, Share
from core.training.lightning_run import Schedule, fit
from core.training.recipes import GENRE_RECIPES
from tests.ddp_toy import PlainNet, train
from tests.jobs_world import PATIENCE_S, processes_about, toy_request

PROGRAM = Path(__file__).with_name("ddp_toy.py")


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


@pytest.mark.filterwarnings("ignore:The number of training batches")
def test_two_processes_learn_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mean gradients over gloo; sums come in another order, so the last digits differ."""
    monkeypatch.setattr(genre, "GenreCNN", PlainNet)
    train(tmp_path / "1", "1")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path / "2"), "2"],
        capture_output=True, text=True, timeout=300, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    one, two = (load_file(tmp_path / devices / "genre-toy.safetensors") for devices in ("1", "2"))
    for name, tensor in one.items():
        assert torch.allclose(two[name], tensor, atol=1e-4), name
    losses = [[p.value for p in read_curves(tmp_path / devices).of("valid_loss")] for devices in ("1", "2")]
    assert len(losses[0]) == 3
    assert losses[1] == pytest.approx(losses[0], abs=1e-4)


def test_of_two_processes_the_first_alone_reports(tmp_path: Path) -> None:
    """From the command line, as a job starts it: what both print goes to the log of the run, unless told otherwise."""
    hardware = Hardware("cpu", "2", 1, "ddp")
    request = replace(toy_request(epochs=1), out=tmp_path / "run", batch_size=4, hardware=hardware)
    request.out.mkdir()
    process = start_process(request.out, request)
    try:
        assert process.wait(PATIENCE_S) == 0, tail(request.out / LOG)
    finally:
        for left in processes_about(tmp_path):
            left.kill()
    log = (request.out / LOG).read_text()
    assert [log.count(line) for line in (" began: ", " epoch 1 of 1: ", " finished\n", "exported to")] == [1, 1, 1, 1]
    assert (request.out / "log-0-1.txt").exists()
    assert len(read_curves(request.out).of("valid_loss")) == 1


@pytest.mark.parametrize(
    "hardware",
    [Hardware(accelerator="abacus"), Hardware(strategy="hope"), Hardware(precision="3"), Hardware(devices="many")],
    ids=lambda hardware: str(hardware),
)
def test_unknown_hardware_is_refused_in_words(hardware: Hardware, tmp_path: Path) -> None:
    schedule = Schedule(GENRE_RECIPES["seed"].epochs, None, None)
    with pytest.raises(TrainingError, match="cannot train on this hardware"):
        fit(None, None, schedule, tmp_path, hardware=hardware)  # type: ignore[arg-type]
