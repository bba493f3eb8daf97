"""Browsing in a real browser: all clips, links to one clip, filters, previous and next, playing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, LabPage

expect.set_options(timeout=PAGE_TIMEOUT_MS)


def count_line(page: Page, words: str) -> None:
    """Waits until the line above the table says so."""
    expect(page.get_by_text(words, exact=True)).to_be_visible()


def title(page: Page, words: str) -> None:
    """Waits until a clip's title is shown."""
    expect(page.get_by_role("heading", level=3, name=words)).to_be_visible()


@pytest.fixture
def browse(app_url: str, open_page: OpenPage) -> LabPage:
    return open_page(app_url, "/browse")


def test_shows_all_clips_and_opens_the_first_then_those_clicked_or_reached_by_arrow_keys(browse: LabPage) -> None:
    count_line(browse.page, "999 of 999 clips")
    # The header counts as a row of the grid, which is drawn on a canvas and described for screen readers.
    expect(browse.page.locator("canvas [role=grid]")).to_have_attribute("aria-rowcount", "1000")
    title(browse.page, "One Bourbon, One Scotch And One Beer")
    expect(browse.page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    grid = browse.page.get_by_test_id("stDataFrame")
    box = grid.bounding_box()
    assert box is not None
    row_px = 35
    browse.page.mouse.click(box["x"] + 40, box["y"] + 3.5 * row_px)  # below the header: the third clip
    expect(browse.page).to_have_url(re.compile(r"clip=blues\.00002"))
    browse.wait_until_idle()
    browse.page.keyboard.press("ArrowDown")
    expect(browse.page).to_have_url(re.compile(r"clip=blues\.00003"))
    browse.assert_healthy()


def test_the_list_scrolls_to_the_clip_of_the_link(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/browse?clip=rock.00050")
    view.page.wait_for_function(
        """() => {
            const list = document.querySelector(".st-key-clips .dvn-scroller");
            const top = 949 * 35;  // the clip's row and the height of one
            return list.scrollTop <= top && top + 35 <= list.scrollTop + list.clientHeight;
        }"""
    )
    view.page.get_by_role("button", name="Next").click()
    title(view.page, "Let There Be Love")
    view.assert_healthy()


def test_a_link_to_no_clip_says_so(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/browse?clip=polka.00001")
    expect(view.page.get_by_text("GTZAN has no clip called “polka.00001”")).to_be_visible()
    count_line(view.page, "999 of 999 clips")
    view.assert_healthy()


def test_next_and_previous_by_button_and_key_keep_the_link(browse: LabPage) -> None:
    browse.page.get_by_role("button", name="Next").click()
    expect(browse.page).to_have_url(re.compile(r"clip=blues\.00001"))
    browse.wait_until_idle()
    browse.page.keyboard.press("n")
    expect(browse.page).to_have_url(re.compile(r"clip=blues\.00002"))
    browse.wait_until_idle()
    browse.page.keyboard.press("p")
    expect(browse.page).to_have_url(re.compile(r"clip=blues\.00001"))
    title(browse.page, "I'm In The Mood For Love")
    browse.page.reload()
    browse.wait_until_idle()
    title(browse.page, "I'm In The Mood For Love")
    expect(browse.page.get_by_text("2 of 999", exact=True)).to_be_visible()
    browse.assert_healthy()


def test_filters_and_their_empty_result(browse: LabPage) -> None:
    search = browse.page.get_by_label("Search", exact=True)
    search.fill("john lee hooker")
    expect(browse.page.get_by_text("999 of 999 clips", exact=True)).to_be_hidden()
    expect(browse.page.get_by_text(re.compile(r"^\d\d? of 999 clips$"))).to_be_visible()
    search.fill("nobody ever sang this")
    expect(browse.page.get_by_text("No clip passes these filters")).to_be_visible()
    count_line(browse.page, "0 of 999 clips")
    search.fill("")
    count_line(browse.page, "999 of 999 clips")
    browse.page.get_by_role("radio", name="Wrong").click()
    expect(browse.page).to_have_url(re.compile("verdict=Wrong"))
    expect(browse.page.get_by_text("999 of 999 clips", exact=True)).to_be_hidden()
    browse.assert_healthy()


def test_a_link_holds_the_filter_too(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/browse?genre=jazz&order=most+sure+first")
    count_line(view.page, "99 of 999 clips")  # jazz.00054 is left out
    view.assert_healthy()


def test_overview_leads_to_its_clip(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url)
    view.page.get_by_role("link", name="Open this clip").click()
    expect(view.page).to_have_url(re.compile(r"/browse\?clip="))
    view.wait_until_idle()
    expect(view.page.get_by_role("button", name="Next")).to_be_visible()
    view.assert_healthy()


def test_plays_a_clip_where_there_is_audio(gtzan_app_url: str, open_page: OpenPage) -> None:
    view = open_page(gtzan_app_url, "/browse?clip=blues.00001")
    seconds = view.page.locator("audio").evaluate(
        """node => new Promise(resolve => node.readyState > 0 ? resolve(node.duration)
            : node.addEventListener('loadedmetadata', () => resolve(node.duration)))"""
    )
    assert seconds == pytest.approx(30, abs=0.5)
    view.assert_healthy()
