"""Confusion matrices of two systems, their difference or the clips of a cell beside them, and a paired comparison."""

from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.gtzan import ClipFiles
from core.figures import Chart
from core.metrics.genre import most_frequent_mistake
from core.results.genre_comparison import Measured
from core.types import GENRES
from ui.app.loaders import clips_by_id, saved
from ui.app.text import as_text
from ui.results.chart import clicked, figure
from ui.results.choice import Choice, choose_pair, controls, say_nothing_measured, systems_for
from ui.results.data import comparison_of, difference_of, matrix_of, score_of
from ui.results.head import significance, verdict
from ui.results.table import Column, Row, clip_url, download, p_words, table, with_ci
from ui.shared.player import NO_BEATS, clip_player

_ANY = "any"
_CLICK, _TAKE = "matrix-click", "matrix-take-"
_DIFFERENCE = 2
"""Number of the third matrix, which makes room for the clips of a cell."""
_BY = ("Either", "First", "Second")
"""Whose prediction puts a clip into a cell."""
_LIST_PX, _LISTED = 178, 4
"""Height of a list, and clips that it holds without scrolling."""


def confusion_part(choice: Choice, files: ClipFiles | None) -> None:
    """What two systems predict for the genres of the chosen clips.

    Args:
        choice: the clips.
        files: the user's GTZAN audio.
    """
    systems = systems_for(choice.split)
    if not systems:
        verdict("Confusion: not measured yet", f"No system has predictions that count for {choice.in_words}.")
        say_nothing_measured()
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
        true = st.selectbox("True genre", [_ANY, *GENRES], key="true", bind="query-params", width=120)
        said = st.selectbox("Predicted genre", [_ANY, *GENRES], key="said", bind="query-params", width=130)
        by = st.segmented_control(
            "Predicted by", _BY, key="by", default=_BY[0], required=True, bind="query-params", disabled=said == _ANY
        )
    view = _View(choice, first, second, normalised=shown != "Counts")
    left, middle, right = (column.container() for column in st.columns([5, 5, 6], gap="small"))
    is_listed = (true, said) != (_ANY, _ANY)
    if is_listed:
        # Sent before the matrices, which take a browser longer to draw: a click is answered at once.
        with right:
            _cell_clips(view, _Cell(true, said, _whose(view, said, by or _BY[0])), files)
    _matrices(view, None if _ANY in (true, said) else (true, said), [left, middle, *([] if is_listed else [right])])
    with head:
        _verdict(view)
    st.caption(
        "Rows: true genre; columns: predicted genre. Blue: correct, orange: wrong; in the difference, blue: the first "
        "system is better, orange: worse. Click a cell for its clips."
    )
    st.subheader("Paired comparison", anchor=False)
    _difference(choice, first, second)


def _verdict(view: "_View") -> None:
    score = score_of(view.first, view.choice)
    worst = most_frequent_mistake(score.counts)
    headline = (
        f"Most frequent mistake: {worst.true} → {worst.predicted}, {worst.n} of {worst.n_true}"
        if worst
        else "No mistakes"
    )
    sentence = f"`{view.first}` on {view.choice.in_words}: accuracy {with_ci(score.accuracy, 'share')}"
    if view.first != view.second:
        found = comparison_of(view.first, view.second, view.choice).accuracy
        gain = Measured(found.difference, found.interval.low, found.interval.high)
        sentence += f"; less `{view.second}`: {with_ci(gain, 'points')}, {significance(gain.low, gain.high)}"
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
        return f"**Difference** {as_text(view.first)} − {as_text(view.second)}", chart
    system = (view.first, view.second)[number]
    score = score_of(system, view.choice)
    n_correct = sum(each.n_right for each in score.classes)
    return f"**{as_text(system)}** {n_correct} of {score.n} correct", matrix_of(
        system, view.choice, view.normalised, mark
    )


def _open_cell(view: _View, matrix: int, marked: tuple[str, str] | None, key: str) -> None:
    cell = clicked(key)
    last: _Click | None = st.session_state.get(_CLICK)
    if last is not None and (last.matrix != matrix or not cell):
        _forget(last)
    if len(cell) == 2:
        true, said = cell
        st.session_state["true"], st.session_state["said"] = true, said
        st.session_state["by"] = _BY[0] if matrix == _DIFFERENCE else _BY[1 + matrix]
        st.session_state[_CLICK] = _Click(view, matrix, (true, said), marked)


def _close_cell() -> None:
    st.session_state["true"] = st.session_state["said"] = _ANY


def _forget(click: _Click) -> None:
    """What the browser has marked goes away with a new take of the figure."""
    del st.session_state[_CLICK]
    take = f"{_TAKE}{click.matrix}"
    st.session_state[take] = st.session_state.get(take, 0) + 1


@dataclass(frozen=True)
class _Cell:
    """Which clips to list.

    Attributes:
        true, said: true and predicted genre, or any.
        systems: whose prediction counts, each.
    """

    true: str
    said: str
    systems: tuple[str, ...]

    def holds(self, row: "_ClipRow") -> bool:
        """Whether a clip is in the cell."""
        is_said = self.said == _ANY or self.said in (row.predicted[name] for name in self.systems)
        return is_said and self.true in (_ANY, row.true)

    @property
    def in_words(self) -> str:
        """Such as "rock predicted as country by genre-strong"."""
        true, said = ("any genre" if genre == _ANY else genre for genre in (self.true, self.said))
        return f"{true} predicted as {said} by {self.systems[0] if len(self.systems) == 1 else 'either system'}"


def _whose(view: _View, said: str, by: str) -> tuple[str, ...]:
    both = tuple(dict.fromkeys((view.first, view.second)))
    if said == _ANY or len(both) == 1:
        return both
    return {"First": both[:1], "Second": both[1:]}.get(by, both)


def _cell_clips(view: _View, cell: _Cell, files: ClipFiles | None) -> None:
    rows = [row for row in _clip_rows(view.choice, view.first, view.second) if cell.holds(row)]
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            n_clips = f"{len(rows) or 'No'} clip{'' if len(rows) == 1 else 's'}"
            st.markdown(f"**{n_clips}**: {cell.in_words}", width="content")
            st.button("Difference", on_click=_close_cell, icon=":material/close:", type="tertiary")
        if rows:
            _clip_list(view, rows, cell.in_words, files)


@dataclass(frozen=True)
class _ClipRow:
    """A clip in a cell; `predicted` by system."""

    clip_id: str
    true: str
    predicted: dict[str, str]
    artist: str
    title: str


@st.cache_resource(show_spinner=False, max_entries=50)
def _clip_rows(choice: Choice, first: str, second: str) -> tuple[_ClipRow, ...]:
    """All clips, whichever cell they are in: a click picks from them."""
    clips, systems = clips_by_id(), {name: saved(name) for name in dict.fromkeys((first, second))}
    return tuple(
        _ClipRow(
            clip_id,
            clips[clip_id].genre,
            {name: GENRES[int(system.probs[clip_id].argmax())] for name, system in systems.items()},
            clips[clip_id].artist,
            clips[clip_id].title,
        )
        for clip_id in choice.clips.clip_ids
    )


def _clip_list(view: _View, rows: list[_ClipRow], words: str, files: ClipFiles | None) -> None:
    names = list(rows[0].predicted)
    columns = [Column(name, name) for name in ("clip", *names, "true", "artist", "title")]
    cells: list[Row] = [(row.clip_id, *row.predicted.values(), row.true, row.artist, row.title) for row in rows]
    shown = {column.title: [row[i] for row in cells] for i, column in enumerate(columns)}
    shown["clip"] = [clip_url(row.clip_id, view.first) for row in rows]
    link = st.column_config.LinkColumn(
        "clip", display_text=r"clip=([a-z]+\.\d{5})", help="Opens the clip in the browse page, in a new tab."
    )
    st.dataframe(
        shown, hide_index=True, alt=f"Clips: {words}", key="cell-clips", column_config={"clip": link},
        height=_LIST_PX if len(rows) > _LISTED else "content",
    )  # fmt: skip
    if files is not None:
        _listen([row.clip_id for row in rows], files)
    download(columns, cells, f"clips-{view.choice.slug}")


def _listen(clip_ids: list[str], files: ClipFiles) -> None:
    clip_id = st.selectbox(
        "Listen to", clip_ids, key=f"listen-{clip_ids[0]}-{len(clip_ids)}", label_visibility="collapsed",
        icon=":material/headphones:",
    )  # fmt: skip
    clip_player(clip_id, files, NO_BEATS, NO_BEATS)


def _difference(choice: Choice, first: str, second: str) -> None:
    if first == second:
        st.caption("Choose two different systems to compare them clip by clip.")
        return
    compared = comparison_of(first, second, choice)
    accuracy, loss, test = compared.accuracy, compared.log_loss, compared.mcnemar
    measured = Measured(accuracy.difference, accuracy.interval.low, accuracy.interval.high)
    columns = (
        Column("first", "First"),
        Column("second", "Second"),
        Column("n", "n", "count"),
        Column("both_right", "Both right", "count"),
        Column("only_first", "Only first right", "count"),
        Column("only_second", "Only second right", "count"),
        Column("both_wrong", "Both wrong", "count"),
        Column("accuracy_difference", "Accuracy, first less second", "points", "Paired bootstrap over clips, 95 %."),
        Column("mcnemar_p", "p (McNemar)", "p", "Exact test on the clips that only one has right."),
        Column("log_loss_difference", "Log loss, first less second", "number", "Below 0 favours the first."),
        Column("log_loss_p", "p (bootstrap)", "p", "Of no difference in log loss."),
        Column("split", "Split"),
    )
    row = (
        first, second, compared.n, compared.both_right, test.only_first, test.only_second, compared.both_wrong,
        measured, test.p_value, Measured(loss.difference, loss.interval.low, loss.interval.high), loss.p_value,
        choice.in_words,
    )  # fmt: skip
    st.markdown(
        f"{first} − {second}: accuracy **{with_ci(measured, 'points')}**, McNemar {p_words(test.p_value)}: "
        f"{significance(measured.low, measured.high)}."
    )
    table(columns, [row], f"genre-comparison-{choice.slug}", f"Paired comparison of {first} and {second}")
