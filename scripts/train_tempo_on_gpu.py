"""Trains `tempo-tcn` and the five models of its folds at once on one CUDA GPU: some minutes instead of days.

Usage: python -m scripts.train_tempo_on_gpu --gtzan DIR --out DIR

The networks, losses, distortions and steps are those of `python -m core train tempo`, but all clips lie in the GPU's
memory, windows are cut and labelled there, and a step is captured once and replayed (CUDA graphs), as most of its time
is the launching of small kernels. Order and distortions are drawn by another generator, so the weights are not those
that the command gives, and a last batch that is not full is left out.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.data.clip_files import find_clips
from core.data.log_mels import describe_copy, load_log_mels
from core.data.splits import N_FOLDS, make_split
from core.models.tempo_head import kernels_of_octaves
from core.models.tempo_tcn import TempoMember, TempoOutput
from core.training.loop.fit import Fitted
from core.training.loop.optimizers import Muon, orthogonalised
from core.training.loop.settings import Run
from core.training.recipes.tempo import TEMPO_RECIPES, TempoRecipe
from core.training.tempo.auxiliary_targets import AuxiliaryHead, auxiliary_loss
from core.training.tempo.data import TempoData
from core.training.tempo.device_windows import Tracks, drawn, windows
from core.training.tempo.module import TempoModule, is_hidden, tempo_losses
from core.training.tempo.run import export_run

RECIPE = TEMPO_RECIPES["strong"]
COMMAND = "python -m scripts.train_tempo_on_gpu --gtzan DIR --out DIR"
_WARM_UP = 3
"""Steps before one is captured, as CUDA graphs want it."""


# The network


class MemberOnGpu(TempoMember):
    """A `TempoMember` whose convolutions along time are matrix products, and whose tempogram has its kernels at hand.

    Same weights, same outputs.
    """

    def __init__(self, n_frames: int, device: str) -> None:
        super().__init__()
        self.others = AuxiliaryHead()
        self._kernels = [(kernels.to(device), length) for kernels, length in kernels_of_octaves(n_frames)]

    def forward(self, batch: Tensor) -> TempoOutput:
        """`[B, 1, 64, T]` to all outputs."""
        features = self.front_end(batch)[:, :, 0]
        skips = torch.zeros_like(features)
        for layer in self.layers:
            rates = layer.near.dilation[0], layer.far.dilation[0]
            both = [
                _along_time(features, conv.weight, rate)
                for conv, rate in zip((layer.near, layer.far), rates, strict=True)
            ]
            mixed = functional.elu(layer.norm(torch.cat(both, dim=1)[:, :, None]))[:, :, 0]
            mixed = functional.dropout1d(mixed, layer.dropout.p, self.training)
            change = layer.mix.weight[:, :, 0] @ mixed + layer.mix.bias[:, None]
            features, skips = features + change, skips + change
        beats, downbeats = self.beats(functional.elu(features)).unbind(1)
        tempo, evidence = self.tempo.with_evidence(functional.elu(skips), self._kernels)
        return TempoOutput(beats, downbeats, tempo, evidence)


def _along_time(features: Tensor, weight: Tensor, rate: int) -> Tensor:
    n_frames, width = features.shape[-1], weight.shape[-1]
    padded = functional.pad(features, (width // 2 * rate,) * 2)
    shifted = torch.cat([padded[..., tap * rate : tap * rate + n_frames] for tap in range(width)], dim=1)
    return weight.permute(0, 2, 1).flatten(1) @ shifted


# Steps


class Stepper:
    """`Muon` under a one-cycle schedule whose rates are tensors, so that a captured step can follow it.

    Args:
        net: what learns.
        recipe: rates and decay.
        n_steps: of the whole training.
        device: of the weights.
    """

    def __init__(self, net: nn.Module, recipe: TempoRecipe, n_steps: int, device: str) -> None:
        named = list(net.named_parameters())
        hidden = [weight for name, weight in named if is_hidden(f".{name}", weight)]
        chosen = {id(weight) for weight in hidden}
        self.rest = [weight for _, weight in named if id(weight) not in chosen]
        self.decay = recipe.weight_decay
        by_shape: dict[tuple[int, int], list[nn.Parameter]] = {}
        for weight in hidden:
            by_shape.setdefault((len(weight), weight[0].numel()), []).append(weight)
        self.groups = list(by_shape.items())
        self.velocities = [torch.zeros(len(same), *shape, device=device) for shape, same in self.groups]
        self.means, self.squares = ([torch.zeros_like(weight) for weight in self.rest] for _ in range(2))
        self.rates = one_cycle_rates(recipe, n_steps).to(device)

    def state(self) -> list[Tensor]:
        """All that a step changes beside the weights."""
        return [*self.velocities, *self.means, *self.squares]

    @torch.no_grad()
    def step(self, rates: Tensor) -> None:
        """One step by a row of `rates`."""
        hidden_rate, other_rate, beta, mean_share, square_share = rates
        for ((rows, columns), same), velocity in zip(self.groups, self.velocities, strict=True):
            gradient = torch.stack([weight.grad.flatten(1) for weight in same if weight.grad is not None])
            velocity.lerp_(gradient, 1 - Muon.momentum)
            direction = orthogonalised(gradient.lerp(velocity, Muon.momentum))
            step = hidden_rate * max(1, rows / columns) ** 0.5 * direction
            for weight, change in zip(same, step, strict=True):
                weight.mul_(1 - hidden_rate * self.decay).sub_(change.view_as(weight))
        gradients = [weight.grad for weight in self.rest]
        for weight, gradient, mean, square in zip(self.rest, gradients, self.means, self.squares, strict=True):
            mean.lerp_(gradient, 1 - beta)
            square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
            change = mean / mean_share / ((square / square_share).sqrt() + 1e-8)
            weight.mul_(1 - other_rate * self.decay).sub_(other_rate * change)


def one_cycle_rates(recipe: TempoRecipe, n_steps: int) -> Tensor:
    """What `core.training.loop.optimizers.one_cycle` gives each step.

    Returns:
        `[n_steps, 5]`: the rates of Muon and AdamW, AdamW's first beta, and by what its two means are divided.
    """
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.AdamW([weight], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=n_steps, pct_start=0.2)
    rows = []
    for number in range(1, n_steps + 1):
        rate, beta = optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["betas"][0]
        peak = recipe.learning_rate
        rows.append((rate * peak, rate * peak * recipe.other_rate, beta, 1 - beta**number, 1 - 0.999**number))
        optimizer.step()
        if number < n_steps:
            schedule.step()
    return torch.tensor(rows)


# A training


class Training:
    """One network that learns from the tracks of one split.

    Args:
        tracks: on the device.
        recipe: how.
        seed: of weights, order and distortions.
        number: of the split, so that no two draw alike.
        device: "cuda", or "cpu" to try it.
    """

    def __init__(self, tracks: Tracks, recipe: TempoRecipe, seed: int, number: int, device: str) -> None:
        self.tracks, self.recipe = tracks, recipe
        n_tracks, _, track_frames = tracks.features.shape
        self.n_steps = recipe.epochs * (n_tracks // recipe.batch_size)
        torch.manual_seed(1000 + 10 * seed + number)
        self.net = MemberOnGpu(recipe.features.n_frames, device).to(device).train()
        self.stepper = Stepper(self.net, recipe, self.n_steps, device)
        rng = np.random.default_rng([seed, number, 7])
        self.draws = drawn(recipe, self.n_steps, track_frames, n_tracks, rng).to(device)
        self.live = [tensor for tensor in self.net.state_dict().values() if tensor.is_floating_point()]
        self.averaged = [tensor.detach().clone() for tensor in self.live]
        self.begun = [tensor.clone() for tensor in self.averaged]
        self.draw, self.rates = self.draws[0].clone(), self.stepper.rates[0].clone()
        self.stream = torch.cuda.Stream() if device == "cuda" else None

    def feed(self, number: int) -> None:
        """Sets what the next step works on; after the last one the rates stay where they are, next to nothing."""
        number = min(number, self.n_steps - 1)
        self.draw.copy_(self.draws[number])
        self.rates.copy_(self.stepper.rates[number])

    def step(self) -> None:
        """One step of weights and averages."""
        recipe = self.recipe
        with torch.no_grad():
            batch = windows(self.tracks, self.draw, recipe.features.n_frames)
        output = self.net(batch.windows)
        beats, downbeats, tempo = tempo_losses(output, batch, recipe.beat_emphasis)
        loss = recipe.beat_weight * beats + recipe.downbeat_weight * downbeats + recipe.tempo_weight * tempo
        loss = loss + recipe.other_weight * auxiliary_loss(self.net.others(output.evidence), batch.auxiliary)
        loss.backward()
        self.stepper.step(self.rates)
        with torch.no_grad():
            for mean, tensor in zip(self.averaged, self.live, strict=True):
                mean.lerp_(tensor, 1 - recipe.averaging_decay)
        self.net.zero_grad(set_to_none=True)

    @torch.no_grad()
    def begin(self) -> None:
        """Back to where it was made, after steps that were only for warming up."""
        for tensors in (self.live, self.averaged):
            for tensor, first in zip(tensors, self.begun, strict=True):
                tensor.copy_(first)
        for tensor in self.stepper.state():
            tensor.zero_()

    def weights(self) -> dict[str, Tensor]:
        """The EMA weights, by their names in a `TempoMember` with its `others`."""
        names = [name for name, tensor in self.net.state_dict().items() if tensor.is_floating_point()]
        return {name: mean.cpu() for name, mean in zip(names, self.averaged, strict=True)}


def captured(trainings: list[Training]) -> torch.cuda.CUDAGraph:
    """A graph of one step of each, side by side."""
    for training in trainings:
        training.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(training.stream):
            for _ in range(_WARM_UP):
                training.step()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        main = torch.cuda.current_stream()
        for training in trainings:
            training.stream.wait_stream(main)
            with torch.cuda.stream(training.stream):
                training.step()
        for training in trainings:
            main.wait_stream(training.stream)
    for training in trainings:
        training.begin()
    torch.cuda.synchronize()
    return graph


def train_members(data: Sequence[TempoData], recipe: TempoRecipe) -> list[list[dict[str, Tensor]]]:
    """Weights of each member of each split's model."""
    tracks = [Tracks.of(one.tracks("train") + one.mixed_in(), recipe.features.frame_s, "cuda") for one in data]
    members: list[list[dict[str, Tensor]]] = [[] for _ in data]
    for seed in range(recipe.n_members):
        trainings = [Training(known, recipe, seed, number, "cuda") for number, known in enumerate(tracks)]
        graph = captured(trainings)
        for step in range(max(training.n_steps for training in trainings)):
            for training in trainings:
                training.feed(step)
            graph.replay()
        for training, found in zip(trainings, members, strict=True):
            found.append(training.weights())
        print(f"member {seed + 1} of {recipe.n_members} of all {len(data)} models is trained", flush=True)
    return members


def joined(members: Sequence[dict[str, Tensor]], module: TempoModule) -> dict[str, Tensor]:
    """The weights of single members to those of a module that has them all."""
    weights = dict(module.state_dict())
    for number, member in enumerate(members):
        for name, tensor in member.items():
            is_other = name.startswith("others.")
            place = name.replace("others.", f"others.{number}.") if is_other else f"net.members.{number}.{name}"
            weights[place] = tensor.view_as(weights[place])
    return weights


def main() -> int:
    """Trains and exports all six; returns the exit code."""
    parser = argparse.ArgumentParser(description="Train tempo-tcn and the models of its folds on one GPU.")
    parser.add_argument("--gtzan", type=Path, required=True, metavar="DIR", help="folder with the GTZAN audio")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the checkpoints go")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("There is no CUDA GPU here. Use python -m core train tempo instead: it needs none.", file=sys.stderr)
        return 1
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    files = find_clips(arguments.gtzan)
    log_mels = load_log_mels(files, RECIPE.features)
    splits = [*(make_split("artist_folds", fold=fold) for fold in range(N_FOLDS)), make_split("stratified")]
    data = [TempoData(log_mels, split, RECIPE, seed=0) for split in splits]
    for split, one, members in zip(splits, data, train_members(data, RECIPE), strict=True):
        name = "tempo-tcn" if split.fold is None else f"tempo-tcn-fold{split.fold}"
        run = Run(name, RECIPE, split, 0, arguments.out, describe_copy(files, RECIPE.features), COMMAND)
        module = TempoModule(RECIPE)
        header = export_run(run, one, module, Fitted(joined(members, module), RECIPE.epochs, RECIPE.epochs))
        print(name, header.metrics, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
