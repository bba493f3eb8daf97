"""Measured tempo rows on disk: what is written is read again, a row is replaced by a newer one, damage is named."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.errors import DatasetError
from core.metrics.significance import Interval, McNemar, PairedDifference
from core.metrics.tempo_scores import ErrorShares, TempoScore, ToleranceCurve
from core.results.tempo_reports import (
    TEMPO_ROWS,
    AnnotationScore,
    ComparedSystem,
    GenreAccuracy,
    TempoReport,
    tempo_answer_markdown,
    tempo_results_markdown,
)

INTERVAL = Interval(0.7, 0.9)
MCNEMAR = McNemar(5, 2, 0.4)


def against(annotation: str) -> AnnotationScore:
    score = TempoScore(
        200, 0.04, 11.3, Interval(8.0, 15.0), 0.34, Interval(0.3, 0.4), 0.825, INTERVAL, 0.92, INTERVAL, -0.02, 0.13,
        ErrorShares(0.825, 0.05, 0.03, 0.005, 0.01, 0.08),
    )  # fmt: skip
    difference = PairedDifference(0.1, Interval(0.05, 0.15), 0.001)
    return AnnotationScore(
        annotation=annotation,
        score=score,
        curve=ToleranceCurve((0.0, 0.04), (0.1, 0.825), (0.2, 0.92)),
        genres=(GenreAccuracy("blues", 20, 0.8, INTERVAL, 0.9, INTERVAL),),
        rivals=(
            ComparedSystem(
                "median", "Median", "floor", 200, 0.1, 0.2, 29.3, 20.0, difference, difference, McNemar(5, 2, 0.4)
            ),
        ),
    )


def report(**changes: object) -> TempoReport:
    row = TempoReport(
        checkpoint="tempo-tcn", model="tempo_tcn", recipe="strong", data="GTZAN, 32 kb/s MP3 copy, 8 kHz bandwidth",
        split="stratified", split_seed=42, fold=None, subset="test", seed=0, best_epochs=(100,), n=200,
        rhythm=against("rhythm"), marsyas=against("marsyas"), metrical_level_n=198, metrical_level_share=0.9,
        p_score_n=70, p_score=0.6, p_score_interval=Interval(0.5, 0.7), clear_share=0.95, clear_accuracy1=0.85,
        n_same_recording=13, n_same_artist=150, accuracy1_unleaked=None, commit="abc1234",
        command="python -m core evaluate tempo --checkpoint tempo-tcn --gtzan DIR",
        train_command="python -m core train tempo --gtzan DIR --out DIR",
    )  # fmt: skip
    return replace(row, **changes)


def test_nothing_measured_yet_is_no_rows(tmp_path: Path) -> None:
    assert TEMPO_ROWS.load(tmp_path) == ()


def test_round_trip_keeps_every_value_and_type(tmp_path: Path) -> None:
    rows = (report(), report(split="fault_filtered", split_seed=None, p_score_n=0, p_score=None, p_score_interval=None))
    for row in rows:
        TEMPO_ROWS.save(row, tmp_path / "reports")
    loaded = TEMPO_ROWS.load(tmp_path / "reports")
    assert set(loaded) == set(rows)  # equal and hashable: tuples came back as tuples
    assert [path.name for path in (tmp_path / "reports").iterdir()] == [TEMPO_ROWS.file_name]


def test_a_row_replaces_the_row_of_the_same_run_alone(tmp_path: Path) -> None:
    for row in (report(), report(model="cnn14_tempo"), report(fold=1), report(n=199, checkpoint="other name")):
        TEMPO_ROWS.save(row, tmp_path)
    rows = {(row.model, row.fold): row.n for row in TEMPO_ROWS.load(tmp_path)}
    assert rows == {("tempo_tcn", None): 199, ("cnn14_tempo", None): 200, ("tempo_tcn", 1): 200}


def test_the_file_does_not_depend_on_the_order_of_measuring(tmp_path: Path) -> None:
    rows = [report(), report(split_seed=None), report(seed=1), report(fold=2)]
    for folder, order in (("one", rows), ("other", rows[::-1])):
        for row in order:
            TEMPO_ROWS.save(row, tmp_path / folder)
    assert (tmp_path / "one" / TEMPO_ROWS.file_name).read_text() == (
        tmp_path / "other" / TEMPO_ROWS.file_name
    ).read_text()


@pytest.mark.parametrize(
    "content",
    [
        b"[{",
        b"\xff\xfe\x00",
        b"[1]",
        b"7",
        b"[{}]",
        json.dumps([asdict(report()) | {"surprise": 1}]).encode(),
        json.dumps([asdict(report()) | {"rhythm": 3}]).encode(),
        json.dumps([asdict(report()) | {"rhythm": asdict(against("rhythm")) | {"score": {}}}]).encode(),
        json.dumps([asdict(report()) | {"marsyas": asdict(against("marsyas")) | {"rivals": [7]}}]).encode(),
    ],
    ids=["cut", "binary", "number in list", "number", "empty row", "unknown column", "no score", "empty", "rival"],
)
def test_damage_names_its_cure(content: bytes, tmp_path: Path) -> None:
    (tmp_path / TEMPO_ROWS.file_name).write_bytes(content)
    with pytest.raises(DatasetError, match="git checkout data/reports"):
        TEMPO_ROWS.load(tmp_path)


def test_table_has_each_test_row_with_baseline_and_best_reference_system() -> None:
    of = against("rhythm")
    peers = tuple(
        replace(of.rivals[0], name=name, title=name.title(), role="peer", accuracy1=accuracy)
        for name, accuracy in (("one", 0.7), ("two", 0.8))
    )
    row = report(rhythm=replace(of, rivals=(*of.rivals, *peers)))
    table = tempo_results_markdown([row, report(subset="valid"), report(seed=1)])
    head, rule, first, second, study = table.splitlines()
    assert head.count("|") == rule.count("|") == first.count("|") == second.count("|") == study.count("|")
    assert "cited, not measured by us" in study
    for cell in ("stratified, split seed 42", "82.5 %", "70.0 to 90.0 %", "11.30 BPM", "80.0 % (Two)"):
        assert f"| {cell} |" in first, cell
    assert "| 10.0 %, " in first, "the baseline"
    assert second.count("not measured") == 1, "no reference system"
    assert tempo_results_markdown([]) == ""


def compared(name: str, role: str, points: Interval, bpm: Interval) -> ComparedSystem:
    differences = [PairedDifference((each.low + each.high) / 2, each, 0.01) for each in (points, bpm)]
    return ComparedSystem(name, name, role, 200, 0.1, 0.2, 29.3, 20.0, differences[0], differences[1], MCNEMAR)


def beside(*systems: ComparedSystem) -> AnnotationScore:
    return replace(against("rhythm"), rivals=systems)


def cnn14_rows(baseline_points: Interval, baseline_bpm: Interval) -> tuple[TempoReport, TempoReport]:
    """The study's recipe and ours."""
    of_study = beside(compared("median", "floor", baseline_points, baseline_bpm))
    of_ours = beside(
        compared("tempo-seed", "ours", Interval(0.6, 0.8), Interval(-15.0, -5.0)),
        compared("tempo-tcn", "ours", Interval(-0.12, -0.04), Interval(2.0, 8.0)),
        compared("genre_median", "floor", Interval(0.5, 0.7), Interval(-12.0, -3.0)),
    )
    return (
        report(checkpoint="tempo-seed", model="cnn14_tempo", recipe="seed", rhythm=of_study),
        report(checkpoint="tempo-strong", model="cnn14_bins", recipe="strong", rhythm=of_ours),
    )


def test_the_answer_on_cnn14_compares_each_recipe_with_its_baseline() -> None:
    study, ours = cnn14_rows(Interval(-0.05, 0.07), Interval(-1.0, 5.0))
    text = tempo_answer_markdown([study, ours])
    assert text.startswith("With the study's own recipe Cnn14 is not significantly better than the training median:")
    assert "Accuracy1 82.5 % (95 %: 70.0 to 90.0) on 200 test clips, +1.0 points (95 %: −5.0 to +7.0)" in text
    assert "+70.0 points (95 %: +60.0 to +80.0) and −10.0 BPM of mean absolute error (95 %: −15.0 to −5.0)" in text
    assert "+60.0 points (95 %: +50.0 to +70.0)" in text
    assert text.endswith("Against `tempo-tcn`: −8.0 points (95 %: −12.0 to −4.0) and +5.0 BPM of mean absolute error "
                         "(95 %: +2.0 to +8.0).")  # fmt: skip


@pytest.mark.parametrize(("p_value", "verdict"), [(0.12, "not significant"), (0.01, "significant")])
def test_the_compact_model_is_compared_with_the_best_reference_system(p_value: float, verdict: str) -> None:
    worse, best = (
        replace(compared(name, "peer", Interval(-0.01, 0.05), Interval(-4.0, 1.0)), accuracy1=accuracy1)
        for name, accuracy1 in (("first", 0.7), ("second", 0.8))
    )
    references = beside(worse, replace(best, mcnemar=McNemar(30, 20, p_value)))
    row = report(checkpoint="tempo-x", model="tempo_tcn", best_epochs=(1, 2, 3, 4, 5), rhythm=references)
    text = tempo_answer_markdown([*cnn14_rows(Interval(-0.05, 0.07), Interval(-1.0, 5.0)), row])
    assert "Out of fold over 200 clips Accuracy1 of `tempo-x` is 82.5 %" in text
    assert "+2.0 points (95 %: −1.0 to +5.0)" in text
    assert f"the best reference system, second: {verdict} in Accuracy1" in text
    assert text.endswith(f"(McNemar p = {p_value:.3f}).")


@pytest.mark.parametrize(
    ("points", "bpm", "verdict"),
    [
        (Interval(0.01, 0.07), Interval(-5.0, -1.0), "is significantly"),
        (Interval(0.01, 0.07), Interval(-5.0, 1.0), "is not significantly"),
        (Interval(0.0, 0.07), Interval(-5.0, -1.0), "is not significantly"),
    ],
)
def test_better_than_the_median_takes_both_intervals(points: Interval, bpm: Interval, verdict: str) -> None:
    assert f"Cnn14 {verdict} better than" in tempo_answer_markdown(cnn14_rows(points, bpm))


def test_there_is_no_answer_without_both_recipes_compared_on_the_same_clips() -> None:
    study, ours = cnn14_rows(Interval(-0.05, 0.07), Interval(-1.0, 5.0))
    uncompared = replace(ours, rhythm=beside(*ours.rhythm.rivals[1:]))
    for rows in ([], [study], [ours], [study, replace(ours, split_seed=1)], [study, uncompared]):
        assert tempo_answer_markdown(rows) == ""
    with pytest.raises(DatasetError, match="does not compare it with genre_median"):
        tempo_answer_markdown([study, replace(ours, rhythm=beside(*ours.rhythm.rivals[:2]))])


def test_shipped_rows_are_consistent() -> None:
    """Holds for as many rows as there are: counts, shares and intervals of each row fit one another."""
    for row in TEMPO_ROWS.load():
        for scored in (row.rhythm, row.marsyas):
            score = scored.score
            assert sum(genre.n for genre in scored.genres) == score.n <= row.n, row.key
            assert sum(asdict(score.shares).values()) == pytest.approx(1.0), row.key
            assert score.accuracy1 == pytest.approx(score.shares.exact), row.key
            assert score.accuracy1_interval.low <= score.accuracy1 <= score.accuracy1_interval.high, row.key
        assert "/" not in row.command + row.train_command, row.key  # no folder of the machine that measured
