"""Players: a GTZAN clip as it is, and any music with clicks on its beats."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.gtzan import ClipFiles
from ui import errors
from ui.settings import HOW_TO_LISTEN

Beats = NDArray[np.float64]

_MIME = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg"}
_PLAIN = "None"
_MAX_KEPT_MIXES = 16
"""1.3 MB each for a clip, up to 40 MB for the longest track."""
NO_BEATS: Beats = np.zeros(0)


def how_to_listen() -> None:
    """Says how to get there, for users without GTZAN audio."""
    with st.expander("How to hear the clips", icon=":material/headphones:"):
        st.markdown(HOW_TO_LISTEN)


def clip_player(clip_id: str, files: ClipFiles, predicted_s: Beats, annotated_s: Beats) -> None:
    """Plays a clip.

    Args:
        clip_id: of the clip.
        files: the user's audio.
        predicted_s, annotated_s: `[b]`, seconds, of the beats to click on; empty for none.
    """
    path = files.paths.get(clip_id)
    if path is None:
        st.caption(f":material/volume_off: There is no audio file for {clip_id} in `{files.root}`.")
        return
    choice = choose_clicks("clip-clicks", predicted_s, annotated_s)
    with errors.shown():
        if choice is not None:
            st.audio(with_clicks_on(path, *choice), format="audio/wav", alt=f"Player for {clip_id}, with clicks")
        elif path.suffix.lower() in _MIME:
            st.audio(path, format=_MIME[path.suffix.lower()], alt=f"Player for {clip_id}")
        else:
            st.caption(
                f":material/volume_off: Browsers cannot play {path.suffix} files; convert the clip to wav to hear it."
            )


def choose_clicks(key: str, predicted_s: Beats, annotated_s: Beats = NO_BEATS) -> tuple[Beats, Beats] | None:
    """Lets the user choose the beats to hear; None for the music alone, which is all there is without beats."""
    options: dict[str, tuple[Beats, Beats]] = {}
    if len(predicted_s):
        options["Predicted"] = (predicted_s, NO_BEATS)
    if len(annotated_s):
        options["Annotated"] = (NO_BEATS, annotated_s)
    if len(options) == 2:
        options["Both"] = (predicted_s, annotated_s)
    if not options:
        return None
    chosen = st.segmented_control(
        # A choice that another piece does not offer must not be carried over to it.
        "Listen to",
        [_PLAIN, *options],
        key=f"{key}-{len(predicted_s) > 0}-{len(annotated_s) > 0}",
        default=_PLAIN,
        required=True,
    )
    if chosen == "Both":
        st.caption("High clicks are predicted beats, low ones annotated beats.")
    return options.get(chosen or _PLAIN)


@st.cache_data(show_spinner="Placing the clicks …", max_entries=_MAX_KEPT_MIXES)
def with_clicks_on(source: bytes | Path, predicted_s: Beats, annotated_s: Beats) -> bytes:
    """A wav file of the music with clicks on its beats.

    Raises:
        AudioError: the music cannot be decoded.
    """
    # Imported here: decoding brings torch, which the list of clips need not wait for.
    from core.audio import load_audio
    from core.sonify import with_clicks

    return with_clicks(load_audio(source), predicted_s, annotated_s)
