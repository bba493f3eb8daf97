"""The genre evidence: confusion, calibration, scores of each genre, comparisons."""

from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.comparison import ClassScore, GenreScore, Measured, share
from core.published import load_published
from core.types import GENRES, Clip
from ui.loaders import clips_by_id, saved
from ui.results_chart import clicked, figure
from ui.results_choice import Choice, choose_pair, systems_for
from ui.results_data import (
    comparison_of,
    difference_of,
    floor_score,
    matrix_of,
    origin_of,
    reliability_of,
    score_of,
)
from ui.results_table import Column, Row, clip_url, download, p_words, table

_NOBODY = "any"
_CLICK, _TAKE = "matrix-click", "matrix-take-"
_SCORE_COLUMNS = (
    Column("system", "System"),
    Column("n", "n", "count", "Clips scored."),
    Column("accuracy", "Accuracy, Wilson", "share", "Share of clips named right, with a 95 % Wilson interval."),
    Column("accuracy_bootstrap", "Accuracy, bootstrap", "share", "The same with a 95 % bootstrap interval over clips."),
    Column("top2", "Top 2", "share", "The truth is among the two most probable genres; Wilson."),
    Column(
        "macro_f1", "Macro F1", "share", "Mean over genres of the harmonic mean of precision and recall; bootstrap."
    ),
    Column("log_loss", "Log loss", "number", "Mean of −ln p(truth), nats; bootstrap. Ten equal probabilities: 2.303."),
    Column("brier", "Brier", "number", "Squared error of all ten probabilities, 0 to 2; ten equal ones: 0.9."),
    Column("ece", "ECE", "share", "Expected calibration error: how far from its own certainty a system is on average."),
    Column("split", "Split"),
)


def genre_part(choice: Choice) -> None:
    """Everything about genre on the chosen clips."""
    systems = systems_for(choice.split)
    st.subheader("Scores", anchor=False)
    _scores(choice, systems)
    _cited(choice)
    if not systems:
        return
    st.subheader("Who confuses what", anchor=False)
    first, second = choose_pair(systems)
    _confusion(choice, first, second)
    st.subheader("Do they differ?", anchor=False)
    _difference(choice, first, second)
    st.subheader("Does a probability mean what it says?", anchor=False)
    shown = dict.fromkeys((first, second))
    figure(reliability_of(tuple(shown), choice), f"reliability-{choice.slug}")
    st.caption(
        "Clips in ten bins by how sure the system is. Below the dashed line it is surer than it should be. Bars: 95 % "
        "(Wilson)."
    )
    st.subheader("Genre by genre", anchor=False)
    _by_genre(choice, list(shown))


def _scores(choice: Choice, systems: list[str]) -> None:
    if not systems:
        st.info(
            "No system has been measured on this split yet: none with saved predictions keeps these clips apart from "
            "what it was trained on. `python -m core export` makes such predictions where GTZAN audio is at hand.",
            icon=":material/science:",
        )
    rows = [_score_row(name, choice, score_of(name, choice)) for name in systems]
    rows.append(_score_row("one genre always (floor)", choice, floor_score(choice)))
    table(_SCORE_COLUMNS, rows, f"genre-scores-{choice.slug}", "Scores of each genre system and of the floor")
    _how_computed(choice, systems)


def _score_row(name: str, choice: Choice, score: GenreScore) -> Row:
    return (
        name, score.n, score.accuracy, score.accuracy_bootstrap, score.top2, score.macro_f1, score.log_loss,
        score.brier, score.calibration_error, choice.in_words,
    )  # fmt: skip


def _how_computed(choice: Choice, systems: list[str]) -> None:
    without = "" if choice.without == "nothing" else f" --without {choice.without}"
    st.caption(
        f"Measured here, on {choice.in_words}. How was this computed? "
        f"`python -m core scores --split {choice.split} --subset {choice.subset}{without}` prints it from "
        "`data/predictions`; intervals are 95 %, the bootstrap has 2000 resamples of clips."
    )
    origins = [(name, origin_of(name)) for name in systems]
    if any(origin for _, origin in origins):
        _trained_by({name: origin for name, origin in origins if origin})


@st.fragment
def _trained_by(origins: dict[str, tuple[str, str]]) -> None:
    """Commands and commits by system; made once it is opened, as code takes a browser long to draw."""
    with st.expander(
        "What trained these systems", icon=":material/terminal:", key="trained-by", on_change="rerun"
    ) as shown:
        if shown.open:
            for name, (command, commit) in origins.items():
                st.markdown(f"**{name}**, trained at commit `{commit or 'unknown'}` with")
                st.code(command, language="sh", wrap_lines=True)


@st.fragment
def _cited(choice: Choice) -> None:
    """Figures of others; made once it is opened."""
    entries = [entry for entry in load_published() if entry.task == "genre" and entry.split == choice.split]
    columns = (
        Column("system", "Cited, not measured by us"),
        Column("learned_from", "Learned from"),
        Column("split", "Their split"),
        Column("n", "n"),
        Column("accuracy", "Accuracy"),
        Column("interval", "Interval"),
        Column("source", "Source"),
    )
    rows = [
        (
            entry.system, entry.learned_from, entry.split_stated, "not stated", f"{100 * entry.value:.1f} %",
            "not stated" if entry.spread is None else f"± {100 * entry.spread:.1f} (as reported)", entry.source,
        )
        for entry in entries
    ]  # fmt: skip
    label = f"What others report on such a split ({len(rows)} figures, cited)"
    with st.expander(label, icon=":material/menu_book:", key="genre-cited", on_change="rerun") as shown:
        if shown.open:
            table(columns, rows, f"genre-cited-{choice.split}", "Accuracies that others have reported")
            st.caption(
                "Cited as their authors give them, on their own splits and copies of the data: for orientation, not "
                "for comparison to the point."
            )


# Confusion


@st.fragment
def _confusion(choice: Choice, first: str, second: str) -> None:
    """Two matrices and their difference; a click on a cell, or the two lists below, names the clips in it."""
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


# Differences and genres


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


def _by_genre(choice: Choice, names: list[str]) -> None:
    columns = [Column("genre", "Genre"), Column("n", "n", "count")]
    for name in names:
        columns += [
            Column(f"{name}_recall", f"{name}: recall", "share", "Share of the clips of the genre that were found."),
            Column(f"{name}_precision", f"{name}: precision", "share", "Share of the clips called so that are."),
        ]
    scores = {name: score_of(name, choice).classes for name in names}
    rows: list[Row] = []
    for index, genre in enumerate(GENRES):
        cells = [cell for name in names for cell in _recall_and_precision(scores[name][index])]
        rows.append((genre, scores[names[0]][index].n_true, *cells, choice.in_words))
    columns.append(Column("split", "Split"))
    table(columns, rows, f"genre-by-genre-{choice.slug}", "Recall and precision of each genre")
    st.caption("95 % Wilson intervals. Recall: of the clips of a genre, how many are found. n: clips of the genre.")


def _recall_and_precision(score: ClassScore) -> tuple[Measured | None, Measured | None]:
    return (
        share(score.n_right, score.n_true) if score.n_true else None,
        share(score.n_right, score.n_said) if score.n_said else None,
    )
