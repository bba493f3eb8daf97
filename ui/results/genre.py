"""The genre evidence: scores, calibration, scores of each genre. Confusion matrices: `ui.results.confusion`."""

from collections.abc import Callable

import streamlit as st

from core.metrics.genre import ClassScore, GenreScore, share
from core.models.other_music import other_music
from core.results.clip_sets import clip_set
from core.results.published import Published, load_published
from core.results.words import Cell, in_words, with_ci
from core.types import GENRES
from ui.app.loaders import systems_for
from ui.app.text import as_code, as_text
from ui.results.chart import figure
from ui.results.choice import Choice, choose_pair, controls
from ui.results.data import baseline_score, origin_of, reliability_of, score_of
from ui.results.folded import folded
from ui.results.genre_runs import genre_runs
from ui.results.head import NO_SYSTEM, how_computed, nothing_measured, section, verdict
from ui.shared.system_names import system_name
from ui.shared.table import Column, table

_Scored = tuple[str, GenreScore]
"""System and score."""


def _score(
    key: str, title: str, value: Callable[[GenreScore], Cell], hint: str, is_share: bool = True, is_extra: bool = False
) -> Column[_Scored]:
    return Column(
        key, title, lambda row: value(row[1]), "share" if is_share else "number", hint, is_extra=is_extra
    )  # fmt: skip


_SCORES: tuple[Column[_Scored], ...] = (
    Column("system", "System", lambda row: row[0], drawn=lambda row: system_name(row[0])),
    Column("n", "n", lambda row: row[1].n, "count", "Clips scored."),
    _score("accuracy", "Accuracy", lambda score: score.accuracy,
           "Share of clips predicted correctly, with a 95 % Wilson interval."),
    _score("accuracy_bootstrap", "Accuracy, bootstrap", lambda score: score.accuracy_bootstrap,
           "The same with a 95 % bootstrap interval over clips.", is_extra=True),
    _score("top2", "Top 2", lambda score: score.top2, "The truth is among the two most probable genres; Wilson."),
    _score("macro_f1", "Macro F1", lambda score: score.macro_f1,
           "Mean over genres of the harmonic mean of precision and recall; bootstrap."),
    _score("log_loss", "Log loss", lambda score: score.log_loss,
           "Mean of −ln p(truth), nats; bootstrap. Ten equal probabilities: 2.303.", is_share=False),
    _score("brier", "Brier", lambda score: score.brier,
           "Squared error of all ten probabilities, 0 to 2; ten equal ones: 0.9.", is_share=False),
    _score("ece", "ECE", lambda score: score.calibration_error,
           "Expected calibration error: mean distance of accuracy from confidence."),
)  # fmt: skip
_CITED: tuple[Column[Published], ...] = (
    Column("system", "Cited, not measured by us", lambda entry: entry.system),
    Column("learned_from", "Trained on", lambda entry: entry.learned_from),
    Column("split", "Their split", lambda entry: entry.split_stated),
    Column("n", "n", lambda _: "not stated"),
    Column("accuracy", "Accuracy", lambda entry: in_words(entry.value, "share")),
    Column("interval", "Interval", lambda entry: _spread(entry)),
    Column("source", "Source", lambda entry: entry.source),
)


def genre_part(choice: Choice) -> None:
    """Everything about genre on the chosen clips."""
    systems = systems_for(choice.split)
    _verdict(choice, systems)
    section("Scores")
    _scores(choice, systems)
    genre_runs(choice)
    _cited(choice)
    if not systems:
        return
    section("Calibration")
    with controls():
        shown = dict.fromkeys(choose_pair(systems))
    figure(reliability_of(tuple(shown), choice), f"reliability-{choice.slug}")
    st.caption(
        "Clips in ten bins by confidence. Below the dashed line the system is overconfident. Bars: 95 % CI (Wilson)."
    )
    section("Genre by genre")
    _by_genre(choice, list(shown))


def _verdict(choice: Choice, systems: list[str]) -> None:
    baseline = in_words(baseline_score(choice).accuracy.value, "share")
    if not systems:
        verdict("Genre: not measured yet", f"Majority-class baseline on {choice.in_words}: {baseline}.")
        return
    verdict(
        f"Genre accuracy: {with_ci(score_of(systems[0], choice).accuracy, 'share')}",
        f"{system_name(systems[0])} on {choice.in_words}. Majority-class baseline: {baseline}.{_leaked(choice)}",
    )


def _leaked(choice: Choice) -> str:
    """How many of the clips flatter a system, as they share a recording or an artist with training."""
    if choice.subset == "train" or choice.without == "artist":
        return ""
    n_leaked, n = clip_set(choice.split, choice.subset, "artist").n_left_out, len(choice.clips.clip_ids)
    return f" Optimistic: {n_leaked} clips share an artist or a recording with training." if 2 * n_leaked > n else ""


def _scores(choice: Choice, systems: list[str]) -> None:
    if not systems:
        nothing_measured(NO_SYSTEM)
    rows = [(name, score_of(name, choice)) for name in systems]
    rows.append(("majority class (baseline)", baseline_score(choice)))
    name = f"genre-scores-{choice.slug}"
    table([*_SCORES, choice.column], rows, name, "Scores of each genre system and of the baseline")
    st.caption(f"On {choice.in_words}; 95 % CIs.")
    for learned in dict.fromkeys(filter(None, map(other_music, systems))):
        names = [system_name(system) for system in systems if other_music(system) == learned]
        st.caption(f"{'; '.join(names)}: {learned}")
    how_computed(
        f"`python -m core scores {choice.command}` prints it from `data/predictions`; 2000 bootstrap resamples."
    )
    origins = {name: origin for name in systems if (origin := origin_of(name)) is not None}
    if origins:
        folded("Training commands of these systems", ":material/terminal:", "trained-by", lambda: _trained_by(origins))


def _trained_by(origins: dict[str, tuple[str, str]]) -> None:
    """Commands and commits by system."""
    for name, (command, commit) in origins.items():
        st.markdown(
            f"**{as_text(system_name(name))}** ({as_code(name)}), trained at commit `{commit or 'unknown'}` with"
        )
        st.code(command, language="sh", wrap_lines=True)


def _cited(choice: Choice) -> None:
    """Published figures."""
    entries = [entry for entry in load_published() if entry.task == "genre" and entry.split == choice.split]

    def draw() -> None:
        table(_CITED, entries, f"genre-cited-{choice.split}", "Published accuracies")
        st.caption(
            "As their authors state them, on their own splits and copies of the data: not comparable to the point."
        )

    label = f"Published results on such a split ({len(entries)} figures, cited)"
    folded(label, ":material/menu_book:", "genre-cited", draw)


def _spread(entry: Published) -> str:
    return "not stated" if entry.spread is None else f"± {100 * entry.spread:.1f} (as reported)"


def _by_genre(choice: Choice, names: list[str]) -> None:
    """Recall and precision; a row is the number of a genre."""
    classes = {name: score_of(name, choice).classes for name in names}
    first = classes[names[0]]
    columns: list[Column[int]] = [
        Column("genre", "Genre", lambda number: GENRES[number]),
        Column("n", "n", lambda number: first[number].n_true, "count"),
        *(column for name in names for column in _recall_and_precision(name, classes[name])),
        choice.column,
    ]
    name = f"genre-by-genre-{choice.slug}"
    table(columns, range(len(GENRES)), name, "Recall and precision of each genre")
    st.caption("95 % Wilson intervals; n: clips of the genre.")


def _recall_and_precision(name: str, classes: tuple[ClassScore, ...]) -> tuple[Column[int], Column[int]]:
    def of(n_all: Callable[[ClassScore], int]) -> Callable[[int], Cell]:
        return lambda number: share(classes[number].n_right, n) if (n := n_all(classes[number])) else None

    recall, precision = of(lambda score: score.n_true), of(lambda score: score.n_predicted)
    return (
        Column(
            f"{name}_recall",
            f"{system_name(name)}: recall",
            recall,
            "share",
            "Share of the clips of the genre that are predicted as such.",
        ),
        Column(
            f"{name}_precision",
            f"{system_name(name)}: precision",
            precision,
            "share",
            "Share of the clips predicted as the genre that are of it.",
        ),
    )
