"""How fast the results page opens and answers a click, in headless Chromium: `python -m tests.browser.page_times`.

No test, for a machine is fast or slow and busy or not. Server and browser have shown the page before, so both are warm.
A page is watched from within and left alone while it works: what asks it all the time whether it is done makes it slow.
"""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.browser.harness import LabPage, Theme, find_chromium, launch_chromium, running_app

N_TIMES = 5
WIDTHS = (1280, 400)
THEMES: tuple[Theme, ...] = ("light", "dark")
GENRE, TEMPO = "/results", "/results?part=Tempo"
MATRICES = "/results?part=Confusion&first=genre-strong&second=genre-seed"
UNTIL_QUIET_MS = 3000
POINTER_RESTS_MS = 700

# When what has changed last. Tables repeat their cells for screen readers, unseen below the canvas.
_WATCH = """
window.changes = new Map();
new MutationObserver(changes => {
    for (const {target} of changes) {
        const element = target.closest ? target : target.parentElement;
        if (element && !element.closest('canvas')) window.changes.set(element, performance.now());
    }
}).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
# Looked at afterwards, for to ask where an element is makes a browser lay the page out.
_LAST_CHANGES = """
() => {
    const began = window.began ?? 0, last = {all: 0, screen: 0, words: 0};
    for (const [element, time] of window.changes) {
        if (!element.isConnected || time < began) continue;
        const {top, bottom, height} = element.getBoundingClientRect();
        last.all = Math.max(last.all, time - began);
        if (height && height <= innerHeight && bottom > 0 && top < innerHeight)
            last.screen = Math.max(last.screen, time - began);
        if (!element.closest('.stPlotlyChart')) last.words = Math.max(last.words, time - began);
    }
    return last;
}
"""
_WHEN_CLICKED = """
addEventListener('mousedown', () => { window.began = performance.now(); }, {once: true, capture: true});
"""


class Settled(NamedTuple):
    """Milliseconds from `window.began`, or from the beginning of the page, to the last change.

    Attributes:
        all: anywhere on the page, below what the window shows, too.
        screen: of what the window shows.
        words: anywhere but in figures: lists and sentences.
    """

    all: float
    screen: float
    words: float


def settled_ms(page: Page) -> Settled:
    """Waits until nothing changes any more, and says when it had come to that."""
    page.wait_for_timeout(UNTIL_QUIET_MS)
    return Settled(**page.evaluate(_LAST_CHANGES))


def opened_ms(view: LabPage, path: str) -> Settled:
    """From an empty tab."""
    view.page.goto("about:blank")
    view.page.goto(f"{view.url}{path}", wait_until="commit")
    return settled_ms(view.page)


def reached_ms(view: LabPage) -> Settled:
    """From the browse page, by the link in the navigation; below the menu where it is narrow."""
    view.open("/browse")
    link = view.page.locator('a[href$="/results"]').first
    link.evaluate("node => { window.began = performance.now(); node.click(); }")
    return settled_ms(view.page)


def clicked_ms(view: LabPage, shape: Locator, across: float, down: float) -> Settled:
    """On a place in a shape, given as shares of its width and height."""
    shape.scroll_into_view_if_needed()
    view.page.wait_for_timeout(POINTER_RESTS_MS)
    box = shape.bounding_box()
    assert box is not None
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    view.page.mouse.move(x - 1, y)
    view.page.mouse.move(x, y)
    view.page.wait_for_timeout(POINTER_RESTS_MS)  # Plotly looks for what is below it
    view.page.evaluate(_WHEN_CLICKED)
    view.page.mouse.click(x, y)
    return settled_ms(view.page)


def cell_ms(view: LabPage, number: int) -> Settled:
    """A click on a right answer in the first matrix."""
    place = (number + 0.5) / 10
    return clicked_ms(view, view.page.locator(".js-plotly-plot").first.locator(".nsewdrag").first, place, place)


def point_ms(view: LabPage, number: int) -> Settled:
    """A click on a point of the scatter."""
    points = view.page.locator(".js-plotly-plot").first.locator(".points path")
    return clicked_ms(view, points.nth(number * 15), 0.5, 0.5)


def measure(browser: Browser, url: str, theme: Theme, width: int) -> None:
    """Prints the times of one theme and width."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    context.add_init_script(_WATCH)
    view = LabPage(context.new_page(), url)
    for path in (TEMPO, MATRICES, GENRE):
        view.open(path)

    def say(what: str, once: Callable[[int], Settled]) -> None:
        times = [once(number) for number in range(N_TIMES)]
        columns = "".join(f"{statistics.median(each):9.0f} {max(each):5.0f}" for each in zip(*times, strict=True))
        print(f"{theme:5} {width:5} px  {what:20}{columns}", flush=True)

    say("opened from nothing", lambda _: opened_ms(view, GENRE))
    say("the same, matrices", lambda _: opened_ms(view, MATRICES))
    say("from another page", lambda _: reached_ms(view))
    view.open(MATRICES)
    say("click on the matrix", lambda number: cell_ms(view, number))
    view.open(TEMPO)
    say("click on the scatter", lambda number: point_ms(view, number))
    view.assert_healthy()
    context.close()


def main() -> None:
    """Prints median and longest time, milliseconds, of each action in each theme and width; see `Settled`."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        executable = find_chromium(playwright)
        assert executable is not None, "No Chromium found: install one, or name it in CHROMIUM."
        with running_app(Path(folder) / "app.log") as app:
            browser = launch_chromium(playwright, executable)
            print(f"ms, median and worst of {N_TIMES}{'':11}{'all drawn':>15}{'first screen':>15}{'words':>15}")
            for theme in THEMES:
                for width in WIDTHS:
                    measure(browser, app.url, theme, width)


if __name__ == "__main__":
    main()
