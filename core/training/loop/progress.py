"""The callback between Lightning and the directory of a run: progress, curves, stopping, random state."""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from core.runs.curves import BATCH_LOSS, add_points, forget_after
from core.runs.status import Best
from core.training.loop.reporter import Reporter
from core.training.loop.stopping import STOPPED, RunStoppedError, StopRequest

BEST_OF = ("valid_accuracy", "valid_accuracy1")
"""Of these metrics the greatest value is the best one; of a run that logs neither, the least validation loss."""
_FALLBACK = "valid_loss"


class Progress(Callback):
    """Tells a reporter how far the training is, stops between two batches when asked to, seeds each batch.

    Args:
        reporter: of the run, None in a further process of a run on several devices.
        seed: of the run; the random numbers of a batch (dropout) follow from it, the epoch and the batch alone, so that
            a resumed run draws what an uninterrupted one would have drawn.
        part, n_parts: a run may be several trainings, one after the other, each from the beginning; which of how many
            this is. Each has its stretch of epochs and steps, so one that stops early leaves a gap in the curves.
    """

    def __init__(self, reporter: Reporter | None, seed: int, part: int = 0, n_parts: int = 1) -> None:
        self.reporter, self.seed = reporter, seed
        self.part, self.n_parts = part, n_parts
        self._stop = StopRequest()
        self._losses: list[Tensor] = []
        self._begun_s, self._begun_at, self._batches_s = time.monotonic(), 0.0, 0.0
        self._batch_began_s = self._begun_s

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Takes back the curves of an epoch that was interrupted: it is run again."""
        self._stop.listen()
        self._begun_s, self._begun_at = time.monotonic(), float(self._epochs_before(trainer))
        if self.reporter is None:
            return
        curves = forget_after(self.reporter.out, self._step(trainer))
        best = None
        for metric in (*BEST_OF, _FALLBACK):
            for point in curves.of(metric):
                best = better(best, Best(metric, point.value, round(point.epoch)))
            if best is not None:
                break
        status = replace(self.reporter.status, phase="training", n_epochs=self._n_epochs(trainer), best=best)
        n_batches, epoch = int(trainer.num_training_batches), self._epochs_before(trainer) + 1
        self.reporter.report(replace(status, epoch=epoch, batch=0, n_batches=n_batches))

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Nothing is left of the epoch before."""
        self._losses, self._batches_s = [], 0.0

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Random numbers of this batch; begins the batch rate's clock, as validation is not part of it."""
        key = [self.seed, trainer.current_epoch, batch_idx, trainer.global_rank]
        torch.manual_seed(int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1))
        self._batch_began_s = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Progress, the running loss, and the stop that was asked for."""
        self._batches_s += time.monotonic() - self._batch_began_s
        if isinstance(outputs, dict) and isinstance(outputs.get("loss"), Tensor):
            self._losses.append(outputs["loss"].detach())
        if self.reporter is not None and self.reporter.is_due:
            n_batches = int(trainer.num_training_batches)
            done = self._epochs_before(trainer) + (batch_idx + 1) / n_batches
            if self._losses:
                loss = float(torch.stack(self._losses).mean())
                add_points(self.reporter.out, self._step(trainer), done, {BATCH_LOSS: loss})
                self._losses = []
            self._report(trainer, self.reporter, batch_idx + 1, done)
        self._stop_if_asked(trainer)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """A sign of life, and the stop that was asked for."""
        if self.reporter is not None and self.reporter.is_due:
            self.reporter.report(self.reporter.status)
        self._stop_if_asked(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The epoch's metrics; validation lies before."""
        if self.reporter is None:
            return
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        epoch = self._epochs_before(trainer) + 1
        add_points(self.reporter.out, self._step(trainer), epoch, values)
        metric = next((name for name in (*BEST_OF, _FALLBACK) if name in values), None)
        if metric is not None:
            best = better(self.reporter.status.best, Best(metric, values[metric], epoch))
            self.reporter.status = replace(self.reporter.status, best=best)
        listed = ", ".join(f"{name} {value:.4f}" for name, value in values.items())
        self.reporter.note(f"epoch {epoch} of {self._n_epochs(trainer)}: {listed}")
        self._report(trainer, self.reporter, int(trainer.num_training_batches), epoch)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """What is left is the export."""
        if self.reporter is not None:
            self.reporter.report(replace(self.reporter.status, phase="exporting", time_left_s=None))

    def _report(self, trainer: Trainer, reporter: Reporter, batch: int, done: float) -> None:
        n_epochs = self._n_epochs(trainer)
        passed = done - self._begun_at
        passed_s = time.monotonic() - self._begun_s
        reporter.report(
            replace(
                reporter.status,
                phase="training",
                epoch=self._epochs_before(trainer) + 1,
                n_epochs=n_epochs,
                batch=batch,
                n_batches=int(trainer.num_training_batches),
                batches_per_s=batch / self._batches_s if self._batches_s > 0 else None,
                time_left_s=passed_s / passed * (n_epochs - done) if passed > 0 else None,
            )
        )

    def _n_epochs(self, trainer: Trainer) -> int:
        return self.n_parts * int(trainer.max_epochs or 0)

    def _epochs_before(self, trainer: Trainer) -> int:
        """Before the running one, all of the parts before it included."""
        return self.part * int(trainer.max_epochs or 0) + trainer.current_epoch

    def _step(self, trainer: Trainer) -> int:
        steps_of_a_part = int(trainer.max_epochs or 0) * int(trainer.num_training_batches)
        return self.part * steps_of_a_part + trainer.global_step

    def _stop_if_asked(self, trainer: Trainer) -> None:
        """All processes of a run stop at the same batch, whichever was asked."""
        if trainer.strategy.reduce_boolean_decision(self._stop.made, all=False):
            raise RunStoppedError(STOPPED)


def better(one: Best | None, other: Best) -> Best:
    """The better of two epochs, the earlier of equals."""
    if one is None or one.metric != other.metric:
        return other
    is_better = other.value < one.value if other.metric == _FALLBACK else other.value > one.value
    return other if is_better else one
