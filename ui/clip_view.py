"""Everything about one clip."""

import streamlit as st

from core.figures import genre_bars
from core.figures import spectrogram as spectrogram_figure
from core.gtzan import ClipFiles
from core.saved import SavedGenre, spectrogram
from core.types import Clip
from ui.cards import chart, clip_badges, verdict
from ui.clip_list import open_clip
from ui.loaders import FRAME_S, band_centres_hz, siblings
from ui.player import clip_player


def clip_view(clip: Clip, saved: SavedGenre, files: ClipFiles | None) -> None:
    """Names, flags, player, spectrogram and prediction of a clip."""
    st.subheader(clip.title or clip.clip_id, anchor=False)
    st.caption(f"{clip.artist or 'Artist unknown'} · {clip.clip_id} · true genre **{clip.genre}**")
    clip_badges(clip, saved.subsets[clip.clip_id])
    _sibling_links(clip)
    left, right = st.columns([6, 5], gap="small")
    with left:
        st.markdown("**First 10 seconds**, bright is louder than usual")
        shape = spectrogram_figure(spectrogram(clip.clip_id), FRAME_S, band_centres_hz(), height=300)
        chart(shape, key="clip-spectrogram")
    with right:
        verdict(clip, saved.probs[clip.clip_id])
        chart(genre_bars(saved.probs[clip.clip_id], clip.genre), key="clip-genres")
    clip_player(clip.clip_id, files)


def _sibling_links(clip: Clip) -> None:
    others = siblings(clip.clip_id)
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("The same recording is also", width="content")
        for other in others:
            st.button(other, key=f"sibling-{other}", type="tertiary", on_click=open_clip, args=(other,))
