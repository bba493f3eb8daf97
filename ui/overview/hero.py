"""The first thing a visitor sees: one clip, and what the models predict for it."""

import streamlit as st

from core.figures.prediction import genre_bars
from core.results.tempo_predictions import estimate_of
from ui.app import frame
from ui.app.loaders import HERO_CLIP, clips_by_id, ranked_systems, saved, saved_tempo, tempo_systems
from ui.app.text import as_text
from ui.shared.answer_line import answer_line
from ui.shared.cards import chart, clip_spectrogram, subset_badge


def hero() -> None:
    """A real spectrogram, what was predicted from it, and the link to the clip."""
    clip, predictions = clips_by_id()[HERO_CLIP], saved(ranked_systems()[0])
    probs, systems = predictions.by_clip[HERO_CLIP], tempo_systems()
    tempo = estimate_of(saved_tempo(systems[0]) if systems else None, HERO_CLIP)
    with st.container(border=True):
        answer_line(clip, probs, tempo)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            chart(clip_spectrogram(HERO_CLIP, 300), "hero-spectrogram")
        with right:
            chart(genre_bars(probs, clip.genre), "hero-genres")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{as_text(clip.artist)}: {as_text(clip.title)}, the ten seconds of input")
            subset_badge(predictions.subsets[HERO_CLIP])
            frame.link_to(frame.BROWSE, "Open this clip", HERO_CLIP)
