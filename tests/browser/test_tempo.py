"""Tempo in a real browser, in a copy of the app that has a tempo model and saved tempi of its own."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.synth import DEMO_TRACKS
from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, REPO, Theme, running_app
from tests.support.small_world import save_tempo_tcn
from tests.support.tempo_saved import write

expect.set_options(timeout=PAGE_TIMEOUT_MS)

TAP_MS = 500


@pytest.fixture(scope="module")
def tempo_app_url(chromium_path: Path, lab_cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with an untrained tempo network, which never hears a clear tempo, and made-up saved tempi."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("core", "ui", "pages", "data", "checkpoints"):
        shutil.copytree(REPO / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "streamlit_app.py", copy)
    shutil.rmtree(copy / "data/predictions/tempo", ignore_errors=True)
    save_tempo_tcn(copy / "checkpoints")
    write(copy / "data")
    with running_app(copy / "server.log", script=copy / "streamlit_app.py") as server:
        yield server.url


def test_a_link_opens_its_clip_and_shows_its_tempo(tempo_app_url: str, open_page: OpenPage) -> None:
    views: tuple[tuple[Theme, int], ...] = (("dark", 400), ("light", 1280))
    theme, width = views[0]
    view = open_page(tempo_app_url, "/browse?clip=blues.00001", theme=theme, width=width)
    expect(view.page.get_by_role("heading", level=3, name="I'm In The Mood For Love")).to_be_visible()
    expect(view.page.get_by_text("2 of 999", exact=True)).to_be_visible()
    for theme, width in views:
        view.show_in(theme, width)
        expect(view.page.get_by_text("GTZAN-Rhythm 67.8 BPM: double, twice it")).to_be_visible()
        expect(view.page.get_by_test_id("stPlotlyChart")).to_have_count(3)
        view.assert_healthy()
        view.assert_fits_width()


def test_browse_filters_by_the_kind_of_tempo_error(tempo_app_url: str, open_page: OpenPage) -> None:
    view = open_page(tempo_app_url, "/browse?kind=half")
    expect(view.page.get_by_text("1 of 999 clips", exact=True)).to_be_visible()
    view.assert_healthy()


def test_people_can_tap_the_tempo_themselves(tempo_app_url: str, open_page: OpenPage) -> None:
    view = open_page(tempo_app_url, f"/analyze?source=Demo+tracks&demo={DEMO_TRACKS[0].name.replace(' ', '+')}")
    expect(view.page.get_by_role("heading", name="No clear tempo")).to_be_visible()
    button = view.page.get_by_role("button", name="Tap along")
    for number in range(8):
        if number % 2:
            view.page.keyboard.press("Space")  # the click before has moved the focus here
        else:
            button.click()
        view.page.wait_for_timeout(TAP_MS)
    answer = view.page.get_by_text(re.compile(r"You tapped [\d.]+ ± [\d.]+ BPM \(8 taps\)"))
    expect(answer).to_be_visible()
    tapped_bpm = float(re.findall(r"[\d.]+", answer.inner_text())[0])
    # The browser takes a while for each press, more so on a busy machine: never faster than the pauses.
    assert 20 < tapped_bpm <= 1.02 * 60_000 / TAP_MS
    expect(view.page.get_by_text("The model predicts no clear tempo")).to_be_visible()
    view.assert_healthy()


def test_a_tempo_is_shown_at_another_metrical_level_by_keyboard_and_click(
    tempo_app_url: str, open_page: OpenPage
) -> None:
    themes: tuple[Theme, ...] = ("dark", "light")
    view = open_page(tempo_app_url, "/browse?clip=blues.00001", theme=themes[0], width=400)
    predicted, half = (view.page.get_by_test_id("stMetricValue").get_by_text(bpm) for bpm in ("135.5 BPM", "67.8 BPM"))
    expect(predicted).to_be_visible()
    view.page.get_by_role("radio", name="predicted", exact=True).focus()
    view.page.keyboard.press("ArrowRight")
    view.page.keyboard.press("Space")
    expect(half).to_be_visible()
    expect(view.page.get_by_text("shown at half: 67.8 BPM.")).to_be_visible()
    for theme in themes:
        view.show_in(theme, 400)
        for name in ("predicted", "half", "double", "2/3", "3/2", "3/4", "4/3"):
            box = view.page.get_by_role("radio", name=name, exact=True).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 400
        view.assert_fits_width()
    view.page.get_by_role("radio", name="predicted", exact=True).click()
    expect(predicted).to_be_visible()
    view.assert_healthy()
