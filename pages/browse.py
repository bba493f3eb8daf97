"""Every GTZAN clip: filter, pick, listen, inspect."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.BROWSE)
bar = st.container(horizontal=True, vertical_alignment="center", gap="small")
with bar:
    st.title("Browse the clips", anchor=False, width="content")
with frame.loading():
    from ui.app import errors, settings
    from ui.app.loaders import clips_by_id, contradicted
    from ui.browse.clip_list import clip_list, wanted_clip
    from ui.browse.clip_table import apply_filter, clip_rows, score_in_words, tempo_score_in_words
    from ui.browse.clip_view import clip_view
    from ui.browse.filters import choose_filter, choose_systems, count_line

with errors.shown():
    files = settings.gtzan_files()
    filters = bar.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
    with bar:
        systems = choose_systems()
    clips = clips_by_id()
    every = clip_rows(clips.values(), systems.genre, systems.tempo, systems.other, contradicted())
    with filters:
        wanted = choose_filter(every)
    rows = apply_filter(every, wanted)
    listed = [row.clip.clip_id for row in rows]
    left, right = st.columns([9, 13], gap="medium")
    with left:
        count_line(len(rows), len(every), wanted)
        with right:
            clip_id = wanted_clip(clips, listed)
        clip_list(rows, clip_id, wanted.order)
        st.caption(systems.in_words)
        st.caption(score_in_words(rows))
        st.caption(tempo_score_in_words(rows))
    with right:
        if clip_id:
            clip_view(clips[clip_id], listed, systems, files)
