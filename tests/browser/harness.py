"""The app in a process of its own, and a browser page that knows how Streamlit behaves.

The fixtures in `conftest.py` hand these out; a test needs `LabPage` for its type only.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright, Request

REPO = Path(__file__).resolve().parents[2]
APP = REPO / "streamlit_app.py"
SCREENS = Path(__file__).parent / "screens"

START_TIMEOUT_S = 120.0  # the first import of torch on a busy machine
STOP_TIMEOUT_S = 10.0
PAGE_TIMEOUT_MS = 60_000

Theme = Literal["light", "dark"]

CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages of a site share a process and what V8 has compiled there: Streamlit's and Plotly's scripts are half the CPU
    # of a page's opening.
    "--process-per-site",
    # Compiling beside the page takes a tenth more CPU, and other tests have use for it.
    "--js-flags=--single-threaded",
    # The address bar's own pages, which Chromium draws for each window: half a second of CPU. The flag stands in the
    # place of Playwright's, so what a test needs of that list is here again.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,HttpsUpgrades,MediaRouter,OptimizationHints,PaintHolding",
)
MICROPHONE_ARGS = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")

IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
UNFINISHED = '[data-testid="stSkeleton"], [data-testid="stSpinner"], [data-testid="stAppSkeleton"]'
SETTLE_MS = 300  # a rerun that a widget asks for starts within this time
FOLLOW_TIMEOUT_S = 10.0  # until figures have taken on the width of the window


def find_chromium(playwright: Playwright) -> Path | None:
    """The Chromium to use: the variable CHROMIUM, then the system's, then the one Playwright installed."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named)
    for command in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(command)
        if found:
            return Path(found)
    own = Path(playwright.chromium.executable_path)
    return own if own.is_file() else None


def launch_chromium(playwright: Playwright, executable: Path, *more_args: str) -> Browser:
    """A headless Chromium that talks to nobody but the app."""
    return playwright.chromium.launch(executable_path=executable, args=[*CHROMIUM_ARGS, *more_args])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _is_healthy(url):
        if server.poll() is not None:
            raise RuntimeError(f"the app ended with code {server.returncode}:\n{log.read_text()[-3000:]}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the app did not answer within {START_TIMEOUT_S:.0f} s:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def _signal_group(server: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(server.pid, number)
    except ProcessLookupError:
        return


def _stop(server: subprocess.Popen[bytes]) -> None:
    _signal_group(server, signal.SIGTERM)
    try:
        server.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal_group(server, signal.SIGKILL)  # whatever the server itself has started, too
        server.wait()


@dataclass(frozen=True)
class AppServer:
    """A running app.

    Attributes:
        url: where it answers, without a slash at the end.
        log: file with its output.
        pid: its process.
    """

    url: str
    log: Path
    pid: int

    def assert_no_traceback(self) -> None:
        """Fails if a page raised: visitors see only its type, the log has the rest."""
        text = self.log.read_text(errors="replace")
        assert "Traceback (most recent call last)" not in text, text[-4000:]


@contextmanager
def running_app(
    log: Path, gtzan_dir: Path | None = None, script: Path = REPO / "streamlit_app.py"
) -> Iterator[AppServer]:
    """Starts a fresh server on a free port and ends it with everything it started.

    Args:
        log: file to write the server's output to.
        gtzan_dir: GTZAN audio that the app shall know of; None for an app that has none.
        script: the app.
    """
    env = {name: value for name, value in os.environ.items() if name != "GTZAN_DIR"}
    if gtzan_dir is not None:
        env["GTZAN_DIR"] = str(gtzan_dir)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=REPO, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_healthy(url, server, log)
        yield AppServer(url, log, server.pid)
    finally:
        _stop(server)


@dataclass
class LabPage:
    """A browser page on the app, with what it did wrong so far.

    Attributes:
        page: Playwright's page, for everything not covered here.
        url: the app's address.
        console_errors: console errors and uncaught exceptions.
        foreign_requests: addresses asked for that are not the app's; the app must work without a network.
    """

    page: Page
    url: str
    console_errors: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PAGE_TIMEOUT_MS)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", self._note_exception)
        self.page.on("request", self._note_request)

    def _note_console(self, message: ConsoleMessage) -> None:
        # Streamlit's own probe: below a page's URL it first looks for the server there, and gets a 404.
        is_probe = "/_stcore/" in urlsplit(message.location["url"]).path.removeprefix("/_stcore/")
        if message.type == "error" and not is_probe:
            self.console_errors.append(f"{message.text} ({message.location['url']})")

    def _note_exception(self, error: Error) -> None:
        self.console_errors.append(f"uncaught: {error}")

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != urlsplit(self.url).netloc:
            self.foreign_requests.append(request.url)

    def open(self, path: str = "/") -> None:
        """Goes to a path such as "/browse" and waits until it is drawn."""
        self.page.goto(urljoin(f"{self.url}/", path.lstrip("/")))
        self.wait_until_idle()

    def go(self, path: str) -> None:
        """Moves to another page of the session, as the browser's back button does, and waits until it is drawn."""
        title = self.page.title()
        self.page.evaluate(
            "path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }", path
        )
        self.page.wait_for_function("title => document.title !== title", arg=title)
        self.wait_until_idle()

    def show_in(self, theme: Theme, width: int) -> None:
        """Changes the system's theme and the window's width, and waits until everything is drawn anew."""
        size = self.page.viewport_size
        assert size is not None
        self.page.emulate_media(color_scheme=theme)
        self.page.set_viewport_size({"width": width, "height": size["height"]})
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Waits until the script has run and everything it sent is drawn."""
        quiet = 0
        deadline = time.monotonic() + PAGE_TIMEOUT_MS / 1000
        while quiet < 2:
            self.page.wait_for_selector(IDLE, state="attached")
            self.page.wait_for_timeout(SETTLE_MS / 2)
            is_idle = self.page.locator(IDLE).count() == 1 and self.page.locator(UNFINISHED).count() == 0
            quiet = quiet + 1 if is_idle else 0
            assert time.monotonic() < deadline, f"{self.page.url} is still busy after {PAGE_TIMEOUT_MS / 1000:.0f} s"

    def assert_healthy(self) -> None:
        """Fails on an exception box, an error in the console, or a request to another machine."""
        boxes = self.page.get_by_test_id("stException").all_inner_texts()
        assert not boxes, f"{self.page.url} shows an exception: {boxes}"
        assert not self.console_errors, f"{self.page.url} wrote to the console: {self.console_errors}"
        assert not self.foreign_requests, f"{self.page.url} asked other machines: {self.foreign_requests}"

    def assert_fits_width(self) -> None:
        """Fails if the page must be scrolled sideways, once figures have followed the window."""
        deadline = time.monotonic() + FOLLOW_TIMEOUT_S
        while too_wide := self._too_wide():
            assert time.monotonic() < deadline, f"{self.page.url} is wider than the window: {too_wide}"
            self.page.wait_for_timeout(SETTLE_MS)

    def _too_wide(self) -> list[str]:
        found: list[str] = self.page.evaluate(
            """() => ['html', '[data-testid="stMain"]', '[data-testid="stMainBlockContainer"]']
                .map(selector => [selector, document.querySelector(selector)])
                .filter(([, node]) => node !== null && node.scrollWidth > node.clientWidth + 1)
                .map(([selector, node]) => `${selector}: ${node.scrollWidth} > ${node.clientWidth} px`)"""
        )
        return found

    def background_rgb(self) -> tuple[int, int, int]:
        """Background colour that the app is drawn on."""
        colour: str = self.page.get_by_test_id("stApp").evaluate("node => getComputedStyle(node).backgroundColor")
        red, green, blue = colour.removeprefix("rgb(").removesuffix(")").split(", ")
        return int(red), int(green), int(blue)


def screenshot(page: Page, name: str) -> None:
    """Writes `screens/NAME.png`, the whole height of the page."""
    SCREENS.mkdir(exist_ok=True)
    size = page.viewport_size
    assert size is not None
    content = page.evaluate("document.querySelector('[data-testid=stMain]')?.scrollHeight ?? 0")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(int(content), 6_000))})
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=SCREENS / f"{re.sub('[^a-z0-9_-]+', '-', name)}.png")
