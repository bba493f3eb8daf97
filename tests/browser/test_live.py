"""Live in a real browser: a microphone that plays a demo track."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Browser, Playwright, expect

from core.synth import DEMO_TRACKS
from core.types import GENRES
from tests.browser.harness import MICROPHONE_ARGS, PAGE_TIMEOUT_MS, LabPage, launch_chromium

expect.set_options(timeout=PAGE_TIMEOUT_MS)

WATCHED_MS = 8_000
GENRE = re.compile(rf"^({'|'.join(GENRES)}) .+%$|^No genre fits$")
# The least opacity of anything that is seen, a product over all that it lies in; and where the ring stood while there
# was a headline. The ring lies in the shadow of its component.
_WATCH = """() => {
  const opacity = (node) => { let share = 1; for (; node; node = node.parentElement)
    share *= Number(getComputedStyle(node).opacity); return share; };
  window.seen = []; window.headlines = [];
  window.watching = setInterval(() => {
    const shown = [...document.querySelectorAll('[data-testid="stMain"] [data-testid="stElementContainer"]')];
    window.seen.push(Math.min(1, ...shown.filter((node) => node.offsetHeight > 30).map(opacity)));
    const headline = document.querySelector('[data-testid="stMain"] h2');
    const shadows = [...document.querySelectorAll('[data-testid="stMain"] *')].map((node) => node.shadowRoot);
    const ring = shadows.map((shadow) => shadow?.querySelector('[role="progressbar"]')).find(Boolean);
    if (headline) window.headlines.push(Number(ring.ariaValueNow));
  }, 50);
}"""


@pytest.fixture
def live_page(playwright: Playwright, chromium_path: Path, tmp_path: Path, app_url: str) -> Iterator[LabPage]:
    """The page in a Chromium that does not spare movement and whose microphone plays music."""
    track = DEMO_TRACKS[0].track()
    heard = tmp_path / "heard.wav"
    soundfile.write(heard, track.samples, track.sample_rate, subtype="PCM_16")
    chromium: Browser = launch_chromium(
        playwright, chromium_path, *MICROPHONE_ARGS, f"--use-file-for-fake-audio-capture={heard}"
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="no-preference")
    view = LabPage(context.new_page(), app_url)
    view.open("/analyze?source=Live")
    yield view
    chromium.close()


def test_no_genre_before_ten_seconds_while_the_spectrogram_grows(live_page: LabPage) -> None:
    page = live_page.page
    page.evaluate(_WATCH)
    page.get_by_role("button", name="Start listening").click()
    expect(page.get_by_text(re.compile(r"Listening, [1-4] of 10 s"))).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile("[1-9]"))
    expect(page.get_by_role("figure", name=re.compile("^Mel-spectrogram, [1-9] seconds"))).to_be_visible()
    expect(page.get_by_text("The genre appears after 10 seconds.")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name=GENRE)).to_be_visible()
    expect(page.get_by_role("figure", name=re.compile("^Mel-spectrogram, 10 seconds"))).to_be_visible()
    assert set(page.evaluate("() => window.headlines")) == {10}, "no headline before ten seconds"
    expect(page.get_by_text("Listening, the last 10 s")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Start listening")).to_be_visible()
    live_page.wait_until_idle()
    live_page.assert_healthy()


def test_nothing_fades_while_it_is_drawn_anew(live_page: LabPage) -> None:
    page = live_page.page
    page.get_by_role("button", name="Start listening").click()
    expect(page.get_by_role("heading", level=2, name=GENRE)).to_be_visible()
    figure = page.get_by_role("figure", name=re.compile("^Mel-spectrogram"))
    first = figure.get_attribute("aria-label")
    page.evaluate(_WATCH)
    page.wait_for_timeout(WATCHED_MS)
    seen = page.evaluate("() => window.seen")
    assert figure.get_attribute("aria-label") != first, "it was drawn anew meanwhile"
    assert len(seen) > WATCHED_MS / 200
    assert min(seen) > 0.99, f"faded in {sum(share < 0.6 for share in seen)} of {len(seen)} moments"
