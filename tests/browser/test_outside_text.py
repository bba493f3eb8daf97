"""Addresses, file names and folders that are made to look like more than text come out as text, on every page."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from core.synth import DEMO_TRACKS
from tests.browser.conftest import OpenPage, Visit
from tests.browser.harness import PAGE_TIMEOUT_MS, LabPage
from tests.browser.test_smoke import PAGES, path_of

expect.set_options(timeout=PAGE_TIMEOUT_MS)

LINK = "[Sign in again](https://evil.invalid/x)![x](https://evil.invalid/p.png)"
MARKS = ":red[x] <b>y</b> **z** `code` :material/home: :smile: https://evil.invalid www.evil.invalid a -> b"


def hostile_in_effect(page: Page) -> list[str]:
    """What a page would show if it took the texts above for Markdown."""
    found: list[str] = page.get_by_test_id("stMain").evaluate(
        """main => [...main.querySelectorAll("a, img, b, code, .katex, .stMarkdownColoredText, [role=img]")]
            .filter(node => /evil|sign in|official|^[xyz]$|^code$|home|smile|MPLE/i.test(
                node.outerHTML.replace(/<svg.*?<\\/svg>/gs, "").slice(0, 400)))
            .map(node => node.outerHTML.slice(0, 200))"""
    )
    return found


def assert_is_text(view: LabPage, text: str) -> None:
    """The text is to be read as it is, nothing of it has an effect, nothing is asked of other machines."""
    expect(view.page.get_by_test_id("stMain").get_by_text(text).first).to_be_visible()
    assert not hostile_in_effect(view.page)
    view.assert_healthy()


@pytest.mark.parametrize("value", [LINK, MARKS])
def test_a_clip_that_does_not_exist_is_named_as_text(value: str, visit: Visit) -> None:
    assert_is_text(visit(f"/browse?clip={quote(value)}"), f"GTZAN has no clip called “{value}”.")


def test_no_page_takes_its_address_for_markdown(app_url: str, open_page: OpenPage) -> None:
    names = ("clip", "run", "q", "genre", "system", "other", "split", "part", "source", "demo", "music", "artist")
    query = "&".join(f"{name}={quote(LINK + MARKS)}" for name in names)
    view = open_page(app_url, f"{path_of(PAGES[0])}?{query}")
    for page in PAGES:
        if page != PAGES[0]:
            view.go(f"{path_of(page)}?{query}")
        assert not hostile_in_effect(view.page), page
        view.assert_healthy()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a clip, named to mislead."""
    root = tmp_path / "**G** :red[TZAN] ![x](p.png) $a$ `code`"
    clips = root / "genres" / "blues"
    clips.mkdir(parents=True)
    (clips / "blues.00001.wav").write_bytes(DEMO_TRACKS[0].wav_bytes())
    (clips / "polka.00001 [x](y) **z**.wav").write_bytes(b"RIFF")
    return root


def test_a_folder_is_named_as_text(folder: Path, app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/browse")
    view.page.get_by_role("button", name="Expand sidebar").click()
    field = view.page.get_by_label("Folder with GTZAN audio", exact=True)
    field.fill(str(folder))
    field.press("Enter")
    expect(view.page.get_by_text(re.compile("1 of 999 clips found"))).to_be_visible()
    view.wait_until_idle()
    assert_is_text(view, f"There is no audio file for blues.00000 in {folder}.")
    side = view.page.get_by_test_id("stSidebar")
    assert str(folder) in side.inner_text()
    assert side.locator("img, strong, .katex, .stMarkdownColoredText").count() == 0
