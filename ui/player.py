"""The player of a GTZAN clip."""

import streamlit as st

from core.gtzan import ClipFiles
from ui.settings import HOW_TO_LISTEN

_MIME = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg"}


def clip_player(clip_id: str, files: ClipFiles | None) -> None:
    """Plays a clip where the user has GTZAN audio, and says how to get there where not."""
    if files is None:
        with st.expander("How to hear the clips", icon=":material/headphones:"):
            st.markdown(HOW_TO_LISTEN)
        return
    path = files.paths.get(clip_id)
    if path is None:
        st.caption(f":material/volume_off: There is no audio file for {clip_id} in `{files.root}`.")
    elif path.suffix.lower() not in _MIME:
        st.caption(
            f":material/volume_off: Browsers cannot play {path.suffix} files; convert the clip to wav to hear it."
        )
    else:
        st.audio(path, format=_MIME[path.suffix.lower()], alt=f"Player for {clip_id}")
