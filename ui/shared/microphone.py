"""Whether the browser lets this page hear the microphone, asked of the browser itself before anybody presses record."""

from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

Permission = Literal["granted", "prompt", "denied", "missing", "insecure"]

# "prompt" is what a browser says that would ask first. Browsers that do not tell count as such.
_JS = """
export default function ({ parentElement, setStateValue }) {
  const tell = (permission) => {
    if (parentElement.told === permission) return;
    parentElement.told = permission;
    setStateValue("permission", permission);
  };
  const look = async () => {
    if (!navigator.mediaDevices) return tell("insecure");
    const devices = await navigator.mediaDevices.enumerateDevices();
    if (!devices.some((device) => device.kind === "audioinput")) return tell("missing");
    try {
      const status = await navigator.permissions.query({ name: "microphone" });
      status.onchange = () => tell(status.state);
      tell(status.state);
    } catch {
      tell("prompt");
    }
  };
  look();
}
"""
_ask_browser = st.components.v2.component("microphone_permission", js=_JS)

_ALLOW = (
    "**The browser keeps the microphone from this page.** Click the icon left of the address, set the microphone to "
    "“allow”, then reload the page. If there is nothing to set, the system's privacy settings keep it from the "
    "browser itself. Uploading a recording works in any case."
)
_MISSING = (
    "**No microphone was found on this device.** Plug one in, or upload a recording made elsewhere, for example with a "
    "phone."
)


def microphone_state() -> None:
    """Says what keeps the recorder from working, and what to do; nothing where it works."""
    told = _ask_browser(key="microphone", on_permission_change=keep_state).permission
    icon = ":material/mic_off:"
    if told == "denied":
        st.error(_ALLOW, icon=icon)
    elif told in ("missing", "insecure"):
        st.warning(_MISSING if told == "missing" else _insecure(), icon=icon)
    elif told == "prompt":
        st.caption("The browser will ask whether this page may use the microphone; the recorder needs a yes.")


def keep_state() -> None:
    """For components whose state holds all that there is to keep: it needs a callback to have a name."""


def _insecure() -> str:
    address = urlsplit(st.context.url or "")
    origin = f"{address.scheme}://{address.hostname}" if address.hostname else "an address without encryption"
    return (
        f"Browsers give the microphone only to pages on https:// or localhost, and this page came from {origin}. Open "
        "the app on the computer that runs it, or upload a recording."
    )
