"""The cited figures: what the table says, and that a damaged one is refused."""

from pathlib import Path

import pytest

from core.errors import DatasetError
from core.results.published import PUBLISHED_TABLE, load_published


def test_every_figure_has_a_source_and_a_believable_value() -> None:
    published = load_published()
    assert all(entry.source and entry.system and entry.split_stated for entry in published)
    for entry in published:
        assert 0 < entry.value < (1 if entry.metric.startswith("accuracy") else 40), entry
        assert (entry.annotation != "") == (entry.task == "tempo"), entry
        assert entry.task == "genre" or not entry.split, entry


def test_the_study_is_cited_for_all_three_questions() -> None:
    study = {
        (entry.task, entry.metric, entry.value): entry for entry in load_published() if "the study" in entry.system
    }
    assert {("genre", "accuracy", 0.70), ("genre", "accuracy", 0.68), ("tempo", "mae_bpm", 25.2)} <= study.keys()
    assert "67.1" in study["genre", "accuracy", 0.70].source


def test_spread_is_read_where_there_is_one() -> None:
    spreads = {entry.system: entry.spread for entry in load_published() if entry.spread is not None}
    assert spreads == {"Jukebox features, SVM": 0.029}


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.832", "high"), (",stratified,", ",alphabetical,"), ("genre,", "key,"), ("task,", "job,")],
)
def test_damaged_table_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "published.csv"
    path.write_text(PUBLISHED_TABLE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DatasetError, match="git checkout data/published"):
        load_published(path)


def test_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        load_published(tmp_path / "none.csv")
