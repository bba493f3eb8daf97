"""The player in a real browser: one clock for sound and picture, by mouse and by keyboard, wherever it stands."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Locator, Page, expect

from core.data.beats import load_beats
from core.results.tempo_predictions import TEMPO_TABLE
from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, REPO, LabPage, Theme, running_app

expect.set_options(timeout=PAGE_TIMEOUT_MS)

PLAYED_MS = 8_000
LONG_S, LOW_RATE = 900, 8_000
# Notes what is sent to the server, and of each click which moment of the music it is placed at.
NOTE = """
window.sent = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (...args) { window.sent += 1; return send.apply(this, args); };
window.placed = [];
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (when, ...rest) {
  const music = document.querySelector("audio");
  const { contextTime } = this.context.getOutputTimestamp();
  const heard = contextTime > 0 ? contextTime : this.context.currentTime;
  window.placed.push(music.currentTime + when - heard);
  return start.call(this, when, ...rest);
};
"""
NOTE_BREAKS = """node => { window.breaks = [];
    for (const kind of ["pause", "emptied", "seeking", "waiting"]) node.addEventListener(kind,
        () => window.breaks.push(kind)); }"""
# Each time the playhead has been drawn: since when, and how far it is from the audio element's clock, both in ms.
FRAMES = """(track, ms) => new Promise(resolve => {
    const music = document.querySelector("audio"), playhead = track.querySelector(".playhead"), frames = [];
    let last = performance.now();
    const drawn = new MutationObserver(() => {
        const box = track.getBoundingClientRect(), at = playhead.getBoundingClientRect(), now = performance.now();
        const drawn_s = (at.left + at.width / 2 - box.left) / box.width * Number(track.ariaValueMax);
        frames.push([now - last, 1000 * Math.abs(drawn_s - music.currentTime)]);
        last = now;
    });
    drawn.observe(track, { attributeFilter: ["data-time"] });
    setTimeout(() => { drawn.disconnect(); resolve(frames); }, ms);
})"""


def track_of(page: Page) -> Locator:
    """The seek surface."""
    return page.get_by_role("slider", name="Position")


def place_s(page: Page) -> float:
    """Where the playhead is."""
    return float(track_of(page).get_attribute("data-time") or "nan")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def assert_in_step(page: Page, played_ms: int = PLAYED_MS) -> float:
    """While music plays the playhead is within 50 ms of its clock, and the server is not asked.

    Returns:
        Milliseconds that a frame takes, at the 95th percentile.
    """
    expect(button(page, "Pause")).to_be_visible()
    page.wait_for_function("document.querySelector('audio').currentTime > 0.1")
    before, sent = place_s(page), page.evaluate("window.sent")
    frames = np.array(track_of(page).evaluate(FRAMES, played_ms))
    taken_ms, apart_ms = frames.T
    slow_ms = float(np.percentile(taken_ms, 95))
    print(f"{len(frames)} frames of up to {slow_ms:.0f} ms; playhead at most {apart_ms.max():.1f} ms from the sound")
    assert len(frames) > played_ms / 100
    assert float(np.percentile(apart_ms, 99)) < 50  # a frame that other tests hold up comes late
    assert place_s(page) - before == pytest.approx(played_ms / 1000, abs=0.5), "it has moved with the music"
    assert page.evaluate("window.sent") == sent
    return slow_ms


@pytest.mark.slow
def test_sound_picture_and_clicks_keep_together(gtzan_app_url: str, open_page: OpenPage) -> None:
    view = open_page(gtzan_app_url, "/browse?clip=blues.00000", script=NOTE)
    page, music = view.page, view.page.locator("audio")
    assert music.evaluate("node => node.paused"), "nothing plays by itself"
    expect(music).to_be_hidden()
    assert float(track_of(page).get_attribute("aria-valuemax") or 0) == pytest.approx(30, abs=0.5)
    music.evaluate(NOTE_BREAKS)
    button(page, "Play").click()
    source = music.evaluate("node => node.currentSrc")
    predicted, annotated = button(page, "Predicted beats"), button(page, "Annotated beats")
    predicted.click()
    expect(predicted).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(1_000)
    annotated.click()
    assert_in_step(page)
    predicted.click()
    annotated.click()
    placed = page.evaluate("window.placed")
    assert len(placed) >= 20
    beats_s = [
        *TEMPO_TABLE.load("tempo-tcn-oof").by_clip["blues.00000"].beat_times_s,
        *load_beats()["blues.00000"].times_s,
    ]
    worst = max(min(abs(beat - time_s) for beat in beats_s) for time_s in placed)
    assert worst < 0.06, f"a click is {worst:.3f} s from every beat"
    page.wait_for_timeout(1_500)
    assert len(page.evaluate("window.placed")) == len(placed), "switched off, nothing clicks"
    page.get_by_role("radio", name="half", exact=True).click()  # the server draws anew
    expect(button(page, "Predicted beats, half")).to_be_visible()
    assert page.evaluate("window.breaks") == []
    assert music.evaluate("node => node.currentSrc") == source
    assert place_s(page) > 10
    view.assert_healthy()


def test_everything_works_by_keyboard_alone(gtzan_app_url: str, open_page: OpenPage) -> None:
    view = open_page(gtzan_app_url, "/browse?clip=blues.00000")
    page, music, keys = view.page, view.page.locator("audio"), view.page.keyboard
    button(page, "Play").focus()
    names = []
    for _ in range(7):
        names.append(
            page.evaluate(
                "deepest => { let node = document.activeElement; while (node.shadowRoot) "
                "node = node.shadowRoot.activeElement; const style = getComputedStyle(node); "
                "return [node.ariaLabel, parseFloat(style.outlineWidth), style.outlineStyle]; }"
            )
        )
        keys.press("Tab")
    assert [name for name, *_ in names] == [
        "Play", "Mute", "Predicted beats", "Annotated beats", "Speed 100 %", "Zoom in", "Position",
    ]  # fmt: skip
    keys.press("Shift+Tab")
    expect(track_of(page)).to_be_focused()
    assert float(track_of(page).evaluate("node => parseFloat(getComputedStyle(node).outlineWidth)")) >= 2
    keys.press("Space")
    expect(button(page, "Pause")).to_be_visible()
    keys.press("Space")
    expect(button(page, "Play")).to_be_visible()
    keys.press("Home")
    assert place_s(page) == 0
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("ArrowLeft")
    assert place_s(page) == pytest.approx(5)
    keys.press("Shift+ArrowRight")
    beats_s = TEMPO_TABLE.load("tempo-tcn-oof").by_clip["blues.00000"].beat_times_s
    assert place_s(page) == pytest.approx(beats_s[beats_s > 5.05][0], abs=0.002)
    expect(track_of(page)).to_have_attribute("aria-valuetext", re.compile(r"^0:05\.\d / 0:30,.* predicted beat"))
    keys.press("Shift+ArrowLeft")
    assert place_s(page) == pytest.approx(beats_s[beats_s < 5.05][-1], abs=0.002)
    keys.press("End")
    assert place_s(page) == pytest.approx(30, abs=0.5)
    keys.press("m")
    expect(button(page, "Mute")).to_have_attribute("aria-pressed", "true")
    assert music.evaluate("node => node.muted")
    keys.press("c")
    expect(button(page, "Predicted beats")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("dialog")).to_have_count(0)  # Streamlit's own keys stay quiet
    button(page, "Speed 100 %").focus()
    keys.press("Enter")
    keys.press("Space")
    expect(button(page, "Speed 50 %")).to_be_visible()
    assert music.evaluate("node => [node.playbackRate, node.preservesPitch]") == [0.5, True]
    track_of(page).focus()
    keys.press("+")
    keys.press("+")
    page.wait_for_timeout(100)
    assert page.locator(".scroll").evaluate("node => node.scrollWidth / node.clientWidth") == pytest.approx(4, abs=0.05)
    seen = page.locator(".playhead").evaluate(
        "node => { const box = node.closest('.scroll').getBoundingClientRect(), at = node.getBoundingClientRect(); "
        "return at.left >= box.left - 2 && at.right <= box.right + 2; }"
    )
    assert seen, "the view is where the playhead is"
    keys.press("Home")
    page.wait_for_timeout(100)  # reduced motion: it jumps
    assert page.locator(".scroll").evaluate("node => node.scrollLeft") == 0
    view.assert_healthy()


def pixels(page: Page) -> list[int]:
    """Mean colour of what is drawn in the lane of the annotated beats, which is in the theme's orange."""
    found: list[int] = page.locator(".track canvas").evaluate(
        """node => { const g = node.getContext("2d"), sum = [0, 0, 0, 0];
            const { data } = g.getImageData(0, 4 * devicePixelRatio, node.width, 1);
            for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255)
                [0, 1, 2].forEach(c => { sum[c] += data[i + c]; }), sum[3] += 1;
            return sum.slice(0, 3).map(x => Math.round(x / sum[3])); }"""
    )
    return found


def test_without_audio_there_is_the_picture_in_each_theme_and_width(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/browse?clip=blues.00000", width=400)
    page = view.page
    expect(button(page, "Play")).to_be_disabled()
    expect(page.get_by_text("no audio", exact=True)).to_be_visible()
    expect(page.locator("audio")).to_have_count(0)
    expect(button(page, "Predicted beats")).to_be_hidden()
    picture = page.get_by_role("figure", name=re.compile("^Mel-spectrogram, 10 seconds.* annotated beats"))
    views: tuple[tuple[Theme, int], ...] = (("light", 400), ("dark", 400), ("dark", 1280), ("light", 1280))
    drawn = []
    for theme, width in views:
        view.show_in(theme, width)
        view.assert_fits_width()
        box = picture.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        bitmap, shown = page.locator(".track canvas").evaluate("node => [node.width, node.clientWidth]")
        assert bitmap == shown * page.evaluate("devicePixelRatio")
        drawn.append(pixels(page))
    assert drawn[0] == drawn[3]
    assert drawn[1] == drawn[2]
    assert drawn[0] != drawn[1], "the colours are those of the theme"
    box = track_of(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 60)
    expect(page.locator(".readout")).to_have_text(re.compile(r"^0:02\.5\d? · [\d.]+ k?Hz: [+−]\d\.\d SD"))
    page.mouse.down()
    assert place_s(page) == pytest.approx(2.5, abs=0.05)
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 80)
    page.mouse.up()
    assert place_s(page) == pytest.approx(5, abs=0.05)
    page.keyboard.press("ArrowRight")
    assert place_s(page) == pytest.approx(10, abs=0.05)
    page.keyboard.press("Shift+ArrowLeft")
    kept = place_s(page)
    page.get_by_role("radio", name="half", exact=True).click()
    view.wait_until_idle()
    assert place_s(page) == kept < 10, "the same clip drawn anew"
    button(page, "Next").or_(page.get_by_role("button", name="Next")).first.click()
    expect(page.get_by_role("group", name="Player for blues.00001")).to_be_visible()
    assert place_s(page) == 0
    view.assert_healthy()


_LONG_APP = """
import sys
from pathlib import Path
sys.path.insert(0, {repo!r})
import numpy as np
import streamlit as st
from core.features.specs import FeatureSpec
from core.figures.timeline import Timeline, genre_lane, spectrogram_picture, tempo_lane
from core.rhythm.tempo import estimate_at, soft_label
from core.types import GENRES, GenreEstimate, TempoReading
from ui.shared.player.component import Sound, player

spec, seconds = FeatureSpec(), {seconds}
values = np.random.default_rng(0).normal(size=(64, round(seconds / spec.frame_s))).astype(np.float32)
beats_s = np.arange(0.2, seconds, 0.5)
probs = np.random.default_rng(1).dirichlet(np.ones(len(GENRES)), seconds // 5 - 1).astype(np.float32)
starts_s = 5 * np.arange(len(probs), dtype=np.float32)
genres = GenreEstimate("any", probs.mean(0), probs, starts_s, 10.0)
bpm = np.full(60, 120, np.float32)
tempo = TempoReading("any", estimate_at(120.0, 0.9, soft_label(120.0)), beats_s, bpm, bpm / 150,
    np.stack([soft_label(120.0)] * 60), 15 * np.arange(60, dtype=np.float32), 30.0)
picture = spectrogram_picture(values, spec.frame_s, spec.band_centres_hz())
shown = Timeline(seconds, picture, beats_s, beats_s + 0.02, genres=genre_lane(genres, seconds),
    tempo=tempo_lane(tempo, seconds))
player(shown, Sound(Path({sound!r})), "Player for a long track", "long", 150)
st.button("Draw anew")
"""


@pytest.fixture
def long_app_url(chromium_path: Path, tmp_path: Path) -> Iterator[str]:
    """A player with a quarter of an hour of music, all lanes full."""
    sound, script = tmp_path / "long.wav", tmp_path / "app.py"
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, LONG_S * LOW_RATE).astype(np.float32)
    soundfile.write(sound, noise, LOW_RATE)
    script.write_text(_LONG_APP.format(repo=str(REPO), seconds=LONG_S, sound=str(sound)))
    with running_app(tmp_path / "server.log", script=script) as server:
        yield server.url


@pytest.mark.slow
def test_a_quarter_of_an_hour_plays_without_lag_and_turns_its_pages(long_app_url: str, open_page: OpenPage) -> None:
    view = open_page(long_app_url, script=NOTE)
    page, music = view.page, view.page.locator("audio")
    page.emulate_media(reduced_motion="no-preference")
    expect(
        page.get_by_role("figure", name=re.compile("genre over time: .*Tempo over four tracked beats"))
    ).to_be_visible()
    box = track_of(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 60)
    assert place_s(page) == pytest.approx(LONG_S / 2, abs=2)
    words = re.compile(r"^7:\d\d\.\d / 15:00,.*(below 1|\d+) %, 120\.0 BPM$")
    expect(track_of(page)).to_have_attribute("aria-valuetext", words)
    button(page, "Play").click()
    assert assert_in_step(page, 3_000) < 50
    zoom = button(page, "Zoom in")
    while zoom.is_enabled():
        zoom.click()
    scroll = page.locator(".scroll")
    shown_s = LONG_S / scroll.evaluate("node => node.scrollWidth / node.clientWidth")
    assert shown_s < 4
    left = scroll.evaluate("node => node.scrollLeft")
    assert assert_in_step(page, 6_000) < 50
    assert scroll.evaluate("node => node.scrollLeft") > left, "the view follows the playhead"
    music.evaluate(NOTE_BREAKS)
    before = place_s(page)
    page.get_by_role("button", name="Draw anew").click()
    view.wait_until_idle()
    assert not music.evaluate("node => node.paused")
    assert page.evaluate("window.breaks") == []
    assert before < place_s(page) < before + 20
    assert scroll.evaluate("node => node.scrollWidth / node.clientWidth") == pytest.approx(LONG_S / shown_s, rel=0.01)
    view.assert_healthy()


def assert_plays(view: LabPage) -> None:
    page = view.page
    expect(page.locator("audio")).to_be_hidden()
    button(page, "Play").click()
    assert_in_step(page, 1_500)


def test_learn_plays_what_it_follows(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, "/learn", script=NOTE)
    expect(
        view.page.get_by_role("figure", name=re.compile(r"^Waveform of 24 seconds.* 3\.0 s is marked"))
    ).to_be_visible()
    assert_plays(view)
    view.page.get_by_role("slider", name="Look at the moment").focus()
    view.page.keyboard.press("ArrowRight")
    expect(view.page.get_by_role("figure", name=re.compile(r"^Waveform of 24 seconds"))).to_be_visible()
    view.wait_until_idle()
    assert not view.page.locator("audio").evaluate("node => node.paused"), "another moment is looked at meanwhile"
    view.assert_healthy()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_analyze_plays_with_genres_on_the_same_axis(theme: Theme, app_url: str, open_page: OpenPage) -> None:
    demo = "/analyze?source=Demo+tracks&demo=Neon+Mile+(disco,+120+BPM)"
    view = open_page(app_url, demo, theme=theme, width=400, script=NOTE)
    picture = view.page.get_by_role(
        "figure", name=re.compile("^Mel-spectrogram, 24 seconds.*Most probable genre over time")
    )
    picture.scroll_into_view_if_needed()
    view.assert_fits_width()
    assert_plays(view)
    expect(track_of(view.page)).to_have_attribute("aria-valuetext", re.compile(r"0:\d\d\.\d / 0:24,.*[a-z]+ \d+ %"))
    view.assert_healthy()
