"""Your own music: upload, record or take a demo track, and see what the models predict."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.ANALYZE)
top = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
top.title("Analyze your music", anchor=False, width="content")
with frame.loading():
    from ui.analyze.analysis import analyse
    from ui.analyze.live import live
    from ui.analyze.your_sounds import your_sounds
    from ui.app import settings
    from ui.shared.sources import choose_source, demo

chosen = settings.models()
with top:
    source = choose_source()
if source == "Live":
    take = live(chosen)
    analyse([take] if take else [], take, chosen)
elif source == "Demo tracks":
    track = demo()
    analyse([track] if track else [], track, chosen)
else:
    sounds, shown = your_sounds(source)
    analyse(sounds, shown, chosen)
