"""Curves of several runs in one figure."""

from collections.abc import Sequence

import streamlit as st

from core.figures.curves import learning_curves
from core.jobs.job import Job
from core.runs.curves import BATCH_LOSS
from ui.shared.cards import chart
from ui.shared.run_words import is_share, label_of, metric_name
from ui.train.runs import curves_of, jobs, line_of

_POLL_S = 3.0
_FIRST = ("valid_accuracy", "valid_accuracy1", "valid_loss")


def compare_part(runs: Sequence[Job]) -> None:
    """Choice of runs and of what to compare; grows while one of them goes on."""
    by_id = {job.run_id: job for job in runs}
    chosen = st.multiselect(
        "Runs", list(by_id), list(by_id)[:2], key="compared", placeholder="Choose two or more",
        format_func=lambda run_id: label_of(by_id[run_id]) if run_id in by_id else run_id,
    )  # fmt: skip
    chosen = [run_id for run_id in chosen if run_id in by_id]
    if not chosen:
        st.info("Choose the runs to compare.", icon=":material/arrow_upward:")
        return
    metrics = _metrics(chosen)
    if not metrics:
        st.info("None of these runs has a curve yet.", icon=":material/show_chart:")
        return
    metric = st.selectbox("Metric", metrics, key="metric", format_func=_title, width=330)
    moving = any(by_id[run_id].is_active for run_id in chosen)
    st.fragment(_figure, run_every=_POLL_S if moving else None)(tuple(chosen), metric)


def _metrics(run_ids: Sequence[str]) -> list[str]:
    found = dict.fromkeys(
        name for run_id in run_ids for name in curves_of(jobs().get(run_id)).metrics if name != BATCH_LOSS
    )
    return sorted(found, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))


def _title(metric: str) -> str:
    kind = "Accuracy" if is_share(metric) else "Loss" if metric.endswith("loss") else "Error"
    return f"{kind}: {metric_name(metric)}"


def _figure(run_ids: tuple[str, ...], metric: str) -> None:
    lines = [line_of(curves_of(jobs().get(run_id)), metric, run_id) for run_id in run_ids]
    chart(learning_curves(lines, _title(metric), is_share(metric), height=420), "compare")
