"""Who may start, stop and delete trainings. Decided on the server, anew for every single action.

A training takes the computer's time for hours, so it is not for every visitor of an app that others can reach. The
variable LAB_TRAINING says who may: `on` everybody, `off` nobody, `password` who knows the password in
`.streamlit/secrets.toml`. Without it, whoever sits at this computer may; others need the password, if there is one.
"""

import hmac
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from core.errors import TrainingError
from ui.app.text import as_text

VARIABLE = "LAB_TRAINING"
SETTINGS = ("on", "off", "password")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded")
_GIVEN = "training_password"
_WRONG_DELAY_S = 1.0
"""Guessing is slow; it also takes a long password, as many may guess at once."""


@dataclass(frozen=True)
class Permission:
    """Whether a session may train.

    Attributes:
        granted: it may.
        asks_password: it may once it has given the password.
        reason: why not, and what to do; "" where granted.
    """

    granted: bool
    asks_password: bool = False
    reason: str = ""


def decide(setting: str, is_local: bool, password: str, given: str) -> Permission:
    """The rule.

    Args:
        setting: of the variable LAB_TRAINING, "" where it is not set.
        is_local: only this computer reaches the app.
        password: from the secrets, "" where there is none.
        given: what the visitor has typed, "" for nothing.
    """
    if setting not in ("", *SETTINGS):
        return Permission(
            False, reason=f"{VARIABLE} is “{setting}”. Set it to {', '.join(SETTINGS)}, or leave it out, and restart."
        )
    if setting == "on" or (not setting and is_local):
        return Permission(True)
    if setting == "off":
        return Permission(False, reason=f"Training is switched off here ({VARIABLE}=off).")
    if not password:
        return Permission(
            False,
            reason="Others can reach this app, so training is off: it would give them this computer's time. Start the "
            f"app with `make app`, for this computer only, or set a password or {VARIABLE}=on (see the README).",
        )
    if hmac.compare_digest(given.encode(), password.encode()):
        return Permission(True)
    return Permission(False, True, "Training on this computer takes a password, as others can reach the app, too.")


def permission() -> Permission:
    """Of the session that asks."""
    setting = os.environ.get(VARIABLE, "").strip().lower()
    return decide(setting, _is_local(), _password(), str(st.session_state.get(_GIVEN, "")))


def require_permission() -> None:
    """First line of everything that starts, stops or removes something.

    Raises:
        TrainingError: the session may not.
    """
    found = permission()
    if not found.granted:
        raise TrainingError(found.reason)


def access_box() -> Permission:
    """Says why this session may not train, and asks for the password where there is one."""
    found = permission()
    if found.granted:
        return found
    st.info(f"{as_text(found.reason)} Runs can be watched.", icon=":material/lock:")
    if found.asks_password:
        with st.form("unlock", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            typed = st.text_input("Password", type="password", width=260)
            if st.form_submit_button("Unlock", icon=":material/lock_open:"):
                _unlock(typed)
    return found


def _unlock(typed: str) -> None:
    if hmac.compare_digest(typed.encode(), _password().encode()):
        # Kept rather than a yes, so that a changed password locks again.
        st.session_state[_GIVEN] = typed
        st.rerun()
    time.sleep(_WRONG_DELAY_S)
    st.error("That is not the password.", icon=":material/error:")


def _is_local() -> bool:
    """Whether the server listens to this computer only, and no proxy brings others in."""
    headers = st.context.headers
    if st.get_option("server.address") not in _LOOPBACK or any(name in headers for name in _PROXY_HEADERS):
        return False
    return urlsplit(f"//{headers.get('Host', 'localhost')}").hostname in _LOOPBACK


def _password() -> str:
    """`password` below `[training]`; keys of a section are not copied to the environment, which runs inherit."""
    if not st.secrets.load_if_toml_exists():
        return ""
    section = st.secrets.get("training")
    found = section.get("password") if isinstance(section, Mapping) else None
    return found if isinstance(found, str) else ""
