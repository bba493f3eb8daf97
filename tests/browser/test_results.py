"""The results page in a real browser: clicks on matrix and scatter lead to clips; figures and tables are saved."""

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from core.types import GENRES
from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, LabPage

expect.set_options(timeout=PAGE_TIMEOUT_MS)


def click_on(view: LabPage, shape: Locator, across: float = 0.5, down: float = 0.5) -> None:
    """Plotly looks for the point below the mouse, so the mouse has to go there first.

    Args:
        view: the page.
        shape: what to click on.
        across, down: where in it, as shares of its width and height.
    """
    shape.scroll_into_view_if_needed()
    view.page.wait_for_timeout(500)  # until the page has stopped scrolling
    box = shape.bounding_box()
    assert box is not None
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    view.page.mouse.move(x - 1, y)
    view.page.mouse.move(x, y)
    view.page.wait_for_timeout(300)
    view.page.mouse.click(x, y)


def click_on_cell(view: LabPage, matrix: int, true: str, said: str) -> None:
    """On a cell of one of the three matrices."""
    cells = view.page.locator(".js-plotly-plot").nth(matrix).locator(".nsewdrag").first
    across, down = ((GENRES.index(genre) + 0.5) / len(GENRES) for genre in (said, true))
    click_on(view, cells, across, down)


def marked_cells(view: LabPage) -> list[int]:
    """How many cells of each matrix are shown as chosen."""
    chosen = "bars => bars.filter(bar => getComputedStyle(bar).fill === 'rgb(204, 90, 155)').length"
    plots = view.page.locator(".js-plotly-plot")
    return [plots.nth(number).locator(".barlayer path").evaluate_all(chosen) for number in range(3)]


def test_a_click_on_a_cell_lists_its_clips_and_stays_in_the_link(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/results?part=Confusion&first=genre-strong&second=genre-seed")
    expect(view.page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    view.page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach(plot => { plot.isOld = true; })")
    click_on_cell(view, 0, "rock", "country")
    expect(view.page.get_by_text("rock called country by one system or both")).to_be_visible()
    expect(view.page).to_have_url(re.compile(r"true=rock&said=country|said=country&true=rock"))
    view.wait_until_idle()
    assert marked_cells(view) == [1, 0, 0], "the cell is marked where it was clicked"
    drawn_anew = view.page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')].filter(plot => !plot.isOld).length"
    )
    assert drawn_anew == 0, "a click need not wait for a figure"
    view.assert_healthy()


def test_one_cell_is_marked_however_it_was_chosen(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/results?part=Confusion&first=genre-strong&second=genre-seed&true=rock&said=rock")
    expect(view.page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    view.wait_until_idle()
    assert marked_cells(view) == [1, 1, 1], "by the link"
    for matrix, genre, marked in ((0, "jazz", [1, 0, 0]), (1, "metal", [0, 1, 0]), (1, "pop", [0, 1, 0])):
        click_on_cell(view, matrix, genre, genre)
        expect(view.page.get_by_text(f"{genre} called {genre} by one system or both")).to_be_visible()
        view.wait_until_idle()
        assert marked_cells(view) == marked, genre
    view.page.get_by_text("% of each genre").click()
    view.wait_until_idle()
    expect(view.page.get_by_text("pop called pop by one system or both")).to_be_visible()
    assert marked_cells(view) == [1, 1, 1], "drawn anew"
    view.assert_healthy()


def test_a_click_on_a_point_shows_the_clip_and_leads_to_it(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/results?part=Tempo")
    points = view.page.locator(".js-plotly-plot").first.locator(".points path")
    expect(points.first).to_be_attached()
    click_on(view, points.last)
    link = view.page.get_by_role("link", name=re.compile(r"^Open [a-z]+\.\d{5}$"))
    expect(link).to_be_visible()
    named = re.search(r"[a-z]+\.\d{5}", link.inner_text())
    assert named
    link.click()
    expect(view.page).to_have_url(re.compile(rf"/browse\?clip={re.escape(named[0])}"))
    view.wait_until_idle()
    view.assert_healthy()


def assert_figure_saved(view: LabPage, chosen: str, beginning: bytes, tmp_path: Path) -> None:
    """Saves the first figure by its button."""
    figure = view.page.locator(".js-plotly-plot").first
    figure.hover()
    with view.page.expect_download() as download:
        figure.locator(".modebar-btn").first.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.suffix == f".{chosen.lower()}"
    assert path.read_bytes().startswith(beginning)


def test_figures_are_saved_as_svg(app_url: str, open_page: OpenPage, tmp_path: Path) -> None:
    assert_figure_saved(open_page(app_url, "/results?figure_format=SVG"), "SVG", b"<svg", tmp_path)


def test_figures_are_saved_as_png_and_tables_as_csv(app_url: str, open_page: OpenPage, tmp_path: Path) -> None:
    view = open_page(app_url, "/results?figure_format=PNG")
    assert_figure_saved(view, "PNG", b"\x89PNG", tmp_path)
    with view.page.expect_download() as download:
        view.page.get_by_role("button", name="Download CSV").first.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    header, *rows = path.read_text().splitlines()
    assert header.startswith("system,n,accuracy,accuracy_low,accuracy_high")
    assert any(row.startswith("genre-strong,200,") for row in rows)
