"""The tempo evidence: scatter, octave errors, tolerance curves, scores of our own and reference systems, baselines."""

from dataclasses import dataclass

import streamlit as st

from core.data.gtzan import ClipFiles
from core.figures import ColourBy, Curve, octave_histogram, tolerance_curves
from core.metrics.significance import Interval
from core.metrics.tempo import TempoScore
from core.results.genre_comparison import Measured
from core.results.published import load_published
from core.results.tempo_comparison import Annotation, TempoSystem, other_annotation
from core.types import Clip
from ui.app import frame
from ui.app.loaders import clips_by_id
from ui.app.text import as_text
from ui.results.chart import clicked, figure
from ui.results.choice import Choice, controls
from ui.results.data import curve, scatter_of, tempo_answers_of, tempo_comparison_of, tempo_score_of, tempo_systems_of
from ui.results.head import verdict
from ui.results.table import Column, Row, table, with_ci
from ui.shared.player import NO_BEATS, clip_player

_ANNOTATIONS: dict[str, Annotation] = {"GTZAN-Rhythm": "rhythm", "Marsyas": "marsyas"}
_ANNOTATION_WORDS: dict[Annotation, str] = {"rhythm": "GTZAN-Rhythm", "marsyas": "Marsyas"}
_OPEN, _TAKE = "open_tempo_clip", "tempo-scatter-take"
_HISTOGRAM_PX, _LIST_PX = 260, 144
_METRICS = {
    "accuracy1": "Accuracy1", "accuracy2": "Accuracy2", "mae_bpm": "MAE (BPM)", "median_ae_bpm": "Median AE (BPM)",
}  # fmt: skip


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
                "Annotation", list(_ANNOTATIONS), key="annotation", default="GTZAN-Rhythm", required=True,
                bind="query-params", help=_ANNOTATION_HELP,
            ) or "GTZAN-Rhythm"
        ]  # fmt: skip
        systems = tempo_systems_of(choice.split, annotation)
        titles = list(systems)
        title = st.selectbox("Estimates of", titles, key="tempo", bind="query-params", width=330)
        colour = st.segmented_control(
            "Colour by", ("error", "genre"), key="colour", default="error", required=True, bind="query-params"
        )
    with head:
        _verdict(choice, title, systems, annotation)
    _scatter(_View(choice, title, annotation, "genre" if colour == "genre" else "error"), files)
    if not any(system.role == "ours" for system in systems.values()):
        st.info(
            "No tempo model of ours has saved predictions for this split yet. Shown are nine reference systems, whose "
            "estimates for every clip ship with the project, the second annotation, and two baselines.",
            icon=":material/science:",
        )
    st.subheader("Accuracy against tolerance", anchor=False)
    _curves(choice, title, systems, annotation)
    st.subheader("Scores", anchor=False)
    _scores(choice, systems, annotation)
    st.subheader("Paired comparison", anchor=False)
    _difference(choice, title, titles, annotation)
    _cited(annotation)


def _verdict(choice: Choice, title: str, systems: dict[str, TempoSystem], annotation: Annotation) -> None:
    score = tempo_score_of(title, choice, annotation)
    peers = {
        name: tempo_score_of(name, choice, annotation)
        for name, system in systems.items()
        if system.role == "peer" and name != title
    }
    best = max(peers, key=lambda name: peers[name].accuracy1)
    verdict(
        f"Tempo Accuracy1: {with_ci(_with(score.accuracy1, score.accuracy1_interval), 'share')}",
        f"Within 4 %: {title}, {score.n} of {choice.in_words}. Best reference, {best}: "
        f"{with_ci(_with(peers[best].accuracy1, peers[best].accuracy1_interval), 'share')}.",
    )


_ANNOTATION_HELP = (
    "Two people may tap one song at different levels. GTZAN-Rhythm is our ground truth, the mean over hand-marked "
    "beats; Marsyas is an older annotation that names a slower level more often."
)


@dataclass(frozen=True)
class _View:
    """What the scatter shows."""

    choice: Choice
    title: str
    annotation: Annotation
    colour: ColourBy


@st.fragment
def _scatter(view: _View, files: ClipFiles | None) -> None:
    """Beside it the clip that was clicked, or chosen in the list; until then the octave errors."""
    choice, title, annotation = view.choice, view.title, view.annotation
    answers = tempo_answers_of(title, choice, annotation)
    left, right = (column.container() for column in st.columns([3, 2], gap="medium"))
    with right.container(gap="xsmall"):
        # Sent before the scatter, which takes a browser longer to draw: a click is answered at once.
        clip = _choose_clip([answer.clip_id for answer in answers])
        if clip is None:
            figure(octave_histogram(title, answers, _HISTOGRAM_PX), f"octaves-{choice.slug}")
            st.caption("Green: within 4 % of the truth. Blue: octave errors (½, 2, ⅓ or 3 times). Grey: all others.")
        else:
            _clip_card(view, clip, files)
    with left:
        shown = scatter_of(title, choice, annotation, view.colour)
        figure(shown, f"tempo-scatter-{choice.slug}", _open_clip, st.session_state.get(_TAKE, 0))
        st.caption("Log axes: a factor is a distance; the green band is 4 %. Click a point for its clip.")


def _choose_clip(clip_ids: list[str]) -> Clip | None:
    if st.session_state.get(_OPEN) not in (None, *clip_ids):
        st.session_state[_OPEN] = None
    chosen = st.selectbox(
        "Clip", clip_ids, index=None, key=_OPEN, bind="query-params", on_change=_unmark,
        placeholder="Click a point, or choose a clip here", label_visibility="collapsed",
    )  # fmt: skip
    return clips_by_id()[chosen] if chosen else None


def _open_clip(key: str) -> None:
    point = clicked(key)
    st.session_state[_OPEN] = point[0] if point else None


def _unmark() -> None:
    """What the browser has marked goes away with a new take of the figure."""
    st.session_state[_TAKE] = st.session_state.get(_TAKE, 0) + 1


def _clip_card(view: _View, clip: Clip, files: ClipFiles | None) -> None:
    """A clip: both annotations, its player and every system's estimate."""
    systems = tempo_systems_of(view.choice.split, view.annotation)
    st.markdown(
        f"**{as_text(clip.title or clip.clip_id)}** · {as_text(clip.artist or 'artist unknown')} · {clip.genre}"
    )
    truths = {"GTZAN-Rhythm": clip.tempo_bpm, "Marsyas": clip.tempo_marsyas_bpm}
    annotated = [f"{name} {bpm:.1f} BPM" for name, bpm in truths.items() if bpm is not None]
    predicted_bpm = systems[view.title].tempo_bpm[clip.clip_id]
    st.caption(f"Annotated: {', '.join(annotated)}. {as_text(view.title)}: {predicted_bpm:.1f} BPM.")
    frame.link_to(frame.BROWSE, f"Open {clip.clip_id}", clip.clip_id)
    if files is not None:
        clip_player(clip.clip_id, files, NO_BEATS, NO_BEATS)
    rows = [(title, system.tempo_bpm.get(clip.clip_id)) for title, system in systems.items()]
    table(
        (Column("system", "System"), Column("tempo_bpm", "Tempo", "bpm")), rows, f"tempo-{clip.clip_id}",
        f"Tempo of {clip.clip_id} according to each system", _LIST_PX,
    )  # fmt: skip


def _curves(choice: Choice, title: str, systems: dict[str, TempoSystem], annotation: Annotation) -> None:
    level = st.segmented_control(
        "Accuracy", ("1: the annotated level", "2: octave errors forgiven"), key="level", required=True,
        default="1: the annotated level", bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    second = (level or "1").startswith("2")
    curves = []
    for name, system in systems.items():
        if system.role != "floor" or name == title:
            found = curve(name, choice, annotation)
            shares = found.accuracy2 if second else found.accuracy1
            curves.append(Curve(name, found.tolerances, shares, name == title or system.role == "ours"))
    figure(tolerance_curves(curves), f"tolerance-{choice.slug}")


_ROLE_HELP = (
    "Ours, people (their other annotation, scored as if it were an answer), a peer (somebody else's estimator, run or "
    "published), or a floor."
)


def _scores(choice: Choice, systems: dict[str, TempoSystem], annotation: Annotation) -> None:
    columns = (
        Column("system", "System"),
        Column("role", "", hint=_ROLE_HELP),
        Column("n", "n", "count", "Clips with an annotated tempo."),
        Column("accuracy1", "Accuracy1", "share", "Within 4 % of the annotated tempo."),
        Column("accuracy2", "Accuracy2", "share", "Within 4 % of 1, 2, 3, 1/2 or 1/3 times it."),
        Column("mae_bpm", "MAE", "bpm", "Mean absolute error; octave errors dominate it."),
        Column("median_ae_bpm", "Median AE", "fine bpm", "Median absolute error."),
        Column("half", "Half", "count", "Clips answered at half the tempo."),
        Column("double", "Double", "count", "Clips answered at twice the tempo."),
        Column("heard", "Heard", hint="The lossless originals, or the 32 kb/s MP3 copy of ours."),
        Column("source", "Source"),
        Column("split", "Split"),
    )
    rows = [_score_row(choice, system, tempo_score_of(title, choice, annotation)) for title, system in systems.items()]
    name = f"tempo-scores-{annotation}-{choice.slug}"
    table(columns, rows, name, "Tempo scores of our own systems, of peers and of floors")
    without = "" if choice.without == "nothing" else f" --without {choice.without}"
    st.caption(
        f"Measured here on {choice.in_words}, annotation {_ANNOTATION_WORDS[annotation]}; 95 % bootstrap intervals "
        f"over clips (2000 resamples). How was this computed? `python -m core scores --tempo --split {choice.split} "
        f"--subset {choice.subset}{without} --annotation {annotation}` prints it from `data/peers_tempo.csv` and "
        "`data/predictions/tempo`. Of the peers only Böck and Davies are known not to have learned from GTZAN."
    )
    agreed = tempo_score_of(other_annotation(annotation).title, choice, annotation)
    st.caption(
        "Where people disagree, no system can be right for all of them: the other annotation is within 4 % of this "
        f"one for {100 * agreed.accuracy1:.1f} % of {agreed.n} clips, with octave errors forgiven for "
        f"{100 * agreed.accuracy2:.1f} %."
    )


def _score_row(choice: Choice, system: TempoSystem, score: TempoScore) -> Row:
    return (
        system.title, system.role, score.n, _with(score.accuracy1, score.accuracy1_interval),
        _with(score.accuracy2, score.accuracy2_interval), _with(score.mae_bpm, score.mae_interval),
        _with(score.median_ae_bpm, score.median_ae_interval), round(score.shares.half * score.n),
        round(score.shares.double * score.n), system.heard, system.source, choice.in_words,
    )  # fmt: skip


def _with(value: float, interval: Interval) -> Measured:
    return Measured(value, interval.low, interval.high)


def _difference(choice: Choice, title: str, titles: list[str], annotation: Annotation) -> None:
    other = st.selectbox(
        f"{title} against", [name for name in titles if name != title], key="against", bind="query-params", width=330
    )
    compared = tempo_comparison_of(title, other, choice, annotation)
    accuracy, mae, median, test = compared.accuracy1, compared.mae_bpm, compared.median_ae_bpm, compared.mcnemar
    columns = (
        Column("first", "First"),
        Column("second", "Second"),
        Column("n", "n", "count"),
        Column("only_first", "Only first within 4 %", "count"),
        Column("only_second", "Only second within 4 %", "count"),
        Column("accuracy1_difference", "Accuracy1, first less second", "points", "Paired bootstrap over clips, 95 %."),
        Column("mcnemar_p", "p (McNemar)", "p"),
        Column("mae_difference_bpm", "MAE, first less second", "bpm", "Below 0 favours the first."),
        Column("median_difference_bpm", "Median AE, first less second", "fine bpm", "Below 0 favours the first."),
        Column("split", "Split"),
    )
    row = (
        title, other, compared.n, test.only_first, test.only_second,
        _with(accuracy.difference, accuracy.interval), test.p_value, _with(mae.difference, mae.interval),
        _with(median.difference, median.interval), choice.in_words,
    )  # fmt: skip
    table(columns, [row], f"tempo-comparison-{annotation}-{choice.slug}", f"Paired comparison of {title} and {other}")


def _cited(annotation: Annotation) -> None:
    entries = [
        entry for entry in load_published() if entry.task == "tempo" and entry.annotation in (annotation, "not stated")
    ]
    columns = (
        Column("system", "Cited, not measured by us"),
        Column("clips", "Clips"),
        Column("n", "n"),
        Column("annotation", "Annotation"),
        Column("metric", "Metric"),
        Column("value", "Value"),
        Column("interval", "Interval"),
        Column("source", "Source"),
    )
    rows = [
        (
            entry.system, entry.split_stated, "not stated", entry.annotation, _METRICS[entry.metric],
            f"{100 * entry.value:.1f} %" if entry.metric.startswith("accuracy") else f"{entry.value:g}", "not stated",
            entry.source,
        )
        for entry in entries
    ]  # fmt: skip
    with st.expander(f"What others report ({len(rows)} figures, cited)", icon=":material/menu_book:"):
        table(columns, rows, f"tempo-cited-{annotation}", "Tempo accuracies that others have reported")
