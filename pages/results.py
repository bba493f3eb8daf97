"""What has been measured, part by part: the verdict in large type, the figure, then the rest of the evidence."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.RESULTS)
with frame.loading():
    from ui.app import errors, settings
    from ui.results.answers import answers
    from ui.results.choice import choose_clips
    from ui.results.parts import choose_part

with errors.shown():
    files = settings.gtzan_files()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        part = choose_part()
        with st.container(horizontal=True, width="content", gap="small"):
            choice = choose_clips()
            answers(choice)
    part.show(choice, files)
