"""Accuracy against artists, labels that models contradict, and the figure of the former."""

import numpy as np
import pytest

from core.data.clips import load_clips
from core.data.splits import make_split
from core.figures.artists import accuracy_by_artists_chart
from core.results.artists import accuracy_by_artists
from core.results.contradicted import LEAST_PROBABILITY, SYSTEMS, contradicted_labels
from core.results.genre_predictions import GENRE_TABLE
from core.results.genre_reports import GENRE_ROWS, summarise_genre
from core.types import GENRES


def test_fault_filtered_points_are_those_of_the_reports() -> None:
    reports = GENRE_ROWS.load()
    points = accuracy_by_artists(reports)
    few, more = points[::2], points[1::2]
    assert [point.genre for point in few] == list(GENRES)
    assert sum(point.n for point in few) == len(make_split("fault_filtered").test)
    summary = summarise_genre(reports, "strong", "fault_filtered", "mean")
    assert summary is not None
    pooled = sum(point.accuracy.value * point.n for point in few) / sum(point.n for point in few)
    assert pooled == pytest.approx(summary.mean, abs=1e-6)
    assert all(a.n_clips < b.n_clips and a.n == b.n for a, b in zip(few, more, strict=True))


def test_few_artists_of_some_genres_are_in_the_fault_filtered_training_subset() -> None:
    """As counted by hand in the table of clips."""
    by_genre = {p.genre: p.n_artists for p in accuracy_by_artists(GENRE_ROWS.load()) if p.training == "fault_filtered"}
    assert (by_genre["blues"], by_genre["jazz"], by_genre["reggae"]) == (4, 3, 4)


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    assert accuracy_by_artists(()) == ()


def test_the_figure_names_the_artists_of_each_genre() -> None:
    chart = accuracy_by_artists_chart(accuracy_by_artists(GENRE_ROWS.load()))
    assert "blues: 4 → " in chart.alt
    assert len(chart.figure.data[1].x) == len(chart.figure.data[2].x) == len(GENRES)


def test_contradicted_labels_are_those_on_which_all_systems_agree() -> None:
    found = contradicted_labels()
    assert 20 < len(found) < 100
    label_of = {clip.clip_id: clip.genre for clip in load_clips()}
    for clip_id, contradiction in found.items():
        probs = [GENRE_TABLE.load(system).by_clip[clip_id] for system in SYSTEMS]
        assert {GENRES[int(each.argmax())] for each in probs} == {contradiction.genre}
        assert contradiction.genre != label_of[clip_id]
        assert contradiction.probability == pytest.approx(float(np.mean([each.max() for each in probs])))
        assert contradiction.probability >= LEAST_PROBABILITY
