"""Servers that help a browser and the app to find each other over WebRTC: STUN from the environment, TURN as a secret.

Without any the two connect where one reaches the other directly: on one machine, or in one network. No server of
anybody else is asked unless somebody names it.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from core.errors import SettingsError

STUN_VARIABLE, TURN_SECRET = "LAB_STUN", "turn"
_HOST = r"[\w.-]+|\[[\da-fA-F:]+\]"
_STUN = re.compile(rf"stuns?:({_HOST})(:\d{{1,5}})?")
_TURN = re.compile(rf"turns?:({_HOST})(:\d{{1,5}})?(\?transport=(udp|tcp))?")

IceServer = dict[str, Any]


def ice_servers() -> list[IceServer]:
    """Those of the variable `LAB_STUN` and of the table `[turn]` in `.streamlit/secrets.toml`.

    Raises:
        SettingsError: one of them is not what WebRTC takes.
    """
    try:
        turn = st.secrets.get(TURN_SECRET)
    except StreamlitSecretNotFoundError:
        turn = None
    return [*stun_servers(os.environ.get(STUN_VARIABLE, "")), *([] if turn is None else [turn_server(turn)])]


def stun_servers(setting: str) -> list[IceServer]:
    """Addresses such as `stun:stun.example.org:3478`, separated by commas.

    Raises:
        SettingsError: one of them is no address of a STUN server.
    """
    addresses = [address.strip() for address in setting.split(",") if address.strip()]
    for address in addresses:
        if not _STUN.fullmatch(address):
            raise SettingsError(
                f"{STUN_VARIABLE} names “{address}”, which is no STUN server. Write stun:HOST:PORT, several with "
                "commas between them, or unset it."
            )
    return [{"urls": [address]} for address in addresses]


def turn_server(secret: object) -> IceServer:
    """A TURN server: `urls` (one, or a list), `username` and `credential`.

    Raises:
        SettingsError: one of the three is missing, or no address of a TURN server.
    """
    table = secret if isinstance(secret, Mapping) else {}
    urls, username, credential = (table.get(name) for name in ("urls", "username", "credential"))
    addresses = [urls] if isinstance(urls, str) else list(urls) if isinstance(urls, (list, tuple)) else []
    if not addresses or not all(isinstance(address, str) and _TURN.fullmatch(address) for address in addresses):
        raise SettingsError(
            f"The secret [{TURN_SECRET}] needs urls such as “turn:HOST:PORT”. Correct it in .streamlit/secrets.toml."
        )
    if not (isinstance(username, str) and username and isinstance(credential, str) and credential):
        raise SettingsError(
            f"The secret [{TURN_SECRET}] needs a username and a credential. Add them in .streamlit/secrets.toml."
        )
    return {"urls": addresses, "username": username, "credential": credential}
