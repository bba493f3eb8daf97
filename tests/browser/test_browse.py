"""Browsing in a real browser: all clips, links to one clip, filters, previous and next, playing."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, Visit
from tests.browser.harness import PAGE_TIMEOUT_MS, LabPage, Theme

expect.set_options(timeout=PAGE_TIMEOUT_MS)


def count_line(page: Page, words: str) -> None:
    """Waits until the line above the table says so."""
    expect(page.get_by_text(words, exact=True)).to_be_visible()


def title(page: Page, words: str) -> None:
    """Waits until a clip's title is shown."""
    expect(page.get_by_role("heading", level=3, name=words)).to_be_visible()


@pytest.fixture
def browse(visit: Visit) -> LabPage:
    return visit("/browse")


def row_at(page: Page, number: int) -> Locator:
    """A row of the list, which must be in sight, counted from 0."""
    return page.locator(f"#clip-{number}")


def open_row(page: Page) -> Locator:
    """The row of the open clip."""
    return page.locator(".list .row[aria-selected=true]")


def assert_shows_one_of_the_list(page: Page) -> str:
    """The clip beside the list is the one that is marked in it; returns its id."""
    expect(open_row(page)).to_have_count(1)
    clip_id = open_row(page).get_by_role("gridcell").nth(1).inner_text()
    expect(page.get_by_text(f" · {clip_id} · true genre")).to_be_visible()
    return clip_id


def test_shows_all_clips_and_opens_the_first_then_those_clicked_or_reached_by_arrow_keys(browse: LabPage) -> None:
    count_line(browse.page, "999 of 999 clips")
    expect(browse.page.get_by_role("grid")).to_have_attribute("aria-rowcount", "1000")  # the header counts
    title(browse.page, "One Bourbon, One Scotch And One Beer")
    expect(browse.page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    row_at(browse.page, 2).click()
    expect(browse.page).to_have_url(re.compile(r"clip=blues\.00002"))
    browse.wait_until_idle()
    browse.page.keyboard.press("ArrowDown")
    expect(browse.page).to_have_url(re.compile(r"clip=blues\.00003"))
    browse.wait_until_idle()
    browse.page.keyboard.press("End")
    expect(browse.page).to_have_url(re.compile(r"clip=rock\.00099"))
    assert assert_shows_one_of_the_list(browse.page) == "rock.00099"
    browse.assert_healthy()


def test_the_clip_is_always_one_of_the_list_whatever_is_filtered(browse: LabPage) -> None:
    page = browse.page
    row_at(page, 4).click()
    expect(page).to_have_url(re.compile(r"clip=blues\.00004"))
    browse.wait_until_idle()
    for verdict, kept in (("Wrong", "✗"), ("Right", "✓"), ("All", ""), ("Wrong", "✗"), ("Right", "✓")):
        page.get_by_role("radio", name=verdict).click()
        expect(page).to_have_url(re.compile(f"verdict={verdict}") if kept else re.compile(r"/browse(?!.*verdict)"))
        browse.wait_until_idle()
        assert_shows_one_of_the_list(page)
        assert kept in open_row(page).inner_text()
        page.wait_for_timeout(1_000)  # whatever the browser may still say of what is drawn
        assert_shows_one_of_the_list(page)
        row_at(page, 3).click()
        expect(row_at(page, 3)).to_have_attribute("aria-selected", "true")
        browse.wait_until_idle()
        assert_shows_one_of_the_list(page)
    browse.assert_healthy()


def test_a_clip_that_the_filters_of_the_link_leave_out_is_not_shown(visit: Visit) -> None:
    view = visit("/browse?clip=blues.00007&genre=jazz")
    count_line(view.page, "99 of 999 clips")
    expect(view.page.get_by_text("blues.00007 does not pass the filters")).to_be_visible()
    expect(open_row(view.page)).to_have_count(0)
    view.page.get_by_role("button", name="Remove filters").click()
    count_line(view.page, "999 of 999 clips")
    assert assert_shows_one_of_the_list(view.page) == "blues.00007"
    view.assert_healthy()


def test_a_click_on_a_title_orders_the_list_and_next_follows_it(browse: LabPage) -> None:
    page = browse.page
    head = page.get_by_role("columnheader", name="BPM")
    for order, direction in (("slowest first", "ascending"), ("fastest first", "descending")):
        head.get_by_role("button").click()
        expect(page).to_have_url(re.compile(f"order={order.replace(' ', '.')}"))
        expect(head).to_have_attribute("aria-sort", direction)
    browse.wait_until_idle()
    page.locator(".list").evaluate("node => { node.scrollTop = 0; }")
    expect(page.locator("#clip-0")).to_be_visible()
    top = [page.locator(f"#clip-{at}").get_by_role("gridcell") for at in range(10)]
    tempi = [cells.nth(5).inner_text() for cells in top]
    assert tempi == sorted(tempi, key=float, reverse=True), "clips without a clear tempo come last"
    first, second, third = (cells.nth(1).inner_text() for cells in top[:3])
    page.locator("#clip-0").click()
    expect(page).to_have_url(re.compile(re.escape(f"clip={first}")))
    browse.wait_until_idle()
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(re.escape(f"clip={second}")))
    browse.wait_until_idle()
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(re.escape(f"clip={third}")))
    page.go_back()
    expect(page).to_have_url(re.compile(re.escape(f"clip={second}")))
    browse.wait_until_idle()
    assert assert_shows_one_of_the_list(page) == second
    browse.assert_healthy()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_answer_and_spectrogram_are_in_the_first_window(theme: Theme, visit: Visit) -> None:
    view = visit("/browse?clip=rock.00050", theme=theme, height=720)
    genre = view.page.get_by_test_id("stMetric").filter(has_text="Predicted genre")
    tempo = view.page.get_by_test_id("stMetric").filter(has_text="Predicted tempo")
    spectrogram = view.page.get_by_role("figure", name=re.compile("^Mel-spectrogram"))
    expect(genre).to_have_text(re.compile(r"disco \d+.%.*rock", re.DOTALL))
    expect(tempo).to_have_text(re.compile(r"\d+\.\d BPM.*\d+\.\d BPM", re.DOTALL))
    for shown in (genre, tempo, spectrogram, view.page.locator(".list")):
        box = shown.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 720, shown
    column = view.page.get_by_role("columnheader", name="Tempo").bounding_box()
    assert column is not None
    assert box is not None
    assert column["x"] + column["width"] <= box["x"] + box["width"], "the column is seen whole in the list"
    view.assert_healthy()


def test_the_list_scrolls_to_the_clip_of_the_link(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/browse?clip=rock.00050")
    expect(open_row(view.page)).to_be_in_viewport()
    assert assert_shows_one_of_the_list(view.page) == "rock.00050"
    view.page.get_by_role("button", name="Next").click()
    title(view.page, "Let There Be Love")
    view.assert_healthy()


def test_a_link_to_no_clip_says_so(visit: Visit) -> None:
    view = visit("/browse?clip=polka.00001")
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
    expect(view.page.get_by_role("columnheader", name="Conf.")).to_have_attribute("aria-sort", "descending")
    expect(view.page).to_have_url(re.compile(r"order=most.sure.first"))
    view.assert_healthy()


def test_overview_leads_to_its_clip(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url)
    view.page.get_by_role("link", name="Open this clip").click()
    expect(view.page).to_have_url(re.compile(r"/browse\?clip="))
    view.wait_until_idle()
    expect(view.page.get_by_role("button", name="Next")).to_be_visible()
    view.assert_healthy()
