"""The overview in AppTest: what was measured, the answers to the three questions."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import DatasetError
from core.results.clip_sets import clip_set
from core.results.fusion_reports import FUSION_ROWS
from core.results.genre_comparison import score_genre
from core.results.genre_predictions import GENRE_TABLE
from core.results.genre_reports import GENRE_ROWS, GenreReport
from core.results.words import percent, with_ci
from tests.pages.test_all import opened
from tests.pages.test_results import fusion_report as fusion_row
from tests.support.fresh_server import fresh_server
from tests.support.page_reading import as_read, texts
from ui.shared import answers as shared_answers

OVERVIEW, RESULTS = "pages/overview.py", "pages/results.py"


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    """Each test stands for a server of its own."""
    with fresh_server():
        yield


def measured(test: AppTest) -> list[str]:
    """The large numbers of the page but for the prediction of its first clip."""
    return [metric.value for metric in test.metric if not metric.label.startswith("Predicted")]


def test_overview_says_when_nothing_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GENRE_ROWS, "load", lambda: ())
    test = opened(OVERVIEW)
    assert "No accuracy has been measured yet" in texts(test)
    assert not measured(test)


def report(recipe: str, windows: str, split: str, split_seed: int | None, accuracy: float) -> GenreReport:
    return GenreReport(
        checkpoint="any", recipe=recipe, windows=windows, data="a test copy", split=split, split_seed=split_seed,
        fold=None, subset="test", seed=0, n_train=599, n_train_all=599, best_epoch=1, epochs=2, n=200,
        accuracy=accuracy,
        accuracy_low=accuracy - 0.05,
        accuracy_high=accuracy + 0.05, log_loss=1.0, macro_f1=accuracy, majority_floor=0.1, n_same_recording=21,
        n_same_artist=154, accuracy_unleaked=None, confusion=((0,) * 10,) * 10, commit="", command="", train_command="",
    )  # fmt: skip


def test_overview_answers_all_three_questions_and_leads_to_the_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FUSION_ROWS, "load", lambda: (fusion_row("artist_folds", -0.01, 0.03),))
    test = opened(OVERVIEW)
    said = texts(test).replace("\N{NO-BREAK SPACE}", " ")
    folds = score_genre(GENRE_TABLE.load("genre-strong-oof"), clip_set("artist_folds").clip_ids).accuracy
    assert f"`genre-strong-oof` predicts {with_ci(folds, 'share', bold=True)} of the 999 test clips" in said
    assert "Five artist folds: Accuracy1 (4 %): `tempo-tcn-oof` **" in said
    assert "Five artist folds: No significant gain" in said
    assert "See the evidence for each answer" in [link.proto.label for link in test.get("page_link")]


def test_overview_and_results_give_the_same_answers() -> None:
    overview, results = (texts(opened(page)) for page in (OVERVIEW, RESULTS))
    for answer in (shared_answers.genre_answer("stratified"), shared_answers.tempo_answer("stratified")):
        assert as_read(answer) in overview
        assert as_read(answer) in results


def test_overview_shows_measured_accuracy_with_its_caveats(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        report("strong", "mean", "stratified", 0, 0.86),
        report("strong", "mean", "stratified", 1, 0.88),
        report("strong", "mean", "stratified", 42, 0.99),  # the shipped checkpoint's seed is not part of the mean
        report("seed", "first", "fault_filtered", None, 0.5),
    )
    monkeypatch.setattr(GENRE_ROWS, "load", lambda: rows)
    test = opened(OVERVIEW)
    assert measured(test) == ["87.0 ± 1.4 %", "50.0 %"]
    said = texts(test)
    details = " ".join(metric.help for metric in test.metric)
    assert "Mean ± SD of 2 runs, 200 test clips each" in details
    assert "95 % CI of a single run: 82 to 92 %" in said
    assert f"Majority-class baseline: {percent(0.1)}" in said
    assert "recording with training: 21, an artist: 154" in details
    assert "a test copy" in said


def test_overview_shows_a_damaged_report_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> tuple[GenreReport, ...]:
        raise DatasetError("The report is damaged.")

    monkeypatch.setattr(GENRE_ROWS, "load", damaged)
    test = opened(OVERVIEW)
    assert {as_read(error.value) for error in test.error} == {"The report is damaged."}
