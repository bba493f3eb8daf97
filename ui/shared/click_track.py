"""Clicks on the beats of music that plays: made by the browser, so that switching them on or off never stops the music.

The player is Streamlit's own. This component reads from it which moment of the music is heard, and places the clicks
on the browser's audio clock a second ahead. Nothing plays before the player does.
"""

import streamlit as st

_HTML = """
<div class="clicks" role="group" aria-label="Click track">
  <span>Click track</span>
  <button type="button" data-kind="predicted" aria-pressed="false"
    title="A high click on every beat of the prediction"></button>
  <button type="button" data-kind="annotated" aria-pressed="false"
    title="A low click on every annotated beat">Annotated beats</button>
</div>
"""
_CSS = """
.clicks {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; font-family: inherit; font-size: 0.875rem;
  color: var(--st-text-color);
}
button {
  padding: 0.2rem 0.7rem; cursor: pointer; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button[hidden] { display: none; }
button:hover { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
button[aria-pressed="true"] { border-color: var(--st-primary-color); font-weight: 600;
  background: color-mix(in srgb, var(--st-primary-color) 18%, transparent); }
button[aria-pressed="true"]::before { content: "✓ "; }
"""
_JS = """
const TICK_MS = 50, AHEAD_S = 1.2, JUMP_S = 0.05;  // hidden tabs tick once a second
const CLICK_S = 0.06, DECAY_S = 0.012, PEAK = 0.5;
const PITCH_HZ = { predicted: 1760, annotated: 880 };  // an octave apart: which is which is heard at once

function click(context, pitch) {
  const buffer = context.createBuffer(1, Math.round(CLICK_S * context.sampleRate), context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let i = 0; i < samples.length; i++) {
    const t = i / context.sampleRate;
    samples[i] = PEAK * Math.sin(2 * Math.PI * pitch * t) * Math.exp(-t / DECAY_S);
  }
  return buffer;
}

class Clicker {
  on = new Set();
  placed = [];
  until = {};

  toggle(kind) {
    if (!this.on.delete(kind)) this.on.add(kind);
    if (!this.context) {
      this.context = new AudioContext();
      this.volume = this.context.createGain();
      this.volume.connect(this.context.destination);
      this.clicks = Object.fromEntries(Object.entries(PITCH_HZ).map(([k, hz]) => [k, click(this.context, hz)]));
      this.timer = setInterval(() => this.tick(), TICK_MS);
    }
    this.context.resume();
    this.silence();
    this.tick();
    return this.on.has(kind);
  }

  silence() {
    this.placed.forEach((source) => source.stop());
    this.placed = [];
    this.until = {};
  }

  // The moment of the audio clock that is being heard; some browsers say so, others only how far behind they are.
  heard_s() {
    const { contextTime, performanceTime } = this.context.getOutputTimestamp?.() ?? {};
    if (contextTime > 0) return contextTime + (performance.now() - performanceTime) / 1000;
    return this.context.currentTime - (this.context.outputLatency || this.context.baseLatency || 0);
  }

  tick() {
    const music = this.player();
    if (!music || music.paused || music.ended || music.seeking || music.readyState < 3) return this.silence();
    this.volume.gain.value = music.muted ? 0 : music.volume;
    const rate = music.playbackRate, start = this.heard_s() - music.currentTime / rate;
    const key = `${music.currentSrc} ${rate}`;
    if (key !== this.key || Math.abs(start - this.start) > JUMP_S) this.silence();
    this.key = key;
    this.start = start;
    for (const kind of this.on) this.place(kind, (beat) => start + beat / rate);
  }

  place(kind, at) {
    const now = this.context.currentTime;
    for (const beat of this.beats[kind]) {
      const when = at(beat);
      if (when < now || beat <= (this.until[kind] ?? -1)) continue;
      if (when > now + AHEAD_S) break;
      const source = new AudioBufferSourceNode(this.context, { buffer: this.clicks[kind] });
      source.connect(this.volume);
      source.onended = () => { this.placed = this.placed.filter((other) => other !== source); };
      source.start(when);
      this.placed.push(source);
      this.until[kind] = beat;
    }
  }

  close() {
    clearInterval(this.timer);
    this.context?.close();
  }
}

export default function ({ parentElement, data }) {
  const group = parentElement.querySelector(".clicks");
  const clicker = group.clicker ??= new Clicker();
  clicker.silence();
  clicker.beats = data.beats;
  group.querySelector('[data-kind="predicted"]').textContent = data.level;
  clicker.player = () => document.querySelector(`.st-key-${CSS.escape(data.player)} audio`);
  for (const button of group.querySelectorAll("button")) {
    const { kind } = button.dataset;
    button.hidden = !data.beats[kind].length;
    button.onclick = () => button.setAttribute("aria-pressed", clicker.toggle(kind));
  }
  // Drawing anew ends one call of this function and begins another; only a group that has left the page ends.
  return () => setTimeout(() => { if (!group.isConnected) clicker.close(); }, 1000);
}
"""
_click_track = st.components.v2.component("click_track", html=_HTML, css=_CSS, js=_JS)


def click_track(player: str, predicted_s: list[float], annotated_s: list[float], level: str) -> None:
    """Switches for the clicks of each kind of beats; those without beats are not shown.

    Args:
        player: key of the container that holds the player.
        predicted_s, annotated_s: seconds, ascending; empty for none.
        level: what the predicted ones are called.
    """
    beats = {"predicted": predicted_s, "annotated": annotated_s}
    _click_track(key=f"{player}-clicks", data={"player": player, "beats": beats, "level": level})
