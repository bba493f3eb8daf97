"""The callback between the training of a head and the directory of its run."""

from dataclasses import replace

from lightning.pytorch import Callback, LightningModule, Trainer

from core.runs.curves import add_points, forget_after
from core.runs.status import Best
from core.training.loop.progress import BEST_OF, better
from core.training.loop.reporter import Reporter


class HeadProgress(Callback):
    """Tells how far a head is; a recipe's candidates, one after the other, count as one run.

    Each candidate has its stretch of epochs and steps, so a candidate that stops early leaves a gap in the curves.

    Args:
        reporter: of the run.
        candidate, n_candidates: which of how many.
    """

    def __init__(self, reporter: Reporter, candidate: int, n_candidates: int) -> None:
        self.reporter, self.candidate, self.n_candidates = reporter, candidate, n_candidates

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """A head begins anew after an interruption, and so do its curves."""
        if self.candidate == 0:
            forget_after(self.reporter.out, -1)
        best = self.reporter.status.best if self.candidate else None
        n_epochs = self.n_candidates * int(trainer.max_epochs or 0)
        status = replace(self.reporter.status, phase="training", n_epochs=n_epochs, best=best)
        self.reporter.report(replace(status, epoch=self._epoch(trainer), batch=0))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The epoch's metrics; validation lies before."""
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        epoch, n_batches = self._epoch(trainer), int(trainer.num_training_batches)
        add_points(self.reporter.out, epoch * n_batches, epoch, values)
        best = self.reporter.status.best
        if BEST_OF[0] in values:
            best = better(best, Best(BEST_OF[0], values[BEST_OF[0]], epoch))
        self.reporter.status = replace(
            self.reporter.status, epoch=epoch, batch=n_batches, n_batches=n_batches, best=best
        )
        if self.reporter.is_due:
            self.reporter.report(self.reporter.status)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """A line of the log for each candidate."""
        values = ", ".join(f"{name} {float(value):.4f}" for name, value in trainer.callback_metrics.items())
        number = f"candidate {self.candidate + 1} of {self.n_candidates}"
        self.reporter.note(f"{number}: {trainer.current_epoch} epochs, in the last one {values}")
        self.reporter.report(self.reporter.status)

    def _epoch(self, trainer: Trainer) -> int:
        """From 1, those of earlier candidates counted."""
        return self.candidate * int(trainer.max_epochs or 0) + trainer.current_epoch + 1
