"""A finished run on its test set."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

import streamlit as st

from core.data.clip_files import gtzan_root
from core.errors import TrainingError
from core.figures.genre import confusion_matrix
from core.jobs.job import Job
from core.metrics.significance import Measured
from core.results.genre_reports import GenreReport
from core.results.rows import Row
from core.results.tempo_reports import TempoReport
from core.results.words import in_words, percent, with_ci
from core.runs.request import SHIPPED
from ui.app import errors
from ui.app.loaders import clip_files
from ui.app.text import as_text
from ui.shared.cards import chart
from ui.train.access import require_permission
from ui.train.runs import jobs

if TYPE_CHECKING:  # it brings torch, and the page does without until somebody asks for a score
    from core.jobs.evaluation import RunScore

_ASKED = "evaluated_runs"
NEEDS_AUDIO = (
    "The test score needs GTZAN audio, as this run was trained on it: start the app with "
    "`GTZAN_DIR=/path/to/gtzan make app`."
)


def evaluation(job: Job, allowed: bool) -> None:
    """A button, and once it was pressed the score."""
    if job.request is None or job.checkpoint is None:
        return
    if job.request.data != SHIPPED and gtzan_root(None) is None:
        st.caption(f":material/fact_check: {NEEDS_AUDIO}")
        return
    asked: list[str] = st.session_state.setdefault(_ASKED, [])
    if job.run_id not in asked:
        pressed = st.button(
            "Evaluate on the test set", key="evaluate", icon=":material/fact_check:", disabled=not allowed,
            help="Of the run's own split. Takes seconds to a minute; with a Cnn14, or without cached spectrograms, "
            "some minutes.",
        )  # fmt: skip
        if not pressed:
            return
        asked.append(job.run_id)
    with errors.shown():
        require_permission()
        score = _evaluated(job.run_id)
        _scored(score.row)
        if score.without_tempo is not None:
            beside = score.without_tempo
            st.markdown(f"Genre model alone (“{as_text(beside.checkpoint)}”), same clips: {_accuracy(beside)}.")
        _where(score.row)


@st.cache_data(show_spinner="Evaluating on the test set …", max_entries=64)
def _evaluated(run_id: str) -> RunScore:
    """The score of a finished run, on the kind of data that it was trained on; a finished run does not change.

    Raises:
        TrainingError: it is not finished, or needs audio that is not there.
        CheckpointError, DatasetError: a file is missing or damaged.
    """
    from core.jobs.evaluation import evaluate_run

    job = jobs().get(run_id)
    if job.request is None or job.checkpoint is None:
        raise TrainingError(f"The run {run_id} is {job.state}. Only a finished one can be evaluated.")
    root = None if job.request.data == SHIPPED else gtzan_root(None)
    return evaluate_run(job.request, None if root is None else clip_files(root))


@singledispatch
def _scored(report: Row) -> None:
    """The scores of a row."""
    raise TypeError(f"{type(report).__name__} is no row of the reports")


@_scored.register
def _genre(report: GenreReport) -> None:
    st.markdown(
        f"Accuracy: {_accuracy(report)} of {report.n} test clips. Majority-class baseline: "
        f"{percent(report.majority_floor)}."
    )
    with st.expander("Confusion matrix", icon=":material/grid_on:"):
        chart(confusion_matrix(report.checkpoint, report.confusion, normalised=False), f"confusion-{report.checkpoint}")


def _accuracy(report: GenreReport) -> str:
    return with_ci(Measured(report.accuracy, report.accuracy_low, report.accuracy_high), "share", bold=True)


@_scored.register
def _tempo(report: TempoReport) -> None:
    score = report.rhythm.score
    first = Measured.of(score.accuracy1, score.accuracy1_interval)
    second = Measured.of(score.accuracy2, score.accuracy2_interval)
    st.markdown(
        f"Accuracy1 ({percent(score.tolerance)}): {with_ci(first, 'share', bold=True)} of {score.n} test clips. "
        f"Accuracy2: {with_ci(second, 'share', bold=True)}."
    )
    st.markdown(
        f"MAE {in_words(score.mae_bpm, 'bpm')}, median AE {in_words(score.median_ae_bpm, 'bpm')}, mean octave error "
        f"{score.mean_octave_error:+.2f}."
    )
    baseline = next((rival for rival in report.rhythm.rivals if rival.name == "median"), None)
    if baseline is not None:
        st.markdown(f"Baseline, {as_text(baseline.title)}: Accuracy1 {percent(baseline.accuracy1)}.")


def _where(report: Row) -> None:
    st.caption(
        f"{report.split} split, {as_text(report.data)}. Test clips that share an artist with training: "
        f"{report.n_same_artist}, a recording: {report.n_same_recording}."
    )
