"""Sound, spectrogram, beats and what is predicted over time, on one time axis with one playhead.

The browser does it all: it draws what it was given once, and moves the playhead by the clock of the audio element,
which is Streamlit's own. The server is never asked while music plays.
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.figures.timeline import Timeline
from core.types import FloatArray

_FOLDER = Path(__file__).parent
# Streamlit's audio element plays, the component shows: what it shows itself is hidden.
_STYLE = '<style>[class*="st-key-player-"] [data-testid="stElementContainer"]:has(audio) { display: none; }</style>'
_player = st.components.v2.component(
    "player",
    html=(_FOLDER / "player.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "player.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("clicks", "lanes", "view", "player")
    ),
)


@dataclass(frozen=True)
class Sound:
    """What plays.

    Attributes:
        data: a sound file or its contents, or mono samples `[n]`.
        mime: media type of a file; browsers look at the contents, too.
        sample_rate: Hz, of samples.
    """

    data: bytes | Path | FloatArray
    mime: str = "audio/wav"
    sample_rate: int | None = None


def player(shown: Timeline, sound: Sound | None, label: str, key: str, height: int, silent: str = "no audio") -> None:
    """Draws a timeline and plays its sound.

    Args:
        shown: what to draw.
        sound: what to play; without one the playhead can be placed all the same.
        label: says what plays; another one begins anew.
        key: of the player among those of the page.
        height: of the picture of the sound, pixels; lanes of beats, genres and tempo come on top of it.
        silent: a word for why there is no sound.
    """
    with st.container(key=f"player-{key}", gap=None):
        if sound is not None:
            st.html(_STYLE)
            st.audio(sound.data, format=sound.mime, sample_rate=sound.sample_rate, alt=label)
        data = {
            **shown.json(), "alt": shown.alt, "label": label, "height": height, "player": f"player-{key}",
            "silent": "" if sound else silent,
        }  # fmt: skip
        _player(key=f"player-{key}-view", data=data)
