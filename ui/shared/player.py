"""Players: a GTZAN clip as it is, and any music with clicks on its beats."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.clip_files import ClipFiles
from core.rhythm.metrical_level import PREDICTED, MetricalLevel
from ui.app.settings import HOW_TO_LISTEN
from ui.app.text import as_code, as_text
from ui.shared.click_track import click_track

Beats = NDArray[np.float64]

_MIME = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg"}
NO_BEATS: Beats = np.zeros(0)


def how_to_listen() -> None:
    """Says how to get there, for users without GTZAN audio."""
    with st.expander("How to hear the clips", icon=":material/headphones:"):
        st.markdown(HOW_TO_LISTEN)


def clip_player(
    clip_id: str, files: ClipFiles, predicted_s: Beats, annotated_s: Beats, level: MetricalLevel = PREDICTED
) -> None:
    """Plays a clip.

    Args:
        clip_id: of the clip.
        files: the user's audio.
        predicted_s, annotated_s: `[b]`, seconds, of the beats to click on; empty for none.
        level: of the clicks on predicted beats.
    """
    path = files.paths.get(clip_id)
    if path is None:
        st.caption(f":material/volume_off: There is no audio file for {clip_id} in {as_code(str(files.root))}.")
        return
    suffix = path.suffix.lower()
    if suffix not in _MIME:
        st.caption(
            f":material/volume_off: Browsers cannot play {as_text(suffix)} files; convert the clip to wav to hear it."
        )
        return
    music_player(path, f"Player for {clip_id}", "clip-player", predicted_s, annotated_s, _MIME[suffix], level)


def music_player(
    source: bytes | Path, alt: str, key: str, predicted_s: Beats, annotated_s: Beats = NO_BEATS,
    mime: str = "audio/wav", level: MetricalLevel = PREDICTED,
) -> None:  # fmt: skip
    """Plays music, with clicks on its beats to switch on and off while it plays.

    Args:
        source: a sound file, or its contents.
        alt: says what plays.
        key: of the player among those of the page.
        predicted_s, annotated_s: `[b]`, seconds, ascending; empty for none.
        mime: media type of the file; browsers look at the contents, too.
        level: of the clicks on predicted beats.
    """
    with st.container(key=key, gap="xsmall"):
        st.audio(source, format=mime, alt=alt)
        if len(predicted_s) or len(annotated_s):
            clicks_s = level.beats_s(predicted_s).round(3).tolist()
            name = "Predicted beats" if level == PREDICTED else f"Predicted beats, {level.name}"
            click_track(key, clicks_s, annotated_s.round(3).tolist(), name)
