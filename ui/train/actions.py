"""What can be done with a run: stop, resume, clone, delete, take its files, use its checkpoint."""

from collections.abc import Callable

import streamlit as st

from core.errors import LabError
from core.jobs.api import Jobs
from core.jobs.job import Job
from core.runs.request import TrainRequest
from ui.app import frame
from ui.app.run_checkpoints import reference_in_app, run_checkpoint
from ui.app.settings import CHOICE_KEYS
from ui.app.text import as_text
from ui.shared.run_words import is_moving
from ui.train.run_list import open_run
from ui.train.runs import checkpoint_zip, curves_csv, jobs_to_change

_FAILED = "training_failed"


def failures() -> None:
    """Shows, once, what went wrong with the last action."""
    message = st.session_state.pop(_FAILED, None)
    if message is not None:
        st.error(as_text(message), icon=":material/error:")


def actions(job: Job, allowed: bool) -> None:
    """The buttons of a run; those that change something are for those who may."""
    with st.container(horizontal=True, gap="small"):
        if is_moving(job):
            _button("Stop", "stop", ":material/stop:", allowed and job.state != "stopping", Jobs.stop, job)
        if job.can_resume:
            _button("Resume", "resume", ":material/resume:", allowed, Jobs.resume, job)
        if job.request is not None:
            _button("Clone", "clone", ":material/content_copy:", allowed, _clone, job)
        if not job.is_active:
            with st.popover("Delete", icon=":material/delete:", disabled=not allowed, key="ask-delete"):
                st.markdown(f"Delete **{as_text(job.run_id)}** with its curves and checkpoint? This cannot be undone.")
                _button("Delete for good", "delete", ":material/delete_forever:", allowed, _delete, job)
        _files(job)


def _button(label: str, key: str, icon: str, enabled: bool, act: Callable[[Jobs, str], object], job: Job) -> None:
    if st.button(label, key=key, icon=icon, disabled=not enabled):
        try:
            act(jobs_to_change(), job.run_id)
        except LabError as error:
            st.session_state[_FAILED] = str(error)
        st.rerun()


def _clone(jobs: Jobs, run_id: str) -> None:
    open_run(jobs.clone(run_id).run_id)


def _delete(jobs: Jobs, run_id: str) -> None:
    jobs.delete(run_id)
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
