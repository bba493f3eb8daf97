"""Your own music: upload, record or take a demo track, and see what the models make of it."""

import streamlit as st

from ui import frame

frame.open_page(frame.ANALYZE)
top = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
top.title("Analyze your music", anchor=False, width="content")
with frame.loading():
    from ui import settings
    from ui.analysis import analyse
    from ui.live import live
    from ui.sources import choose_source, demo
    from ui.your_sounds import your_sounds

chosen = settings.models()
with top:
    source = choose_source()
if source == "Live":
    live(chosen)
elif source == "Demo tracks":
    track = demo()
    analyse([track] if track else [], track, chosen)
else:
    sounds, shown = your_sounds(source)
    analyse(sounds, shown, chosen)
