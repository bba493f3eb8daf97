"""The analyze page: sounds that are kept, answers that hold back, runs in use. Without a browser."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.inference.load import DEFAULT_GENRE
from core.inference.neighbours import N_NEIGHBOURS
from core.inference.predict import Predictor
from core.models.registry import ARCHITECTURES
from core.system.paths import ROOT
from core.types import GENRES, Audio, Prediction, TempoPart, UsedSound
from tests.pages.test_all import TIMEOUT_S, app, healthy, opened, texts, wav
from tests.pages.test_train import made
from tests.support.fresh_server import fresh_server
from tests.support.small_world import BAND_ARCHITECTURE, BAND_NET, header, save_band_net
from ui.app import frame
from ui.learn import lesson

Change = Callable[[Callable[[Prediction], Prediction]], None]
PAGE = "pages/analyze.py"
HOSTILE = "a $x$ **b** [c](https://evil.invalid) :red[d] ![e](https://evil.invalid/p.png).wav"


@pytest.fixture(autouse=True)
def fresh_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test stands for a server of its own, without GTZAN audio."""
    monkeypatch.delenv("GTZAN_DIR", raising=False)
    with fresh_server():
        yield


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Makes the models predict something else."""
    predict = Predictor.predict

    def use(changed: Callable[[Prediction], Prediction]) -> None:
        def other(self: Predictor, audio: Audio) -> Prediction:
            return changed(predict(self, audio))

        monkeypatch.setattr(Predictor, "predict", other)

    return use


def uploaded(*files: tuple[str, bytes], page: str = PAGE) -> AppTest:
    test = opened(page)
    return healthy(test.file_uploader(key="uploads").set_value([(*file, "audio/wav") for file in files]).run())


def routed(page: str) -> AppTest:
    """A page below the router, so that others can be visited."""
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S)
    test.session_state[frame.BEGUN_ANEW] = True  # AppTest forgets the router after each run: it would go on beginning
    return healthy(test.switch_page(page).run())


# What the answer says


def test_what_is_unlike_the_training_data_gets_no_genre_in_large_type(
    change: Change,
) -> None:
    change(lambda said: replace(said, is_unlike_training=True))
    test = uploaded(("noise.wav", wav()))
    assert test.header[0].value == "No genre fits"
    assert "Unlike anything in the training data" in test.warning[0].value
    (folded,) = [expander for expander in test.expander if "mean little" in expander.label]
    assert not folded.proto.expanded
    assert len(folded.get("plotly_chart")) == 1


def test_a_changing_tempo_and_silence_are_said(change: Change) -> None:
    parts = (TempoPart(0.0, 6.0, 90.0, 0.9), TempoPart(6.0, 12.0, 140.0, 0.9))

    def changed(said: Prediction) -> Prediction:
        assert said.tempo is not None
        used = UsedSound(12.0, ((0.0, 1.0), (10.0, 11.5)))
        return replace(said, tempo=replace(said.tempo, parts=parts), used=used, is_unlike_training=False)

    change(changed)
    test = uploaded(("a.wav", wav()))
    assert "too short to be sure" in test.header[0].value
    assert test.header[1].value == "90 BPM, then 140 BPM"
    assert "0:06 to 0:12: **140.0 BPM**" in texts(test)
    assert test.warning[0].value.splitlines() == [
        r"10 s of silence left out\.  ",
        r"Only 2\.5 s of sound\: too short to be sure of a genre\.",
    ]
    assert not [expander for expander in test.expander if "Fused" in expander.label], "less than a window of sound"


def test_the_fused_answer_is_folded_away(change: Change) -> None:
    change(lambda said: replace(said, is_unlike_training=False, used=None))
    test = uploaded(("a.wav", wav()))
    (folded,) = [expander for expander in test.expander if "Fused" in expander.label]
    assert folded.label == "Fused with the tempo: no significant gain on the test set"
    assert not folded.proto.expanded
    assert len(folded.get("plotly_chart")) == 1
    assert "Diamonds" in folded.markdown[0].value


# What is kept


def test_sounds_are_kept_for_the_session() -> None:
    test = routed(PAGE)
    healthy(test.file_uploader(key="uploads").set_value([("a.wav", wav(4.0), "audio/wav")]).run())
    healthy(test.switch_page("pages/browse.py").run())
    test = healthy(test.switch_page(PAGE).run())
    assert "4.0 s" in texts(test)
    healthy(test.file_uploader(key="uploads").set_value([("b.wav", wav(5.0), "audio/wav")]).run())
    assert list(test.dataframe[0].value["file"]) == ["a.wav", "b.wav"], "a new one removes none of those before"
    assert "5.0 s" in texts(test), "the new one is shown"


def test_what_is_taken_out_of_the_uploader_is_gone() -> None:
    test = uploaded(("a.wav", wav(4.0)), ("b.wav", wav(5.0)))
    healthy(test.file_uploader(key="uploads").set_value([]).run())
    assert "Give a file" in test.info[0].value


def test_one_sound_or_all_can_be_removed() -> None:
    test = uploaded(("a.wav", wav(4.0)), ("b.wav", wav(5.0)), ("c.wav", wav(6.0)))
    chosen = test.selectbox(key="kept-shown")
    assert chosen.options == ["a.wav", "b.wav", "c.wav"]
    healthy(chosen.select_index(1).run())
    assert "5.0 s" in texts(test)
    healthy(test.button(key="forget-Remove").click().run())
    assert list(test.dataframe[0].value["file"]) == ["a.wav", "c.wav"]
    healthy(test.button(key="forget-Remove all").click().run())
    assert "Give a file" in test.info[0].value
    healthy(test.file_uploader[0].set_value([("d.wav", wav(7.0), "audio/wav")]).run())
    assert "7.0 s" in texts(test)


def test_recordings_stand_beside_uploads() -> None:
    test = uploaded(("a.wav", wav(4.0)))
    healthy(test.button_group(key="source").set_value("Record").run())
    for length_s in (5.0, 6.0):
        healthy(test.audio_input(key="mic").set_value(("take.wav", wav(length_s), "audio/wav")).run())
    assert list(test.dataframe[0].value["file"]) == ["a.wav", "recording 1.wav", "recording 2.wav"]
    assert "6.0 s" in texts(test)


def test_a_row_appears_as_soon_as_a_file_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list[str]] = []
    monkeypatch.setattr("ui.analyze.analysis.summary", lambda results: rows.append([result.file for result in results]))
    uploaded(("a.wav", wav(4.0)), ("b.wav", wav(5.0)))
    assert rows == [["a.wav"], ["a.wav", "b.wav"]]


def test_kept_sounds_can_be_followed_on_the_learn_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "occlusion", lambda *_: np.zeros((len(GENRES), 8, 10), dtype=np.float32))
    test = routed(PAGE)
    files = [("a.wav", wav(4.0), "audio/wav"), ("b.wav", wav(5.0), "audio/wav")]
    healthy(test.file_uploader(key="uploads").set_value(files).run())
    test = healthy(test.switch_page("pages/learn.py").run())
    healthy(test.button_group(key="music").set_value("Your file").run())
    chosen = test.selectbox(key="kept-shown")
    assert chosen.options == ["a.wav", "b.wav"]
    healthy(chosen.select_index(1).run())
    assert test.slider(key="moment").max == pytest.approx(5.0, abs=0.01)


# Names from outside


def test_a_file_name_is_shown_as_it_is() -> None:
    test = uploaded((HOSTILE, wav(4.0)), (HOSTILE.replace("a ", "z "), b"no music" * 100))
    shown = [part.value for part in (*test.markdown, *test.caption, *test.error) if "evil" in part.value]
    assert len(shown) == 2, "the caption of the one, the error of the other"
    assert not [part for part in shown if "](https://" in part or ":red[" in part or "**b**" in part]
    assert list(test.dataframe[0].value["file"]) == [HOSTILE]


# Runs in use


def test_there_is_a_way_back_from_a_run_to_the_shipped_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_RUNS_DIR", str(tmp_path))
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    run_id = made(tmp_path, "genre-lesson", "finished")
    save_band_net(tmp_path / run_id, replace(header("genre-lesson"), metrics={}))
    test = app(PAGE)
    test.session_state["checkpoint"] = f"run:{run_id}"
    assert "validation accuracy unknown" in healthy(test.run()).warning[0].value
    healthy(test.button(key="shipped-models").click().run())
    assert test.selectbox(key="checkpoint").value == DEFAULT_GENRE
    assert not test.warning


# Other systems, tags and similar clips


def test_other_systems_are_one_click_away_and_say_what_they_learned_from(change: Change) -> None:
    change(lambda said: replace(said, is_unlike_training=False))
    test = uploaded(("a.wav", wav(12.0)))
    assert "Million Song Dataset" in texts(test)
    choice = test.segmented_control(key="sound-0-system")
    assert choice.options[0] == "Transfer (Million Song)"
    assert set(choice.options[1:]) == {"Transfer (MagnaTagATune)", "CNN (strong)", "CNN (seed)"}
    healthy(choice.set_value("genre-seed").run())
    assert "Million Song Dataset" not in texts(test)
    assert "confidence: **" in texts(test)


def test_tags_and_similar_clips_are_shown_with_links_to_them(change: Change) -> None:
    change(lambda said: replace(said, is_unlike_training=False))
    test = uploaded(("a.wav", wav(12.0)))
    assert [each.value for each in test.markdown if "####" in each.value][:2] == [
        "#### Tags over time",
        "#### Sounds like",
    ]
    links = [link.proto for link in test.get("page_link")]
    assert len(links) == N_NEIGHBOURS
    assert all(link.query_string.startswith("clip=") for link in links)
    (tags,) = [expander for expander in test.expander if "tags" in expander.label]
    assert tags.label == "All 50 tags"
    assert len(tags.dataframe[0].value) == 50
