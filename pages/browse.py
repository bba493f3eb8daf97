"""Every GTZAN clip: filter, pick, listen, inspect."""

import streamlit as st

from ui import errors, frame, settings
from ui.clip_filters import choose_filter, choose_system
from ui.clip_list import clip_list, step_buttons, wanted_clip
from ui.clip_table import apply_filter, clip_table, score_in_words
from ui.clip_view import clip_view
from ui.loaders import clips_by_id, saved

frame.open_page(frame.BROWSE)
st.title("Browse the clips", anchor=False)
with errors.shown():
    files = settings.gtzan_files()
    clips, predictions = clips_by_id(), saved(choose_system())
    table = clip_table(clips.values(), predictions)
    rows = apply_filter(table, choose_filter(table))
    st.markdown(f"**{len(rows)} of {len(table)} clips** · {score_in_words(rows)}" if len(rows) else "")
    clip_id = wanted_clip(clips, rows["clip"].tolist())
    left, right = st.columns([5, 6], gap="large")
    with left:
        if len(rows):
            clip_list(rows, clip_id)
        else:
            st.info(
                "No clip passes these filters. Remove one of them to see clips again.", icon=":material/filter_alt:"
            )
    if clip_id:
        with right:
            step_buttons(rows["clip"].tolist(), clip_id)
            clip_view(clips[clip_id], predictions, files)
