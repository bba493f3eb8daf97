"""Accuracy against the number of training clips, from rows of genre checkpoints."""

from core.results.training_size import accuracy_by_size
from tests.core.results.test_genre_reports import report


def test_no_smaller_run_no_curve() -> None:
    assert accuracy_by_size([report(), report(split_seed=42)], "stratified") == ()


def test_points_go_from_few_to_all_clips() -> None:
    rows = [report(n_train=n, accuracy=accuracy) for n, accuracy in ((599, 0.8), (120, 0.6), (300, 0.7))]
    (curve,) = accuracy_by_size(rows, "stratified")
    assert (curve.recipe, curve.windows) == ("strong", "mean")
    assert [(point.n_train, point.accuracy, point.n_runs) for point in curve.points] == [
        (120, 0.6, 1),
        (300, 0.7, 1),
        (599, 0.8, 1),
    ]
    assert (curve.points[0].accuracy_low, curve.points[0].accuracy_high) == (0.74, 0.85)
    assert {point.n_train_all for point in curve.points} == {599}


def test_runs_of_a_size_are_averaged() -> None:
    rows = [report(n_train=120, seed=seed, accuracy=0.6 + 0.1 * seed) for seed in (0, 1)]
    (curve,) = accuracy_by_size(rows, "stratified")
    assert [(point.n_runs, round(point.accuracy, 6)) for point in curve.points] == [(2, 0.65)]


def test_all_clips_count_only_where_the_same_division_was_learned_with_fewer() -> None:
    rows = [report(n_train=120), report(accuracy=0.8), report(split_seed=1, accuracy=0.1)]
    (curve,) = accuracy_by_size(rows, "stratified")
    assert [point.accuracy for point in curve.points] == [0.8, 0.8]


def test_other_splits_subsets_recipes_and_windows_are_kept_apart() -> None:
    rows = [
        report(n_train=120),
        report(n_train=120, recipe="seed", windows="first"),
        report(n_train=120, subset="valid"),
        report(n_train=120, split="fault_filtered", split_seed=None),
    ]
    curves = accuracy_by_size(rows, "stratified")
    assert [(curve.recipe, curve.windows, len(curve.points)) for curve in curves] == [
        ("seed", "first", 1),
        ("strong", "mean", 1),
    ]
    assert len(accuracy_by_size(rows, "stratified", "valid")) == 1
    assert accuracy_by_size(rows, "artist_folds") == ()
