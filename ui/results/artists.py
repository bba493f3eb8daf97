"""What artists in training are worth, genre by genre."""

import streamlit as st

from core.figures.artists import accuracy_by_artists_chart
from core.metrics.significance import Measured
from core.results.artists import ArtistPoint, accuracy_by_artists
from core.results.genre_reports import GENRE_ROWS, GenreReport
from core.results.words import SPLIT_NAMES, percent
from ui.results.chart import figure
from ui.results.head import how_computed, section
from ui.shared.table import Column, table

_COLUMNS: tuple[Column[ArtistPoint], ...] = (
    Column("genre", "Genre", lambda point: point.genre),
    Column("training", "Learned from", lambda point: point.training, drawn=lambda point: SPLIT_NAMES[point.training]),
    Column("n_artists", "Artists", lambda point: point.n_artists, "text", "Of the genre, in training.",
           drawn=lambda point: f"{point.n_artists:.1f}"),
    Column("n_clips", "Clips", lambda point: point.n_clips, "text", "Of the genre, in training.",
           drawn=lambda point: f"{point.n_clips:.1f}"),
    Column("n", "n", lambda point: point.n, "count", "Test clips, the same in both rows."),
    Column("accuracy", "Accuracy", lambda point: point.accuracy, "share", "With its 95 % Wilson interval."),
)  # fmt: skip


def artists_section() -> None:
    """Figure and table; nothing where it has not been measured."""
    reports = GENRE_ROWS.load()
    points = accuracy_by_artists(reports)
    if not points:
        return
    few, more = (sum(p.accuracy.value * p.n for p in each) / sum(p.n for p in each) for each in _halves(points))
    section("Accuracy against the number of artists")
    st.markdown(
        f"The same {sum(p.n for p in points[::2])} test clips of unseen artists: **{percent(few)}** correct when few "
        f"artists were learned from, **{percent(more)}** with more of them (recipe `strong`)."
    )
    figure(accuracy_by_artists_chart(points), "accuracy-by-artists")
    if (wider := _with_validation(reports)) is not None:
        row, accuracy = wider
        st.caption(
            f"Learned from the validation clips of the fault-filtered split, too ({row.n_train} instead of "
            f"{row.n_train_all} clips, settings fixed beforehand, one run): {percent(accuracy.value)} "
            f"(95 % CI {100 * accuracy.low:.1f} to {100 * accuracy.high:.1f})."
        )
    table(_COLUMNS, points, "accuracy-by-artists", "Accuracy of each genre against the number of artists in training")
    how_computed(
        "Fault-filtered: rows of recipe `strong` in `data/reports/genre.json`, mean over five training seeds. Artist "
        "folds: `data/predictions/genre-strong-oof.csv` on the test clips of the fault-filtered split; artists and "
        "clips are means over the five models. Of clips of unknown artists the artist is not counted."
    )


def _halves(points: tuple[ArtistPoint, ...]) -> tuple[tuple[ArtistPoint, ...], tuple[ArtistPoint, ...]]:
    return points[::2], points[1::2]


def _with_validation(reports: tuple[GenreReport, ...]) -> tuple[GenreReport, Measured] | None:
    """The run of `strong` that also learned from validation clips."""
    for row in reports:
        is_wanted = (row.recipe, row.split, row.windows) == ("strong", "fault_filtered", "mean")
        if is_wanted and row.n_train > row.n_train_all:
            return row, Measured(row.accuracy, row.accuracy_low, row.accuracy_high)
    return None
