"""What the results page shows, computed once per server: nothing here depends on a user's own audio."""

import streamlit as st

from core.figures.base import Chart
from core.figures.genre import confusion_matrix, difference_matrix, reliability_diagram
from core.figures.tempo import ColourBy, tempo_scatter
from core.metrics.genre import GenreScore
from core.metrics.tempo_scores import TempoScore, ToleranceCurve
from core.models.checkpoint import list_checkpoints, load_header
from core.results.genre_comparison import (
    FaultCost,
    GenreComparison,
    compare_genre,
    fault_costs,
    majority_class,
    score_genre,
)
from core.results.tempo_calibration import TempoReliability, tempo_reliability
from core.results.tempo_comparison import (
    Annotation,
    TempoComparison,
    TempoPrediction,
    compare_tempo,
    curve_of,
    score_tempo,
    tempo_predictions,
)
from core.results.tempo_strata import LenientScore, Steadiness, clips_that_are, score_leniently
from core.types import Subset
from ui.app.loaders import saved, saved_tempo, tempo_systems_of
from ui.results.choice import Choice
from ui.shared.system_names import system_name

_MATRIX_PX = 320
"""High enough to read, and low enough to be seen whole in a window of 1280 by 720 pixels."""


@st.cache_data(show_spinner=False)
def score_of(system: str, choice: Choice) -> GenreScore:
    """Score of a system's saved predictions."""
    return score_genre(saved(system), choice.clips.clip_ids)


@st.cache_data(show_spinner=False)
def baseline_score(choice: Choice) -> GenreScore:
    """Score of the majority-class baseline."""
    clip_ids = choice.clips.clip_ids
    return score_genre(majority_class(choice.split, clip_ids), clip_ids)


@st.cache_data(show_spinner=False)
def comparison_of(first: str, second: str, choice: Choice) -> GenreComparison:
    """Paired comparison of two systems."""
    return compare_genre(saved(first), saved(second), choice.clips.clip_ids)


@st.cache_data(show_spinner=False)
def costs_of(system: str, split: str, subset: Subset) -> tuple[FaultCost, ...]:
    """A system's accuracy without leaked clips."""
    return fault_costs(saved(system), split, subset)


@st.cache_data(show_spinner=False)
def origin_of(system: str) -> tuple[str, str] | None:
    """Command and commit that trained a system's checkpoint; None where none ships under its name."""
    if system not in list_checkpoints():
        return None
    provenance = load_header(system).provenance
    return provenance.command, provenance.commit


@st.cache_data(show_spinner=False)
def tempo_score_of(title: str, choice: Choice, annotation: Annotation, steadiness: Steadiness = "all") -> TempoScore:
    """Score of a tempo system."""
    members = clips_that_are(steadiness, choice.clips.clip_ids)
    return score_tempo(tempo_systems_of(choice.split, annotation)[title], members, annotation)


@st.cache_data(show_spinner=False)
def lenient_score_of(title: str, choice: Choice, annotation: Annotation, steadiness: Steadiness) -> LenientScore:
    """Score of a tempo system where more than one tempo counts."""
    members = clips_that_are(steadiness, choice.clips.clip_ids)
    return score_leniently(tempo_systems_of(choice.split, annotation)[title], members)


@st.cache_data(show_spinner=False)
def tempo_answers_of(title: str, choice: Choice, annotation: Annotation) -> tuple[TempoPrediction, ...]:
    """Estimates of a tempo system beside the truth."""
    return tempo_predictions(tempo_systems_of(choice.split, annotation)[title], choice.clips.clip_ids, annotation)


@st.cache_data(show_spinner=False)
def curve(title: str, choice: Choice, annotation: Annotation) -> ToleranceCurve:
    """Tolerance curve of a tempo system."""
    return curve_of(tempo_systems_of(choice.split, annotation)[title], choice.clips.clip_ids, annotation)


@st.cache_data(show_spinner=False)
def tempo_comparison_of(first: str, second: str, choice: Choice, annotation: Annotation) -> TempoComparison:
    """Paired comparison of two tempo systems."""
    systems = tempo_systems_of(choice.split, annotation)
    return compare_tempo(systems[first], systems[second], choice.clips.clip_ids, annotation)


@st.cache_data(show_spinner=False)
def tempo_reliability_of(system: str, choice: Choice) -> tuple[TempoReliability, ...]:
    """Of the confidence of a tempo system of ours, as it is and calibrated."""
    return tempo_reliability(saved_tempo(system), choice.clips.clip_ids)


# Figures, which take longer to build than what they show


@st.cache_resource(show_spinner=False, max_entries=500)
def matrix_of(system: str, choice: Choice, normalised: bool, marked: tuple[str, str] | None) -> Chart:
    """Confusion matrix of a system; a cell, by its two genres, may be marked."""
    return confusion_matrix(system_name(system), score_of(system, choice).counts, normalised, marked, _MATRIX_PX)


@st.cache_resource(show_spinner=False, max_entries=500)
def difference_of(first: str, second: str, choice: Choice, normalised: bool, marked: tuple[str, str] | None) -> Chart:
    """The first system's matrix − the second's."""
    one, other = score_of(first, choice).counts, score_of(second, choice).counts
    return difference_matrix((system_name(first), one), (system_name(second), other), normalised, marked, _MATRIX_PX)


@st.cache_resource(show_spinner=False, max_entries=200)
def reliability_of(systems: tuple[str, ...], choice: Choice) -> Chart:
    """Accuracy of systems against their confidence."""
    return reliability_diagram([(system_name(name), score_of(name, choice).bins) for name in systems])


@st.cache_resource(show_spinner=False, max_entries=200)
def scatter_of(title: str, choice: Choice, annotation: Annotation, colour: ColourBy) -> Chart:
    """Estimates of a tempo system against the truth."""
    return tempo_scatter(system_name(title), tempo_answers_of(title, choice, annotation), colour)
