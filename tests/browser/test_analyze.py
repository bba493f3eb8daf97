"""Analysing in a real browser: a demo track, a real mp3, the microphone; the model is loaded once per server."""

import re
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import expect

from core.inference.load import DEFAULT_GENRE
from core.inference.neighbours import N_NEIGHBOURS
from core.synth import DEMO_TRACKS
from core.types import GENRES
from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, AppServer, LabPage, Theme

expect.set_options(timeout=PAGE_TIMEOUT_MS)

DEMO = "/analyze?source=Demo+tracks"
FUSED, TAGS = 1, 1
"""Figures that need a genre: the first is folded away."""
ANSWER = re.compile(rf"(High|Moderate|Low) confidence: ({'|'.join(GENRES)})")
NO_GENRE = re.compile("No genre fits")
"""What the beeps of the browser's own microphone get."""


@pytest.fixture
def mp3(tmp_path: Path) -> Path:
    """A real mp3 of 48 seconds: a demo track twice."""
    track = DEMO_TRACKS[1].track()
    path = tmp_path / "my song.mp3"
    soundfile.write(path, [*track.samples, *track.samples], track.sample_rate, format="MP3")
    return path


def assert_answered(view: LabPage, n_charts: int, answer: re.Pattern[str] = ANSWER) -> None:
    """Waits for a sentence with a genre, and for the figures."""
    expect(view.page.get_by_text(answer).first).to_be_visible()
    expect(view.page.get_by_test_id("stPlotlyChart")).to_have_count(n_charts)
    view.wait_until_idle()
    view.assert_healthy()


def test_predicts_an_uploaded_mp3_beside_a_bad_file_and_offers_downloads(
    app_url: str, open_page: OpenPage, mp3: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.mp3"
    bad.write_text("a shopping list, not music\n" * 100)
    view = open_page(app_url, "/analyze")
    view.page.locator("input[type=file]").set_input_files([bad, mp3])
    assert_answered(view, n_charts=3 + FUSED + TAGS)
    expect(view.page.get_by_test_id("stAlert").get_by_text("notes.mp3: ")).to_be_visible()
    expect(view.page.get_by_text(re.compile(r"MP3.* · 44\.1 kHz · mono · 48\.\d s"))).to_be_visible()
    with view.page.expect_download() as download:
        view.page.get_by_role("button", name="Download CSV").click()
    written = Path(download.value.path()).read_text()
    assert written.startswith("file,part,start_s,end_s,genre,blues,")
    assert "\nmy song.mp3,track,0.00,48." in written


def test_predicts_a_recording(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/analyze?source=Record", microphone=True)
    view.page.get_by_role("button", name="Record").click()
    view.page.wait_for_timeout(2_500)
    view.page.get_by_role("button", name="Stop recording").click()
    assert_answered(view, n_charts=2, answer=NO_GENRE)
    expect(view.page.get_by_text(re.compile(r"48 kHz"))).to_be_visible()


@pytest.mark.parametrize(
    ("devices", "permission", "words"),
    [
        ("[{kind: 'audioinput'}]", "denied", "The browser keeps the microphone from this page."),
        ("[{kind: 'audioinput'}]", "prompt", "The browser will ask whether this page may use the microphone"),
        ("[]", "prompt", "No microphone was found on this device."),
    ],
)
def test_says_what_keeps_the_recorder_from_working(
    app_url: str, open_page: OpenPage, devices: str, permission: str, words: str
) -> None:
    # A headless browser has no microphone to refuse, so its answers are put in its mouth.
    answers = (
        f"navigator.mediaDevices.enumerateDevices = async () => {devices};"
        f"navigator.permissions.query = async () => ({{state: '{permission}'}});"
    )
    view = open_page(app_url, "/analyze?source=Record", script=answers)
    expect(view.page.get_by_text(words)).to_be_visible()
    view.assert_healthy()


def test_demo_tracks_by_two_systems_in_two_sessions_load_the_model_once(app: AppServer, open_page: OpenPage) -> None:
    for track in DEMO_TRACKS[:2]:  # several runs of the script in each; and in all the sessions before
        view = open_page(app.url, DEMO)
        for choice in (DEMO_TRACKS[2], track):
            view.page.get_by_role("radio", name=choice.name).click()
            expect(view.page.get_by_text(f"{choice.name}.wav · WAV, 16-bit PCM · 44.1 kHz · mono")).to_be_visible()
            assert_answered(view, n_charts=2 + FUSED + TAGS)
    expect(view.page.get_by_text("200 000 songs of the Million Song Dataset")).to_be_visible()
    view.page.get_by_role("radio", name="CNN (seed)").click()
    expect(view.page.get_by_text("200 000 songs of the Million Song Dataset")).to_have_count(0)
    view.assert_healthy()
    assert app.log.read_text().count(f"models loaded: {DEFAULT_GENRE}") == 1


def test_tags_and_similar_clips_fit_a_phone_and_lead_to_the_clip(app_url: str, open_page: OpenPage) -> None:
    themes: tuple[Theme, ...] = ("light", "dark")
    view = open_page(app_url, DEMO, theme=themes[0], width=400, height=800)
    view.page.get_by_role("radio", name=DEMO_TRACKS[0].name).click()
    assert_answered(view, n_charts=2 + FUSED + TAGS)
    expect(view.page.get_by_text("WAV, 16-bit PCM · 44.1 kHz · mono · 24.0 s")).to_be_visible()
    tags = view.page.get_by_role("figure", name=re.compile("^Tags over time"))
    similar = view.page.get_by_test_id("stPageLink-NavLink")
    for theme in themes:
        view.show_in(theme, 400)
        for shown in (tags, similar.first):
            box = shown.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 400
        expect(similar).to_have_count(N_NEIGHBOURS)
    similar.first.click()
    expect(view.page.get_by_text(re.compile(r"true genre"))).to_be_visible()
    assert re.search(r"/browse\?clip=[a-z]+\.\d{5}", view.page.url)
    view.assert_healthy()
