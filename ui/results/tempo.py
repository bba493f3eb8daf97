"""The tempo evidence: scatter, octave errors, tolerance curves, scores of our own and reference systems, baselines."""

from dataclasses import dataclass

import streamlit as st

from core.data.clip_files import ClipFiles
from core.figures.genre import reliability_diagram
from core.figures.tempo import ColourBy, Curve, tolerance_curves
from core.metrics.significance import Measured
from core.metrics.tempo_scores import TempoScore
from core.results.published import Published, load_published
from core.results.tempo_comparison import Annotation, TempoComparison, TempoSystem, other_annotation
from core.results.tempo_strata import MAX_SPREAD, LenientScore, Steadiness, clips_that_are
from core.results.words import in_words, with_ci
from ui.app.links import choose_in_url, keep_in_url, take_from_url
from ui.app.loaders import tempo_systems_of
from ui.app.text import as_text
from ui.results.chart import figure
from ui.results.choice import Choice, controls
from ui.results.data import (
    curve,
    lenient_score_of,
    tempo_comparison_of,
    tempo_reliability_of,
    tempo_score_of,
)
from ui.results.head import how_computed, nothing_measured, section, verdict
from ui.results.pairs import pair_table
from ui.results.tempo_scatter import View, scatter
from ui.shared.system_names import system_name
from ui.shared.table import Column, table
from ui.shared.tempo_words import MARSYAS, RHYTHM

_ANNOTATIONS: dict[str, Annotation] = {RHYTHM: "rhythm", MARSYAS: "marsyas"}
_COLOURS: tuple[ColourBy, ...] = ("error", "genre")
_METRICS = {
    "accuracy1": "Accuracy1", "accuracy2": "Accuracy2", "mae_bpm": "MAE (BPM)", "median_ae_bpm": "Median AE (BPM)",
}  # fmt: skip
_ROLE_HELP = "Ours, annotation (the other one, scored as a prediction), reference (a published estimator), or baseline."
_ROLES = {"peer": "reference", "floor": "baseline"}
"""What the page calls some roles; files keep their own names."""
_FAVOURS_FIRST = "Below 0 favours the first."


@dataclass(frozen=True)
class _Scored:
    """A system and its scores; the lenient one not of an annotation, which it would be scored against."""

    system: TempoSystem
    score: TempoScore
    lenient: LenientScore | None = None

    @property
    def accuracy1(self) -> Measured:
        """With its interval."""
        return Measured.of(self.score.accuracy1, self.score.accuracy1_interval)

    def n_of(self, share: float) -> int:
        """Clips that a share stands for."""
        return round(share * self.score.n)


_SCORES: tuple[Column[_Scored], ...] = (
    Column("system", "System", lambda row: row.system.title, drawn=lambda row: system_name(row.system.title)),
    Column("role", "Role", lambda row: row.system.role, hint=_ROLE_HELP,
           drawn=lambda row: _ROLES.get(row.system.role, row.system.role)),
    Column("n", "n", lambda row: row.score.n, "count", "Clips with an annotated tempo."),
    Column("accuracy1", "Accuracy1", lambda row: row.accuracy1, "share", "Within 4 % of the annotated tempo."),
    Column(
        "accuracy2", "Accuracy2", lambda row: Measured.of(row.score.accuracy2, row.score.accuracy2_interval), "share",
        "Within 4 % of 1, 2, 3, 1/2 or 1/3 times it.",
    ),
    Column("mae_bpm", "MAE", lambda row: Measured.of(row.score.mae_bpm, row.score.mae_interval), "bpm",
           "Mean absolute error, dominated by octave errors."),
    Column("median_ae_bpm", "Median AE", lambda row: Measured.of(row.score.median_ae_bpm, row.score.median_ae_interval),
           "fine bpm", "Median absolute error."),
    Column("accuracy1_either", "Either annotation", lambda row: row.lenient.either if row.lenient else None, "share",
           "Within 4 % of GTZAN-Rhythm or of Marsyas; clips with a GTZAN-Rhythm annotation."),
    Column("any_level", "Any metrical level", lambda row: row.lenient.any_level if row.lenient else None, "share",
           "Within 4 % of any annotated pulse rate, from subdivisions of the beat to bars (Quinton, Harte and Sandler, "
           "DAFx 2015)."),
    Column("n_any_level", "n, any level", lambda row: row.lenient.n_level if row.lenient else None, "count",
           is_extra=True),
    Column("half", "Half", lambda row: row.n_of(row.score.shares.half), "count", "Predicted at half the tempo."),
    Column(
        "double", "Double", lambda row: row.n_of(row.score.shares.double), "count", "Predicted at double the tempo."
    ),
    Column("input", "Input", lambda row: row.system.audio, is_extra=True,
           hint="The lossless originals, or the 32 kb/s MP3 copy of ours."),
    Column("source", "Source", lambda row: row.system.source, is_extra=True),
)  # fmt: skip
_COMPARED: tuple[Column[TempoComparison], ...] = (
    Column("n", "n", lambda found: found.n, "count"),
    Column("only_first", "Only first within 4 %", lambda found: found.mcnemar.only_first, "count"),
    Column("only_second", "Only second within 4 %", lambda found: found.mcnemar.only_second, "count"),
    Column("accuracy1_difference", "Accuracy1, first − second", lambda found: found.accuracy1.measured, "points",
           "Paired bootstrap over clips, 95 %."),
    Column("mcnemar_p", "p (McNemar)", lambda found: found.mcnemar.p_value, "p"),
    Column(
        "mae_difference_bpm", "MAE, first − second", lambda found: found.mae_bpm.measured, "bpm", _FAVOURS_FIRST
    ),
    Column(
        "median_difference_bpm", "Median AE, first − second", lambda found: found.median_ae_bpm.measured, "fine bpm",
        _FAVOURS_FIRST,
    ),
)  # fmt: skip
_CITED: tuple[Column[Published], ...] = (
    Column("system", "Cited, not measured by us", lambda entry: entry.system),
    Column("clips", "Clips", lambda entry: entry.split_stated),
    Column("n", "n", lambda _: "not stated"),
    Column("annotation", "Annotation", lambda entry: entry.annotation),
    Column("metric", "Metric", lambda entry: _METRICS[entry.metric]),
    Column("value", "Value", lambda entry: _cited_value(entry)),
    Column("interval", "Interval", lambda _: "not stated"),
    Column("source", "Source", lambda entry: entry.source),
)


def tempo_part(choice: Choice, files: ClipFiles | None) -> None:
    """Everything about tempo on the chosen clips.

    Args:
        choice: the clips.
        files: the user's GTZAN audio.
    """
    head = st.container()
    with controls():
        annotation = _ANNOTATIONS[
            st.segmented_control(
                "Annotation", list(_ANNOTATIONS), key="annotation", default=RHYTHM, required=True,
                bind="query-params", help=_ANNOTATION_HELP,
            ) or RHYTHM
        ]  # fmt: skip
        systems = tempo_systems_of(choice.split, annotation)
        titles = list(systems)
        title = choose_in_url("Estimates of", titles, "tempo", system_name, width=330)
        colour = st.segmented_control(
            "Colour by", _COLOURS, key="colour", default="error", required=True, bind="query-params"
        )
    with head:
        _verdict(choice, title, systems, annotation)
    scatter(View(choice, title, annotation, colour), files)
    if not any(system.role == "ours" for system in systems.values()):
        nothing_measured(
            "No tempo model of ours has saved predictions for this split yet; shown are the reference systems, the "
            "other annotation and the baselines."
        )
    section("Accuracy against tolerance")
    _curves(choice, title, systems, annotation)
    section("Scores")
    _scores(choice, systems, annotation)
    if systems[title].role == "ours":
        section("Calibration")
        _calibration(choice, systems[title].name)
    section("Paired comparison")
    _difference(choice, title, titles, annotation)
    _cited(annotation)


def _verdict(choice: Choice, title: str, systems: dict[str, TempoSystem], annotation: Annotation) -> None:
    scored = {name: _Scored(each, tempo_score_of(name, choice, annotation)) for name, each in systems.items()}
    references = [row for name, row in scored.items() if row.system.role == "peer" and name != title]
    best, shown = max(references, key=lambda row: row.score.accuracy1), scored[title]
    verdict(
        f"Tempo Accuracy1: {with_ci(shown.accuracy1, 'share')}",
        f"{system_name(title)} on {shown.score.n} of {choice.in_words}, within 4 %. Best reference system, "
        f"{best.system.title}: {with_ci(best.accuracy1, 'share')}.",
    )


_ANNOTATION_HELP = (
    "GTZAN-Rhythm is the ground truth, the mean over hand-marked beats; Marsyas is older and more often at a slower "
    "metrical level."
)


_LEVELS = {
    "1: the annotated level": "Accuracy1: annotated metrical level",
    "2: octave errors forgiven": "Accuracy2: octave errors allowed",
}
"""Titles by the names in the URL."""


def _curves(choice: Choice, title: str, systems: dict[str, TempoSystem], annotation: Annotation) -> None:
    names = list(_LEVELS)
    take_from_url("level", names)
    level = st.segmented_control(
        "Accuracy", names, key="level", required=True, format_func=_LEVELS.__getitem__, label_visibility="collapsed",
        on_change=keep_in_url, args=("level", names[0]),
    )  # fmt: skip
    second = level == names[1]
    curves = []
    for name, system in systems.items():
        if system.role != "floor" or name == title:
            found = curve(name, choice, annotation)
            shares = found.accuracy2 if second else found.accuracy1
            curves.append(Curve(system_name(name), found.tolerances, shares, name == title or system.role == "ours"))
    figure(tolerance_curves(curves), f"tolerance-{choice.slug}")


def _scores(choice: Choice, systems: dict[str, TempoSystem], annotation: Annotation) -> None:
    steadiness = _choose_steadiness()
    if not clips_that_are(steadiness, choice.clips.clip_ids):
        st.caption("None of these clips is such a clip.")
        return
    rows = [
        _Scored(
            system,
            tempo_score_of(title, choice, annotation, steadiness),
            None if system.role == "annotation" else lenient_score_of(title, choice, annotation, steadiness),
        )
        for title, system in systems.items()
    ]
    name = f"tempo-scores-{annotation}-{choice.slug}" + ("" if steadiness == "all" else f"-{steadiness}")
    table([*_SCORES, choice.column], rows, name, "Tempo scores of our own systems, reference systems and baselines")
    agreed = tempo_score_of(other_annotation(annotation).title, choice, annotation)
    of_originals = [title for title, system in systems.items() if system.audio == "originals"]
    annotators = next(words for words, of in _ANNOTATIONS.items() if of == annotation)
    st.caption(
        f"On {choice.in_words}, annotation {as_text(annotators)}; 95 % CIs. The other annotation agrees with Accuracy1 "
        f"{in_words(agreed.accuracy1, 'share')}, Accuracy2 {in_words(agreed.accuracy2, 'share')} of {agreed.n} clips. "
        f"Of the lossless originals: {as_text(' and '.join(of_originals))}; of a 32 kb/s MP3 copy: all other "
        "estimators."
    )
    how_computed(
        f"`python -m core scores --tempo {choice.command} --annotation {annotation}` prints it from "
        "`data/peers_tempo.csv` and `data/predictions/tempo`; 2000 bootstrap resamples of clips. Of the reference "
        "systems only Böck and Davies are known not to have been trained on GTZAN."
    )


def _calibration(choice: Choice, system: str) -> None:
    """Accuracy1 against the confidence of the tempo, as it is and calibrated."""
    found = tempo_reliability_of(system, choice)
    if not found:
        st.caption("The calibration was fitted to these clips, so it cannot be assessed on them.")
        return
    diagram = reliability_diagram([(f"{system_name(system)}, {each.name}", each.bins) for each in found])
    figure(diagram, f"tempo-reliability-{choice.slug}")
    errors = ", ".join(f"{each.name} {with_ci(each.error, 'share')}" for each in found)
    fitted = " Calibrated: Platt scaling, fitted to validation clips of the random split." if len(found) > 1 else ""
    st.caption(
        f"Accuracy1 of clips in ten bins by the confidence of the tempo; n = {found[0].n}. Expected calibration error: "
        f"{errors}.{fitted}"
    )


def _choose_steadiness() -> Steadiness:
    names: dict[str, Steadiness] = {"all clips": "all", "steady": "steady", "not steady": "unsteady"}
    chosen = st.segmented_control(
        "Clips", list(names), key="steadiness", default="all clips", required=True, bind="query-params",
        help=f"Steady: the standard deviation of the tempi between annotated beats is up to {MAX_SPREAD:.0%} of their "
        "mean.",
    )  # fmt: skip
    return names[chosen or "all clips"]


def _difference(choice: Choice, title: str, titles: list[str], annotation: Annotation) -> None:
    others = [name for name in titles if name != title]
    other = choose_in_url(f"{system_name(title)} against", others, "against", system_name, width=330)
    found = tempo_comparison_of(title, other, choice, annotation)
    name = f"tempo-comparison-{annotation}-{choice.slug}"
    pair_table(title, other, found, [*_COMPARED, choice.column], name)


def _cited(annotation: Annotation) -> None:
    entries = [
        entry for entry in load_published() if entry.task == "tempo" and entry.annotation in (annotation, "not stated")
    ]
    with st.expander(f"Published results ({len(entries)} figures, cited)", icon=":material/menu_book:"):
        table(_CITED, entries, f"tempo-cited-{annotation}", "Published tempo accuracies")


def _cited_value(entry: Published) -> str:
    return in_words(entry.value, "share") if entry.metric.startswith("accuracy") else f"{entry.value:g}"
