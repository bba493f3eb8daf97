"""The results page without a browser: every part and switch, and that its numbers are those of `core`."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.data.splits import SPLITS
from core.metrics.significance import Interval, McNemar, Measured, PairedDifference
from core.models.checkpoint import load_header
from core.results.clip_sets import clip_set
from core.results.fusion_reports import FUSION_ROWS, Comparison, FusionReport, SystemScore
from core.results.genre_comparison import fault_costs, score_genre
from core.results.genre_predictions import GENRE_TABLE
from core.results.published import load_published
from core.results.tempo_comparison import reference_systems, score_tempo
from core.results.words import in_words
from core.system.paths import ROOT
from tests.support.fresh_server import fresh_server
from tests.support.tempo_saved import table_of
from ui.app import loaders
from ui.results.parts import PARTS as ENTRIES
from ui.shared.table import Column, to_csv

TIMEOUT_S = 120.0
PARTS = [part.name for part in ENTRIES]
SPLIT_LABELS = ("random split", "fault-filtered split", "five artist folds")

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning:streamlit")


@pytest.fixture(autouse=True, scope="module")
def fresh_caches() -> Iterator[None]:
    """A server of its own for this file."""
    with fresh_server():
        yield


def opened(*expanded: str, **query: str) -> AppTest:
    """The page as a visitor opens it, with these choices in the URL and these expanders open."""
    test = AppTest.from_file(str(ROOT / "pages/results.py"), default_timeout=TIMEOUT_S)
    for key in expanded:
        test.session_state[key] = True
    for name, value in query.items():
        test.query_params[name] = value
    return healthy(test.run())


def healthy(test: AppTest) -> AppTest:
    assert not test.exception, test.exception[0].stack_trace
    return test


def texts(test: AppTest) -> str:
    parts = [*test.title, *test.markdown, *test.caption, *test.info, *test.error, *test.subheader]
    return "\n".join(str(part.value) for part in parts).replace("\N{NO-BREAK SPACE}", " ")


def headline(test: AppTest) -> str:
    """What is written largest."""
    return str(test.title[0].value).replace("\N{NO-BREAK SPACE}", " ")


def column(test: AppTest, table: int, title: str) -> list[object]:
    return list(test.dataframe[table].value[title])


# Every part and switch


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("split", SPLIT_LABELS)
def test_every_part_works_on_every_split(part: str, split: str) -> None:
    test = opened(part=part, split=split)
    assert not test.error
    assert len(test.title) == 1
    assert all(f"**Q{number}**" in texts(test) for number in (1, 2, 3))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("subset", ["validation", "training (seen)"])
def test_every_part_works_on_every_subset(part: str, subset: str) -> None:
    assert not opened(part=part, on=subset, without="without shared recordings").error


def test_without_saved_predictions_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "GENRE_TABLE", table_of())
    test = opened()
    assert "No saved predictions" in test.error[0].value


def test_out_of_fold_answers_count_on_every_split_but_come_second_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    own = GENRE_TABLE.load("genre-seed")
    folds = replace(own, system="made-up-oof", subsets=dict.fromkeys(own.subsets, "test"))
    by_name = {own.system: own, folds.system: folds}
    monkeypatch.setattr(loaders, "ranked_systems", lambda: [folds.system, own.system])
    monkeypatch.setattr(loaders, "saved", by_name.__getitem__)
    assert loaders.systems_for("stratified") == ["genre-seed", "made-up-oof"]
    assert loaders.systems_for("fault_filtered") == ["made-up-oof"]
    assert loaders.systems_for("artist_folds") == ["made-up-oof"]


# Answers


def test_answers_hold_number_interval_and_floor() -> None:
    score = score_genre(GENRE_TABLE.load("genre-strong"), clip_set("stratified").clip_ids).accuracy
    test = opened()
    measured = f"{100 * score.value:.1f} % (95 % CI {100 * score.low:.1f} to {100 * score.high:.1f})"
    assert headline(test) == f"Genre accuracy: {measured}"
    said = texts(test)
    assert "on 200 test clips of the random split (seed 42). Majority-class baseline: 10.0 %." in said
    number, interval = measured.split(" (")
    assert (
        f"predicts **{number}** ({interval} of the 200 test clips of the random split (seed 42) correctly; "
        "majority-class baseline: 10.0 %."
    ) in said


def test_each_part_begins_with_its_verdict() -> None:
    clips = clip_set("stratified").clip_ids
    counts = score_genre(GENRE_TABLE.load("genre-strong"), clips).counts
    worst = max(n for row, line in enumerate(counts) for column, n in enumerate(line) if row != column)
    assert re.fullmatch(rf"Most frequent mistake: \w+ → \w+, {worst} of \d+", headline(opened(part="Confusion")))
    best = score_tempo(reference_systems()[0], clips)
    assert headline(opened(part="Tempo", tempo=reference_systems()[0].title)) == (
        f"Tempo Accuracy1: {100 * best.accuracy1:.1f} % (95 % CI {100 * best.accuracy1_interval.low:.1f} to "
        f"{100 * best.accuracy1_interval.high:.1f})"
    )
    leaked = fault_costs(GENRE_TABLE.load("genre-strong"), "stratified")[-1].cost
    assert leaked is not None
    assert headline(opened(part="Faults of the data")) == "Without leaked clips: " + in_words(
        Measured(-leaked.value, -leaked.high, -leaked.low), "points"
    ).replace("(", "(95 % CI ")


def test_what_is_not_measured_is_said_so() -> None:
    said = texts(opened(split="five artist folds"))
    has_folds = any(name.endswith("-oof") for name in loaders.GENRE_TABLE.systems())
    assert has_folds or "**Not measured yet** on the 999 test clips of the five artist folds" in said
    best = score_tempo(reference_systems()[0], clip_set("artist_folds").clip_ids)
    assert f"{reference_systems()[0].title}): **{100 * best.accuracy1:.1f} %**" in said


def test_the_switch_changes_answers_tables_and_figures_alike() -> None:
    clips = clip_set("stratified", "test", "artist")
    test = opened(without="without shared recordings and artists")
    score = score_genre(GENRE_TABLE.load("genre-strong"), clips.clip_ids)
    said = texts(test)
    assert f"**{100 * score.accuracy.value:.1f} %**" in said
    assert f"{len(clips.clip_ids)} test clips of the random split (seed 42), without shared recordings and" in said
    assert set(column(test, 0, "n")) == {len(clips.clip_ids)}
    matrices = opened(part="Confusion", without="without shared recordings and artists").get("plotly_chart")
    assert any(f"of {len(clips.clip_ids)} clips are predicted correctly" in chart.proto.alt for chart in matrices)
    assert "--without artist" in said, "the command follows the switch"


# Genre


def test_score_table_is_that_of_core() -> None:
    test = opened()
    score = score_genre(GENRE_TABLE.load("genre-seed"), clip_set("stratified").clip_ids)
    systems = column(test, 0, "System")
    row = systems.index("CNN (seed)")
    assert systems[-1] == "majority class (baseline)"
    assert column(test, 0, "Accuracy")[row] == in_words(score.accuracy, "share")
    assert column(test, 0, "Log loss")[row] == in_words(score.log_loss, "number")
    assert column(test, 0, "ECE")[row] == in_words(score.calibration_error, "share")


def test_the_url_keeps_the_names_of_before_whatever_the_page_calls_them() -> None:
    test = opened()
    assert "Data leakage" in test.button_group(key="part").options
    healthy(test.button_group(key="part").set_value("Faults of the data").run())
    assert test.query_params["part"] == "Faults of the data"
    assert headline(test).startswith("Without leaked clips")
    healthy(test.button_group(key="part").set_value("Genre").run())
    assert "part" not in test.query_params
    assert headline(opened(part="no such part")).startswith("Genre accuracy")


def test_every_score_has_n_and_split_beside_it() -> None:
    for part in PARTS:
        for shown in opened(part=part).dataframe:
            titles = {title.casefold() for title in shown.value}
            assert "n" in titles, titles
            assert titles & {"split", "their split", "clips"}, titles


def test_what_trained_the_systems_is_made_when_it_is_opened() -> None:
    assert not opened().code, "a browser needs long to draw code"
    commands = [block.value for block in opened("trained-by").code]
    assert load_header("genre-strong").provenance.command in commands


def test_cited_figures_stand_on_their_own_and_name_their_source() -> None:
    for label, split in zip(SPLIT_LABELS, ("stratified", "fault_filtered", "artist_folds"), strict=True):
        assert split in SPLITS
        test = opened("genre-cited", split=label)
        (cited,) = (shown.value for shown in test.dataframe if "Cited, not measured by us" in shown.value)
        wanted = [entry for entry in load_published() if entry.task == "genre" and entry.split == split]
        assert list(cited["Source"]) == [entry.source for entry in wanted]
        assert list(cited["Accuracy"]) == [f"{100 * entry.value:.1f} %" for entry in wanted]


# Fusion


def fusion_report(split: str, low: float, high: float) -> FusionReport:
    gain = PairedDifference((low + high) / 2, Interval(low, high), 0.2)
    bound = PairedDifference(0.04, Interval(0.01, 0.07), 0.01)
    pairs = (
        Comparison("fused", "no-tempo", gain, gain, McNemar(3, 2, 0.7), (0.5, 0.6)),
        Comparison("true-tempo", "no-tempo", bound, bound, McNemar(30, 2, 0.001), (0.01, 0.02)),
    )
    score = SystemScore("fused", "Hears the tempo.", 99, 999, 10, 0.65, 0.62, 0.68, 0.01, 0.66, 1.0)
    return FusionReport(
        "strong", split, (), "strong", "compact", "a copy", (0, 1), 999, "Clips without a tempo are left out.",
        (score,), pairs, "abc1234", "python -m core fusion",
    )  # fmt: skip


def use_fusion_reports(monkeypatch: pytest.MonkeyPatch, *reports: FusionReport) -> None:
    monkeypatch.setattr(FUSION_ROWS, "load", lambda: reports)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-0.01, 0.03, "No significant gain: recipe `strong` changes the accuracy by **+1.0 points** (95 % CI −1.0 to "),
     (0.01, 0.03, "Significant gain: recipe `strong` changes the accuracy by **+2.0 points** (95 % CI +1.0 to +3.0)")],
)  # fmt: skip
def test_fusion_is_answered_from_its_report(
    monkeypatch: pytest.MonkeyPatch, low: float, high: float, verdict: str
) -> None:
    use_fusion_reports(monkeypatch, fusion_report("artist_folds", low, high))
    test = opened(part="Fusion", split="five artist folds")
    assert verdict in texts(test)
    assert headline(test).startswith(
        ("Significant gain: " if low > 0 else "No significant gain: ") + f"{50 * (low + high):+.1f}"
    )
    assert "with the annotated tempo **+4.0 points** (95 % CI +1.0 to +7.0)" in texts(test)
    assert "`python -m core fusion`, commit `abc1234`" in texts(test)
    assert column(test, 0, "Accuracy") == ["65.0 % (62.0 to 68.0)"]
    assert column(test, 1, "Second") == ["without tempo", "without tempo"]


def test_artist_folds_answer_for_a_split_on_which_no_fusion_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fusion_reports(monkeypatch, fusion_report("artist_folds", -0.01, 0.03))
    test = opened(part="Fusion")
    assert "On the five artist folds, where it is measured: No significant gain" in texts(test)
    assert "No fusion has been measured on the random split (seed 42) yet. Below: the five artist folds." in texts(test)
    assert column(test, 0, "Split") == ["five artist folds"]


def test_fusion_is_said_to_be_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    use_fusion_reports(monkeypatch)
    test = opened(part="Fusion")
    assert "**Not measured yet** on the random split" in texts(test)
    assert "No fusion has been measured on the random split (seed 42) yet. `python" in texts(test)


# Faults


def test_cost_of_faults_shrinks_the_clips() -> None:
    test = opened(part="Faults of the data")
    sizes = [clip_set("stratified", "test", without).clip_ids for without in ("nothing", "recording", "artist")]
    assert column(test, 0, "n")[:3] == [len(ids) for ids in sizes]
    changes = list(map(str, column(test, 0, "Change of accuracy")))
    assert changes[0] == "–"
    assert test.title[0].value.endswith(changes[2].replace(" (", " (95\N{NO-BREAK SPACE}% CI ", 1)), "the same sign"


# Tables


def test_csv_keeps_full_precision_and_gives_intervals_columns_of_their_own() -> None:
    columns: tuple[Column[tuple[str, int, Measured | None]], ...] = (
        Column("system", "System", lambda row: row[0]),
        Column("n", "n", lambda row: row[1], "count"),
        Column("accuracy", "Accuracy", lambda row: row[2], "share"),
    )
    text = to_csv(columns, [("a, b", 200, Measured(0.7051, 0.6, 0.8)), ("c", 1, None)])
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"system": "a, b", "n": "200", "accuracy": "0.7051", "accuracy_low": "0.6", "accuracy_high": "0.8"},
        {"system": "c", "n": "1", "accuracy": "", "accuracy_low": "", "accuracy_high": ""},
    ]


def test_every_table_can_be_downloaded() -> None:
    for part in PARTS:
        test = opened(part=part, true="rock", said="disco")
        assert len(test.download_button) == len(test.dataframe), part
