"""Tempo systems on the same clips: reference systems as they ship, a system of our own made up, baselines."""

import statistics

import pytest

from core.data.clips import load_clips
from core.errors import DatasetError
from core.metrics.tempo import TOLERANCES
from core.metrics.tempo_scores import ErrorShares
from core.results.clip_sets import clip_set, split_parts
from core.results.reference_systems import REFERENCES
from core.results.tempo_comparison import (
    TempoSystem,
    baseline_systems,
    compare_tempo,
    curve_of,
    other_annotation,
    own_system,
    predicted_clips,
    reference_systems,
    score_tempo,
    tempo_predictions,
    truths,
)

ALL = clip_set("artist_folds").clip_ids
TEST = clip_set("stratified").clip_ids


def scaled(factor: float, clip_ids: tuple[str, ...] = ALL) -> TempoSystem:
    """A system of ours that predicts a multiple of the truth for these clips."""
    truth_bpm = truths()
    return own_system("made_up", "Made up", "a test", {i: factor * truth_bpm[i] for i in clip_ids if i in truth_bpm})


def best_reference() -> TempoSystem:
    return reference_systems()[0]


def test_reference_systems_are_those_that_ship() -> None:
    assert [system.name for system in reference_systems()] == [info.name for info in REFERENCES]
    score = score_tempo(best_reference(), ALL)
    assert score.n == 998
    assert score.accuracy1 == pytest.approx(0.830, abs=5e-4)
    assert score.mae_bpm == pytest.approx(12.92, abs=5e-3)


def test_the_second_annotation_changes_who_is_right() -> None:
    by_name = {system.name: system for system in reference_systems()}
    first, second = (score_tempo(by_name["tempocnn_fcn"], ALL, annotation) for annotation in ("rhythm", "marsyas"))
    assert (first.n, second.n) == (998, 999)
    assert first.accuracy1 > second.accuracy1
    assert second.shares.double > 3 * first.shares.double, "the second annotation is often an octave lower"


def test_a_system_is_scored_on_what_it_has_predicted() -> None:
    some = scaled(1.0, TEST[:50])
    assert score_tempo(some, TEST).n == len(predicted_clips(some, TEST)) <= 50
    assert score_tempo(some, TEST).accuracy1 == 1.0
    with pytest.raises(DatasetError, match="a tempo for none of these clips"):
        score_tempo(some, TEST[60:])


def test_predictions_stand_beside_the_truth() -> None:
    clip_of = {clip.clip_id: clip for clip in load_clips()}
    answers = tempo_predictions(scaled(2.0), TEST)
    assert {answer.kind for answer in answers} == {"double"}
    for answer in answers[:20]:
        assert answer.truth_bpm == clip_of[answer.clip_id].tempo_bpm
        assert answer.estimate_bpm == 2 * answer.truth_bpm
        assert (answer.genre, answer.title) == (clip_of[answer.clip_id].genre, clip_of[answer.clip_id].title)
    assert score_tempo(scaled(2.0), TEST).shares == ErrorShares(0, 0, 1, 0, 0, 0)


def test_curve_rises_to_the_error() -> None:
    curve = curve_of(scaled(1.05), TEST)
    assert curve.tolerances == TOLERANCES
    below = [share for tolerance, share in zip(curve.tolerances, curve.accuracy1, strict=True) if tolerance < 0.05]
    assert set(below) == {0.0}
    assert curve.accuracy1[-1] == 1.0


def test_comparison_by_hand() -> None:
    compared = compare_tempo(scaled(1.0), scaled(1.0 + 10 / 100), TEST[:100])
    n = len(predicted_clips(scaled(1.0), TEST[:100]))
    assert (compared.n, compared.mcnemar.only_first, compared.mcnemar.only_second) == (n, n, 0)
    assert compared.accuracy1.difference == 1.0
    mean_bpm = statistics.mean(truths()[clip_id] for clip_id in predicted_clips(scaled(1.0), TEST[:100]))
    assert compared.mae_bpm.difference == pytest.approx(-0.1 * mean_bpm)
    median_bpm = statistics.median(truths()[clip_id] for clip_id in predicted_clips(scaled(1.0), TEST[:100]))
    assert compared.median_ae_bpm.difference == pytest.approx(-0.1 * median_bpm)
    assert compared.median_ae_bpm.interval.high < 0.0


def test_the_other_annotation_is_scored_like_a_system() -> None:
    tempi = {clip.clip_id: (clip.tempo_bpm, clip.tempo_marsyas_bpm) for clip in load_clips()}
    pairs = [(rhythm, marsyas) for rhythm, marsyas in tempi.values() if rhythm and marsyas]
    people = other_annotation("rhythm")
    score = score_tempo(people, tuple(tempi))
    assert people.role == "annotation"
    assert "Marsyas" in people.title
    assert score.n == len(pairs)
    assert score.accuracy1 == pytest.approx(sum(abs(b - a) <= 0.04 * a for a, b in pairs) / len(pairs))
    assert 0.6 < score.accuracy1 < 0.7 < 0.9 < score.accuracy2, "octave apart in a third of the clips"
    assert other_annotation("marsyas").tempo_bpm == truths("rhythm")


@pytest.mark.parametrize("split", ["stratified", "artist_folds"])
def test_baselines_receive_training_clips_only(split: str) -> None:
    of_all, of_genre = baseline_systems(split)
    part, truth_bpm = split_parts(split)[0], truths()
    train = [clip_id for clip_id in part.train if clip_id in truth_bpm]
    disco = [truth_bpm[clip_id] for clip_id in train if clip_id.startswith("disco")]
    tested = next(clip_id for clip_id in part.test if clip_id.startswith("disco"))
    assert of_all.tempo_bpm[tested] == statistics.median(truth_bpm[clip_id] for clip_id in train)
    assert of_genre.tempo_bpm[tested] == statistics.median(disco)
    clips = clip_set(split).clip_ids
    assert 0.05 < score_tempo(of_all, clips).accuracy1 < score_tempo(of_genre, clips).accuracy1 < 0.3
