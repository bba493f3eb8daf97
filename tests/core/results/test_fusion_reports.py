"""Predictions of many heads to scores, comparisons and a report on disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import DatasetError
from core.metrics.genre import wilson_interval
from core.metrics.significance import Interval, McNemar, PairedDifference
from core.results.fusion_answer import answer_markdown, gain_words
from core.results.fusion_reports import (
    FUSION_ROWS,
    Comparison,
    FusionReport,
    RunPredictions,
    SystemPredictions,
    compare,
    mean_probs,
    score,
)
from core.results.fusion_tables import fusion_results_markdown, report_text
from core.types import GENRES

IDS = ("blues.00000", "disco.00000", "metal.00000", "rock.00000")


def answers(predicted: dict[str, str], seed: int = 0, confident: float = 0.91) -> RunPredictions:
    """`confident` for the genre predicted of each clip, the rest evenly on the others."""
    probs = np.full((len(predicted), len(GENRES)), (1 - confident) / 9, dtype=np.float32)
    for row, genre in enumerate(predicted.values()):
        probs[row, GENRES.index(genre)] = confident
    return RunPredictions(seed, tuple(predicted), probs)


def right(ids: tuple[str, ...] = IDS, *wrong: str) -> dict[str, str]:
    return {clip_id: "jazz" if clip_id in wrong else clip_id.split(".")[0] for clip_id in ids}


def system(name: str, *runs: RunPredictions) -> SystemPredictions:
    return SystemPredictions(name, f"It is {name}.", 10, runs)


def test_a_clip_counts_once_however_many_heads_predicted_it() -> None:
    """Two seeds: one wrong on one clip, the other on two."""
    scored = score(
        system("x", answers(right(IDS, IDS[0]), 0), answers(right(IDS, IDS[0], IDS[1]), 1)),
    )
    assert (scored.n, scored.n_runs) == (4, 2)
    assert scored.accuracy == pytest.approx(5 / 8)
    assert (scored.accuracy_low, scored.accuracy_high) == wilson_interval(2, 4)  # 2.5 of 4, to the even
    assert scored.accuracy_std == pytest.approx(np.std([0.75, 0.5], ddof=1))
    assert scored.log_loss == pytest.approx(-(5 * np.log(0.91) + 3 * np.log(0.01)) / 8, rel=1e-5)
    assert score(system("x", answers(right(IDS, IDS[0])))).accuracy_std == 0.0


def test_clips_of_several_folds_come_together() -> None:
    """Each fold tests its own clips; the seeds are compared over all of them."""
    one, other = IDS[:2], IDS[2:]
    runs = [
        answers(right(one), 0),
        answers(right(other, other[0]), 0),
        answers(right(one), 1),
        answers(right(other), 1),
    ]
    scored = score(system("x", *runs))
    assert (scored.n, scored.n_runs) == (4, 4)
    assert scored.accuracy == pytest.approx(7 / 8)
    assert scored.accuracy_std == pytest.approx(np.std([0.75, 1.0], ddof=1))


def test_clips_that_several_splits_test_count_once() -> None:
    """Of two split seeds that share a clip."""
    scored = score(system("x", answers(right(IDS[:3])), answers(right(IDS[2:], IDS[2]))))
    assert scored.n == 4
    assert scored.accuracy == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_mean_probabilities_are_over_runs() -> None:
    confident, unconfident = answers(right(), 0, confident=0.91), answers(right(), 1, confident=0.55)
    mean = mean_probs(system("x", confident, unconfident))
    assert tuple(mean) == IDS
    assert mean[IDS[1]][GENRES.index("disco")] == pytest.approx(0.73)
    assert mean[IDS[1]].sum() == pytest.approx(1.0)
    loud_wrong = answers(right(IDS, *IDS), 1, confident=0.99)
    assert score(system("x", answers(right(), 0, confident=0.55), loud_wrong)).accuracy_averaged == 0.0
    assert (
        score(system("x", answers(right(), 0, confident=0.99), answers(right(IDS, *IDS), 1, 0.55))).accuracy_averaged
        == 1.0
    )


def test_systems_are_compared_clip_by_clip() -> None:
    """The second seed of each is less confident, so that the first decides where they disagree."""
    better = system("fused", answers(right(), 0), answers(right(IDS, IDS[0]), 1, confident=0.6))
    worse = system("no-tempo", answers(right(IDS, *IDS[:2]), 0), answers(right(IDS, *IDS), 1, confident=0.6))
    compared = compare(better, worse)
    unconfident = np.log(0.4 / 9)
    better_sum = 4 * np.log(0.91) + unconfident + 3 * np.log(0.6)
    worse_sum = 2 * np.log(0.01) + 2 * np.log(0.91) + 4 * unconfident
    assert compared.accuracy.difference == pytest.approx(7 / 8 - 2 / 8)
    assert compared.log_loss.difference == pytest.approx(-(better_sum - worse_sum) / 8, rel=1e-5)
    assert compared.accuracy.interval.low > 0
    assert (compared.averaged.only_first, compared.averaged.only_second) == (2, 0)
    assert compared.seed_p_values == pytest.approx((0.5, 0.25))
    assert compare(worse, better).accuracy.difference == -compared.accuracy.difference


def test_a_system_without_training_meets_every_seed_of_the_other() -> None:
    alone = system("genre-only", answers(right(IDS, *IDS)))
    heads = system("fused", answers(right(), 3), answers(right(IDS, IDS[0]), 7))
    assert compare(heads, alone).seed_p_values == pytest.approx((0.125, 0.25))
    assert compare(alone, heads).seed_p_values == pytest.approx((0.125, 0.25))


def test_systems_on_different_clips_are_not_compared() -> None:
    with pytest.raises(DatasetError, match="same splits"):
        compare(system("fused", answers(right())), system("x", answers(right(IDS[:3]))))


def report() -> FusionReport:
    fused, other = system("fused", answers(right())), system("no-tempo", answers(right(IDS, IDS[0])))
    return FusionReport(
        recipe="strong",
        split="stratified",
        split_seeds=(0, 1),
        genre_recipe="strong",
        tempo_recipe="strong",
        data="made up",
        seeds=(0, 1),
        n=4,
        treatment="Kept.",
        systems=(score(fused), score(other)),
        comparisons=(compare(fused, other),),
        commit="abc1234",
        command="python -m core fusion",
    )


def test_reports_are_kept_and_replaced_by_key(tmp_path: Path) -> None:
    assert FUSION_ROWS.load(tmp_path) == ()
    first, second = report(), replace(report(), recipe="seed")
    FUSION_ROWS.save(first, tmp_path)
    FUSION_ROWS.save(second, tmp_path)
    assert FUSION_ROWS.load(tmp_path) == (second, first)
    newer = replace(first, commit="def5678")
    FUSION_ROWS.save(newer, tmp_path)
    assert FUSION_ROWS.load(tmp_path) == (second, newer)


@pytest.mark.parametrize("text", ["{", "[{}]", '[{"recipe": "seed"}]', "\xff"])
def test_a_damaged_report_says_how_to_restore_it(text: str, tmp_path: Path) -> None:
    FUSION_ROWS.save(report(), tmp_path)
    (tmp_path / "fusion.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match="git checkout"):
        FUSION_ROWS.load(tmp_path)


def test_table_has_every_system_and_what_the_fused_one_gains_on_it() -> None:
    head, rule, fused, other = fusion_results_markdown([report()]).splitlines()
    assert head.count("|") == rule.count("|") == fused.count("|") == other.count("|")
    assert "| stratified, split seeds 0, 1 | fused | 4 | 1 | 100.0 % |" in fused
    assert fused.endswith("|  |  |  |")
    assert "| no-tempo | 4 | 1 | 75.0 % | 30.1 to 95.4 % |" in other
    assert "| +25.0 |" in other
    assert fusion_results_markdown([]) == ""


def test_the_text_has_every_system_with_its_interval_and_every_comparison() -> None:
    text = report_text(report())
    for fact in (
        "stratified, split seeds 0, 1",
        "n = 4",
        "fused",
        "100.0%",
        "75.0%",
        "(30.1% to 95.4%)",
        "+25.0 points",
    ):
        assert fact in text, text


def points(first: str, second: str, low: float, high: float) -> Comparison:
    """Half way between two ends, in points of accuracy."""
    gain = PairedDifference((low + high) / 200, Interval(low / 100, high / 100), 0.5)
    return Comparison(first, second, gain, gain, McNemar(2, 1, 1.0), (1.0,))


def answered(recipe: str, low: float, high: float) -> FusionReport:
    """Out of fold, as the command writes it: the genre checkpoint before the fused head."""
    alone, fused = system("genre-only", answers(right())), system("fused", answers(right(IDS, IDS[0])))
    pairs = (
        points("fused", "genre-only", -3.0, 1.0),
        points("fused", "no-tempo", low, high),
        *(points("fused", control, -1.0, 0.0) for control in ("widened", "constant", "shuffled")),
        points("fused", "true-tempo", -4.0, 0.0),
        points("true-tempo", "no-tempo", 0.0, 5.0),
    )
    made = replace(report(), recipe=recipe, split="artist_folds", split_seeds=(), systems=(score(alone), score(fused)))
    return replace(made, comparisons=pairs)


def test_the_third_question_is_answered_in_three_sentences() -> None:
    text = answer_markdown((answered("seed", -2.0, 0.0), answered("strong", -1.0, 2.0)))
    one, two, three = text.split(". ")
    assert one == (
        "No significant gain: out of fold over 4 clips and 2 training seeds, the fused head of recipe `strong` has an "
        "accuracy of 75.0 % (95 %: 30.1 to 95.4), +0.5 points (95 %: −1.0 to +2.0) against the same head without a "
        "tempo and −1.0 points (95 %: −3.0 to +1.0) against the genre network alone"
    )
    assert two == (
        "Its other controls: −0.5 points (95 %: −1.0 to +0.0) against the parameter-matched control, −0.5 points "
        "(95 %: −1.0 to +0.0) against a constant tempo and −0.5 points (95 %: −1.0 to +0.0) against a permuted tempo; "
        "the study's own recipe: 75.0 % (95 %: 30.1 to 95.4), −1.0 points (95 %: −2.0 to +0.0) against no tempo"
    )
    assert three == "Upper bound, with the annotated (oracle) tempo as input: +2.5 points (95 %: +0.0 to +5.0)."
    assert answer_markdown((answered("strong", 0.5, 2.0),)).startswith("Significant gain: out of fold")


def test_there_is_no_answer_without_the_report_it_takes() -> None:
    ours = answered("strong", -1.0, 2.0)
    assert (
        answer_markdown(()) == answer_markdown((replace(ours, split="stratified"), replace(ours, recipe="seed"))) == ""
    )
    assert gain_words(replace(ours, comparisons=())) == ""
    with pytest.raises(DatasetError, match="does not compare fused with no-tempo"):
        answer_markdown((replace(ours, comparisons=()),))


def test_the_table_compares_the_fused_head_wherever_it_stands() -> None:
    rows = fusion_results_markdown((answered("strong", -1.0, 2.0),)).splitlines()[2:]
    assert [row.split(" | ")[2] for row in rows] == ["genre-only", "fused"]
    assert rows[0].endswith("| -1.0 | -3.0 to +1.0 | 1 |")
    assert rows[1].endswith("|  |  |  |")
