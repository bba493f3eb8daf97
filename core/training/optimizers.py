"""How weights are stepped."""

from collections.abc import Iterable
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch.nn import Parameter


def one_cycle_adamw(
    module: LightningModule, rates: Iterable[tuple[Iterable[Parameter], float]], weight_decay: float
) -> Any:
    """AdamW whose learning rates rise for a fifth of the run and fall for the rest (Smith and Topin, 2018).

    Args:
        module: attached to a trainer, which knows the number of steps.
        rates: groups of parameters, each with its learning rate at the peak.
        weight_decay: decoupled.

    Returns:
        What `LightningModule.configure_optimizers` may return.
    """
    groups = [{"params": list(parameters), "lr": rate} for parameters, rate in rates]
    optimizer = torch.optim.AdamW(groups, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=int(module.trainer.estimated_stepping_batches),
        pct_start=0.2,
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
