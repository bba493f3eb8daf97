"""Measured rows on disk: what is written is read again, and a row is replaced by a newer one."""

import dataclasses
import json
import statistics
from pathlib import Path

import pytest

from core.errors import DatasetError
from core.metrics.genre import wilson_interval
from core.results.genre_reports import FUSED_ROWS, GENRE_ROWS, GenreReport, summarise_genre

N_GENRES = 10


def report(**changes: object) -> GenreReport:
    """A row of a strong run on the stratified split, split seed 0."""
    row = GenreReport(
        checkpoint="genre-strong",
        recipe="strong",
        windows="mean",
        data="GTZAN, 32 kb/s MP3 copy, 8 kHz bandwidth",
        split="stratified",
        split_seed=0,
        fold=None,
        subset="test",
        seed=0,
        n_train=599,
        n_train_all=599,
        best_epoch=38,
        epochs=40,
        n=200,
        accuracy=0.8,
        accuracy_low=0.74,
        accuracy_high=0.85,
        log_loss=0.7,
        macro_f1=0.79,
        majority_floor=0.1,
        n_same_recording=20,
        n_same_artist=100,
        accuracy_unleaked=None,
        confusion=tuple(tuple(int(row == column) for column in range(N_GENRES)) for row in range(N_GENRES)),
        commit="abc1234",
        command="python -m core evaluate genre --checkpoint genre-strong --gtzan DIR",
        train_command="python -m core train genre --gtzan DIR --out DIR",
    )
    return dataclasses.replace(row, **changes)


def test_nothing_measured_yet_is_no_rows(tmp_path: Path) -> None:
    assert GENRE_ROWS.load(tmp_path) == ()
    assert GENRE_ROWS.load(tmp_path / "missing") == ()


def test_round_trip_keeps_every_value_and_type(tmp_path: Path) -> None:
    rows = (report(accuracy_unleaked=1 / 3), report(split="fault_filtered", split_seed=None, accuracy=2 / 7))
    for row in rows:
        GENRE_ROWS.save(row, tmp_path / "reports")
    loaded = GENRE_ROWS.load(tmp_path / "reports")
    assert set(loaded) == set(rows)  # equal and hashable: the confusion matrix came back as tuples


def test_no_partial_file_stays_behind(tmp_path: Path) -> None:
    GENRE_ROWS.save(report(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [GENRE_ROWS.file_name]


def test_a_row_replaces_the_row_of_the_same_run_alone(tmp_path: Path) -> None:
    for row in (report(), report(seed=1), report(accuracy=0.9, checkpoint="other name")):
        GENRE_ROWS.save(row, tmp_path)
    loaded = GENRE_ROWS.load(tmp_path)
    assert sorted((row.seed, row.accuracy) for row in loaded) == [(0, 0.9), (1, 0.8)]


@pytest.mark.parametrize(
    "change",
    [
        {"recipe": "seed"},
        {"windows": "first"},
        {"split": "fault_filtered"},
        {"split_seed": 1},
        {"fold": 0},
        {"subset": "valid"},
        {"seed": 3},
        {"n_train": 120},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_of_another_run_is_added(change: dict[str, object], tmp_path: Path) -> None:
    GENRE_ROWS.save(report(), tmp_path)
    GENRE_ROWS.save(report(**change), tmp_path)
    assert len(GENRE_ROWS.load(tmp_path)) == 2


def test_fused_rows_have_a_file_of_their_own(tmp_path: Path) -> None:
    """A fused head and the genre network that it is built on may share recipe, split and seed."""
    GENRE_ROWS.save(report(), tmp_path)
    FUSED_ROWS.save(report(checkpoint="fusion-strong"), tmp_path)
    assert [row.checkpoint for row in GENRE_ROWS.load(tmp_path)] == ["genre-strong"]
    assert [row.checkpoint for row in FUSED_ROWS.load(tmp_path)] == ["fusion-strong"]


def test_the_file_does_not_depend_on_the_order_of_measuring(tmp_path: Path) -> None:
    rows = [report(), report(split_seed=None), report(seed=1), report(fold=2)]
    for folder, order in (("one", rows), ("other", rows[::-1])):
        for row in order:
            GENRE_ROWS.save(row, tmp_path / folder)
    one, other = ((tmp_path / folder / GENRE_ROWS.file_name).read_text() for folder in ("one", "other"))
    assert one == other


@pytest.mark.parametrize(
    "content",
    [
        b"[{",
        b"\xff\xfe\x00",
        b"[1]",
        b"7",
        b"[{}]",
        json.dumps([dataclasses.asdict(report()) | {"surprise": 1}]).encode(),
        json.dumps([dataclasses.asdict(report()) | {"confusion": 3}]).encode(),
    ],
    ids=["cut", "binary", "number in list", "number", "empty row", "unknown column", "confusion is a number"],
)
def test_damage_names_its_cure(content: bytes, tmp_path: Path) -> None:
    (tmp_path / GENRE_ROWS.file_name).write_bytes(content)
    with pytest.raises(DatasetError, match="git checkout data/reports"):
        GENRE_ROWS.load(tmp_path)


def test_summary_is_mean_and_spread_over_split_seeds_0_to_4() -> None:
    scores = [0.80, 0.82, 0.78, 0.81, 0.79]
    rows = [report(split_seed=i, accuracy=score, best_epoch=30 + i) for i, score in enumerate(scores)]
    others = [
        report(split_seed=42, accuracy=0.1),
        report(recipe="seed", accuracy=0.1),
        report(windows="first", accuracy=0.1),
        report(subset="valid", accuracy=0.1),
        report(split="fault_filtered", split_seed=None, accuracy=0.1),
        report(split_seed=0, n_train=120, accuracy=0.1),
    ]
    summary = summarise_genre([*others, *rows], "strong", "stratified", "mean")
    assert summary is not None
    assert summary.mean == pytest.approx(0.8)
    assert summary.std == pytest.approx(statistics.stdev(scores))
    assert summary.seeds == (0, 1, 2, 3, 4)
    assert summary.best_epochs == (30, 31, 32, 33, 34)
    assert (summary.n, summary.mean_same_recording, summary.mean_same_artist) == (200, 20, 100)


def test_summary_of_a_fixed_split_is_over_training_seeds() -> None:
    rows = [report(split="fault_filtered", split_seed=None, seed=seed, n=290) for seed in (0, 1)]
    summary = summarise_genre(rows, "strong", "fault_filtered", "mean")
    assert summary is not None
    assert (summary.seeds, summary.n) == ((0, 1), 290)


def test_summary_of_one_run_has_no_spread_and_of_none_is_none() -> None:
    one = summarise_genre([report()], "strong", "stratified", "mean")
    assert one is not None
    assert one.std == 0.0
    assert summarise_genre([report(split_seed=42)], "strong", "stratified", "mean") is None
    assert summarise_genre([], "strong", "stratified", "mean") is None


def test_folds_are_taken_together() -> None:
    """Each tests clips of its own, so a clip counts once; four of five folds are no result."""
    sizes = (100, 100, 200, 300, 300)
    rows = [
        report(split="artist_folds", fold=fold, n=n, accuracy=0.5 if fold < 4 else 0.8, majority_floor=0.1)
        for fold, n in enumerate(sizes)
    ]
    summary = summarise_genre(rows, "strong", "artist_folds", "mean")
    assert summary is not None
    assert (summary.n, summary.is_pooled) == (1_000, True)
    assert summary.mean == pytest.approx(0.59)
    assert (summary.mean_low, summary.mean_high) == wilson_interval(590, 1_000)
    assert summary.majority_floor == pytest.approx(0.1)
    assert summarise_genre(rows[1:], "strong", "artist_folds", "mean") is None


def test_shipped_rows_are_consistent() -> None:
    """Holds for as many rows as there are: counts, intervals and leakage of each row fit one another."""
    for row in GENRE_ROWS.load():
        assert sum(map(sum, row.confusion)) == row.n, row.key
        assert sum(row.confusion[i][i] for i in range(N_GENRES)) / row.n == pytest.approx(row.accuracy), row.key
        assert row.accuracy_low < row.accuracy < row.accuracy_high, row.key
        assert max(row.n_same_artist, row.n_same_recording) <= row.n, row.key
        assert 1 <= row.best_epoch <= row.epochs or row.best_epoch == row.epochs == 0, row.key  # no epochs: an SVM
        n_most = row.n_train_all if row.split != "fault_filtered" else 442 + 197  # its validation clips, too
        assert 0 < row.n_train <= n_most, row.key
        assert "/" not in row.command + row.train_command, row.key  # no folder of the machine that measured
