"""Everything about one clip."""

import streamlit as st

from core.figures import genre_bars
from core.figures import spectrogram as spectrogram_figure
from core.gtzan import ClipFiles
from core.saved import SavedGenre, spectrogram
from core.saved_tempo import SavedTempo
from core.types import Clip
from ui import frame
from ui.cards import chart, clip_badges, verdict
from ui.clip_list import open_clip
from ui.loaders import annotated_beats, siblings, spectrogram_axes
from ui.player import NO_BEATS, clip_player, how_to_listen
from ui.tempo_view import clip_tempo


def clip_view(
    clip: Clip, saved: SavedGenre, tempo: SavedTempo | None, other: SavedGenre | None, files: ClipFiles | None
) -> None:
    """Names, flags, player, spectrogram and predictions of a clip.

    Args:
        clip: the clip.
        saved: genre predictions.
        tempo: tempo predictions, None where there are none.
        other: genre predictions of a second system, None without comparison.
        files: the user's audio.
    """
    st.subheader(clip.title or clip.clip_id, anchor=False)
    st.caption(f"{clip.artist or 'Artist unknown'} · {clip.clip_id} · true genre **{clip.genre}**")
    clip_badges(clip, saved.subsets[clip.clip_id])
    _sibling_links(clip)
    if files is not None:
        predicted_s = NO_BEATS if tempo is None else tempo.beat_times_s.get(clip.clip_id, NO_BEATS)
        clip_player(clip.clip_id, files, predicted_s, annotated_beats(clip.clip_id))
    if other is None:
        left, right = st.columns([6, 5], gap="small")
        with left:
            _seen(clip)
        with right:
            _genres(clip, saved, "clip-genres")
    else:
        _seen(clip)
        for column, system, key in zip(
            st.columns(2, gap="small"), (saved, other), ("clip-genres", "clip-genres-other"), strict=True
        ):
            with column:
                st.markdown(f"**{system.system}**")
                _genres(clip, system, key)
    if tempo is not None:
        clip_tempo(clip, tempo)
    frame.link_to(frame.LEARN, "Follow this clip through the network", clip.clip_id)
    if files is None:
        how_to_listen()


def _seen(clip: Clip) -> None:
    st.markdown("**First 10 seconds**, bright is louder than usual")
    axes = spectrogram_axes()
    shape = spectrogram_figure(spectrogram(clip.clip_id), axes.frame_s, axes.band_centres_hz, height=300)
    chart(shape, key="clip-spectrogram")


def _genres(clip: Clip, saved: SavedGenre, key: str) -> None:
    verdict(clip, saved.probs[clip.clip_id])
    chart(genre_bars(saved.probs[clip.clip_id], clip.genre), key=key)


def _sibling_links(clip: Clip) -> None:
    others = siblings(clip.clip_id)
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("The same recording is also", width="content")
        for other in others:
            st.button(other, key=f"sibling-{other}", type="tertiary", on_click=open_clip, args=(other,))
