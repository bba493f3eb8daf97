"""What an uploaded file gets in a real browser: an answer in sight, kept, with its name as it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, expect

from core.synth import DEMO_TRACKS
from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, REPO, LabPage, running_app
from tests.browser.test_outside_text import hostile_in_effect

expect.set_options(timeout=PAGE_TIMEOUT_MS)

HOSTILE = "S$MPLE - L$D [Official Video](HD) ![p](https：evil) :red[x] **z** `code` :material_home:.wav"
HEIGHT = 720
# In the place of the models' own judgement, whatever it is: this is about what the page does with it.
_UNLIKE = f"""
import sys
sys.path.insert(0, {str(REPO)!r})
from dataclasses import replace
from core.inference.predict import Predictor
if not hasattr(Predictor, "judged"):
    Predictor.judged = Predictor.predict
    Predictor.predict = lambda self, audio: replace(self.judged(audio), is_unlike_training=True)
exec(compile(open({str(REPO / "streamlit_app.py")!r}).read(), "streamlit_app.py", "exec"))
"""


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A demo track as a file."""
    path = tmp_path / "song.wav"
    path.write_bytes(DEMO_TRACKS[0].wav_bytes())
    return path


@pytest.fixture
def unlike_app_url(chromium_path: Path, lab_cache_dir: Path, tmp_path: Path) -> Iterator[str]:
    """An app whose models find everything unlike their training data."""
    script = tmp_path / "app.py"
    script.write_text(_UNLIKE)
    with running_app(tmp_path / "server.log", script=script) as server:
        yield server.url


def upload(view: LabPage, *files: Path) -> None:
    view.page.locator("input[type=file]").set_input_files(list(files))


def assert_in_sight(part: Locator) -> None:
    expect(part).to_be_visible()
    box = part.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= HEIGHT, f"{part} ends at {box['y'] + box['height']:.0f} px"


def test_genre_confidence_and_tempo_are_in_sight(app_url: str, open_page: OpenPage, song: Path) -> None:
    view = open_page(app_url, "/analyze", height=HEIGHT)
    upload(view, song)
    headings = view.page.get_by_role("heading", level=2)
    expect(headings).to_have_text([re.compile(r"^[a-z]+ .+%$"), re.compile(r"^\d+\.\d BPM .+%$")])
    view.wait_until_idle()
    for number in range(2):
        assert_in_sight(headings.nth(number))
        size_px = headings.nth(number).evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        assert size_px >= 40
    assert_in_sight(view.page.get_by_text(re.compile(r"half \d+\.\d BPM", re.IGNORECASE)))
    expect(view.page.get_by_role("figure", name=re.compile("^Mel-spectrogram"))).to_be_visible()
    assert_in_sight(view.page.get_by_text("125 Hz"))  # beside the lower end of the spectrogram
    assert_in_sight(view.page.get_by_role("figure", name=re.compile("^Genre probabilities")).first)
    view.assert_healthy()


def test_what_is_unlike_the_training_data_has_no_genre_in_sight(
    unlike_app_url: str, open_page: OpenPage, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.wav"
    soundfile.write(noise, np.random.default_rng(0).normal(scale=0.1, size=12 * 22_050), 22_050)
    view = open_page(unlike_app_url, "/analyze", height=HEIGHT)
    upload(view, noise)
    assert_in_sight(view.page.get_by_role("heading", level=2, name="No genre fits"))
    assert_in_sight(view.page.get_by_text("Unlike anything in the training data: the genre means little."))
    bars = view.page.get_by_role("figure", name=re.compile("^Genre probabilities"))
    expect(view.page.get_by_role("figure", name=re.compile("^Mel-spectrogram"))).to_be_visible()
    expect(bars).to_have_count(0)  # those that are folded away have no role
    view.page.get_by_text("Probabilities of the ten genres").click()
    expect(bars).to_be_visible()
    view.assert_healthy()


def test_uploads_outlive_other_pages_and_the_back_button(
    app_url: str, open_page: OpenPage, song: Path, tmp_path: Path
) -> None:
    view = open_page(app_url, "/analyze")
    upload(view, song)
    shown = view.page.get_by_text("song.wav · WAV, 16-bit PCM · 44.1 kHz · mono · 24.0 s")
    expect(shown).to_be_visible()
    view.page.get_by_role("radio", name="Demo tracks").click()
    expect(shown).to_have_count(0)
    view.page.get_by_role("radio", name="Upload").click()
    expect(shown).to_be_visible()
    view.page.get_by_role("link", name="Browse").click()
    expect(view.page.get_by_role("heading", level=1, name="Browse the clips")).to_be_visible()
    view.page.go_back()
    expect(shown).to_be_visible()
    more = tmp_path / "more.wav"
    more.write_bytes(song.read_bytes()[:-100_000])
    upload(view, more)
    expect(view.page.get_by_text("more.wav · WAV")).to_be_visible()
    view.page.get_by_role("link", name="Learn").click()
    expect(view.page.get_by_role("heading", level=1, name="How a network hears music")).to_be_visible()
    view.page.get_by_role("radio", name="Your file").click()
    expect(view.page.get_by_role("combobox", name="File to follow")).to_have_value("more.wav")
    view.page.get_by_role("link", name="Analyze").click()
    expect(view.page.get_by_text("more.wav · WAV")).to_be_visible()
    view.page.get_by_role("button", name="Remove", exact=True).click()
    expect(shown).to_be_visible()
    view.wait_until_idle()
    view.assert_healthy()


def test_file_names_are_shown_as_they_are(app_url: str, open_page: OpenPage, song: Path, tmp_path: Path) -> None:
    hostile, bad = tmp_path / HOSTILE, tmp_path / HOSTILE.replace(".wav", ".mp3")
    hostile.write_bytes(song.read_bytes())
    bad.write_text("a shopping list, not music\n" * 100)
    view = open_page(app_url, "/analyze")
    upload(view, hostile, bad)
    expect(view.page.get_by_text(f"{HOSTILE} · WAV")).to_be_visible()
    expect(view.page.get_by_test_id("stAlert").get_by_text(f"{bad.name}: ")).to_be_visible()
    view.wait_until_idle()
    main = view.page.get_by_test_id("stMain")
    expect(main.locator(".katex")).to_have_count(0)
    expect(main.locator("a:not([href^='#']):not([data-testid=stPageLink-NavLink])")).to_have_count(
        0
    )  # headings have anchors
    expect(main.locator("img[src*=evil]")).to_have_count(0)
    assert not hostile_in_effect(view.page)
    view.assert_healthy()
