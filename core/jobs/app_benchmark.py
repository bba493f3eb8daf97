"""Does a training disturb the app, and how far is the app behind the training? Measured in a real browser, in one run.

A server and a folder of runs of its own, a genre run on the spectrograms that ship, and Chromium, driven by Playwright
(requirements-dev.txt). What the two sides do is timed by the clock of the one machine that both run on.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from core.data.splits import DEFAULT_SPLIT_SEED
from core.errors import BenchmarkError
from core.jobs.api import RAY_VARIABLE, Jobs
from core.jobs.job import RUNS_VARIABLE
from core.jobs.supervisor import LOCK_NAME
from core.runs.curves import Curves, read_curves
from core.runs.lock import is_held
from core.runs.request import SHIPPED, TrainRequest
from core.system.paths import ROOT

if TYPE_CHECKING:  # a library for tests: the app and its users do without
    from playwright.sync_api import Page, Playwright

MOST_SLOWDOWN, MOST_LAG_S, MOST_POLLING_CPU = 2.0, 3.0, 0.020
"""What the app promises: answers while training against idle; curves behind their file; CPU a second and session."""

_PATIENCE_S = 300.0
_N_WARM_UP = 3
_LOOK_S = 0.02
_SETTLE_S = 5.0
"""After the curves are there, until watching costs what it costs from then on."""
_N_QUIET = 15
"""Looks in a row, a tenth of a second apart, at which a page must be at rest."""
_IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'

# Presses “Next” and waits until the server has answered: a new address, the clip that it names in the text, and a
# script that has run to its end. The address alone is too early a sign: the browser may not yet know that one runs.
_STEP = """async () => {
  const app = document.querySelector('[data-testid="stApp"]');
  const buttons = [...document.querySelectorAll('[data-testid="stMain"] button')];
  const before = location.search, began = performance.now();
  buttons.find((button) => button.innerText.includes("Next")).click();
  const text = () => document.querySelector('[data-testid="stMain"]').innerText;
  const isShown = () => text().includes(new URLSearchParams(location.search).get("clip"));
  const answered = () => location.search !== before && isShown() && app.dataset.testScriptState === "notRunning";
  while (!answered()) {
    if (performance.now() - began > 120000) throw new Error("no answer to a click for two minutes");
    await new Promise((resume) => setTimeout(resume, 5));
  }
  return (performance.now() - began) / 1000;
}"""
# Notes when the newest point of any drawn curve changes: seconds since 1970, and its epoch.
_WATCH = """() => {
  window.drawn = [];
  let latest = 0;
  setInterval(() => {
    const lines = [...document.querySelectorAll(".js-plotly-plot")].flatMap((plot) => plot.data ?? []);
    const now = Math.max(0, ...lines.map((line) => line.x.at(-1) ?? 0));
    if (now > latest) { latest = now; window.drawn.push([Date.now() / 1000, now]); }
  }, 20);
}"""


@dataclass(frozen=True)
class AppTiming:
    """What was measured.

    Attributes:
        idle_s, training_s: each answer of “Browse the clips” to a click, without and beside a training.
        lags_s: from the writing of each line of the curves to its being drawn.
        polling_cpu: CPU seconds of the server a second, for one page that watches a run.
    """

    idle_s: tuple[float, ...]
    training_s: tuple[float, ...]
    lags_s: tuple[float, ...]
    polling_cpu: float

    @property
    def slowdown(self) -> float:
        """Median answer beside a training over that without."""
        return statistics.median(self.training_s) / statistics.median(self.idle_s)


def benchmark_app(n_interactions: int = 30, watch_s: float = 30.0) -> AppTiming:
    """Times the app beside a training that is its own.

    Args:
        n_interactions: clicks without and beside the training, each.
        watch_s: how long to watch the run on the train page, seconds.

    Raises:
        BenchmarkError: no Playwright, no Chromium, or the app or the run does not do what it should.
        TrainingError: the run cannot be started.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BenchmarkError(
            "This measurement drives a real browser with Playwright, which is not installed. Install it with "
            "'pip install -r requirements-dev.txt'."
        ) from error
    try:
        with (
            tempfile.TemporaryDirectory(prefix="lab-benchmark-", ignore_cleanup_errors=True) as name,
            sync_playwright() as driver,
            _app(Path(name)) as (url, server),
        ):
            return _measure(driver, url, server, Jobs(Path(name) / "runs"), n_interactions, watch_s)
    except Error as error:
        said = error.message.splitlines()[0]
        raise BenchmarkError(f"The browser waited in vain ({said}). Measure again on a calmer computer.") from error


def _measure(
    driver: "Playwright", url: str, server: psutil.Process, jobs: Jobs, n_interactions: int, watch_s: float
) -> AppTiming:
    browser = driver.chromium.launch(executable_path=_chromium(driver), args=["--no-sandbox", "--disable-gpu"])
    page = browser.new_page()
    page.set_default_timeout(_PATIENCE_S * 1000)
    _interactions(page, url, n_interactions)  # once for nothing, so that both see clips that were shown before
    idle_s = _interactions(page, url, n_interactions)
    with _training(jobs) as run_id:
        training_s = _interactions(page, url, n_interactions)
        page.goto("about:blank")
        alone = _cpu_share(server, lambda: time.sleep(watch_s))
        page.goto(f"{url}/train?run={run_id}")
        page.wait_for_selector(".js-plotly-plot")
        page.wait_for_timeout(_SETTLE_S * 1000)
        lags_s: list[float] = []
        watched = _cpu_share(server, lambda: lags_s.extend(_lags(page, jobs.folder / run_id, watch_s)))
        if not jobs.get(run_id).is_active:
            raise BenchmarkError(f"The training ended too early ({jobs.get(run_id).message}). Measure again.")
    browser.close()
    return AppTiming(tuple(idle_s), tuple(training_s), tuple(lags_s), max(0.0, watched - alone))


def _interactions(page: "Page", url: str, number: int) -> list[float]:
    """Seconds to each answer, the page open and warm."""
    page.goto(f"{url}/browse")
    page.get_by_role("button", name="Next").wait_for()
    _wait_until_quiet(page)
    return [float(page.evaluate(_STEP)) for _ in range(_N_WARM_UP + number)][_N_WARM_UP:]


def _wait_until_quiet(page: "Page") -> None:
    """A page opened by its own address may be drawn twice, and a click on the first drawing would be lost."""
    quiet, until = 0, time.monotonic() + _PATIENCE_S
    while quiet < _N_QUIET:
        page.wait_for_timeout(100)
        quiet = quiet + 1 if page.locator(_IDLE).count() == 1 else 0
        if time.monotonic() > until:
            raise BenchmarkError("The page did not come to rest. Measure again on a calmer computer.")


def _cpu_share(process: psutil.Process, work: Callable[[], object]) -> float:
    """CPU seconds a second of a process while something else goes on."""
    began_s, before = time.monotonic(), process.cpu_times()
    work()
    after = process.cpu_times()
    return float(after.user + after.system - before.user - before.system) / (time.monotonic() - began_s)


def _lags(page: "Page", folder: Path, watch_s: float) -> list[float]:
    """Seconds from the writing of each line to its being drawn."""
    written: list[tuple[float, float]] = []
    ended = threading.Event()
    looker = threading.Thread(target=_note_writing, args=(folder, written, ended), daemon=True)
    page.evaluate(_WATCH)
    looker.start()
    page.wait_for_timeout(watch_s * 1000)
    ended.set()
    looker.join()
    drawn: list[tuple[float, float]] = [(float(at), float(epoch)) for at, epoch in page.evaluate("window.drawn")]
    return lags(written, drawn)


def _note_writing(folder: Path, written: list[tuple[float, float]], ended: threading.Event) -> None:
    curves: Curves = read_curves(folder)
    while not ended.is_set():
        n_known = len(curves.points)
        curves = read_curves(folder, curves)
        if len(curves.points) > n_known:
            written.append((time.time(), max(point.epoch for point in curves.points[n_known:])))
        time.sleep(_LOOK_S)


def lags(written: list[tuple[float, float]], drawn: list[tuple[float, float]]) -> list[float]:
    """How long after its writing each point was drawn; those that were not yet drawn when the watch ended are left out.

    Args:
        written: time in seconds and epoch of each writing.
        drawn: time in seconds and newest epoch of each drawing, both growing.
    """
    found = []
    for written_s, epoch in written:
        drawn_s = next((at for at, newest in drawn if newest >= epoch - 1e-6), None)
        if drawn_s is not None:
            found.append(max(0.0, drawn_s - written_s))
    return found


@contextmanager
def _training(jobs: Jobs) -> Iterator[str]:
    """A genre run that trains; it is stopped, and all of it gone, at the end."""
    request = TrainRequest(
        "genre", "strong", "stratified", DEFAULT_SPLIT_SEED, None, 0, Path("unset"), "genre-benchmark",
        data=SHIPPED, changes={"epochs": 1_000},
    )  # fmt: skip
    run_id = jobs.start(request).run_id

    def trains() -> bool:
        jobs.list()  # keeps the queue going
        job = jobs.get(run_id)
        if job.state not in ("queued", "running"):
            raise BenchmarkError(f"The training did not begin: {job.message} Look at it with `python -m core train`.")
        return job.status is not None and job.status.batch > 0

    try:
        _wait_for(trains, "the training to begin")
        yield run_id
    finally:
        job = jobs.get(run_id)
        if job.is_active or job.state == "queued":
            jobs.stop(run_id, deadline_s=20.0)
        _wait_for(lambda: not jobs.get(run_id).is_active, "the training to stop")
        _wait_for(lambda: not is_held(jobs.folder / LOCK_NAME), "the supervisor to end")


@contextmanager
def _app(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A server that nobody else visits: its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {RUNS_VARIABLE: str(folder / "runs"), "LAB_TRAINING": "on"}
    environment.pop(RAY_VARIABLE, None)  # here it is trained
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "streamlit_app.py"), "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_for(lambda: server.poll() is not None or _answers(url), "the app to answer")
        if server.poll() is not None:
            last = (folder / "server.log").read_text(errors="replace").strip().splitlines()[-1:]
            raise BenchmarkError(f"The app did not start: {' '.join(last)} Start it with `make app` to see why.")
        yield url, psutil.Process(server.pid)
    finally:
        server.terminate()
        try:
            server.wait(10.0)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _chromium(driver: "Playwright") -> Path:
    named = os.environ.get("CHROMIUM")
    found = [named, *map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))]
    for path in [*filter(None, found), driver.chromium.executable_path]:
        if Path(path).is_file():
            return Path(path)
    raise BenchmarkError(
        "This measurement needs a Chromium, and none was found. Install chromium or google-chrome, or name it in the "
        "variable CHROMIUM."
    )


def _wait_for(what: Callable[[], bool], words: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not what():
        if time.monotonic() > until:
            raise BenchmarkError(f"Waited {_PATIENCE_S:.0f} s in vain for {words}. Try again on a calmer computer.")
        time.sleep(0.1)
