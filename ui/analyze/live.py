"""Live: the browser sends the last ten seconds that its microphone has heard, again and again.

Over the page's own connection, as WAV: no other server, protocol or library takes part. The next one leaves when the
last one has been answered, so a slow computer gets fewer of them instead of a queue. Until ten seconds are there the
spectrogram grows and nothing is predicted: the genre model takes ten seconds, and the rest of them would be padding.
"""

import base64
import binascii

import streamlit as st

from core.audio.load import load_audio
from core.features.specs import FeatureSpec
from core.figures.base import Chart
from core.figures.prediction import genre_bars, muted
from core.figures.tempo_reading import tempo_distribution
from core.types import Prediction
from ui.app import errors
from ui.app.model import predictor
from ui.app.settings import ModelChoice
from ui.shared.answer import answer
from ui.shared.cards import chart, spectrogram_chart
from ui.shared.microphone import keep_state, microphone_state

LIVE_S = 10
"""Seconds that are predicted at a time: one window of the genre model."""
_ENOUGH_S = LIVE_S - 0.05
"""A block of samples may be missing at the end."""
_KEY = "live"
_FIGURE_PX = 280

# While a fragment runs, Streamlit fades what it has not drawn anew. Here that is all of the time.
_STILL = """<style>
.st-key-live-view [data-stale="true"] { opacity: 1 !important; transition: none !important; }
</style>"""

_HTML = """
<div class="row"><div class="ring" role="progressbar" aria-label="Recorded" aria-valuemin="0"></div>
<button type="button">Start listening</button><span class="state" role="status"></span></div>
"""
_CSS = """
:host, div { font-family: inherit; }
.row { display: flex; align-items: center; gap: 0.75rem; }
.ring {
  --heard: 0; width: 3rem; height: 3rem; flex: none; border-radius: 50%;
  background: conic-gradient(var(--st-primary-color) calc(360deg * var(--heard)), var(--st-border-color) 0);
  mask: radial-gradient(closest-side, transparent 68%, #000 70%);
}
button {
  padding: 0.45rem 1rem; cursor: pointer; font: inherit; font-weight: 600; color: var(--st-text-color);
  background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button:hover, button:focus-visible { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.state { color: var(--st-text-color); opacity: 0.8; font-size: 0.875rem; }
"""
# The worklet hands over blocks of samples; a ring keeps the last ten seconds of them. What browsers do for speech
# (echo, noise, gain) would bend music, so it is switched off. Not every browser connects its microphone to a context of
# another rate; then the context takes the microphone's.
_JS = """
const LEAST_S = 1, LOOK_MS = 100, REST_MS = 500, PATIENCE_MS = 20000;
const WORKLET = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([input]) { if (input.length) this.port.postMessage(input[0].slice()); return true; }
});`;

function wav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, words) => [...words].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * samples.length, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, 2 * samples.length, true);
  samples.forEach((x, i) => view.setInt16(44 + 2 * i, 32767 * Math.max(-1, Math.min(1, x)), true));
  const bytes = new Uint8Array(view.buffer), parts = [];
  for (let i = 0; i < bytes.length; i += 32768) parts.push(String.fromCharCode(...bytes.subarray(i, i + 32768)));
  return btoa(parts.join(""));
}

class Listener {
  constructor({ seconds, rate, answered }, tell, send) {
    Object.assign(this, { seconds, rate, answered, tell, send, sent: answered });
  }

  async start() {
    const speechAids = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: speechAids });
    try {
      await this.connect({ sampleRate: this.rate });
    } catch {
      this.context?.close();
      await this.connect({});
    }
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  async connect(options) {
    this.context = new AudioContext(options);
    const url = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await this.context.audioWorklet.addModule(url);
    URL.revokeObjectURL(url);
    this.ring = new Float32Array(this.seconds * this.context.sampleRate);
    this.heard = 0;
    const tap = new AudioWorkletNode(this.context, "tap");
    tap.port.onmessage = ({ data }) => this.keep(data);
    this.context.createMediaStreamSource(this.stream).connect(tap);
    await this.context.resume();
  }

  keep(block) {
    this.ring.copyWithin(0, block.length);
    this.ring.set(block, this.ring.length - block.length);
    this.heard = Math.min(this.ring.length, this.heard + block.length);
  }

  look() {
    const heard_s = this.heard / this.context.sampleRate;
    this.tell(heard_s);
    const ago_ms = Date.now() - (this.sentAt ?? 0);
    if (heard_s < LEAST_S || ago_ms < (this.answered < this.sent ? PATIENCE_MS : REST_MS)) return;
    this.sent += 1;
    this.sentAt = Date.now();
    const samples = this.ring.subarray(this.ring.length - this.heard);
    this.send({ number: this.sent, wav: wav(samples, this.context.sampleRate) });
  }

  stop() {
    clearInterval(this.timer);
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
  }
}

export default function ({ parentElement, setStateValue, data }) {
  const [button, state, ring] = ["button", ".state", ".ring"].map((name) => parentElement.querySelector(name));
  if (button.listener) button.listener.answered = data.answered;
  const tell = (heard_s) => {
    const is_full = heard_s >= data.seconds;
    const words = is_full ? `the last ${data.seconds} s` : `${Math.floor(heard_s)} of ${data.seconds} s`;
    if (state.textContent !== `Listening, ${words}`) state.textContent = `Listening, ${words}`;
    ring.style.setProperty("--heard", heard_s / data.seconds);
    ring.ariaValueMax = data.seconds;
    ring.ariaValueNow = Math.floor(heard_s);
  };
  button.onclick = async () => {
    if (button.listener) {
      button.listener.stop();
      button.listener = null;
      button.textContent = "Start listening";
      tell(0);
      state.textContent = "";
      return;
    }
    const listener = new Listener(data, tell, (clip) => setStateValue("clip", clip));
    try {
      await listener.start();
      button.listener = listener;
      button.textContent = "Stop";
    } catch (error) {
      listener.stop();
      state.textContent = `The microphone cannot be used: ${error.message}. Allow it for this page and try again.`;
    }
  };
  // Drawing anew ends one call of this function and begins another; only a button that has left the page stops.
  return () => setTimeout(() => {
    if (!button.isConnected && button.listener) { button.listener.stop(); button.listener = null; }
  }, 1000);
}
"""
_listen = st.components.v2.component("live_microphone", html=_HTML, css=_CSS, js=_JS)


@st.fragment
def live(chosen: ModelChoice) -> None:
    """The button that listens, and what the models predict from the last seconds."""
    microphone_state()
    st.html(_STILL)
    with st.container(key="live-view"):
        control, view = st.container(), st.container()
        clip = st.session_state.get(_KEY, {}).get("clip")
        with view:
            if clip is None:
                st.caption(
                    f"The genre appears after {LIVE_S} seconds. The sound goes to the computer that runs the app and "
                    "is not kept."
                )
            else:
                with errors.shown():
                    _show(_predict(clip["wav"], chosen))
        # Last, so that the browser is told of the prediction when it is there.
        with control:
            answered = 0 if clip is None else int(clip["number"])
            data = {"answered": answered, "seconds": LIVE_S, "rate": FeatureSpec().sample_rate}
            _listen(key=_KEY, data=data, on_clip_change=keep_state)


def _predict(wav_base64: str, chosen: ModelChoice) -> Prediction:
    """What the models predict; nothing of it is cached, as no two moments are alike.

    Raises:
        AudioError: what was sent is no audio, or silence.
        CheckpointError: a model cannot be loaded.
    """
    model = predictor(chosen)
    return model.predict(load_audio(from_base64(wav_base64), model.spec.sample_rate))


def from_base64(text: str) -> bytes:
    """The bytes; none for text that is no base64, which no browser of ours sends."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _show(prediction: Prediction) -> None:
    """Drawn at the same places each time, so that the browser changes what is there instead of drawing anew."""
    is_enough = prediction.info.duration_s >= _ENOUGH_S
    with st.container(key="live-answer"):
        if is_enough:
            answer(prediction, _KEY)
        else:
            st.caption(f"The genre appears after {LIVE_S} seconds.")
    left, right = st.columns([6, 5], gap="medium")
    with left:
        chart(spectrogram_chart(prediction, _FIGURE_PX, LIVE_S), f"{_KEY}-spectrogram")
    if is_enough:
        with right:
            chart(_bars(prediction), f"{_KEY}-genres")
        if prediction.tempo is not None:
            chart(tempo_distribution(prediction.tempo.estimate, height=240), f"{_KEY}-tempo")


def _bars(prediction: Prediction) -> Chart:
    bars = genre_bars(prediction.genre.probs, height=_FIGURE_PX)
    return muted(bars) if prediction.is_unlike_training else bars
