"""Fixtures of the browser tests: a Chromium, running apps, pages.

A test asks for `open_page` and one of `app_url` (one server for all; `app` with its log), `gtzan_app_url` (the same
with GTZAN audio) or `fresh_app` (a server that nobody has visited yet). Of a test that fails, the pages are
kept as pictures in `screens/`.
"""

import os
import signal
from collections.abc import Generator, Iterator
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
def shared_contexts() -> dict[bool, BrowserContext]:
    """A profile without, and one with a microphone, which end with their browsers: tests share the cache of each."""
    return {}


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, browser: Browser, shared_contexts: dict[bool, BrowserContext]
) -> Iterator[OpenPage]:
    """Opens pages; closes them after the test, and forgets what they stored."""
    pages: list[Page] = []

    def context_of(app_url: str, microphone: bool) -> BrowserContext:
        if microphone not in shared_contexts:
            chromium: Browser = request.getfixturevalue("microphone_browser") if microphone else browser
            shared_contexts[microphone] = chromium.new_context(reduced_motion="reduce")
            # Stays open: the site's process outlives the tests' pages, and with it the JavaScript it has compiled.
            shared_contexts[microphone].new_page().goto(f"{app_url}/_stcore/health")
        return shared_contexts[microphone]

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
        page = context_of(app_url, microphone).new_page()
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
    for context in shared_contexts.values():
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
