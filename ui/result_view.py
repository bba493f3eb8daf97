"""What the model says of the user's audio."""

import streamlit as st

from core.figures import genre_bars, genre_over_time, percent, spectrogram
from core.types import AudioInfo
from ui.cards import TEN_GENRES_ONLY, certainty, chart
from ui.export import NamedPrediction, to_csv, to_json
from ui.loaders import band_centres_hz
from ui.sources import NamedAudio

MIN_WINDOWS_OVER_TIME = 3


def info_line(info: AudioInfo) -> str:
    """Codec, rate, channels and duration in one line."""
    channels = {1: "mono", 2: "stereo"}.get(info.n_channels, f"{info.n_channels} channels")
    minutes, seconds = divmod(round(info.duration_s, 1), 60)
    duration = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    return f"{info.codec} · {info.sample_rate / 1000:g} kHz · {channels} · {duration}"


def result_view(audio: NamedAudio, result: NamedPrediction, key: str) -> None:
    """Player, spectrogram, genres and, for longer tracks, genres over time."""
    prediction = result.prediction
    st.caption(info_line(prediction.info))
    st.audio(audio.data, alt=f"Player for {audio.name}")
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.markdown("**What the model sees**, bright is louder than usual")
        chart(spectrogram(prediction.spectrogram, prediction.frame_s, band_centres_hz(), 330), f"{key}-spectrogram")
    with right:
        st.markdown(certainty(prediction.genre.probs))
        chart(genre_bars(prediction.genre.probs), f"{key}-genres")
    if len(prediction.genre.window_start_s) >= MIN_WINDOWS_OVER_TIME:
        st.markdown(f"**Over time**: every window of {prediction.genre.window_s:.0f} s judged on its own")
        chart(genre_over_time(prediction.genre), f"{key}-over-time")


def summary(results: list[NamedPrediction]) -> None:
    """One row a file, for several files."""
    genres = [result.prediction.genre for result in results]
    st.dataframe(
        {
            "file": [result.file for result in results],
            "genre": [genre.genre for genre in genres],
            "probability": [percent(genre.confidence) for genre in genres],
            "next": [genre.ranked()[1][0] for genre in genres],
            "length (s)": [round(result.prediction.info.duration_s, 1) for result in results],
        },
        hide_index=True,
        alt="Most probable genre of each file",
    )


def downloads(results: list[NamedPrediction]) -> None:
    """Everything above as files, and what it is worth."""
    st.caption(f":material/info: {TEN_GENRES_ONLY}")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Download JSON",
            to_json(results),
            "prediction.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Download CSV", to_csv(results), "prediction.csv", "text/csv", icon=":material/download:", on_click="ignore"
        )
