"""One run as it goes: progress, curves, log, what it takes of the computer. Looked at anew every second or two."""

import time
from dataclasses import dataclass

import psutil
import streamlit as st

from core.errors import TrainingError
from core.figures.base import Chart
from core.figures.curves import LearningCurve, grow, learning_curves
from core.jobs.job import Job
from core.runs.curves import BATCH_LOSS, Curves
from core.runs.processes import ProcessId, find
from ui.app.text import as_text
from ui.shared.cards import chart
from ui.shared.run_words import (
    STATE_BADGES,
    best_name,
    best_words,
    duration_words,
    is_moving,
    is_share,
    metric_name,
    progress_words,
    request_words,
)
from ui.train.runs import curves_of, jobs, line_of, log_of

POLL_S = 2.0
"""A run writes about once a second, so that a page is at most 3 s behind what happens."""
LOG_LINES = 14
_RESOURCES_S = 6.0
_LOSSES = (BATCH_LOSS, "train_loss", "valid_loss")


def live_view(job: Job, with_log: bool) -> None:
    """The run, kept up to date while it moves.

    Args:
        job: the run.
        with_log: whether to show its log, too, which names folders of the computer.
    """
    every_s = POLL_S if is_moving(job) else None
    st.fragment(_look, run_every=every_s)(job.run_id, job.state, with_log)


def _look(run_id: str, drawn_state: str, with_log: bool) -> None:
    try:
        job = _current(run_id, drawn_state)
    except TrainingError:  # somebody else has deleted it
        st.rerun()
    if job.state != drawn_state:
        st.rerun()  # the buttons around depend on it
    _head(job)
    curves = curves_of(job)
    n_epochs = job.status.n_epochs if job.status is not None else None
    charts = _charts(run_id, curves, n_epochs)
    if charts:
        for column, (title, shown) in zip(st.columns(2, gap="medium"), charts, strict=False):
            with column:
                st.markdown(f"**{as_text(title)}**")
                chart(shown, f"live-{title}-{run_id}")
    elif job.is_active:
        st.caption("Curves appear with the first batches.")
    if with_log:
        _log(job)


def _current(run_id: str, drawn_state: str) -> Job:
    """Looking at all runs also keeps the queue going; a running one needs no such help."""
    if drawn_state == "running":
        return jobs().get(run_id)
    found = next((job for job in jobs().list() if job.run_id == run_id), None)
    return found or jobs().get(run_id)


def _head(job: Job) -> None:
    icon, colour = STATE_BADGES[job.state]
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(job.state, icon=icon, color=colour)
        if job.request is not None:
            st.caption(as_text(request_words(job.request)), width="stretch")
    if job.message:
        show = st.warning if job.state in ("failed", "lost") else st.caption
        show(as_text(job.message))
    st.progress(job.progress, progress_words(job))
    _figures(job)


def _figures(job: Job) -> None:
    status = job.status
    if status is None:
        return
    parts = [f"Time spent: **{duration_words(status.elapsed_s)}**"]
    if status.best is not None:
        parts.insert(0, f"{best_name(status.best)}: **{best_words(status.best)}**")
    used = resources(job)
    if used:
        parts.append(used)
    st.markdown(" · ".join(parts))


def resources(job: Job) -> str:
    """What the run's processes take of this computer; "" where none runs here."""
    return "" if job.process is None else _resources(job.process)


@st.cache_data(ttl=_RESOURCES_S, max_entries=16, show_spinner=False)
def _resources(of: ProcessId) -> str:
    """Looked up once for all who watch: finding the children of a process takes a look at every process there is."""
    process = find(of)
    if process is None:
        return ""
    memory_bytes, cpu_s = 0, 0.0
    try:
        for each in (process, *process.children(recursive=True)):
            memory_bytes += each.memory_info().rss
            cpu_s += sum(each.cpu_times()[:2])
        age_s = max(time.time() - process.create_time(), 1.0)
        n_threads = process.num_threads()
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return ""
    return f"**{cpu_s / age_s:.1f}** cores on average, **{memory_bytes / 1e6:.0f} MB**, {n_threads} threads"


@dataclass(frozen=True)
class _Plot:
    """One figure: what it shows, and as what."""

    title: str
    lines: list[LearningCurve]
    is_share: bool


@dataclass
class _Drawn:
    """Figures of a run, and the curves that they were drawn from."""

    charts: list[Chart]
    curves: Curves


@st.cache_resource(scope="session", max_entries=16, show_spinner=False)
def _drawn(run_id: str, metrics: tuple[str, ...], n_epochs: int | None, _curves: Curves) -> _Drawn:
    """Kept for a session to let them grow: drawing them anew at each look would cost ten times as much."""
    plots = _plots(_curves)
    return _Drawn([learning_curves(p.lines, p.title, p.is_share, n_epochs) for p in plots], _curves)


def _charts(run_id: str, curves: Curves, n_epochs: int | None) -> list[tuple[str, Chart]]:
    """Titles and figures."""
    if not curves.points:
        return []
    drawn, plots = _drawn(run_id, curves.metrics, n_epochs, curves), _plots(curves)
    if drawn.curves is not curves:
        old = zip(drawn.charts, plots, strict=True)
        drawn.charts = [grow(chart, p.lines, p.title, p.is_share, n_epochs) for chart, p in old]
        drawn.curves = curves
    return [(plot.title, shown) for plot, shown in zip(plots, drawn.charts, strict=True)]


def _plots(curves: Curves) -> list[_Plot]:
    """The losses, and the shares where there are any."""
    losses = [line_of(curves, name, metric_name(name), name == BATCH_LOSS) for name in _LOSSES]
    named = filter(is_share, sorted(curves.metrics))  # training first, as above
    shares = [line_of(curves, name, metric_name(name)) for name in named]
    return [_Plot("Loss", losses, False), *([_Plot("Accuracy", shares, True)] if shares else [])]


def _log(job: Job) -> None:
    with st.expander("Log", icon=":material/article:"):
        text = log_of(job, LOG_LINES)
        st.code(text or "No output yet.", language=None, wrap_lines=True)
