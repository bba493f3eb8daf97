"""How weights are stepped."""

from typing import Any

import torch
from lightning.pytorch import LightningModule


def one_cycle_adamw(module: LightningModule, learning_rate: float, weight_decay: float) -> Any:
    """AdamW whose learning rate rises for a fifth of the run and falls for the rest (Smith and Topin, 2018).

    Args:
        module: attached to a trainer, which knows the number of steps.
        learning_rate: at the peak.
        weight_decay: decoupled.

    Returns:
        What `LightningModule.configure_optimizers` may return.
    """
    optimizer = torch.optim.AdamW(module.parameters(), lr=learning_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=learning_rate,
        total_steps=int(module.trainer.estimated_stepping_batches),
        pct_start=0.2,
    )
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
