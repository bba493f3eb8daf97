"""Live in a real browser: a microphone that plays a demo track, heard over WebRTC and over the page's connection."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from core.synth import DEMO_TRACKS
from tests.browser.harness import MICROPHONE_ARGS, PAGE_TIMEOUT_MS, LabPage, launch_chromium

expect.set_options(timeout=PAGE_TIMEOUT_MS)

Listen = Callable[..., LabPage]
TRACK = DEMO_TRACKS[0]
WATCHED_MS = 6_000
NO_WEBRTC = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;"
# The least opacity of anything that is seen, a product over all that it lies in; and what the stage says meanwhile.
WATCH = """() => {
  const opacity = (node) => { let share = 1; for (; node; node = node.parentElement)
    share *= Number(getComputedStyle(node).opacity); return share; };
  const shadows = [...document.querySelectorAll('[data-testid="stMain"] *')].map((node) => node.shadowRoot);
  const stage = shadows.map((shadow) => shadow?.querySelector(".stage")).find(Boolean);
  window.seen = [];
  window.watching = setInterval(() => {
    const shown = [...document.querySelectorAll('[data-testid="stMain"] [data-testid="stElementContainer"]')];
    window.seen.push({
      faded: Math.min(1, ...shown.filter((node) => node.offsetHeight > 30).map(opacity)),
      recorded: Number(stage.querySelector('[role="progressbar"]').ariaValueNow),
      genre: stage.querySelector("h2 .new").dataset.text,
      picture: stage.querySelector("canvas").toDataURL().length,
    });
  }, 100);
}"""


@pytest.fixture
def listen(playwright: Playwright, chromium_path: Path, tmp_path: Path, app_url: str) -> Iterator[Listen]:
    """Opens the page in a Chromium that does not spare movement and whose microphone plays music."""
    heard = tmp_path / "heard.wav"
    heard.write_bytes(TRACK.wav_bytes())
    with ExitStack() as stack:

        def open_page(script: str = "") -> LabPage:
            chromium: Browser = launch_chromium(
                playwright, chromium_path, *MICROPHONE_ARGS, f"--use-file-for-fake-audio-capture={heard}"
            )
            stack.callback(chromium.close)
            context = chromium.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="no-preference")
            context.add_init_script(script)
            view = LabPage(context.new_page(), app_url)
            view.open("/analyze?source=Live")
            view.page.get_by_role("button", name="Start listening").click()
            return view

        yield open_page


def genre_and_bpm(page: Page) -> tuple[str, float]:
    """What the stage shows."""
    genre, tempo = page.locator(".stage h2 .new").all()
    expect(tempo).to_have_text(re.compile("BPM"))
    return str(genre.get_attribute("data-text")), float(str(tempo.get_attribute("data-text")).split()[0])


def of_the_take(view: LabPage) -> tuple[str, float]:
    """What the page predicts from the take, as from an upload, once it is stopped."""
    view.page.get_by_role("button", name="Stop", exact=True).click()
    headings = view.page.get_by_test_id("stHeading")
    expect(headings.filter(has_text="BPM")).to_be_visible()
    view.wait_until_idle()
    genre, tempo = (heading.inner_text() for heading in headings.filter(has_text="%").all())
    return genre.split()[0], float(tempo.split()[0])


@pytest.mark.slow
def test_over_webrtc(listen: Listen) -> None:
    view = listen()
    page = view.page
    page.evaluate(WATCH)
    expect(page.get_by_text(re.compile(r"Listening, [1-4] of 10 s"))).to_be_visible()
    expect(page.get_by_text("The genre appears after 10 seconds.")).to_be_visible()
    expect(page.get_by_text("Listening, the last 10 s")).to_be_visible()
    live = genre_and_bpm(page)
    page.wait_for_timeout(WATCHED_MS)
    seen = page.evaluate("() => window.seen")
    assert {each["genre"] for each in seen if each["recorded"] < 9} == {"…"}, "no genre before ten seconds"
    assert len({each["picture"] for each in seen}) > len(seen) / 4, "the spectrogram moves"
    faded = sum(each["faded"] < 0.95 for each in seen)
    assert faded / len(seen) < 0.05, f"faded in {faded} of {len(seen)} moments"
    expect(page.get_by_role("img", name=re.compile(r"Genres of the last minute: \w+ until"))).to_be_visible()
    assert page.get_by_text("the page's own connection").count() == 0
    taken = of_the_take(view)
    assert live[1] == pytest.approx(TRACK.tempo_bpm, rel=0.02)
    assert taken[1] == pytest.approx(live[1], rel=0.02)
    assert taken[0] == live[0]
    expect(page.get_by_text(re.compile(r"^take 1\.wav"))).to_be_visible()
    view.assert_healthy()


@pytest.mark.slow
def test_without_webrtc_the_page_sends_the_sound_itself_and_says_so(listen: Listen) -> None:
    view = listen(NO_WEBRTC)
    page = view.page
    expect(page.get_by_text(re.compile("No sound came over WebRTC .* the page's own connection"))).to_be_visible()
    assert int(page.get_by_role("progressbar").get_attribute("aria-valuenow") or 0) <= 10, "within ten seconds"
    live = genre_and_bpm(page)
    taken = of_the_take(view)
    assert live[1] == pytest.approx(TRACK.tempo_bpm, rel=0.02)
    assert taken == (live[0], pytest.approx(live[1], rel=0.02))
