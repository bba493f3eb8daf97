"""Every GTZAN clip: filter, pick, listen, inspect."""

import streamlit as st

from ui import frame

frame.open_page(frame.BROWSE)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    st.title("Browse the clips", anchor=False, width="content")
    systems = st.container(horizontal=True, width="content")
with frame.loading():
    from ui import errors, settings
    from ui.clip_filters import choose_filter, choose_other, choose_system, choose_tempo_system
    from ui.clip_list import clip_list, step_buttons, wanted_clip
    from ui.clip_table import apply_filter, clip_table, score_in_words, tempo_score_in_words
    from ui.clip_view import clip_view
    from ui.loaders import clips_by_id, saved, saved_tempo

with errors.shown():
    files = settings.gtzan_files()
    with systems:
        system = choose_system()
        other_system = choose_other(system)
        tempo_system = choose_tempo_system()
    clips, predictions = clips_by_id(), saved(system)
    other = saved(other_system) if other_system else None
    tempo = saved_tempo(tempo_system) if tempo_system else None
    st.caption("  \n".join(f"{found.system}: {found.description}" for found in (predictions, other, tempo) if found))
    table = clip_table(clips.values(), predictions, tempo, other)
    rows = apply_filter(table, choose_filter(table))
    listed = rows["clip"].tolist()
    clip_id = wanted_clip(clips, listed)
    left, right = st.columns([5, 8], gap="medium")
    with left:
        st.markdown(f"**{len(rows)} of {len(table)} clips**")
        clip_list(rows, clip_id)
        st.caption(score_in_words(rows))
        st.caption(tempo_score_in_words(rows))
    with right:
        if clip_id:
            step_buttons(listed, clip_id)
            clip_view(clips[clip_id], predictions, tempo, other, files)
