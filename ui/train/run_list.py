"""All runs in a table, and the choice of the open one. The open run is in the URL: `?run=genre-lesson-…`."""

from collections.abc import Sequence

import streamlit as st

from core.jobs.job import Job
from ui.app.links import remove_from_url
from ui.app.text import as_text
from ui.shared.run_words import best_words, created_words, is_moving, label_of, model_words
from ui.shared.table import Column, listing
from ui.train.runs import jobs

_MOVING_S, _STILL_S = 5.0, 15.0
_OPEN = "run"
_COLUMNS: tuple[Column[Job], ...] = (
    Column("run", "Run", lambda job: job.run_id, drawn_as=st.column_config.TextColumn(width="medium")),
    Column("state", "State", lambda job: job.state, drawn_as=st.column_config.TextColumn(width=80)),
    Column("progress", "Progress", lambda job: 100 * job.progress,
           drawn_as=st.column_config.ProgressColumn(format="%.0f %%", min_value=0.0, max_value=100.0)),
    Column("best", "Best", lambda job: best_words(job.status.best if job.status else None),
           drawn_as=st.column_config.TextColumn(width=150, help="Validation accuracy of the best epoch.")),
    Column("minutes", "Minutes", lambda job: job.status.elapsed_s / 60 if job.status else 0.0,
           drawn_as=st.column_config.NumberColumn(format="%.1f", help="Over all resumptions.")),
    Column(
        "model", "Model", lambda job: model_words(job.request), drawn_as=st.column_config.TextColumn(width="medium")
    ),
    Column("created", "Started", created_words, drawn_as=st.column_config.TextColumn(width="medium")),
)  # fmt: skip


def open_run(run_id: str | None) -> None:
    """Makes a run the open one, from the next drawing on."""
    if run_id is not None:
        st.query_params[_OPEN] = run_id
    else:
        remove_from_url(_OPEN)


def choose_run(runs: Sequence[Job]) -> Job:
    """The open run: the one of the URL, else the first that moves, else the newest.

    Args:
        runs: at least one, the newest first.
    """
    by_id = {job.run_id: job for job in runs}
    named = st.query_params.get(_OPEN)
    if named is not None and named not in by_id:
        st.warning(
            f"There is no run “{as_text(named[:80])}”. It may have been deleted; choose another.",
            icon=":material/search_off:",
        )
    preferred = next((job for job in runs if job.is_active), next((job for job in runs if is_moving(job)), runs[0]))
    here = named if named in by_id else preferred.run_id
    ids = list(by_id)
    chosen = st.selectbox(
        "Run", ids, ids.index(here), format_func=lambda run_id: label_of(by_id[run_id]) if run_id in by_id else run_id
    )
    if chosen != here:
        open_run(chosen)
        st.rerun()
    return by_id[chosen]


def runs_table(runs: Sequence[Job]) -> None:
    """The table, kept up to date; the page is drawn anew when a run begins, ends or is deleted by anybody."""
    every_s = _MOVING_S if any(is_moving(job) for job in runs) else _STILL_S
    st.fragment(_table, run_every=every_s)(_states(runs))


def _states(runs: Sequence[Job]) -> tuple[tuple[str, str], ...]:
    return tuple((job.run_id, job.state) for job in runs)


def _table(drawn: tuple[tuple[str, str], ...]) -> None:
    runs = jobs().list()
    if _states(runs) != drawn:
        st.rerun()
    listing(_COLUMNS, runs, "runs", "All runs with state, progress and best accuracy")
