"""Fixtures of the browser tests: a Chromium, running apps, pages.

A test asks for `open_page` and one of `app_url` (one server for all; `app` with its log), `gtzan_app_url` (the same
with GTZAN audio) or `fresh_app` (a server that nobody has visited yet). Of a test that fails, the pages are
kept as pictures in `screens/`.
"""

import os
import signal
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.harness import (
    MICROPHONE_ARGS,
    AppServer,
    LabPage,
    Theme,
    find_chromium,
    launch_chromium,
    running_app,
    screenshot,
)

REQUIRE_BROWSER = os.environ.get("REQUIRE_BROWSER") == "1"
FAILED = pytest.StashKey[bool]()
ELSEWHERE = "/analyze"
"""A page that is drawn quickly and that `visit` is not for: uploads stay with the session."""


class OpenPage(Protocol):
    """Opens a page of the app; `script` runs before the page's own."""

    def __call__(
        self,
        app_url: str,
        path: str = "/",
        *,
        theme: Theme = "light",
        width: int = 1280,
        height: int = 900,
        microphone: bool = False,
        script: str = "",
    ) -> LabPage: ...


@dataclass
class Contexts:
    """Profiles of the browsers, made when they are first asked for.

    Attributes:
        request: gets the browsers.
        opened: profiles there are, by whether they have a microphone.
    """

    request: pytest.FixtureRequest
    opened: dict[bool, BrowserContext] = field(default_factory=dict)

    def of(self, app_url: str, microphone: bool = False) -> BrowserContext:
        """The profile without or with a microphone."""
        if microphone not in self.opened:
            chromium: Browser = self.request.getfixturevalue("microphone_browser" if microphone else "browser")
            self.opened[microphone] = chromium.new_context(reduced_motion="reduce")
            # Stays open: the site's process outlives the tests' pages, and with it the JavaScript it has compiled.
            self.opened[microphone].new_page().goto(f"{app_url}/_stcore/health")
        return self.opened[microphone]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_BROWSER=1 a skipped browser test is a failed one."""
    report = yield
    if REQUIRE_BROWSER and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_BROWSER=1, but this test was skipped: {report.longrepr}"
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session", autouse=True)
def end_servers_when_terminated() -> Iterator[None]:
    """A terminated test run ends like an interrupted one: its servers and browsers are closed."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, previous)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium_path(playwright: Playwright) -> Path:
    """The browser to use; without one the browser tests are skipped."""
    path = find_chromium(playwright)
    if path is None:
        pytest.skip("needs Chromium: install chromium or google-chrome, or name it in the variable CHROMIUM")
    return path


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium_path: Path) -> Iterator[Browser]:
    """A Chromium that asks before it gives the microphone away; headless, nobody says yes."""
    chromium = launch_chromium(playwright, chromium_path)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def microphone_browser(playwright: Playwright, chromium_path: Path) -> Iterator[Browser]:
    """A Chromium whose microphone beeps."""
    chromium = launch_chromium(playwright, chromium_path, *MICROPHONE_ARGS)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def shared_contexts(request: pytest.FixtureRequest) -> Contexts:
    """A profile without, and one with a microphone, which end with their browsers: tests share the cache of each."""
    return Contexts(request)


class Visit(Protocol):
    """Goes to a path of the shared app in a session that others have used; no widget remembers what they did."""

    def __call__(self, path: str, *, theme: Theme = "light", height: int = 900) -> LabPage: ...


@pytest.fixture(scope="session")
def visitors() -> list[LabPage]:
    """The page of `visit`, once there is one."""
    return []


@pytest.fixture
def visit(
    request: pytest.FixtureRequest, app_url: str, shared_contexts: Contexts, visitors: list[LabPage]
) -> Iterator[Visit]:
    """Visits pages of the shared app without loading Streamlit anew, most of the cost of opening one."""

    def go(path: str, *, theme: Theme = "light", height: int = 900) -> LabPage:
        if visitors:
            visitors[0].go(ELSEWHERE)  # Streamlit forgets the widgets of the page before
        else:
            visitors.append(LabPage(shared_contexts.of(app_url).new_page(), app_url))
            visitors[0].open(ELSEWHERE)
        view = visitors[0]
        view.page.emulate_media(color_scheme=theme)
        view.page.set_viewport_size({"width": 1280, "height": height})
        view.go(path)
        return view

    yield go
    if request.node.stash.get(FAILED, True):
        for view in visitors:
            screenshot(view.page, request.node.name)
            view.page.close()
        visitors.clear()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, shared_contexts: Contexts) -> Iterator[OpenPage]:
    """Opens pages; closes them after the test, and forgets what they stored."""
    pages: list[Page] = []

    def open_one(
        app_url: str,
        path: str = "/",
        *,
        theme: Theme = "light",
        width: int = 1280,
        height: int = 900,
        microphone: bool = False,
        script: str = "",
    ) -> LabPage:
        page = shared_contexts.of(app_url, microphone).new_page()
        pages.append(page)
        page.add_init_script(script)
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": height})
        lab_page = LabPage(page, app_url)
        lab_page.open(path)
        return lab_page

    yield open_one
    for number, page in enumerate(pages):
        if not page.is_closed():
            if request.node.stash.get(FAILED, False):
                screenshot(page, f"{request.node.name}-{number}")
            page.evaluate("localStorage.clear()")
            page.close()
    for context in shared_contexts.opened.values():
        context.clear_cookies()


@pytest.fixture
def fresh_app(chromium_path: Path, lab_cache_dir: Path, tmp_path: Path) -> Iterator[AppServer]:
    """A server that nobody has visited yet."""
    with running_app(tmp_path / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def app(chromium_path: Path, lab_cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """One app for the whole session, without GTZAN audio."""
    with running_app(tmp_path_factory.mktemp("app") / "server.log") as server:
        yield server


@pytest.fixture(scope="session")
def app_url(app: AppServer) -> str:
    """Its address."""
    return app.url


@pytest.fixture(scope="session")
def gtzan_app_url(
    chromium_path: Path, lab_cache_dir: Path, gtzan_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """One app for the whole session that knows where the GTZAN audio is."""
    with running_app(tmp_path_factory.mktemp("app") / "server.log", gtzan_dir) as server:
        yield server.url
