"""Your own music: upload, record or take a demo track, and see what the models make of it."""

import streamlit as st

from ui import frame

frame.open_page(frame.ANALYZE)
st.title("Analyze your music", anchor=False)
with frame.loading():
    from ui import errors, settings
    from ui.export import NamedPrediction
    from ui.live import live
    from ui.model import predict_bytes
    from ui.result_view import downloads, result_view, summary
    from ui.sources import choose_audio, choose_source

chosen = settings.models()
source = choose_source()
if source == "Live":
    live(chosen)
    st.stop()
given = choose_audio(source)
if not given:
    st.info(
        "Give a file, record something or choose a demo track; the prediction appears here.",
        icon=":material/arrow_upward:",
    )
    st.stop()

overall = st.container()
results: list[NamedPrediction] = []
progress = st.progress(0.0)
for number, audio in enumerate(given):
    progress.progress(number / len(given), f"{audio.name} ({number + 1} of {len(given)})")
    with errors.shown(f"{audio.name}: "):
        prediction = predict_bytes(audio.data, chosen.genre, chosen.tempo, chosen.fusion)
        results.append(NamedPrediction(audio.name, prediction))
        with st.expander(audio.name, expanded=len(results) == 1, icon=":material/music_note:"):
            result_view(audio, results[-1], key=f"track-{number}")
progress.empty()
if results:
    if len(given) > 1:
        with overall:
            summary(results)
    downloads(results)
