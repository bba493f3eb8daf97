"""Which clips are scored, what a score holds, how two systems are compared: on made-up answers and on what ships."""

import math
from collections.abc import Mapping

import numpy as np
import pytest

from core.data.clips import load_clips
from core.data.splits import leakage, make_split
from core.errors import DatasetError
from core.metrics import genre as metrics
from core.metrics.calibration import expected_calibration_error
from core.results.clip_sets import WITHOUT, can_be_scored, clip_set, split_of, subsets_of
from core.results.genre_comparison import compare_genre, fault_costs, majority_class, score_genre
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.genre_reports import GENRE_ROWS, summarise_genre
from core.types import GENRES, FloatArray, Subset

ALL_IDS = tuple(clip.clip_id for clip in load_clips())
FEW = ("blues.00000", "blues.00001", "rock.00000", "rock.00001")


def answer(genre: str, probability: float = 0.82) -> FloatArray:
    """Probabilities that name a genre; the rest is spread evenly."""
    rest = (1 - probability) / (len(GENRES) - 1)
    return np.array([probability if name == genre else rest for name in GENRES], dtype=np.float32)


def system(answers: Mapping[str, FloatArray], subsets: Mapping[str, Subset] | None = None) -> SavedGenre:
    return SavedGenre("made up", "For tests.", answers, subsets or dict.fromkeys(answers, "test"))


def out_of_fold() -> Mapping[str, Subset]:
    """Every clip a test clip."""
    return dict.fromkeys(ALL_IDS, "test")


def wrong_on(*clip_ids: str) -> SavedGenre:
    """Right on every clip but these, which it calls another genre; the random split's subsets."""
    named = {clip.clip_id: clip.genre for clip in load_clips()}
    for clip_id in clip_ids:
        named[clip_id] = "pop" if named[clip_id] != "pop" else "jazz"
    subset_of = make_split("stratified").subset_of
    return system({clip_id: answer(genre) for clip_id, genre in named.items()}, subset_of)


# Which clips


@pytest.mark.parametrize("split", ["stratified", "fault_filtered"])
@pytest.mark.parametrize("subset", ["train", "valid", "test"])
def test_clip_set_is_the_subset_of_the_split(split: str, subset: Subset) -> None:
    clips = clip_set(split, subset)
    assert clips.clip_ids == make_split(split).members(subset)
    assert clips.n_left_out == 0


def test_artist_folds_test_every_clip_once_and_nothing_else() -> None:
    assert clip_set("artist_folds").clip_ids == ALL_IDS
    assert subsets_of("artist_folds") == ("test",)
    with pytest.raises(DatasetError, match="Choose the subset test"):
        clip_set("artist_folds", "valid")


def test_clips_without_what_leaks() -> None:
    split = make_split("stratified")
    leak = leakage(split)
    assert set(clip_set("stratified", "test", "recording").clip_ids) == set(split.test) - leak.same_recording_ids
    free = clip_set("stratified", "test", "artist")
    assert set(free.clip_ids) == set(split.test) - leak.leaked_ids
    assert free.n_left_out == len(leak.leaked_ids) > 100
    assert clip_set("artist_folds", "test", "artist").n_left_out == 0, "folds share neither"


def test_training_clips_cannot_be_without_what_is_in_training() -> None:
    with pytest.raises(DatasetError, match="share everything"):
        clip_set("stratified", "train", "artist")


def test_split_is_found_from_the_subsets() -> None:
    filtered = make_split("fault_filtered").subset_of
    assert split_of(make_split("stratified").subset_of) == "stratified"
    assert split_of({clip_id: filtered.get(clip_id, "test") for clip_id in ALL_IDS}) == "fault_filtered"
    assert split_of(out_of_fold()) == "artist_folds"
    assert split_of(make_split("stratified", seed=3).subset_of) is None


def test_a_system_is_scored_on_its_own_split_or_out_of_fold() -> None:
    own = make_split("stratified").subset_of
    assert can_be_scored(own, "stratified")
    assert not can_be_scored(own, "fault_filtered")
    assert all(can_be_scored(out_of_fold(), split) for split in ("stratified", "fault_filtered", "artist_folds"))


# How well


def test_score_by_hand() -> None:
    # Right with 0.82, right with 0.55, wrong with 0.82, wrong with 0.46 while the truth comes second with 0.46.
    second = answer("pop", 0.46)
    second[GENRES.index("rock")] = 0.459
    second[GENRES.index("jazz")] -= 0.399  # sums to 1 as before
    second = np.maximum(second, 0)
    made_up = system(dict(zip(FEW, (answer("blues"), answer("blues", 0.55), answer("pop"), second), strict=True)))
    score = score_genre(made_up, FEW)
    assert score.n == 4
    assert score.accuracy.value == score.accuracy_bootstrap.value == 0.5
    assert (score.accuracy.low, score.accuracy.high) == metrics.wilson_interval(2, 4)
    assert score.top2.value == 0.75
    rest = (1 - 0.82) / 9
    assert score.log_loss.value == pytest.approx(
        -(math.log(0.82) + math.log(0.55) + math.log(rest) + math.log(0.459)) / 4, rel=1e-5
    )
    # blues: precision 1, recall 1; rock: never said; the other eight count nothing.
    assert score.macro_f1.value == pytest.approx(1 / len(GENRES))
    blues, rock = (score.classes[GENRES.index(name)] for name in ("blues", "rock"))
    assert (blues.precision, blues.recall) == (1.0, 1.0)
    assert (rock.precision, rock.recall, rock.n_true) == (None, 0.0, 2)
    assert score.counts[GENRES.index("rock")][GENRES.index("pop")] == 2
    assert sum(map(sum, score.counts)) == 4


def test_every_interval_holds_its_value() -> None:
    score = score_genre(GENRE_TABLE.load("genre-seed"), clip_set("stratified").clip_ids)
    for measured in (
        score.accuracy,
        score.accuracy_bootstrap,
        score.top2,
        score.macro_f1,
        score.log_loss,
        score.brier,
        score.calibration_error,
    ):
        assert measured.low < measured.value < measured.high
    assert score.accuracy_bootstrap.low == pytest.approx(score.accuracy.low, abs=0.01), "two ways to one interval"
    assert score.calibration_error.value == expected_calibration_error(score.bins)


def test_shipped_predictions_agree_with_the_shipped_report() -> None:
    """Four significant digits of a probability are enough for every score."""
    (row,) = (
        report
        for report in GENRE_ROWS.load()
        if (report.checkpoint, report.split_seed, report.subset, report.windows) == ("genre-seed", 42, "test", "first")
    )
    score = score_genre(GENRE_TABLE.load("genre-seed"), clip_set("stratified").clip_ids)
    assert (score.n, score.accuracy.value, score.counts) == (row.n, row.accuracy, row.confusion)
    assert score.log_loss.value == pytest.approx(row.log_loss, abs=1e-4)
    without = score_genre(GENRE_TABLE.load("genre-seed"), clip_set("stratified", "test", "artist").clip_ids)
    assert without.accuracy.value == row.accuracy_unleaked


def test_no_clips_and_missing_predictions_are_refused() -> None:
    with pytest.raises(DatasetError, match="no clips to score"):
        score_genre(wrong_on(), ())
    with pytest.raises(DatasetError, match=r"no prediction for 1 of 2 clips, the first is pop\.00001"):
        score_genre(system({"pop.00000": answer("pop")}), ("pop.00000", "pop.00001"))


def test_a_very_confident_mistake_costs_all_that_it_costs() -> None:
    """Saved probabilities have four significant digits however small they are: none is rounded to 0."""
    mistaken = answer("pop", 1.0)
    mistaken[GENRES.index("blues")] = 1e-8
    assert score_genre(system({"blues.00000": mistaken}), ("blues.00000",)).log_loss.value == pytest.approx(
        -math.log(1e-8)
    )


# How two systems differ


def test_comparison_by_hand() -> None:
    clips = clip_set("stratified").clip_ids
    first, second = wrong_on(*clips[:10]), wrong_on(*clips[5:30])
    compared = compare_genre(first, second, clips)
    assert compared.n == 200
    assert (compared.mcnemar.only_first, compared.mcnemar.only_second) == (20, 5)
    assert (compared.both_right, compared.both_wrong) == (170, 5)
    assert compared.accuracy.difference == pytest.approx(15 / 200)
    assert 0 < compared.accuracy.interval.low < 15 / 200 < compared.accuracy.interval.high
    assert compared.mcnemar.p_value < 0.01
    assert compared.log_loss.difference < 0, "fewer errors, less loss"


def test_a_system_does_not_differ_from_itself() -> None:
    compared = compare_genre(wrong_on(*FEW), wrong_on(*FEW), FEW)
    assert (compared.accuracy.difference, compared.mcnemar.p_value, compared.both_wrong) == (0.0, 1.0, 4)


# What the faults are worth


def test_cost_of_leaks_by_hand() -> None:
    """A system that knows the leaked clips alone loses everything without them."""
    free = clip_set("stratified", "test", "artist")
    everything, recordings, artists = fault_costs(wrong_on(*free.clip_ids), "stratified")
    assert tuple(cost.without for cost in (everything, recordings, artists)) == WITHOUT
    assert (everything.n, everything.n_left_out, everything.cost, everything.accuracy_left_out) == (200, 0, None, None)
    assert everything.accuracy.value == free.n_left_out / 200
    assert (artists.n, artists.n_left_out) == (len(free.clip_ids), free.n_left_out)
    assert artists.accuracy.value == 0.0
    assert artists.accuracy_left_out is not None
    assert artists.accuracy_left_out.value == 1.0
    assert artists.cost is not None
    assert artists.cost.value == pytest.approx(free.n_left_out / 200)
    assert artists.cost.low < artists.cost.value < artists.cost.high
    assert recordings.n_left_out == leakage(make_split("stratified")).n_same_recording


def test_training_clips_have_no_such_cost() -> None:
    with pytest.raises(DatasetError, match="share everything"):
        fault_costs(wrong_on(), "stratified", "train")


# Floor


@pytest.mark.parametrize(("split", "n"), [("stratified", 200), ("fault_filtered", 290), ("artist_folds", 999)])
def test_majority_class_is_that_of_training_as_in_the_reports(split: str, n: int) -> None:
    clip_ids = clip_set(split).clip_ids
    score = score_genre(majority_class(split, clip_ids), clip_ids)
    summary = summarise_genre(GENRE_ROWS.load(), "strong", split, "mean")
    assert summary is not None
    assert score.n == n
    assert score.accuracy.value == pytest.approx(summary.majority_floor, abs=1e-9)
    assert score.log_loss.value == pytest.approx(math.log(10), abs=0.02)


def test_majority_class_without_clips_is_refused() -> None:
    with pytest.raises(DatasetError, match="no clips to predict"):
        majority_class("stratified", ())
