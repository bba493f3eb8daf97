"""Cached access to what ships with the app and to the user's GTZAN folder.

Tables and saved predictions are read once per server; nothing here is a result of a user's own audio.
"""

from pathlib import Path

import streamlit as st

from core.features import FeatureSpec
from core.gtzan import ClipFiles, find_clips, load_clips
from core.saved import SavedGenre, load_saved
from core.types import Clip, FloatArray

FRAME_S = FeatureSpec().frame_s
"""Seconds between two frames of a saved spectrogram."""


def band_centres_hz() -> FloatArray:
    """Centre frequencies of the 64 mel bands, Hz."""
    return FeatureSpec().band_centres_hz()


@st.cache_data
def clips_by_id() -> dict[str, Clip]:
    """Ground truth of the 999 clips, in the order of their ids."""
    return {clip.clip_id: clip for clip in load_clips()}


@st.cache_data
def siblings(clip_id: str) -> tuple[str, ...]:
    """Other clips that hold the same recording, sorted."""
    clips = clips_by_id()
    group = clips[clip_id].repetition_group
    return tuple(i for i, clip in clips.items() if group and clip.repetition_group == group and i != clip_id)


@st.cache_resource
def saved(system: str) -> SavedGenre:
    """Saved predictions of one system; shared by all sessions and read-only."""
    return load_saved(system)


@st.cache_resource(ttl=300)
def clip_files(root: Path) -> ClipFiles:
    """Audio files found below a folder; looked up again every five minutes, as a user may add some."""
    return find_clips(root)
