"""How runs are put into words. Streamlit-free."""

import time
from typing import Literal

from core.jobs.job import Job, JobState
from core.results.words import percent
from core.runs.request import SHIPPED, TrainRequest
from core.runs.status import Best
from core.training.recipes.choices import TRAINABLES

BadgeColour = Literal["gray", "blue", "orange", "green", "red"]

STATE_BADGES: dict[JobState, tuple[str, BadgeColour]] = {
    "queued": (":material/hourglass_empty:", "gray"),
    "running": (":material/play_arrow:", "blue"),
    "stopping": (":material/pause:", "orange"),
    "stopped": (":material/pause_circle:", "gray"),
    "finished": (":material/check_circle:", "green"),
    "failed": (":material/error:", "red"),
    "lost": (":material/power_off:", "red"),
}
_METRICS = {
    "batch_loss": "training, inside an epoch",
    "train_loss": "training",
    "valid_loss": "validation",
    "train_accuracy": "training",
    "valid_accuracy": "validation",
    "valid_accuracy1": "validation, Accuracy1",
    "valid_accuracy2": "validation, Accuracy2",
    "valid_mae_bpm": "validation, mean absolute error (BPM)",
}


def metric_name(metric: str) -> str:
    """What the pages call a metric."""
    return _METRICS.get(metric, metric)


def is_share(metric: str) -> bool:
    """Whether a metric is a share of 0..1."""
    return "accuracy" in metric


def is_moving(job: Job) -> bool:
    """Whether it changes without anybody's doing."""
    return job.is_active or job.state == "queued"


def duration_words(seconds: float) -> str:
    """ "45 s", "3 min 20 s", "2 h 5 min"."""
    whole = max(0, round(seconds))
    minutes, rest_s = divmod(whole, 60)
    hours, rest_min = divmod(minutes, 60)
    if hours:
        return f"{hours} h {rest_min} min"
    return f"{minutes} min {rest_s} s" if minutes else f"{rest_s} s"


def best_words(best: Best | None) -> str:
    """ "63.5 % in epoch 4", a dash where no epoch has ended."""
    if best is None:
        return "–"
    value = percent(best.value) if is_share(best.metric) else f"{best.value:.4g}"
    return f"{value} in epoch {best.epoch}"


def best_name(best: Best) -> str:
    """What `best_words` speaks of."""
    name = metric_name(best.metric)
    return f"Best accuracy ({name})" if is_share(best.metric) else f"Lowest loss ({name})"


def model_words(request: TrainRequest | None) -> str:
    """ "Genre CNN, seed"."""
    if request is None:
        return "unknown"
    label = next((t.label for t in TRAINABLES if (t.kind, t.model) == (request.kind, request.model)), request.kind)
    return f"{label}, {request.recipe}"


def request_words(request: TrainRequest) -> str:
    """One line with what was asked for."""
    if request.base is not None:
        built_on = f"on {request.base.genre} and {request.base.tempo}"
        return " · ".join([model_words(request), built_on, f"seed {request.seed}"])
    fold = f", fold {request.fold}" if request.fold is not None else ""
    split_seed = "" if request.split == "fault_filtered" else f", split seed {request.split_seed}"
    return " · ".join(
        [
            model_words(request),
            "shipped 8-bit spectrograms" if request.data == SHIPPED else "GTZAN audio",
            f"{request.split} split{split_seed}{fold}",
            "all training clips" if request.subset_size is None else f"{request.subset_size} training clips",
            f"seed {request.seed}",
        ]
    )


def progress_words(job: Job) -> str:
    """Where a run is and how fast it goes."""
    status = job.status
    if job.state == "queued":
        place = f"number {job.queue_position} in the queue" if job.queue_position else "in the queue"
        return f"Waiting, {place}; runs take their turn."
    if status is None or (job.is_active and job.process is not None and status.process != job.process):
        return "Starting: loading the libraries takes some seconds."
    epoch = f"epoch {status.epoch} of {status.n_epochs}"
    if not job.is_active:
        if status.state == "finished":
            return f"Finished after {status.epoch} of {status.n_epochs} epochs."
        return f"Ended in {epoch}." if status.epoch else "Ended before the first epoch."
    if status.phase == "preparing":
        return f"Preparing spectrograms, {status.n_prepared} of {status.n_to_prepare}" if status.n_to_prepare else (
            "Reading the spectrograms"
        )  # fmt: skip
    if status.phase == "exporting":
        return "Writing the checkpoint"
    parts = [f"{epoch}, batch {status.batch} of {status.n_batches}"] if status.epoch else ["Before the first batch"]
    parts += [f"{status.batches_per_s:.1f} batches/s"] if status.batches_per_s is not None else []
    parts += [f"about {duration_words(status.time_left_s)} left"] if status.time_left_s is not None else []
    text = " · ".join(parts)
    return f"Stopping after this batch. {text}" if job.state == "stopping" else text


def label_of(job: Job) -> str:
    """A run in a list to choose from."""
    return f"{job.run_id} ({job.state})"


def created_words(job: Job) -> str:
    """Local date and time of a run's beginning."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(job.created_s)) if job.created_s else "unknown"
