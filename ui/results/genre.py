"""The genre evidence: scores, calibration, scores of each genre. Confusion matrices: `ui.results.confusion`."""

import streamlit as st

from core.metrics.genre import ClassScore
from core.results.genre_comparison import GenreScore, Measured, share
from core.results.published import load_published
from core.types import GENRES
from ui.app.text import as_text
from ui.results.chart import figure
from ui.results.choice import Choice, choose_pair, controls, say_nothing_measured, systems_for
from ui.results.data import floor_score, origin_of, reliability_of, score_of
from ui.results.head import verdict
from ui.results.table import Column, Row, in_words, table, with_ci

_SCORE_COLUMNS = (
    Column("system", "System"),
    Column("n", "n", "count", "Clips scored."),
    Column("accuracy", "Accuracy, Wilson", "share", "Share of clips predicted correctly, with a 95 % Wilson interval."),
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
    _verdict(choice, systems)
    st.subheader("Scores", anchor=False)
    _scores(choice, systems)
    _cited(choice)
    if not systems:
        return
    st.subheader("Calibration", anchor=False)
    with controls():
        shown = dict.fromkeys(choose_pair(systems))
    figure(reliability_of(tuple(shown), choice), f"reliability-{choice.slug}")
    st.caption(
        "Clips in ten bins by confidence. Below the dashed line the system is overconfident. Bars: 95 % CI (Wilson)."
    )
    st.subheader("Genre by genre", anchor=False)
    _by_genre(choice, list(shown))


def _verdict(choice: Choice, systems: list[str]) -> None:
    floor = in_words(floor_score(choice).accuracy.value, "share")
    if not systems:
        verdict("Genre: not measured yet", f"Majority-class baseline on {choice.in_words}: {floor}.")
        return
    accuracy = with_ci(score_of(systems[0], choice).accuracy, "share")
    verdict(
        f"Genre accuracy: {accuracy}",
        f"`{systems[0]}` on {choice.in_words}. Majority-class baseline: {floor}.",
    )


def _scores(choice: Choice, systems: list[str]) -> None:
    if not systems:
        say_nothing_measured()
    rows = [_score_row(name, choice, score_of(name, choice)) for name in systems]
    rows.append(_score_row("majority class (baseline)", choice, floor_score(choice)))
    table(_SCORE_COLUMNS, rows, f"genre-scores-{choice.slug}", "Scores of each genre system and of the baseline")
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
                st.markdown(f"**{as_text(name)}**, trained at commit `{commit or 'unknown'}` with")
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
