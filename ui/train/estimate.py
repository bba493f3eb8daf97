"""How long a training will take: by an earlier run of the model on this computer, or by a short measurement."""

from dataclasses import replace

import streamlit as st

from core.data.splits import DEFAULT_SPLIT_SEED
from core.jobs.estimate import measure
from core.runs.request import SHIPPED, TrainRequest
from core.training.recipes.choices import recipe_of, trainable
from ui.app import errors
from ui.shared.run_words import duration_words, is_moving
from ui.train.access import require_permission
from ui.train.runs import jobs, n_train_of

_Key = tuple[str, str, str | None, int]


def estimate(request: TrainRequest, n_epochs: int, n_runs: int, allowed: bool) -> None:
    """The estimated duration, or the offer to measure it.

    Args:
        request: what the form says; it may hold values that are not allowed.
        n_epochs: of each run.
        n_runs: of the request.
        allowed: whether the session may measure.
    """
    n_train = n_train_of(request)
    what = f"{n_epochs} epochs of {n_train} clips"
    earlier = jobs().estimate(request)
    per_clip_s = _measured().get(_key(request))
    if earlier is not None:
        _say(earlier.duration_s, n_runs, what, "from an earlier run of this model and batch size")
    elif per_clip_s is not None:
        _say(per_clip_s * n_epochs * n_train, n_runs, what, "measured on a few batches")
    else:
        st.caption(
            f":material/timer: {what}. Duration not known yet: no earlier run of this model and batch size here. A run "
            "shows the time left after some seconds."
        )
        if SHIPPED in trainable(request).data and st.button(
            "Measure", key="measure", icon=":material/timer:", disabled=not allowed, type="tertiary",
            help="Trains a few batches in a process of its own; about ten seconds on an idle computer.",
        ):  # fmt: skip
            with errors.shown():
                _measure(request)
                st.rerun()


def _say(duration_s: float, n_runs: int, what: str, source: str) -> None:
    total = f", {duration_words(n_runs * duration_s)} for {n_runs} runs" if n_runs > 1 else ""
    n_before = sum(map(is_moving, jobs().list()))
    waits = f" It waits for {n_before} other{'s' if n_before > 1 else ''} first." if n_before else ""
    st.caption(f":material/timer: About **{duration_words(duration_s)}**{total} for {what}, {source}.{waits}")


@st.cache_resource
def _measured() -> dict[_Key, float]:
    """Seconds that a training clip takes in an epoch, validation included; measured once per server."""
    return {}


def _key(request: TrainRequest) -> _Key:
    return (request.kind, request.recipe, request.model, recipe_of(request).batch_size)


def _measure(request: TrainRequest) -> None:
    """Finds out what a clip takes, whatever the number of epochs and clips.

    Raises:
        TrainingError: not allowed, or it failed.
    """
    require_permission()
    whole = replace(
        request.with_changes(epochs=1),
        data=SHIPPED,
        split="stratified",
        split_seed=DEFAULT_SPLIT_SEED,
        fold=None,
        subset_size=None,
    )
    with st.spinner("Training a few batches to see how long they take …"):
        _measured()[_key(request)] = measure(whole).duration_s / n_train_of(whole)
