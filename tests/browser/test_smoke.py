"""Every page by its own URL, one of them as the first visit to a server, in each theme and width."""

import itertools
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.harness import REPO, AppServer, Theme

PAGES = sorted(path.stem for path in (REPO / "pages").glob("*.py") if not path.stem.startswith("_"))
HOME = "overview"
FIRST_VISITED = "learn"
"""The one with most to load. Train, browse and analyze are the first of a server in their own tests."""
APP_NAME = "Genre & Tempo Lab"
DESKTOP_PX, PHONE_PX = 1280, 400
VIEWS: tuple[tuple[Theme, int], ...] = tuple(itertools.product(("light", "dark"), (DESKTOP_PX, PHONE_PX)))


def path_of(page: str) -> str:
    """The page's own URL path."""
    return "/" if page == HOME else f"/{page}"


def background_of(theme: Theme) -> tuple[int, int, int]:
    """Background colour that the theme sets."""
    config = tomllib.loads((REPO / ".streamlit" / "config.toml").read_text())
    red, green, blue = bytes.fromhex(config["theme"][theme]["backgroundColor"].removeprefix("#"))
    return red, green, blue


def assert_works_in_every_view(server: AppServer, page: str, open_page: OpenPage) -> None:
    """Its visitor changes theme and width; pages begin with different ones."""
    first = PAGES.index(page) % len(VIEWS)
    theme, width = VIEWS[first]
    view = open_page(server.url, path_of(page), theme=theme, width=width)
    for theme, width in (*VIEWS[first:], *VIEWS[:first]):
        view.show_in(theme, width)
        server.assert_no_traceback()
        view.assert_healthy()
        view.assert_fits_width()
        assert view.background_rgb() == background_of(theme), f"the {theme} theme is not in force"
        assert APP_NAME in view.page.title(), f"the browser tab says {view.page.title()!r}"
        assert view.page.get_by_role("heading", level=1).count() == 1, "a page has one title"


@pytest.mark.parametrize("page", [page for page in PAGES if page != FIRST_VISITED])
def test_page_opens_by_its_own_url(page: str, app: AppServer, open_page: OpenPage) -> None:
    assert_works_in_every_view(app, page, open_page)


@pytest.mark.slow
def test_page_opens_as_the_first_of_a_server(fresh_app: AppServer, open_page: OpenPage) -> None:
    assert_works_in_every_view(fresh_app, FIRST_VISITED, open_page)


def test_navigation_lists_every_page(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url)
    links = view.page.get_by_test_id("stTopNavLink").or_(view.page.get_by_test_id("stSidebarNavLink"))
    targets = {Path(urlsplit(link.get_attribute("href") or "").path).name for link in links.all()}
    assert targets == {path_of(page).strip("/") for page in PAGES}


def test_unknown_page_says_so(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/no-such-page")
    assert view.page.get_by_text("Page not found").count() == 1
