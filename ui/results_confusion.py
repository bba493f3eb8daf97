"""Who confuses what: two confusion matrices, their difference, the clips in a cell, and a paired comparison."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.comparison import Measured
from core.types import GENRES, Clip
from ui.loaders import clips_by_id, saved
from ui.results_chart import clicked, figure
from ui.results_choice import Choice, choose_pair, say_nothing_measured, systems_for
from ui.results_data import comparison_of, difference_of, matrix_of
from ui.results_table import Column, clip_url, download, p_words, table

_NOBODY = "any"
_CLICK, _TAKE = "matrix-click", "matrix-take-"


def confusion_part(choice: Choice) -> None:
    """What two systems call the genres on the chosen clips."""
    systems = systems_for(choice.split)
    st.subheader("Who confuses what", anchor=False)
    if not systems:
        say_nothing_measured()
        return
    first, second = choose_pair(systems)
    _confusion(choice, first, second)
    st.subheader("Do they differ?", anchor=False)
    _difference(choice, first, second)


@st.fragment
def _confusion(choice: Choice, first: str, second: str) -> None:
    """Two matrices and their difference; a click on a cell, or the two lists above, names the clips in it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        shown = st.segmented_control(
            "Cells", ("Counts", "% of each genre"), key="cells", default="Counts", required=True, bind="query-params"
        )
        true = st.selectbox("True genre", [_NOBODY, *GENRES], key="true", bind="query-params", width=150)
        said = st.selectbox("Called", [_NOBODY, *GENRES], key="said", bind="query-params", width=150)
    matrices = st.container()
    # Sent before the matrices, which take a browser longer to draw: a click is answered at once.
    _cell_clips(choice, first, second, true, said)
    with matrices:
        view = _View(choice, first, second, normalised=shown != "Counts")
        _matrices(view, None if _NOBODY in (true, said) else (true, said))


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
        cell: true and said genre.
        marked: the cell that this matrix was last drawn with.
    """

    view: _View
    matrix: int
    cell: tuple[str, str]
    marked: tuple[str, str] | None


def _matrices(view: _View, chosen: tuple[str, str] | None) -> None:
    click: _Click | None = st.session_state.get(_CLICK)
    if click is not None and (click.view, click.cell) != (view, chosen):
        # Something else is shown, or the lists have moved on.
        _forget(click)
        click = None
    marks = [chosen if click is None else click.marked if click.matrix == number else None for number in range(3)]
    choice, first, second, normalised = view.choice, view.first, view.second, view.normalised
    charts = (
        (f"**{first}**", matrix_of(first, choice, normalised, marks[0])),
        (f"**{second}**", matrix_of(second, choice, normalised, marks[1])),
        (f"{first} **less** {second}", difference_of(first, second, choice, normalised, marks[2])),
    )
    for number, (column, (title, chart)) in enumerate(zip(st.columns(3, gap="small"), charts, strict=True)):
        with column:
            st.markdown(title)
            take = st.session_state.get(f"{_TAKE}{number}", 0)
            figure(chart, f"confusion-{number}-{choice.slug}", partial(_open_cell, view, number, marks[number]), take)
    st.caption(
        f"On {choice.in_words}. Rows are the truth; blue is right, orange wrong. In the difference blue is where the "
        "first has more clips, orange where the second has. Click a cell to see its clips."
    )


def _open_cell(view: _View, matrix: int, marked: tuple[str, str] | None, key: str) -> None:
    cell = clicked(key)
    last: _Click | None = st.session_state.get(_CLICK)
    if last is not None and (last.matrix != matrix or not cell):
        _forget(last)
    if len(cell) == 2:
        true, said = cell
        st.session_state["true"], st.session_state["said"] = true, said
        st.session_state[_CLICK] = _Click(view, matrix, (true, said), marked)


def _forget(click: _Click) -> None:
    """What the browser has marked goes away with a new take of the figure."""
    del st.session_state[_CLICK]
    take = f"{_TAKE}{click.matrix}"
    st.session_state[take] = st.session_state.get(take, 0) + 1


def _cell_clips(choice: Choice, first: str, second: str, true: str, said: str) -> None:
    if true == said == _NOBODY:
        return
    names = list(dict.fromkeys((first, second)))
    clips = clips_by_id()
    rows = [
        row
        for row in (_clip_row(clips[clip_id], names) for clip_id in choice.clips.clip_ids)
        if true in (_NOBODY, row[1]) and (said == _NOBODY or said in row[2:-2])
    ]
    if not rows:
        st.info("No clip is in this cell, of either system.", icon=":material/filter_alt:")
        return
    words = f"{'any genre' if true == _NOBODY else true} called {'anything' if said == _NOBODY else said}"
    by = " by one system or both" if len(names) > 1 else ""
    st.markdown(f"**{len(rows)} {'clip' if len(rows) == 1 else 'clips'}**: {words}{by}")
    columns = [Column(name, name) for name in ("clip", "true", *names, "artist", "title")]
    shown = {column.title: [row[i] for row in rows] for i, column in enumerate(columns)}
    shown["clip"] = [clip_url(clip_id, first) for clip_id in shown["clip"]]
    link = st.column_config.LinkColumn(
        "clip", display_text=r"clip=([a-z]+\.\d{5})", help="Opens the clip in the browse page, in a new tab."
    )
    st.dataframe(shown, hide_index=True, alt=f"Clips: {words}", key="cell-clips", column_config={"clip": link})
    download(columns, rows, f"clips-{choice.slug}")


def _clip_row(clip: Clip, names: list[str]) -> tuple[str, ...]:
    """Clip, true genre, what each system says, artist, title."""
    said = (GENRES[int(saved(name).probs[clip.clip_id].argmax())] for name in names)
    return (clip.clip_id, clip.genre, *said, clip.artist, clip.title)


def _difference(choice: Choice, first: str, second: str) -> None:
    if first == second:
        st.caption("Choose two different systems to compare them clip by clip.")
        return
    compared = comparison_of(first, second, choice)
    accuracy, loss, test = compared.accuracy, compared.log_loss, compared.mcnemar
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
        Measured(accuracy.difference, accuracy.interval.low, accuracy.interval.high),
        test.p_value, Measured(loss.difference, loss.interval.low, loss.interval.high), loss.p_value, choice.in_words,
    )  # fmt: skip
    sure = accuracy.interval.low > 0 or accuracy.interval.high < 0
    st.markdown(
        f"{first} has **{100 * accuracy.difference:+.1f} points** of accuracy against {second} (95 %: "
        f"{100 * accuracy.interval.low:+.1f} to {100 * accuracy.interval.high:+.1f}), McNemar {p_words(test.p_value)}: "
        + ("a difference beyond chance." if sure else "not told apart by these clips.")
    )
    table(columns, [row], f"genre-comparison-{choice.slug}", f"Paired comparison of {first} and {second}")
