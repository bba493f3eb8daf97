"""What can be done with a run: stop, resume, clone, delete, take its files, use its checkpoint."""

from collections.abc import Callable

import streamlit as st

from core.errors import LabError
from core.jobs.job import Job
from core.runs.request import TrainRequest
from ui.app import frame
from ui.app.run_checkpoints import reference_in_app, run_checkpoint
from ui.app.text import as_text
from ui.train.run_list import open_run
from ui.train.runs import checkpoint_zip, clone, curves_csv, delete, resume, stop

_FAILED = "training_failed"
CHOICE_KEYS = {"genre": "checkpoint", "tempo": "tempo_checkpoint", "fusion": "fusion_checkpoint"}
"""Of the widgets in `ui.app.settings` that choose the models."""


def failures() -> None:
    """Shows, once, what went wrong with the last action."""
    message = st.session_state.pop(_FAILED, None)
    if message is not None:
        st.error(as_text(message), icon=":material/error:")


def actions(job: Job, allowed: bool) -> None:
    """The buttons of a run; those that change something are for those who may."""
    with st.container(horizontal=True, gap="small"):
        if job.is_active or job.state == "queued":
            _button("Stop", "stop", ":material/stop:", allowed and job.state != "stopping", lambda: stop(job.run_id))
        if job.can_resume:
            _button("Resume", "resume", ":material/resume:", allowed, lambda: resume(job.run_id))
        if job.request is not None:
            _button("Clone", "clone", ":material/content_copy:", allowed, lambda: open_run(clone(job.run_id).run_id))
        if not job.is_active:
            with st.popover("Delete", icon=":material/delete:", disabled=not allowed, key="ask-delete"):
                st.markdown(f"Delete **{as_text(job.run_id)}** with its curves and checkpoint? This cannot be undone.")
                _button("Delete for good", "delete", ":material/delete_forever:", allowed, lambda: _delete(job.run_id))
        _files(job)


def _button(label: str, key: str, icon: str, enabled: bool, act: Callable[[], None]) -> None:
    if st.button(label, key=key, icon=icon, disabled=not enabled):
        try:
            act()
        except LabError as error:
            st.session_state[_FAILED] = str(error)
        st.rerun()


def _delete(run_id: str) -> None:
    delete(run_id)
    open_run(None)


def _choose(request: TrainRequest, run_id: str) -> None:
    """Makes the run's checkpoint the one in use; a fusion brings along what it is built on."""
    st.session_state[CHOICE_KEYS[request.kind]] = run_checkpoint(run_id)
    if request.base is not None:
        st.session_state[CHOICE_KEYS["genre"]] = reference_in_app(request.base.genre)
        st.session_state[CHOICE_KEYS["tempo"]] = reference_in_app(request.base.tempo)


def _files(job: Job) -> None:
    run_id = job.run_id
    if job.checkpoint is not None and job.request is not None:
        if st.button("Use it in Analyze", key="use", icon=frame.ANALYZE.icon):
            _choose(job.request, run_id)
            st.switch_page(frame.ANALYZE.page())
        st.download_button(
            "Checkpoint", lambda: checkpoint_zip(run_id), f"{job.checkpoint}.zip", "application/zip",
            icon=":material/download:", on_click="ignore", key="download-checkpoint",
            help="The weights (safetensors) and what they are (json), zipped.",
        )  # fmt: skip
    st.download_button(
        "Curves as CSV", lambda: curves_csv(run_id), f"{run_id}.csv", "text/csv", icon=":material/download:",
        on_click="ignore", key="download-curves",
    )  # fmt: skip
