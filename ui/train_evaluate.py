"""A finished genre run on test clips it has not seen."""

import streamlit as st

from core.errors import TrainingError
from core.figures import confusion_matrix, percent
from core.gtzan import gtzan_root
from core.jobs.job import Job
from core.reports import GenreReport
from core.runs.request import SHIPPED
from ui import errors
from ui.cards import chart
from ui.loaders import clip_files
from ui.train_access import require_permission
from ui.train_runs import jobs

_ASKED = "evaluated_runs"


def evaluation(job: Job, allowed: bool) -> None:
    """A button, and once it was pressed the score."""
    if job.request is None or job.request.kind != "genre" or job.checkpoint is None:
        return
    asked: list[str] = st.session_state.setdefault(_ASKED, [])
    if job.run_id not in asked:
        pressed = st.button(
            "Evaluate on test clips", key="evaluate", icon=":material/fact_check:", disabled=not allowed,
            help="The test subset of the run's own split. Takes some seconds to a minute.",
        )  # fmt: skip
        if not pressed:
            return
        asked.append(job.run_id)
    with errors.shown():
        require_permission()
        _show(_evaluated(job.run_id))


@st.cache_data(show_spinner="Evaluating on the test clips …", max_entries=64)
def _evaluated(run_id: str) -> GenreReport:
    """The score of a finished run, on the kind of data that it learned from; a finished run does not change.

    Raises:
        TrainingError: it is not finished, or needs audio that is not there.
        CheckpointError, DatasetError: a file is missing or damaged.
    """
    # Imported here: these bring torch, and the page does without until somebody asks for a score.
    from core.dataset import describe_copy, load_log_mels
    from core.evaluation import evaluate_genre, own_split
    from core.predict import GenreModel
    from core.training.clips import SHIPPED_NOTE, shipped_log_mels

    job = jobs().get(run_id)
    if job.request is None or job.checkpoint is None:
        raise TrainingError(f"The run {run_id} is {job.state}. Only a finished one can be evaluated.")
    model = GenreModel.load(job.checkpoint, job.folder)
    split = own_split(model)
    if job.request.data == SHIPPED:
        log_mels, _ = shipped_log_mels()
        return evaluate_genre(model, log_mels, split, "test", "own", SHIPPED_NOTE)
    root = gtzan_root(None)
    if root is None:
        raise TrainingError("This run learned from GTZAN audio, and no folder is set now. Set GTZAN_DIR and restart.")
    files, spec = clip_files(root), model.header.features
    return evaluate_genre(model, load_log_mels(files, spec), split, "test", "own", describe_copy(files, spec))


def _show(report: GenreReport) -> None:
    st.markdown(
        f"Right on **{percent(report.accuracy)}** of {report.n} test clips (95 %: {percent(report.accuracy_low)} to "
        f"{percent(report.accuracy_high)}); always one genre would be {percent(report.majority_floor)}."
    )
    st.caption(
        f"{report.split} split, {report.data}. Test clips that share an artist with the split's training clips: "
        f"{report.n_same_artist}, a recording: {report.n_same_recording}; such clips flatter a model."
    )
    with st.expander("Which genre is called what", icon=":material/grid_on:"):
        chart(confusion_matrix(report.checkpoint, report.confusion, normalised=False), f"confusion-{report.checkpoint}")
