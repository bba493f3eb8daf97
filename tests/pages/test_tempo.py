"""Tempo on the pages: with saved tempi and a tempo model, and without either."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.data.beats import load_beats
from core.data.clips import load_clips
from core.inference import load
from core.inference.predict import Predictor
from core.models.registry import ARCHITECTURES
from core.results.genre_predictions import GENRE_TABLE
from core.results.tempo_predictions import TEMPO_TABLE
from core.synth import DEMO_TRACKS
from tests.core.inference.test_tempo_prediction import clicks_wav
from tests.pages.test_all import healthy, opened, wav
from tests.support.fresh_server import fresh_server
from tests.support.page_reading import clips_listed, component, listed, texts
from tests.support.small_world import (
    BAND_ARCHITECTURE,
    BAND_NET,
    CLICK_ARCHITECTURE,
    CLICK_NET,
    save_band_net,
    save_click_net,
    save_tempo_tcn,
)
from tests.support.tempo_saved import ASKED, UNCLEAR, table_in, write
from ui.app import loaders
from ui.shared.system_names import system_name

DEMO = DEMO_TRACKS[0].name


@pytest.fixture(autouse=True)
def fresh_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test stands for a server of its own, without GTZAN audio."""
    monkeypatch.delenv("GTZAN_DIR", raising=False)
    with fresh_server():
        yield


def use_tempi(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The pages find their saved tempi in a folder."""
    monkeypatch.setattr(loaders, "TEMPO_TABLE", table_in(TEMPO_TABLE, folder))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write(folder)
    return folder


@pytest.fixture
def with_tempi(monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    use_tempi(monkeypatch, data_dir)


@pytest.fixture
def without_tempi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_tempi(monkeypatch, tmp_path)


def use_models(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The pages load their models from a folder."""
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)
    monkeypatch.setattr(Predictor, "load", partial(Predictor.load, folder=folder))
    monkeypatch.setattr(load, "names", partial(load.names, folder=folder))


@pytest.fixture
def click_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A tempo model that hears clicks."""
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)
    save_band_net(tmp_path)
    save_click_net(tmp_path)
    use_models(monkeypatch, tmp_path)


def charts(test: AppTest) -> int:
    return len(test.get("plotly_chart"))


# Browse


def test_browse_without_saved_tempi_shows_nothing_of_them(without_tempi: None) -> None:
    test = opened("pages/browse.py", kind="half", order="fastest first")
    assert len(clips_listed(test)) == 999
    assert "BPM" not in listed(test)
    assert charts(test) == 1
    assert "Tempo" not in texts(test)


@pytest.mark.parametrize(("clip_id", "words"), list(zip(ASKED, ("exact", "double", "half", "other"), strict=True)))
def test_browse_shows_the_tempo_beside_both_annotations(with_tempi: None, clip_id: str, words: str) -> None:
    clip = next(clip for clip in load_clips() if clip.clip_id == clip_id)
    assert clip.tempo_bpm is not None
    test = opened("pages/browse.py", clip=clip_id)
    said = texts(test)
    assert f"GTZAN-Rhythm {clip.tempo_bpm:.1f} BPM: **{words}**" in said
    assert f"Marsyas {clip.tempo_marsyas_bpm:.1f} BPM: **" in said
    assert said.index("GTZAN-Rhythm") < said.index("Marsyas")
    assert f": {clip.tempo_bpm * ASKED[clip_id]:.1f} BPM (" in said
    assert "double" in said
    assert charts(test) == 3
    assert listed(test).loc[clip_id, "Tempo"] == words


def test_browse_names_no_tempo_where_none_is_clear(with_tempi: None) -> None:
    said = texts(opened("pages/browse.py", clip=UNCLEAR))
    assert "No clear tempo" in said
    assert "In scores the most probable tempo counts" in said


def test_browse_marks_clips_that_trained_the_tempo_model(with_tempi: None) -> None:
    assert "Training set" in texts(opened("pages/browse.py", clip="rock.00099"))


def test_browse_filters_by_kind_of_tempo_error(with_tempi: None) -> None:
    test = opened("pages/browse.py", kind="double")
    assert clips_listed(test) == ["blues.00001"]
    assert "1 double of test clips" in texts(test)
    healthy(test.multiselect(key="kind").set_value(["half", "double"]).run())
    assert clips_listed(test) == ["blues.00001", "blues.00002"]
    healthy(test.selectbox(key="order").set_value("slowest first").run())
    assert clips_listed(test) == ["blues.00002", "blues.00001"]


def test_browse_sets_every_estimator_on_one_tempo_axis(with_tempi: None) -> None:
    test = opened("pages/browse.py", clip="blues.00000")
    strip = test.get("plotly_chart")[-1].proto.alt
    clip = next(clip for clip in load_clips() if clip.clip_id == "blues.00000")
    assert clip.tempo_bpm is not None
    assert strip.count(" BPM (") >= 10, "ours and nine others, each with its BPM and what it is of the truth"
    assert f"tempo-test-oof {clip.tempo_bpm:.1f} BPM (exact)" in strip
    assert f"Annotated by GTZAN-Rhythm: {clip.tempo_bpm:.1f} BPM." in strip


def test_browse_offers_clicks_on_predicted_and_annotated_beats(with_tempi: None, tmp_path: Path) -> None:
    folder = tmp_path / "genres" / "blues"
    folder.mkdir(parents=True)
    (folder / "blues.00000.wav").write_bytes(wav())
    test = opened("pages/browse.py")
    healthy(test.text_input(key="gtzan_dir").set_value(str(tmp_path)).run())
    assert len(test.get("audio")) == 1
    clicks = component(test, "player")
    assert clicks["player"] == "player-clip"
    for kind in ("predicted", "annotated"):
        assert len(clicks["beats"][kind]) > 2
        assert clicks["beats"][kind] == sorted(clicks["beats"][kind])
    annotated_s = load_beats()["blues.00000"].times_s.round(3)
    assert clicks["beats"]["annotated"] == annotated_s[annotated_s <= clicks["duration_s"]].tolist()


def test_browse_shows_tempo_and_clicks_at_the_chosen_metrical_level(with_tempi: None, tmp_path: Path) -> None:
    folder = tmp_path / "genres" / "blues"
    folder.mkdir(parents=True)
    (folder / "blues.00001.wav").write_bytes(wav())
    test = opened("pages/browse.py", clip="blues.00001")  # predicted at twice its tempo
    healthy(test.text_input(key="gtzan_dir").set_value(str(tmp_path)).run())
    predicted_s = component(test, "player")["beats"]["predicted"]
    (levels,) = [group for group in test.pills if group.label == "Metrical level"]
    assert levels.value == "predicted"
    healthy(levels.set_value("half").run())
    clicks = component(test, "player")
    assert clicks["beats"]["predicted"] == predicted_s[::2]
    assert clicks["level"] == ", half"
    said = texts(test)
    assert "Tempo at half: 67.8 BPM (within 4 % of the annotation: 67.8 BPM)" in said
    assert "**Predicted 135.5 BPM, shown at half: 67.8 BPM.**" in said
    assert "GTZAN-Rhythm 67.8 BPM: **double**, twice it" in said, "what is scored stays as predicted"


def test_browse_offers_no_level_where_no_tempo_is_clear(with_tempi: None) -> None:
    assert not opened("pages/browse.py", clip=UNCLEAR).pills


@pytest.mark.skipif(len(GENRE_TABLE.systems()) < 2, reason="one system ships, nothing to compare")
def test_browse_compares_two_systems(without_tempi: None) -> None:
    first, second = GENRE_TABLE.systems()[:2]
    test = opened("pages/browse.py", system=first, other=second, difference="Answers differ")
    table = listed(test)
    assert 0 < len(table) < 999
    assert (table["Predicted"] != table["Compared"]).all()
    said = texts(test)
    names = [system_name(system) for system in (first, second)]
    assert all(f"**{name}**" in said for name in names)
    assert charts(test) == 1
    both = test.get("plotly_chart")[0].proto.alt
    assert both.index(f"{names[0]}: Genre probabilities") < both.index(f"{names[1]}: Genre probabilities")


# Analyze


def test_analyze_without_a_tempo_model_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    save_band_net(tmp_path)
    use_models(monkeypatch, tmp_path)
    test = opened("pages/analyze.py", source="Demo tracks", demo=DEMO)
    assert "No tempo model is installed" in texts(test)
    assert not test.error
    assert charts(test) == 1


def test_analyze_shows_tempo_alternatives_and_clicks(click_model: None) -> None:
    test = opened("pages/analyze.py")
    files = [("clicks.wav", clicks_wav(120.0, 24.0), "audio/wav")]
    healthy(test.file_uploader(key="uploads").set_value(files).run())
    said = texts(test)
    assert test.header[1].value.startswith("120.0 BPM")
    assert re.search(r"\d+\.\d BPM( \(|: below 1)", said)
    assert "Tap the tempo yourself" in said
    assert charts(test) == 3, "genres, tempo, tempo over time"
    assert len(test.get("audio")) == 1
    shown = component(test, "player")
    assert shown["tempo"]["parts"][-1][1] == shown["duration_s"] == 24.0
    assert shown["genres"] is None, "no genre fits clicks"
    beats_s = shown["beats"]
    assert not beats_s["annotated"]
    assert np.diff(beats_s["predicted"]).mean() == pytest.approx(0.5, rel=0.01)


def test_analyze_shows_tempo_and_clicks_at_the_chosen_metrical_level(click_model: None) -> None:
    test = opened("pages/analyze.py")
    files = [("clicks.wav", clicks_wav(120.0, 24.0), "audio/wav")]
    healthy(test.file_uploader(key="uploads").set_value(files).run())
    predicted_s = component(test, "player")["beats"]["predicted"]
    (levels,) = [group for group in test.pills if group.label == "Metrical level"]
    healthy(levels.set_value("double").run())
    assert test.header[1].value == "240.0 BPM :gray[double]"
    assert "**Predicted 120.0 BPM, shown at double: 240.0 BPM.**" in texts(test)
    clicks_s = component(test, "player")["beats"]["predicted"]
    assert clicks_s[::2] == predicted_s
    assert clicks_s[1] == pytest.approx((predicted_s[0] + predicted_s[1]) / 2, abs=0.002)
    (levels,) = [group for group in test.pills if group.label == "Metrical level"]
    healthy(levels.set_value("predicted").run())
    assert test.header[1].value.startswith("120.0 BPM :gray[")
    assert component(test, "player")["beats"]["predicted"] == predicted_s


def test_analyze_takes_the_level_inside_a_range_from_the_link(click_model: None) -> None:
    test = opened("pages/analyze.py", tempo_range=["40", "80"])
    files = [("clicks.wav", clicks_wav(120.0, 24.0), "audio/wav")]
    healthy(test.file_uploader(key="uploads").set_value(files).run())
    (shown_bpm, beside) = test.header[1].value.split(" BPM ")
    assert 40.0 <= float(shown_bpm) <= 80.0
    assert beside != ":gray[predicted]"
    assert "Predicted 120.0 BPM, shown at" in texts(test)
    healthy(test.slider(key="tempo_range").set_value((70, 75)).run())
    assert test.header[1].value.startswith("120.0 BPM")
    assert "No metrical level of 120.0 BPM lies within 70 to 75 BPM" in texts(test)
    healthy(test.slider(key="tempo_range").set_value((60, 200)).run())
    assert "shown" not in texts(test)


def test_analyze_says_when_there_is_no_clear_tempo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    save_band_net(tmp_path)
    save_tempo_tcn(tmp_path)  # untrained: every tempo weighs about the same
    use_models(monkeypatch, tmp_path)
    test = opened("pages/analyze.py")
    healthy(test.file_uploader(key="uploads").set_value([("a.wav", wav(), "audio/wav")]).run())
    assert test.header[1].value == "No clear tempo"
    assert "below the threshold of 40" in texts(test)


def test_analyze_lists_the_tempo_of_several_files(click_model: None) -> None:
    test = opened("pages/analyze.py")
    files = [(f"{bpm}.wav", clicks_wav(bpm, 8.0), "audio/wav") for bpm in (100.0, 0.0)]
    healthy(test.file_uploader(key="uploads").set_value(files).run())
    table = test.dataframe[0].value
    assert float(table["BPM"][0]) == pytest.approx(100.0, rel=0.002), "told from beats, each found to a part of a frame"
    assert table["BPM"][1] == "no clear tempo"
    assert table["or"][1] == ""
