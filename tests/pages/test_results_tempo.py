"""The tempo part of the results page without a browser: its numbers are those of `core`."""

from collections.abc import Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data.clips import load_clips
from core.data.splits import make_split
from core.metrics.significance import Measured
from core.results import tempo_comparison
from core.results.clip_sets import clip_set
from core.results.tempo_calibration import tempo_reliability
from core.results.tempo_comparison import other_annotation, reference_systems, score_tempo
from core.results.tempo_predictions import TEMPO_TABLE
from core.results.tempo_strata import clips_that_are, score_leniently
from core.results.words import in_words, with_ci
from core.rhythm.tempo import N_BINS, estimate_at
from core.system.paths import ROOT
from tests.pages.test_results import TIMEOUT_S, healthy, opened, texts
from tests.support.fresh_server import forget_all, fresh_server
from tests.support.tempo_saved import table_of, tempo_predictions
from ui.app import loaders


@pytest.fixture(autouse=True, scope="module")
def fresh_caches() -> Iterator[None]:
    """A server of its own for this file."""
    with fresh_server():
        yield


def test_tempo_table_is_that_of_core() -> None:
    test = opened(part="Tempo", split="five artist folds")
    peers, clips = reference_systems(), clip_set("artist_folds").clip_ids
    shown = next(frame.value for frame in test.dataframe if "Accuracy2" in frame.value)
    rows = dict(zip(shown["System"], shown["Accuracy1"], strict=True))
    medians = dict(zip(shown["System"], shown["Median AE"], strict=True))
    for peer in peers:
        score = score_tempo(peer, clips)
        measured = Measured(score.accuracy1, score.accuracy1_interval.low, score.accuracy1_interval.high)
        assert rows[peer.title] == in_words(measured, "share")
        assert medians[peer.title].startswith(f"{score.median_ae_bpm:.2f} BPM (")
    assert "median tempo of training" in rows
    people = score_tempo(other_annotation(), clips)
    assert rows[other_annotation().title].startswith(f"{100 * people.accuracy1:.1f} %")
    assert f"agrees with Accuracy1 {100 * people.accuracy1:.1f} %" in texts(test)
    assert len(test.get("plotly_chart")) == 4


def test_tempo_calibration_is_that_of_core() -> None:
    test = opened(part="Tempo", split="five artist folds")
    saved = TEMPO_TABLE.load("tempo-tcn-oof")
    plain, calibrated = tempo_reliability(saved, clip_set("artist_folds").clip_ids)
    alt = test.get("plotly_chart")[-1].proto.alt
    for each in (plain, calibrated):
        assert f"{each.name} {with_ci(each.error, 'share')}" in texts(test)
        assert f"{each.name}: accuracy {each.bins[0].accuracy:.0%} at confidence {each.bins[0].confidence:.0%}" in alt
    assert f"n = {plain.n}." in texts(test)
    on_validation = opened(part="Tempo", on="validation")
    assert "The calibration was fitted to these clips" in texts(on_validation)
    reference = opened(part="Tempo", tempo=reference_systems()[0].title)
    assert not any("Reliability" in chart.proto.alt for chart in reference.get("plotly_chart"))


def test_tempo_scores_of_steady_clips_apart() -> None:
    test = opened(part="Tempo", split="five artist folds", steadiness="not steady")
    shown = next(frame.value for frame in test.dataframe if "Accuracy2" in frame.value)
    rows = {row["System"]: row for _, row in shown.iterrows()}
    members = clips_that_are("unsteady", clip_set("artist_folds").clip_ids)
    for peer in reference_systems():
        lenient = score_leniently(peer, members)
        assert rows[peer.title]["n"] == len(members) == 198
        assert rows[peer.title]["Either annotation"] == in_words(lenient.either, "share")
        assert rows[peer.title]["Any metrical level"] == in_words(lenient.any_level, "share")
    assert rows[other_annotation().title]["Either annotation"] == "–", "it is one of the two"


def test_second_annotation_and_forgiven_octaves() -> None:
    first, second = opened(part="Tempo"), opened(part="Tempo", annotation="Marsyas", level="2: octave errors forgiven")
    alts = [[chart.proto.alt for chart in test.get("plotly_chart")] for test in (first, second)]
    assert alts[0] != alts[1]
    assert "annotation Marsyas" in texts(second)


def test_clicked_clip_is_shown_with_everybodys_answer() -> None:
    test = AppTest.from_file(str(ROOT / "pages/results.py"), default_timeout=TIMEOUT_S)
    test.query_params["part"] = "Tempo"
    test.session_state["open_tempo_clip"] = "disco.00092"
    healthy(test.run())
    clip = next(clip for clip in load_clips() if clip.clip_id == "disco.00092")
    assert f"**{clip.title}** · {clip.artist} · disco" in texts(test)
    assert len(test.get("plotly_chart")) == 3, "the clip stands in the place of the octave errors"
    answers = next(frame.value for frame in test.dataframe if list(frame.value) == ["System", "Tempo"])
    assert len(answers) >= len(reference_systems())


def test_our_own_tempo_model_joins_once_it_has_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up one, always right, that has seen the training clips of the random split."""
    forget_all()
    truth_bpm = tempo_comparison.truths()
    distribution = np.full(N_BINS, 1 / N_BINS, dtype=np.float32)
    estimates = {i: estimate_at(truth_bpm.get(i, 100.0), 0.9, distribution) for i in clip_set("artist_folds").clip_ids}
    made_up = tempo_predictions("tempo-x", "Made up.", estimates, {}, make_split("stratified").subset_of)
    monkeypatch.setattr(loaders, "TEMPO_TABLE", table_of(made_up))
    test = opened(part="Tempo")
    assert "Accuracy1 (4 %): `tempo-x` **100.0 %**" in texts(test)
    shown = next(frame.value for frame in test.dataframe if "Accuracy2" in frame.value)
    assert (shown["System"][0], shown["Role"][0], shown["n"][0]) == ("tempo-x", "ours", 199)
    assert "tempo-x" not in texts(opened(part="Tempo", split="fault-filtered split")), "it may have seen those clips"
    forget_all()


def test_our_own_tempo_models_come_in_the_order_of_their_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is picked until somebody picks another is the model that validation would pick."""
    forget_all()
    distribution, truth_bpm = np.full(N_BINS, 1 / N_BINS, dtype=np.float32), tempo_comparison.truths()
    subset_of = make_split("stratified").subset_of
    made_up = [
        tempo_predictions(
            name, "Made up.",
            {i: estimate_at(factor * bpm, 0.9, distribution) for i, bpm in truth_bpm.items()}, {}, subset_of,
        )
        for name, factor in (("tempo-a", 1.1), ("tempo-b", 1.0))
    ]  # fmt: skip
    monkeypatch.setattr(loaders, "TEMPO_TABLE", table_of(*made_up))
    test = opened(part="Tempo")
    assert test.selectbox(key="tempo").value == "tempo-b"
    said = texts(test)
    assert "Accuracy1 (4 %): `tempo-b` **100.0 %**" in said
    assert "and `tempo-a` **0.0 %**" in said
    forget_all()
