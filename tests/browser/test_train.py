"""A whole training in a real browser: start on the shipped spectrograms, watch, stop, resume, use, delete, end."""

import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from core.jobs.api import Jobs
from core.synth import DEMO_TRACKS
from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, AppServer, LabPage, running_app
from tests.support.jobs_world import require_none_left

expect.set_options(timeout=PAGE_TIMEOUT_MS)

EPOCHS = 6
RUN_TIMEOUT_MS = 300_000  # of a busy machine


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs; whatever a failed test leaves running is ended."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("LAB_RUNS_DIR", str(folder))
    monkeypatch.delenv("LAB_TRAINING", raising=False)
    yield folder
    jobs = Jobs(folder)
    for job in jobs.list():
        if job.is_active or job.state == "queued":
            jobs.stop(job.run_id, deadline_s=1.0)
    require_none_left(folder)


@pytest.fixture
def training_app(chromium_path: Path, runs: Path, lab_cache_dir: Path, tmp_path: Path) -> Iterator[AppServer]:
    with running_app(tmp_path / "server.log") as server:
        yield server


def set_number(view: LabPage, label: str, value: int) -> None:
    field = view.page.get_by_role("spinbutton", name=label)
    field.fill(str(value))
    field.press("Enter")
    view.wait_until_idle()


@pytest.mark.slow
def test_a_run_from_start_to_deletion(training_app: AppServer, runs: Path, open_page: OpenPage) -> None:
    view = open_page(training_app.url, "/train")
    page = view.page
    server = psutil.Process(training_app.pid)
    family = [server, *server.children(recursive=True)]
    for label, value in (("Training clips", 20), ("Epochs, at most", EPOCHS), ("Batch size", 8)):
        set_number(view, label, value)
    page.get_by_role("button", name="Start", exact=True).click()

    # Two epochs are watched, without a click, in two browsers.
    other = open_page(training_app.url, "/train")
    for watched in (page, other.page):
        expect(watched.get_by_text(re.compile(rf"epoch [3-{EPOCHS}] of {EPOCHS}, batch"))).to_be_visible(
            timeout=RUN_TIMEOUT_MS
        )
        expect(watched.get_by_test_id("stPlotlyChart")).to_have_count(2)
    page.get_by_role("button", name="Stop", exact=True).click()
    for watched in (page, other.page):
        expect(watched.get_by_text(re.compile(rf"Ended in epoch \d of {EPOCHS}"))).to_be_visible()
    require_none_left(runs)  # nor its supervisor

    page.get_by_role("button", name="Resume").click()
    for watched in (page, other.page):
        expect(watched.get_by_text(f"Finished after {EPOCHS} of {EPOCHS} epochs.")).to_be_visible(
            timeout=RUN_TIMEOUT_MS
        )
    other.assert_healthy()
    view.assert_healthy()
    with page.expect_download() as download:
        page.get_by_role("button", name="Checkpoint").click()
    assert download.value.suggested_filename == "genre-lesson.zip"

    page.get_by_role("button", name="Use it in Analyze").click()
    page.get_by_role("radio", name="Demo tracks").click()
    page.get_by_role("radio", name=DEMO_TRACKS[0].name).click()
    expect(page.get_by_text(re.compile(r"(High|Moderate|Low) confidence")).first).to_be_visible()
    view.assert_healthy()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download JSON").click()
    assert '"genre_checkpoint": "genre-lesson"' in Path(download.value.path()).read_text()

    page.get_by_test_id("stTopNavLink").filter(has_text="Train").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    for watched in (page, other.page):
        expect(watched.get_by_text("There is no run yet")).to_be_visible()
    assert [path for path in runs.iterdir() if not path.name.startswith(".")] == []
    view.assert_healthy()
    other.assert_healthy()
    training_app.assert_no_traceback()

    # Ended as by its user, while nothing trains, the app leaves no process behind.
    family += server.children(recursive=True)
    server.terminate()
    gone, left = psutil.wait_procs(family, timeout=30.0)
    assert not left
    assert gone
