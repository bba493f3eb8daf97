"""Muon: what a step is, what it leaves to AdamW, and that its state survives saving."""

from copy import deepcopy

import torch
from torch import nn

from core.training.loop.optimizers import Muon, ParameterGroup, orthogonalised


def test_singular_values_come_near_one_and_vectors_stay() -> None:
    generator = torch.Generator().manual_seed(0)
    for rows, columns in ((8, 40), (40, 8), (16, 16)):
        left, _ = torch.linalg.qr(torch.randn(rows, min(rows, columns), generator=generator))
        right, _ = torch.linalg.qr(torch.randn(columns, min(rows, columns), generator=generator))
        values = torch.logspace(0, -1, min(rows, columns))
        result = left.T @ orthogonalised(left @ torch.diag(values) @ right.T) @ right
        assert torch.all((result.diagonal() > 0.5) & (result.diagonal() < 1.4))
        assert (result - torch.diag(result.diagonal())).abs().max() < 1e-4


def test_a_zero_gradient_moves_nothing() -> None:
    assert torch.equal(orthogonalised(torch.zeros(3, 5)), torch.zeros(3, 5))


def small_net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(16, 2))


def groups(net: nn.Sequential) -> list[ParameterGroup]:
    kernel = net[0].get_parameter("weight")
    return [
        ParameterGroup([kernel], 0.1, orthogonal=True),
        ParameterGroup([parameter for parameter in net.parameters() if parameter is not kernel], 0.01),
    ]


def learn(net: nn.Sequential, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    net(torch.linspace(-1, 1, 16).view(1, 1, 4, 4)).square().sum().backward()
    optimizer.step()


def test_first_step_of_a_kernel_is_its_gradient_orthogonalised() -> None:
    net = small_net()
    kernel = net[0].get_parameter("weight")
    before = kernel.detach().clone()
    net(torch.ones(1, 1, 4, 4).cumsum(2)).square().sum().backward()
    assert kernel.grad is not None
    direction = orthogonalised(kernel.grad.flatten(1)).view_as(kernel)
    Muon(groups(net), weight_decay=0.5).step()
    torch.testing.assert_close(kernel.detach(), before * (1 - 0.1 * 0.5) - 0.1 * direction)


def test_the_others_step_by_adamw() -> None:
    net, reference = small_net(), small_net()
    optimizer = Muon(groups(net), weight_decay=0.1)
    adamw = torch.optim.AdamW(reference[2].parameters(), lr=0.01, weight_decay=0.1)
    for _ in range(3):
        reference[0].load_state_dict(net[0].state_dict())
        reference[0].zero_grad()
        learn(reference, adamw)
        learn(net, optimizer)
        torch.testing.assert_close(net[2].weight, reference[2].weight)


def test_a_saved_state_goes_on_to_the_digit() -> None:
    net = small_net()
    optimizer = Muon(groups(net), weight_decay=0.1)
    learn(net, optimizer)
    again = small_net()
    again.load_state_dict(net.state_dict())
    resumed = Muon(groups(again), weight_decay=0.1)
    resumed.load_state_dict(deepcopy(optimizer.state_dict()))
    for _ in range(2):
        learn(net, optimizer)
        learn(again, resumed)
    for ours, theirs in zip(net.parameters(), again.parameters(), strict=True):
        assert torch.equal(ours, theirs)
