"""Tap-tempo: a button that notes when it is pressed, so that people can disagree with the model.

The browser's own clock times the taps; on their way to the server they would gain and lose tens of milliseconds.
"""

import streamlit as st

from core.types import TempoEstimate
from ui.shared.microphone import keep_state
from ui.shared.taps import MIN_TAPS, tapped_tempo
from ui.shared.tempo_words import tapped_in_words

_HTML = """
<button type="button"><span class="what">Tap along</span><span class="count" aria-live="polite"></span></button>
"""
_CSS = """
button {
  width: 100%; min-height: 4.5rem; padding: 0.6rem 1rem; cursor: pointer; touch-action: manipulation;
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 0.15rem;
  font: inherit; font-weight: 600; color: var(--st-text-color);
  background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
}
button:hover, button:focus-visible { border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
button:active { background: var(--st-primary-color); color: #fff; }
.count { font-weight: 400; font-size: 0.875rem; min-height: 1.3em; }
"""
# A rest longer than 3 s (20 BPM) begins anew. The taps are sent when no other has followed for a while, as every
# message makes the server answer.
_JS = """
const REST_MS = 3000, SEND_AFTER_MS = 1200, MAX_TAPS = 64;

export default function ({ parentElement, setStateValue }) {
  const button = parentElement.querySelector("button");
  const count = parentElement.querySelector(".count");
  button.tapsMs ??= [];
  const tap = () => {
    const now = performance.now();
    const taps = button.tapsMs;
    if (taps.length && now - taps[taps.length - 1] > REST_MS) taps.length = 0;
    taps.push(now);
    if (taps.length > MAX_TAPS) taps.shift();
    const mean = taps.length > 1 ? 60000 * (taps.length - 1) / (now - taps[0]) : 0;
    count.textContent = mean ? `${taps.length} taps, about ${mean.toFixed(0)} BPM` : "1 tap";
    clearTimeout(button.sending);
    button.sending = setTimeout(() => setStateValue("taps_ms", [...taps]), SEND_AFTER_MS);
  };
  button.onpointerdown = (event) => { if (event.isPrimary && event.button === 0) tap(); };
  button.onkeydown = (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1 && event.key !== "Enter")
      return;
    event.preventDefault();
    event.stopPropagation();
    tap();
  };
}
"""
_tap_button = st.components.v2.component("tap_tempo", html=_HTML, css=_CSS, js=_JS)


@st.fragment
def tap_tempo(estimate: TempoEstimate, key: str) -> None:
    """The button, and the tapped tempo beside the predicted one."""
    st.markdown("**Tap the tempo yourself**: click, touch, or hold the focus and press any letter or the space bar.")
    state = _tap_button(key=key, on_taps_ms_change=keep_state)
    tapped = tapped_tempo([ms / 1000.0 for ms in state.taps_ms or []])
    if tapped is not None:
        st.markdown(tapped_in_words(tapped.tempo_bpm, tapped.uncertainty_bpm, tapped.n_taps, estimate))
    elif state.taps_ms:
        st.caption(f"{MIN_TAPS} taps or more are needed.")
