"""The learn page in AppTest: every kind of music, every choice on it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from core.data.clips import load_clips
from core.features.specs import FeatureSpec
from core.inference.predict import Predictor
from core.models.checkpoint import save_checkpoint
from core.models.genre_cnn import GenreCNN
from core.results.spectrograms import spectrogram
from core.synth import DEMO_TRACKS
from core.types import GENRES
from tests.pages.test_all import healthy, opened, wav
from tests.pages.test_tempo import use_models
from tests.support.fresh_server import fresh_server
from tests.support.page_reading import as_read, texts
from tests.support.small_world import header, save_band_net, save_genre_cnn
from ui.learn import lesson

LEARN = "pages/learn.py"
CLIPS = {"music": "GTZAN clip"}
SOUND, GENRE, TEMPO = 3, 6, 2
"""Figures of each part."""


@pytest.fixture(autouse=True)
def fresh_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test stands for a server of its own, without GTZAN audio."""
    monkeypatch.delenv("GTZAN_DIR", raising=False)
    with fresh_server():
        yield


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the eighty passes of the network that the evidence takes."""
    monkeypatch.setattr(lesson, "occlusion", lambda *_: np.zeros((len(GENRES), 8, 10), dtype=np.float32))


def steps(test: AppTest) -> list[str]:
    """Numbers of the steps shown."""
    return [str(header.value)[0] for header in test.subheader if str(header.value)[0].isdigit()]


def n_figures(test: AppTest) -> int:
    return len(test.get("plotly_chart"))


def test_a_demo_track_is_followed_from_the_first_to_the_last_step() -> None:
    test = opened(LEARN)
    assert steps(test) == list("1234567")
    assert n_figures(test) == SOUND + GENRE + TEMPO
    assert len(test.get("audio")) == 1
    assert f"{DEMO_TRACKS[0].tempo_bpm:.0f}" in texts(test)


@pytest.mark.usefixtures("quick")
def test_another_moment_and_another_layer_can_be_looked_at() -> None:
    test = opened(LEARN)
    healthy(test.slider(key="moment").set_value(7.0).run())
    assert "64 of 16 × 100 cells" in texts(test)
    healthy(test.button_group(key="block").set_value("Third layer").run())
    assert "128 of 2 × 25 cells" in texts(test)


@pytest.mark.usefixtures("quick")
def test_a_clip_without_audio_is_followed_from_its_picture_on() -> None:
    test = opened(LEARN, **CLIPS, clip="metal.00042")
    assert steps(test) == list("3456")
    assert n_figures(test) == GENRE
    said = texts(test)
    assert "true genre **metal**" in said
    assert "there is only the picture" in said
    assert "GTZAN_DIR" in said


def test_the_answer_on_a_clip_is_the_models_own() -> None:
    clip_id = "classical.00010"
    window = spectrogram(clip_id)
    own = Predictor.load(tempo=None).genre.estimate(torch.from_numpy(window))
    test = opened(LEARN, **CLIPS, clip=clip_id)
    asked = test.selectbox(key=f"evidence-{own.genre}")
    assert asked.value == own.genre
    healthy(asked.set_value("jazz").run())
    assert "Evidence for jazz" in [chart.proto.alt[:17] for chart in test.get("plotly_chart")]


@pytest.mark.usefixtures("quick")
def test_a_clip_with_audio_is_followed_from_its_sound_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip_id = load_clips()[0].clip_id
    folder = tmp_path / "genres" / clip_id.split(".")[0]
    folder.mkdir(parents=True)
    (folder / f"{clip_id}.wav").write_bytes(wav())
    monkeypatch.setenv("GTZAN_DIR", str(tmp_path))
    test = opened(LEARN, **CLIPS, clip=clip_id)
    assert steps(test) == list("1234567")
    assert f"true genre **{load_clips()[0].genre}**" in texts(test)


@pytest.mark.usefixtures("quick")
def test_a_file_of_ones_own_after_a_later_moment_than_it_has() -> None:
    test = opened(LEARN)
    healthy(test.slider(key="moment").set_value(7.0).run())
    healthy(test.button_group(key="music").set_value("Your file").run())
    assert "Give a file" in test.info[0].value
    healthy(test.file_uploader(key="own").set_value(("beat.wav", wav(3.0), "audio/wav")).run())
    assert steps(test) == list("1234567")
    slider = test.slider(key="moment")
    assert slider.max == pytest.approx(3.0, abs=0.01)
    assert slider.value <= slider.max


def test_a_file_that_is_no_music_is_an_error() -> None:
    test = opened(LEARN, music="Your file")
    healthy(test.file_uploader(key="own").set_value(("notes.mp3", b"words" * 500, "audio/mpeg")).run())
    assert len(test.error) == 1
    assert not steps(test)


@pytest.mark.usefixtures("quick")
def test_without_a_tempo_model_the_rest_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    save_genre_cnn(tmp_path)
    use_models(monkeypatch, tmp_path)
    test = opened(LEARN)
    assert steps(test) == list("123456")
    assert "No tempo model is installed" in texts(test)


def test_a_model_whose_inside_cannot_be_shown_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    save_band_net(tmp_path)
    use_models(monkeypatch, tmp_path)
    test = opened(LEARN)
    assert "whose inside cannot be shown" in as_read(test.error[0].value)


@pytest.mark.usefixtures("quick")
def test_frequencies_are_those_of_the_models_own_features(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    narrow = FeatureSpec(f_max_hz=4_000.0)
    save_checkpoint(GenreCNN(), replace(header(model="genre_cnn"), features=narrow), tmp_path)
    use_models(monkeypatch, tmp_path)
    sound, picture = opened(LEARN), opened(LEARN, **CLIPS, clip="metal.00042")
    for test, spec in ((sound, narrow), (picture, FeatureSpec())):
        alt = next(chart.proto.alt for chart in test.get("plotly_chart") if "Mel-spectrogram" in chart.proto.alt)
        assert f"to {spec.band_centres_hz()[-1]:.0f} hertz" in alt


@pytest.mark.usefixtures("quick")
def test_the_input_ends_where_the_mel_bands_end() -> None:
    assert "nothing above 8 kHz" in texts(opened(LEARN))


def test_the_softmax_can_be_checked_by_hand() -> None:
    logits = np.array([3.0, -1.0, 1.0, 0, 0, 0, 0, 0, 0, 2.2], dtype=np.float32)
    words = lesson.softmax_in_words(logits, 0.5)
    probs = np.exp(logits / 0.5) / np.exp(logits / 0.5).sum()
    assert "temperature **0.500**" in words
    assert f"blues is e^(0.80 / 0.500) = **{probs[0] / probs[9]:.3g} times** as probable as rock" in words


@pytest.mark.usefixtures("quick")
def test_the_temperature_of_the_model_is_shown() -> None:
    temperature = Predictor.load(tempo=None).genre.header.inference.temperature
    assert f"temperature **{temperature:.3f}**" in texts(opened(LEARN, **CLIPS, clip="metal.00042"))


def test_browse_leads_to_the_steps_of_its_clip() -> None:
    test = opened("pages/browse.py", clip="rock.00007")
    links = {link.proto.label: link.proto for link in test.get("page_link")}
    link = links["Follow this clip through the network"]
    assert "clip=rock.00007" in link.query_string
    assert "music=GTZAN" in link.query_string
