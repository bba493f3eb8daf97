"""The results page in a real browser: clicks on matrix and scatter lead to clips; figures and tables are saved."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from core.types import GENRES
from tests.browser.conftest import OpenPage, Visit
from tests.browser.harness import PAGE_TIMEOUT_MS, LabPage, Theme

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
    """On a cell of one of the matrices."""
    cells = view.page.locator(".js-plotly-plot").nth(matrix).locator(".nsewdrag").first
    across, down = ((GENRES.index(genre) + 0.5) / len(GENRES) for genre in (said, true))
    click_on(view, cells, across, down)


def marked_cells(view: LabPage) -> list[int]:
    """How many cells of each matrix are shown as chosen."""
    chosen = "bars => bars.filter(bar => getComputedStyle(bar).fill === 'rgb(204, 90, 155)').length"
    plots = view.page.locator(".js-plotly-plot")
    return [plots.nth(number).locator(".barlayer path").evaluate_all(chosen) for number in range(plots.count())]


def assert_in_window(view: LabPage, *parts: Locator) -> None:
    """Fails unless each part lies wholly within the window, and the page has not been scrolled."""
    size = view.page.viewport_size
    assert size is not None
    assert view.page.get_by_test_id("stMain").evaluate("node => node.scrollTop") == 0
    for part in parts:
        box = part.bounding_box()
        assert box is not None
        assert box["y"] >= 0, box
        assert box["y"] + box["height"] <= size["height"], box
        assert box["x"] + box["width"] <= size["width"], box


def assert_beside(left: Locator, right: Locator) -> None:
    """Fails unless the second stands to the right of the first, at about the same height."""
    one, other = left.bounding_box(), right.bounding_box()
    assert one is not None
    assert other is not None
    assert other["x"] >= one["x"] + one["width"]
    assert other["y"] < one["y"] + one["height"]


def test_a_click_on_a_cell_lists_its_clips_and_stays_in_the_link(visit: Visit) -> None:
    view = visit("/results?part=Confusion&first=genre-strong&second=genre-seed")
    expect(view.page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    view.page.evaluate("document.querySelectorAll('.js-plotly-plot').forEach(plot => { plot.isOld = true; })")
    click_on_cell(view, 0, "rock", "country")
    expect(view.page.get_by_text("rock predicted as country by CNN (strong)")).to_be_visible()
    for chosen in ("true=rock", "said=country", "by=First"):
        expect(view.page).to_have_url(re.compile(chosen))
    view.wait_until_idle()
    assert marked_cells(view) == [1, 0], "the cell is marked where it was clicked"
    drawn_anew = view.page.evaluate(
        "[...document.querySelectorAll('.js-plotly-plot')].filter(plot => !plot.isOld).length"
    )
    assert drawn_anew == 0, "a click need not wait for a figure"
    view.assert_healthy()


def test_one_cell_is_marked_however_it_was_chosen(visit: Visit) -> None:
    view = visit("/results?part=Confusion&first=genre-strong&second=genre-seed&true=rock&said=rock")
    expect(view.page.get_by_test_id("stPlotlyChart")).to_have_count(2)
    view.wait_until_idle()
    assert marked_cells(view) == [1, 1], "by the link"
    for matrix, genre, marked in ((0, "jazz", [1, 0]), (1, "metal", [0, 1]), (1, "pop", [0, 1])):
        click_on_cell(view, matrix, genre, genre)
        system = ("CNN (strong)", "CNN (seed)")[matrix]
        expect(view.page.get_by_text(f"{genre} predicted as {genre} by {system}")).to_be_visible()
        view.wait_until_idle()
        assert marked_cells(view) == marked, genre
    view.page.get_by_text("% of each genre").click()
    view.wait_until_idle()
    expect(view.page.get_by_text("pop predicted as pop by CNN (seed)")).to_be_visible()
    assert marked_cells(view) == [1, 1], "drawn anew"
    view.assert_healthy()


def test_a_click_in_the_difference_makes_room_for_the_clips_and_back(visit: Visit) -> None:
    view = visit("/results?part=Confusion&first=genre-strong&second=genre-seed")
    click_on_cell(view, 2, "rock", "country")
    expect(view.page.get_by_text("rock predicted as country by either system")).to_be_visible()
    view.wait_until_idle()
    assert marked_cells(view) == [1, 1]
    view.page.get_by_role("button", name="Difference").click()
    expect(view.page.get_by_test_id("stPlotlyChart")).to_have_count(3)
    view.wait_until_idle()
    assert marked_cells(view) == [0, 0, 0]
    view.assert_healthy()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_matrices_and_the_clips_of_a_cell_fit_in_the_window(visit: Visit, theme: Theme) -> None:
    view = visit("/results?part=Confusion&first=genre-strong&second=genre-seed", theme=theme, height=720)
    plots = view.page.locator(".js-plotly-plot")
    expect(plots).to_have_count(3)
    assert_in_window(view, view.page.get_by_role("heading", level=1), *plots.all())
    click_on_cell(view, 0, "rock", "country")
    clips = view.page.get_by_test_id("stDataFrame").first
    expect(view.page.get_by_text("rock predicted as country by CNN (strong)")).to_be_visible()
    expect(plots).to_have_count(2)
    view.wait_until_idle()
    assert_in_window(view, *plots.all(), clips)
    assert_beside(plots.last, clips)
    view.assert_healthy()


def test_clips_of_a_cell_are_played_beside_the_matrices(gtzan_app_url: str, open_page: OpenPage) -> None:
    view = open_page(gtzan_app_url, "/results?part=Confusion", height=720)
    click_on_cell(view, 0, "rock", "rock")
    player = view.page.locator("audio")
    expect(player).to_be_visible()
    view.wait_until_idle()
    assert_in_window(view, player)
    view.assert_healthy()


def click_on_last_point(view: LabPage) -> None:
    """Of the scatter."""
    points = view.page.locator(".js-plotly-plot").first.locator(".points path")
    expect(points.first).to_be_attached()
    click_on(view, points.last)


def test_scatter_and_the_clip_of_a_point_fit_in_the_window(visit: Visit) -> None:
    view = visit("/results?part=Tempo", height=720)
    plots = view.page.locator(".js-plotly-plot")
    assert_in_window(view, view.page.get_by_role("heading", level=1), plots.nth(0), plots.nth(1))
    click_on_last_point(view)
    expect(view.page).to_have_url(re.compile(r"open_tempo_clip=[a-z]+\.\d{5}"))
    view.wait_until_idle()
    estimates = view.page.get_by_test_id("stDataFrame").first
    assert_in_window(view, plots.nth(0), estimates)
    assert_beside(plots.nth(0), estimates)
    view.assert_healthy()


def test_the_clip_of_a_point_is_played_beside_the_scatter(gtzan_app_url: str, open_page: OpenPage) -> None:
    view = open_page(gtzan_app_url, "/results?part=Tempo&open_tempo_clip=disco.00092", height=720)
    expect(view.page.locator("audio")).to_be_visible()
    assert_in_window(view, view.page.locator("audio"), view.page.get_by_test_id("stDataFrame").first)
    view.assert_healthy()


def test_a_click_on_a_point_shows_the_clip_and_leads_to_it(visit: Visit) -> None:
    view = visit("/results?part=Tempo")
    click_on_last_point(view)
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


def test_figures_are_saved_as_svg(visit: Visit, tmp_path: Path) -> None:
    assert_figure_saved(visit("/results?figure_format=SVG"), "SVG", b"<svg", tmp_path)


def test_figures_are_saved_as_png_and_tables_as_csv(visit: Visit, tmp_path: Path) -> None:
    view = visit("/results?figure_format=PNG")
    assert_figure_saved(view, "PNG", b"\x89PNG", tmp_path)
    with view.page.expect_download() as download:
        view.page.get_by_role("button", name="Download CSV").first.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    header, *rows = path.read_text().splitlines()
    assert header.startswith("system,n,accuracy,accuracy_low,accuracy_high")
    assert any(row.startswith("genre-strong,200,") for row in rows)


def test_back_leads_to_the_part_before(visit: Visit) -> None:
    view = visit("/results?part=Training")
    view.page.get_by_role("radio", name="Data leakage").click()
    expect(view.page.get_by_role("heading", level=1, name=re.compile("^Without leaked clips"))).to_be_visible()
    expect(view.page).to_have_url(re.compile("part=Faults.of.the.data"))
    view.page.go_back()
    expect(view.page).to_have_url(re.compile("part=Training"))
    expect(view.page.get_by_role("heading", level=1, name=re.compile("training clips|Training"))).to_be_visible()
    view.assert_healthy()
