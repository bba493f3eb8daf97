"""The three questions answered with numbers and intervals, then the evidence."""

import streamlit as st

from ui import frame

frame.open_page(frame.RESULTS)
st.title("Results", anchor=False)
with frame.loading():
    from ui import errors
    from ui.results_answers import answers
    from ui.results_choice import choose_clips, choose_format, choose_part
    from ui.results_confusion import confusion_part
    from ui.results_faults import faults_part
    from ui.results_fusion import fusion_part
    from ui.results_genre import genre_part
    from ui.results_tempo import tempo_part
    from ui.results_training import training_part

with errors.shown():
    answered = st.container()
    choice = choose_clips()
    with answered:
        answers(choice)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        part = choose_part()
        choose_format()
    match part:
        case "Genre":
            genre_part(choice)
        case "Confusion":
            confusion_part(choice)
        case "Tempo":
            tempo_part(choice)
        case "Fusion":
            fusion_part(choice)
        case "Faults of the data":
            faults_part(choice)
        case "Training":
            training_part(choice)
