"""What has been measured, part by part: the verdict in large type, the figure, then the rest of the evidence."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.RESULTS)
with frame.loading():
    from ui.app import errors, settings
    from ui.results.answers import answers
    from ui.results.choice import choose_clips, choose_part
    from ui.results.confusion import confusion_part
    from ui.results.faults import faults_part
    from ui.results.fusion import fusion_part
    from ui.results.genre import genre_part
    from ui.results.tempo import tempo_part
    from ui.results.training import training_part

with errors.shown():
    files = settings.gtzan_files()
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        part = choose_part()
        with st.container(horizontal=True, width="content", gap="small"):
            choice = choose_clips()
            answers(choice)
    match part:
        case "Genre":
            genre_part(choice)
        case "Confusion":
            confusion_part(choice, files)
        case "Tempo":
            tempo_part(choice, files)
        case "Fusion":
            fusion_part(choice)
        case "Faults of the data":
            faults_part(choice)
        case "Training":
            training_part(choice)
