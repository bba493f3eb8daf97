"""Everything about one clip, the predictions first."""

import streamlit as st

from core.data.clip_files import ClipFiles
from core.figures.compared import genre_dumbbells
from core.figures.prediction import genre_bars
from core.figures.timeline import NO_BEATS
from core.results.genre_predictions import SavedGenre
from core.results.tempo_predictions import SavedTempo, estimate_of
from core.results.words import percent
from core.types import Clip
from ui.app import frame
from ui.app.loaders import annotated_beats, contradicted, siblings
from ui.app.text import as_text
from ui.browse.clip_list import open_clip, step_buttons
from ui.browse.filters import ShownSystems
from ui.shared.answer_line import answer_line
from ui.shared.cards import chart, clip_badges
from ui.shared.player.clip import clip_player, how_to_listen
from ui.shared.system_names import system_name
from ui.shared.tempo_view import clip_tempo

_PICTURE_PX, _BARS_PX = 180, 250
"""So that the spectrogram is seen whole in a window of 1280 by 720 pixels."""


def clip_view(clip: Clip, listed: list[str], systems: ShownSystems, files: ClipFiles | None) -> None:
    """Names, predictions, player, flags and tempo of a clip.

    Args:
        clip: the clip.
        listed: ids of the clips of the list, which it is one of.
        systems: whose predictions to show.
        files: the user's audio.
    """
    tempo = systems.tempo
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            step_buttons(listed, clip.clip_id)
            st.subheader(as_text(clip.title or clip.clip_id), anchor=False, width="content")
        st.caption(f"{as_text(clip.artist or 'Artist unknown')} · {clip.clip_id} · true genre **{clip.genre}**")
    _predicted(clip, systems, files)
    left, right = st.columns([6, 5], gap="small")
    with left:
        _genres(clip, systems.genre, systems.other)
    with right:
        clip_badges(clip, systems.genre.subsets[clip.clip_id])
        _label_remark(clip)
        _sibling_links(clip)
    if tempo is not None:
        clip_tempo(clip, tempo, _has_own_subset(clip, systems.genre, tempo))
    frame.link_to(frame.LEARN, "Follow this clip through the network", clip.clip_id)
    if files is None:
        how_to_listen()


@st.fragment
def _predicted(clip: Clip, systems: ShownSystems, files: ClipFiles | None) -> None:
    """Predictions and player: what follows a choice of the metrical level."""
    tempo = systems.tempo
    with st.container(gap="xsmall"):
        probs = systems.genre.by_clip[clip.clip_id]
        level = answer_line(clip, probs, estimate_of(tempo, clip.clip_id), systems.other, with_levels=True)
    kept = None if tempo is None else tempo.by_clip.get(clip.clip_id)
    predicted_s = NO_BEATS if kept is None else kept.beat_times_s
    clip_player(clip.clip_id, files, _PICTURE_PX, predicted_s, annotated_beats(clip.clip_id), level)


def _has_own_subset(clip: Clip, genre: SavedGenre, tempo: SavedTempo) -> bool:
    """Whether the clip was in another subset for the tempo model than for the genre model."""
    return tempo.subsets.get(clip.clip_id) != genre.subsets[clip.clip_id]


def _genres(clip: Clip, saved: SavedGenre, other: SavedGenre | None) -> None:
    probs = saved.by_clip[clip.clip_id]
    if other is None:
        chart(genre_bars(probs, clip.genre, _BARS_PX), key="clip-genres")
    else:
        both = (system_name(saved.system), probs), (system_name(other.system), other.by_clip[clip.clip_id])
        chart(genre_dumbbells(*both, clip.genre), key="clip-genres-compared")


def _label_remark(clip: Clip) -> None:
    if (found := contradicted().get(clip.clip_id)) is not None:
        st.caption(
            f":material/hearing: Three systems that did not learn from this artist agree on **{found.genre}** "
            f"({percent(found.probability)} on average). Listen: no score uses this."
        )


def _sibling_links(clip: Clip) -> None:
    others = siblings(clip.clip_id)
    if not others:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption("Same recording:", width="content")
        for other in others:
            st.button(other, key=f"sibling-{other}", type="tertiary", on_click=open_clip, args=(other,))
