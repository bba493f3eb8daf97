"""Every page in its empty, normal and error states, without a browser."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from core.data.clips import load_clips
from core.errors import CheckpointError
from core.inference.predict import Predictor
from core.results.genre_predictions import GENRE_TABLE
from core.results.words import percent
from core.synth import DEMO_TRACKS
from core.system.paths import ROOT
from core.types import GENRES
from tests.support.fresh_server import fresh_server
from tests.support.page_reading import as_read, clips_listed, component, listed, texts
from tests.support.tempo_saved import table_of
from ui.app import loaders

PAGES = ("pages/overview.py", "pages/browse.py", "pages/analyze.py")
TIMEOUT_S = 120.0

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning:streamlit")


@pytest.fixture(autouse=True)
def fresh_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test stands for a server of its own, without GTZAN audio."""
    monkeypatch.delenv("GTZAN_DIR", raising=False)
    with fresh_server():
        yield


def app(file: str, **query: str | list[str]) -> AppTest:
    """A page file (or the router) as a visitor would open it, not run yet."""
    test = AppTest.from_file(str(ROOT / file), default_timeout=TIMEOUT_S)
    for name, value in query.items():
        test.query_params[name] = value
    return test


def opened(file: str, **query: str | list[str]) -> AppTest:
    """The same, run once."""
    return healthy(app(file, **query).run())


def healthy(test: AppTest) -> AppTest:
    """Fails with the traceback if the page raised."""
    assert not test.exception, test.exception[0].stack_trace
    return test


def open_clip(test: AppTest) -> str:
    return str(
        test.query_params["clip"][0] if isinstance(test.query_params["clip"], list) else test.query_params["clip"]
    )


def wav(seconds: float = 12.0, seed: int = 0) -> bytes:
    """Noise with a beat."""
    time_s = np.arange(int(seconds * 22_050)) / 22_050
    noise = np.random.default_rng(seed).normal(scale=0.1, size=time_s.size)
    buffer = io.BytesIO()
    soundfile.write(buffer, noise * (time_s % 0.5 < 0.1), 22_050, format="WAV")
    return buffer.getvalue()


# All pages


@pytest.mark.parametrize("page", PAGES)
def test_page_works_alone(page: str) -> None:
    test = opened(page)
    assert len(test.title) == 1
    assert not test.error


def test_router_opens_every_page() -> None:
    test = opened("streamlit_app.py")
    assert test.title[0].value == "Genre & Tempo Lab"
    for page, title in (("pages/browse.py", "Browse the clips"), ("pages/analyze.py", "Analyze your music")):
        healthy(test.switch_page(page).run())
        assert test.title[0].value == title


def test_the_list_of_clips_needs_no_torch() -> None:
    """Torch takes seconds to import; the first visitor of a server must not wait for it before anything is shown."""
    browse = "ui.browse.filters, ui.browse.clip_list, ui.browse.clip_table, ui.browse.clip_view"
    modules = f"{browse}, ui.app.settings, ui.overview.headline, ui.overview.hero"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:] or "one of them imports torch"


# Browse


def test_browse_lists_all_clips() -> None:
    test = opened("pages/browse.py")
    assert clips_listed(test) == [clip.clip_id for clip in load_clips()]
    assert len(clips_listed(test)) == 999
    assert "**999 of 999 clips**" in texts(test)


@pytest.mark.parametrize("system", GENRE_TABLE.systems())
def test_browse_shows_what_each_system_says(system: str) -> None:
    saved = GENRE_TABLE.load(system)
    test = opened("pages/browse.py", system=system)
    table = listed(test)
    for clip_id in ("blues.00003", "metal.00042", "rock.00099"):
        assert table.loc[clip_id, "Predicted"] == GENRES[int(saved.by_clip[clip_id].argmax())]
        assert table.loc[clip_id, "Conf."] == percent(float(saved.by_clip[clip_id].max()))
    assert saved.description in texts(test)


def test_browse_marks_training_clips_everywhere() -> None:
    system = next(name for name in GENRE_TABLE.systems() if "train" in GENRE_TABLE.load(name).subsets.values())
    trained_on = next(i for i, subset in sorted(GENRE_TABLE.load(system).subsets.items()) if subset == "train")
    test = opened("pages/browse.py", system=system, clip=trained_on)
    assert listed(test).loc[trained_on, "Subset"] == "training (seen)"
    said = texts(test)
    assert "Training set" in said
    assert "of 599 training clips" in said


def test_browse_opens_the_clip_of_the_link() -> None:
    clip = next(clip for clip in load_clips() if clip.clip_id == "reggae.00042")
    test = opened("pages/browse.py", clip=clip.clip_id)
    said = texts(test)
    assert clip.title in said
    assert clip.artist in said
    assert f"{[c.clip_id for c in load_clips()].index(clip.clip_id) + 1} of 999" in said


@pytest.mark.parametrize(
    ("clip_id", "words"),
    [("polka.00001", "no clip called “polka.00001”"), ("jazz.00054", "left out on purpose"), ("<b>", "“<b>”")],
)
def test_browse_says_when_the_link_names_no_clip(clip_id: str, words: str) -> None:
    test = opened("pages/browse.py", clip=clip_id)
    assert words in as_read(test.warning[0].value)
    assert len(clips_listed(test)) == 999


def test_browse_filters_are_part_of_the_link() -> None:
    test = opened("pages/browse.py", genre="rock", verdict="Wrong")
    table = listed(test)
    assert 0 < len(table) < 100
    assert set(table["True"]) == {"rock"}
    assert (table["Predicted"] != "rock").all()


def test_browse_search_and_empty_result() -> None:
    test = opened("pages/browse.py")
    healthy(test.text_input(key="q").set_value("john lee hooker").run())
    assert 0 < len(clips_listed(test)) < 999
    healthy(test.text_input(key="q").set_value("no such song at all").run())
    assert "No clip passes these filters" in test.info[0].value
    assert not clips_listed(test)
    healthy(test.button(key="remove-filters").click().run())
    assert len(clips_listed(test)) == 999


def test_browse_orders_by_confidence() -> None:
    test = opened("pages/browse.py", order="least sure first")
    probs = GENRE_TABLE.load(loaders.ranked_systems()[0]).by_clip
    shares = [float(probs[clip_id].max()) for clip_id in clips_listed(test)]
    assert shares == sorted(shares)


def test_browse_steps_to_the_next_and_previous_clip() -> None:
    test = opened("pages/browse.py", genre="jazz")
    assert test.button(key="previous").disabled
    healthy(test.button(key="next").click().run())
    assert open_clip(test) == "jazz.00001"
    healthy(test.button(key="next").click().run())
    assert open_clip(test) == "jazz.00002"
    healthy(test.button(key="previous").click().run())
    assert open_clip(test) == "jazz.00001"


def test_browse_changed_filter_opens_its_first_clip() -> None:
    test = opened("pages/browse.py", clip="blues.00007")
    healthy(test.multiselect(key="genre").set_value(["pop"]).run())
    assert "clip" not in test.query_params
    assert "1 of 100" in texts(test)


def test_browse_shows_faults_and_leads_to_the_same_recording() -> None:
    groups: dict[str, list[str]] = {}
    for clip in load_clips():
        if clip.repetition_group:
            groups.setdefault(clip.repetition_group, []).append(clip.clip_id)
    first, second = next(members for members in groups.values() if len(members) > 1)[:2]
    test = opened("pages/browse.py", clip=first)
    assert "Duplicate recording" in texts(test)
    healthy(test.button(key=f"sibling-{second}").click().run())
    assert open_clip(test) == second


def test_browse_flags_missing_tempo_and_filtered_clips() -> None:
    said = texts(opened("pages/browse.py", clip="reggae.00086"))
    assert "No tempo annotation" in said
    left_out = next(clip for clip in load_clips() if clip.fault_filtered_subset is None)
    assert "Not in the fault-filtered split" in texts(opened("pages/browse.py", clip=left_out.clip_id))


def test_browse_without_audio_explains_how_to_hear_the_clips() -> None:
    test = opened("pages/browse.py")
    assert "GTZAN_DIR" in texts(test)
    assert [expander.label for expander in test.expander] == ["How to hear the clips"]


def test_browse_plays_clips_from_the_folder_in_the_settings(tmp_path: Path) -> None:
    folder = tmp_path / "genres" / "blues"
    folder.mkdir(parents=True)
    (folder / "blues.00000.wav").write_bytes(wav())
    test = opened("pages/browse.py")
    healthy(test.text_input(key="gtzan_dir").set_value(str(tmp_path)).run())
    assert "1 of 999 clips found" in texts(test)
    assert len(test.get("audio")) == 1
    healthy(test.button(key="next").click().run())
    assert "no audio file for blues.00001" in texts(test)


def test_browse_says_when_the_folder_is_wrong() -> None:
    test = opened("pages/browse.py")
    healthy(test.text_input(key="gtzan_dir").set_value("/no/such/folder").run())
    assert "There is no folder /no/such/folder" in as_read(test.error[0].value)
    assert len(clips_listed(test)) == 999


def test_browse_without_saved_predictions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "GENRE_TABLE", table_of())
    test = opened("pages/browse.py")
    assert "No saved predictions" in as_read(test.error[0].value)


# Analyze


def test_analyze_is_empty_at_first() -> None:
    test = opened("pages/analyze.py")
    assert "Give a file" in test.info[0].value
    assert not test.expander


def test_analyze_predicts_a_demo_track() -> None:
    track = DEMO_TRACKS[0]
    test = opened("pages/analyze.py", source="Demo tracks", demo=track.name)
    said = texts(test)
    assert re.search(r"(High|Moderate|Low) confidence: ", said)
    assert "44.1 kHz · mono · 24.0 s" in said
    assert "one of ten genres only" in said
    assert len(test.get("plotly_chart")) == 4, "genres, fused, tags, tempo"
    shown = component(test, "player")
    assert shown["genres"]["edges_s"][-1] == shown["duration_s"] == 24.0
    assert shown["tempo"] is None, "one window of the tempo network"
    assert "Mel-spectrogram, 24 seconds" in shown["alt"]
    assert not shown["silent"]
    assert [expander.label for expander in test.expander] == [
        "Fused with the tempo: no significant gain on the test set",
        "All 50 tags",
    ]
    assert {button.label for button in test.download_button} == {"Download JSON", "Download CSV"}


def test_analyze_predicts_what_is_recorded() -> None:
    test = opened("pages/analyze.py", source="Record")
    healthy(test.audio_input(key="mic").set_value(("take.wav", wav(), "audio/wav")).run())
    assert "12.0 s" in texts(test)
    assert len(test.get("plotly_chart")) >= 2


def test_analyze_shows_a_bad_file_and_still_does_the_others() -> None:
    test = opened("pages/analyze.py")
    files = [
        ("notes.mp3", b"this is a shopping list, not music" * 50, "audio/mpeg"),
        ("beat.wav", wav(), "audio/wav"),
        ("empty.wav", b"", "audio/wav"),
    ]
    healthy(test.file_uploader(key="uploads").set_value(files).run())
    bad, empty = (as_read(error.value) for error in test.error)
    assert bad.startswith("notes.mp3: ")
    assert empty.startswith("empty.wav: ")
    assert list(test.dataframe[0].value["file"]) == ["beat.wav"]
    assert test.download_button


def test_analyze_says_when_no_file_was_usable() -> None:
    test = opened("pages/analyze.py")
    healthy(test.file_uploader(key="uploads").set_value([("notes.mp3", b"words" * 500, "audio/mpeg")]).run())
    assert len(test.error) == 1
    assert not test.download_button


def test_analyze_shows_a_missing_checkpoint_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(genre: str, tempo: str, fusion: str | None = None) -> Predictor:
        raise CheckpointError("There is no such checkpoint. Restore it with git.")

    monkeypatch.setattr(Predictor, "load", missing)
    test = opened("pages/analyze.py", source="Demo tracks", demo=DEMO_TRACKS[0].name)
    assert as_read(test.error[0].value).endswith("There is no such checkpoint. Restore it with git.")


def test_model_is_loaded_once_for_all_sessions_and_reruns(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    load = Predictor.load

    def counted(genre: str, tempo: str, fusion: str | None = None) -> Predictor:
        loads.append(genre)
        return load(genre, tempo, fusion=fusion)

    monkeypatch.setattr(Predictor, "load", counted)
    for demo in DEMO_TRACKS[:2]:
        session = opened("pages/analyze.py", source="Demo tracks", demo=demo.name)
        healthy(session.run())
    assert len(loads) == 1
