"""Confusion matrices of two systems, their difference or the clips of a cell beside them, and a paired comparison."""

from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.clip_files import ClipFiles
from core.figures.base import Chart
from core.metrics.genre import most_frequent_mistake
from core.results.genre_comparison import GenreComparison
from core.results.words import p_words, significance_words, with_ci
from core.types import GENRES
from ui.app.loaders import systems_for
from ui.app.text import as_text
from ui.results.cell_clips import ANY, BY, EITHER, FIRST, SECOND, Cell, cell_clips
from ui.results.chart import clicked, figure
from ui.results.choice import Choice, choose_pair, controls
from ui.results.data import comparison_of, difference_of, matrix_of, score_of
from ui.results.head import NO_SYSTEM, nothing_measured, section, verdict
from ui.results.pairs import pair_table
from ui.shared.system_names import system_name
from ui.shared.table import Column

_CLICK, _TAKE = "matrix-click", "matrix-take-"
_DIFFERENCE = 2
"""Number of the third matrix, which makes room for the clips of a cell."""
_COMPARED: tuple[Column[GenreComparison], ...] = (
    Column("n", "n", lambda found: found.n, "count"),
    Column("both_right", "Both correct", lambda found: found.both_right, "count"),
    Column("only_first", "Only first", lambda found: found.mcnemar.only_first, "count"),
    Column("only_second", "Only second", lambda found: found.mcnemar.only_second, "count"),
    Column("both_wrong", "Both wrong", lambda found: found.both_wrong, "count"),
    Column("accuracy_difference", "Accuracy, first − second", lambda found: found.accuracy.measured, "points",
           "Paired bootstrap over clips, 95 %."),
    Column("mcnemar_p", "p (McNemar)", lambda found: found.mcnemar.p_value, "p",
           "Exact test on the clips that only one predicts correctly."),
    Column("log_loss_difference", "Log loss, first − second", lambda found: found.log_loss.measured, "number",
           "Below 0 favours the first."),
    Column(
        "log_loss_p", "p (bootstrap)", lambda found: found.log_loss.p_value, "p", "Of no difference in log loss."
    ),
)  # fmt: skip


def confusion_part(choice: Choice, files: ClipFiles | None) -> None:
    """What two systems predict for the genres of the chosen clips.

    Args:
        choice: the clips.
        files: the user's GTZAN audio.
    """
    systems = systems_for(choice.split)
    if not systems:
        verdict("Confusion: not measured yet", f"No system has predictions that count for {choice.in_words}.")
        nothing_measured(NO_SYSTEM)
        return
    _confusion(choice, systems, files)


@st.fragment
def _confusion(choice: Choice, systems: list[str], files: ClipFiles | None) -> None:
    """A click on a cell, or the two lists above, names the clips in it in the place of the difference."""
    head = st.container()
    with controls():
        first, second = choose_pair(systems)
        shown = st.segmented_control(
            "Cells", ("Counts", "% of each genre"), key="cells", default="Counts", required=True, bind="query-params"
        )
        true = st.selectbox("True genre", [ANY, *GENRES], key="true", bind="query-params", width=120)
        predicted = st.selectbox("Predicted genre", [ANY, *GENRES], key="said", bind="query-params", width=130)
        by = st.segmented_control(
            "Predicted by", BY, key="by", default=EITHER, required=True, bind="query-params", disabled=predicted == ANY
        )
    view = _View(choice, first, second, normalised=shown != "Counts")
    left, middle, right = (column.container() for column in st.columns([5, 5, 6], gap="small"))
    is_listed = (true, predicted) != (ANY, ANY)
    if is_listed:
        # Sent before the matrices, which take a browser longer to draw: a click is answered at once.
        with right:
            cell_clips(choice, Cell(true, predicted, first, second, by or EITHER), files, _close_cell)
    _matrices(
        view, None if ANY in (true, predicted) else (true, predicted), [left, middle, *([] if is_listed else [right])]
    )
    with head:
        _verdict(view)
    st.caption(
        "Rows: true genre; columns: predicted genre. Blue: correct, or the first system better; orange: wrong, or "
        "worse. Click a cell for its clips."
    )
    section("Paired comparison")
    _difference(choice, first, second)


def _verdict(view: "_View") -> None:
    score = score_of(view.first, view.choice)
    worst = most_frequent_mistake(score.counts)
    headline = (
        f"Most frequent mistake: {worst.true} → {worst.predicted}, {worst.n} of {worst.n_true}"
        if worst
        else "No mistakes"
    )
    sentence = f"{system_name(view.first)} on {view.choice.in_words}: accuracy {with_ci(score.accuracy, 'share')}"
    if view.first != view.second:
        gain = comparison_of(view.first, view.second, view.choice).accuracy.measured
        sentence += (
            f"; difference from {system_name(view.second)}: {with_ci(gain, 'points')}, {significance_words(gain)}"
        )
    verdict(headline, f"{sentence}.")


@dataclass(frozen=True)
class _View:
    """What the matrices show."""

    choice: Choice
    first: str
    second: str
    normalised: bool


@dataclass(frozen=True)
class _Click:
    """The click that chose the cell. The browser has marked it in that matrix, which is not drawn again for it.

    Attributes:
        view: that it was in.
        matrix: its number.
        cell: true and predicted genre.
        marked: the cell that this matrix was last drawn with.
    """

    view: _View
    matrix: int
    cell: tuple[str, str]
    marked: tuple[str, str] | None


def _matrices(view: _View, chosen: tuple[str, str] | None, places: list[DeltaGenerator]) -> None:
    """Each in its place; the difference goes without one while clips are listed."""
    click: _Click | None = st.session_state.get(_CLICK)
    if click is not None and ((click.view, click.cell) != (view, chosen) or click.matrix == _DIFFERENCE):
        # Something else is shown, the lists have moved on, or the matrix that was clicked has made room.
        _forget(click)
        click = None
    marks = [chosen if click is None else click.marked if click.matrix == number else None for number in range(3)]
    for number, (place, mark) in enumerate(zip(places, marks, strict=False)):
        with place:
            heading, chart = _matrix(view, number, mark)
            st.markdown(heading)
            take = st.session_state.get(f"{_TAKE}{number}", 0)
            figure(chart, f"confusion-{number}-{view.choice.slug}", partial(_open_cell, view, number, mark), take)


def _matrix(view: _View, number: int, mark: tuple[str, str] | None) -> tuple[str, Chart]:
    """Title and figure of one of the three."""
    if number == _DIFFERENCE:
        chart = difference_of(view.first, view.second, view.choice, view.normalised, mark)
        return f"**Difference** {_named(view.first)} − {_named(view.second)}", chart
    system = (view.first, view.second)[number]
    score = score_of(system, view.choice)
    n_correct = sum(each.n_right for each in score.classes)
    return f"**{_named(system)}** {n_correct} of {score.n} correct", matrix_of(
        system, view.choice, view.normalised, mark
    )


def _named(system: str) -> str:
    return as_text(system_name(system))


def _open_cell(view: _View, matrix: int, marked: tuple[str, str] | None, key: str) -> None:
    cell = clicked(key)
    last: _Click | None = st.session_state.get(_CLICK)
    if last is not None and (last.matrix != matrix or not cell):
        _forget(last)
    if len(cell) == 2:
        true, predicted = cell
        st.session_state["true"], st.session_state["said"] = true, predicted
        st.session_state["by"] = (FIRST, SECOND, EITHER)[matrix]
        st.session_state[_CLICK] = _Click(view, matrix, (true, predicted), marked)


def _close_cell() -> None:
    st.session_state["true"] = st.session_state["said"] = ANY


def _forget(click: _Click) -> None:
    """What the browser has marked goes away with a new take of the figure."""
    del st.session_state[_CLICK]
    take = f"{_TAKE}{click.matrix}"
    st.session_state[take] = st.session_state.get(take, 0) + 1


def _difference(choice: Choice, first: str, second: str) -> None:
    if first == second:
        st.caption("Choose two different systems to compare them clip by clip.")
        return
    compared = comparison_of(first, second, choice)
    accuracy = compared.accuracy.measured
    st.markdown(
        f"{_named(first)} − {_named(second)}: accuracy **{with_ci(accuracy, 'points')}**, "
        f"McNemar {p_words(compared.mcnemar.p_value)}: {significance_words(accuracy)}."
    )
    pair_table(first, second, compared, [*_COMPARED, choice.column], f"genre-comparison-{choice.slug}")
