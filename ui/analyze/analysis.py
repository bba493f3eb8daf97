"""Sounds one after the other through the models: a row in the table as soon as each is done, details of one."""

import streamlit as st

from ui.analyze.export import NamedPrediction
from ui.analyze.result_view import downloads, result_view, summary
from ui.app import errors
from ui.app.kept import NamedAudio
from ui.app.model import predict_bytes
from ui.app.settings import ModelChoice
from ui.app.text import as_text


def analyse(sounds: list[NamedAudio], shown: NamedAudio | None, chosen: ModelChoice) -> None:
    """What the models predict.

    Args:
        sounds: all that are given.
        shown: the one of them whose details are shown.
        chosen: the models.
    """
    trouble, progress, overall, details = st.container(), st.empty(), st.empty(), st.container()
    results: list[NamedPrediction] = []
    is_shown = False
    for number, audio in enumerate(sounds):
        progress.progress(number / len(sounds), f"{as_text(audio.name)} ({number + 1} of {len(sounds)})")
        with trouble, errors.shown(f"{as_text(audio.name)}: "):
            results.append(NamedPrediction(audio.name, predict_bytes(audio.data, chosen)))
            if len(sounds) > 1:
                with overall.container():
                    summary(results)
            if audio is shown:
                is_shown = True
                with details, errors.shown():
                    result_view(audio, results[-1], key=f"sound-{number}")
    progress.empty()
    if results and not is_shown:  # the chosen one cannot be read: the first that can be stands in for it
        stand_in = next(audio for audio in sounds if audio.name == results[0].file)
        with details, errors.shown():
            result_view(stand_in, results[0], key="stand-in")
    if results:
        downloads(results)
