"""The results page without a browser: how the models came to be, and what is said where nothing was measured."""

from collections.abc import Iterator

import pytest
import streamlit as st

from core.models.checkpoint import list_checkpoints, load_header
from core.results.curve_reports import CURVE_ROWS, Curve, CurveReport
from core.results.fusion_reports import FUSION_ROWS
from core.results.genre_reports import GENRE_ROWS
from tests.core.results.test_genre_reports import report as genre_row
from tests.pages.test_results import PARTS, opened, texts
from tests.support.tempo_saved import table_of
from ui.app import loaders
from ui.results import training as results_training


@pytest.fixture(autouse=True, scope="module")
def fresh_caches() -> Iterator[None]:
    """A server of its own for this file."""
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def curves_of(name: str, weights_sha256: str) -> CurveReport:
    """Two made-up epochs of the training of a checkpoint that ships."""
    described, training = load_header(name), load_header(name).provenance
    return CurveReport(
        "as-trained", weights_sha256, described.kind, described.model, "made up", "a copy", training.split,
        training.split_seed, training.fold, 0, 599, 200, 2, 2,
        (Curve("train_loss", (1, 2), (2.0, 1.0)), Curve("valid_loss", (1, 2), (2.5, 1.5)),
         Curve("valid_accuracy", (1, 2), (0.25, 0.5))),
        "abc1234", "python -m core curves DIR --save", "python -m core train genre",
    )  # fmt: skip


def test_learning_curves_are_of_checkpoints_that_ship_first(monkeypatch: pytest.MonkeyPatch) -> None:
    header = load_header("genre-seed")
    rows = (curves_of("genre-seed", "0" * 64), curves_of("genre-seed", header.weights_sha256))
    monkeypatch.setattr(CURVE_ROWS, "load", lambda: rows)
    test = opened(part="Training")
    choices = test.selectbox(key="run").options
    assert choices == ["genre-seed", "as-trained, split seed 42, seed 0, 599 clips (does not ship)"]
    alts = [chart.proto.alt for chart in test.get("plotly_chart")]
    assert "training from 2 to 1 at epoch 2; validation from 2.5 to 1.5 at epoch 2" in alts[0]
    assert "The weights of epoch 2 were kept." in alts[0]
    assert "validation from 25 % to 50 %" in alts[1]
    said = texts(test)
    assert "`python -m core train genre` at commit `abc1234`, then `python -m core curves DIR --save`" in said
    others = [name for name in list_checkpoints() if name != "genre-seed"]
    assert all(f"No curves are kept of the run of `{name}`" in said for name in others)


def test_a_split_without_trainings_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_training, "list_checkpoints", list)
    monkeypatch.setattr(CURVE_ROWS, "load", tuple)
    said = texts(opened(part="Training", split="fault-filtered split"))
    assert "No shipped checkpoint was trained on the fault-filtered split" in said


def test_accuracy_against_clips_is_drawn_from_rows_of_smaller_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (genre_row(n_train=120, accuracy=0.5), genre_row(), genre_row(split_seed=1, accuracy=0.1))
    monkeypatch.setattr(GENRE_ROWS, "load", lambda: rows)
    test = opened(part="Training")
    shown = next(frame.value for frame in test.dataframe if "Training clips" in frame.value)
    assert list(shown["Training clips"]) == [120, 599]
    assert list(shown["Accuracy"]) == ["50.0 % (74.0 to 85.0)", "80.0 % (74.0 to 85.0)"]
    assert list(shown["Split"]) == ["random split (seed 0)"] * 2
    assert any("50% with 120, 80% with 599" in chart.proto.alt for chart in test.get("plotly_chart"))
    elsewhere = texts(opened(part="Training", split="five artist folds"))
    assert "No training on fewer clips has been measured on the five artist folds yet." in elsewhere
    assert "--split artist_folds --fold 0" in elsewhere


def test_where_nothing_of_ours_was_measured_each_part_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the artist folds, without systems, reports or checkpoints of ours: no number of another split remains."""
    for module, name in (
        (loaders, "ranked_systems"),
        (FUSION_ROWS, "load"),
        (CURVE_ROWS, "load"),
        (GENRE_ROWS, "load"),
        (results_training, "list_checkpoints"),
    ):
        monkeypatch.setattr(module, name, list)
    monkeypatch.setattr(loaders, "TEMPO_TABLE", table_of())
    st.cache_data.clear()
    st.cache_resource.clear()
    for part in PARTS:
        test = opened(part=part, split="five artist folds", on="training (seen)")
        said = texts(test)
        assert said.count("**Not measured yet**") == 3
        assert test.info, f"{part}: an empty state"
        assert "random split" not in said
