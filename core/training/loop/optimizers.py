"""How weights are stepped."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.nn import Parameter


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that are stepped alike.

    Attributes:
        parameters: of the model.
        learning_rate: at the peak.
        orthogonal: steps are orthogonalised, see `Muon`; each parameter then has two dimensions or more.
    """

    parameters: Iterable[Parameter]
    learning_rate: float
    orthogonal: bool = False


class Muon(torch.optim.AdamW):
    """AdamW whose groups marked `orthogonal` step by the nearest orthogonal matrix to their momentum.

    Every direction of a kernel or a layer then learns at the same pace, also those with small gradients, which matters
    where steps are few. Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024
    (kellerjordan.github.io/posts/muon). PyTorch has a Muon too, for matrices only (no convolution kernels), and it
    computes in bfloat16, which most CPUs emulate.
    """

    momentum = 0.95

    def __init__(self, groups: Iterable[ParameterGroup], weight_decay: float) -> None:
        super().__init__(
            [{"params": list(g.parameters), "lr": g.learning_rate, "orthogonal": g.orthogonal} for g in groups],
            weight_decay=weight_decay,
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; gradients of orthogonalised parameters are used up (None afterwards)."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            if group["orthogonal"]:
                for parameter in group["params"]:
                    self._step_orthogonally(parameter, group["lr"], group["weight_decay"])
        super().step()  # skips what has no gradient
        return loss

    def _step_orthogonally(self, parameter: Parameter, learning_rate: float, weight_decay: float) -> None:
        if parameter.grad is None:
            return
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
            state["step"] = torch.tensor(0.0)  # never counted: AdamW looks for it when a saved state is restored
        velocity = state["momentum"].lerp_(parameter.grad, 1 - self.momentum)
        direction = orthogonalised(parameter.grad.lerp(velocity, self.momentum).flatten(1))  # Nesterov
        rows, columns = direction.shape
        parameter.mul_(1 - learning_rate * weight_decay)
        parameter.add_(direction.view_as(parameter), alpha=-learning_rate * max(1, rows / columns) ** 0.5)
        parameter.grad = None


def orthogonalised(matrix: Tensor) -> Tensor:
    """A matrix with about the same singular vectors whose singular values all lie near 1 (0.6 to 1.3).

    Five Newton-Schulz steps with the coefficients of the source named at `Muon`.

    Args:
        matrix: `[..., rows, columns]`.
    """
    tall = matrix.shape[-2] > matrix.shape[-1]
    x: Tensor = (matrix.mT if tall else matrix) / (matrix.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if tall else x


def one_cycle(module: LightningModule, groups: Iterable[ParameterGroup], weight_decay: float) -> Any:
    """AdamW, or Muon, whose learning rates rise for a fifth of the run and fall for the rest (Smith and Topin, 2018).

    Args:
        module: attached to a trainer, which knows the number of steps.
        groups: of parameters.
        weight_decay: decoupled.

    Returns:
        What `LightningModule.configure_optimizers` may return.
    """
    optimizer = Muon(groups, weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=int(module.trainer.estimated_stepping_batches),
        pct_start=0.2,
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
