"""What the model says of the user's audio."""

import streamlit as st

from core.figures import genre_bars, genre_over_time, percent, spectrogram
from core.types import AudioInfo, TempoReading
from ui.cards import TEN_GENRES_ONLY, certainty, chart
from ui.export import NamedPrediction, to_csv, to_json
from ui.loaders import spectrogram_axes
from ui.player import NO_BEATS, music_player
from ui.sources import NamedAudio
from ui.tempo_view import MIN_WINDOWS_OVER_TIME, track_tempo


def info_line(info: AudioInfo) -> str:
    """Codec, rate, channels and duration in one line."""
    channels = {1: "mono", 2: "stereo"}.get(info.n_channels, f"{info.n_channels} channels")
    minutes, seconds = divmod(round(info.duration_s, 1), 60)
    duration = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    return f"{info.codec} · {info.sample_rate / 1000:g} kHz · {channels} · {duration}"


def result_view(audio: NamedAudio, result: NamedPrediction, key: str) -> None:
    """Player, spectrogram, genres, tempo and, for longer tracks, both over time."""
    prediction = result.prediction
    st.caption(info_line(prediction.info))
    _player(audio, prediction.tempo, f"{key}-player")
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.markdown("**What the model sees**, bright is louder than usual")
        bands_hz = spectrogram_axes().band_centres_hz
        chart(spectrogram(prediction.spectrogram, prediction.frame_s, bands_hz, 330), f"{key}-spectrogram")
    with right:
        st.markdown(certainty(prediction.genre.probs))
        chart(genre_bars(prediction.genre.probs), f"{key}-genres")
        if prediction.fused is not None:
            fused = prediction.fused
            st.markdown(f"With the tempo added ({fused.checkpoint}): **{fused.genre}** ({percent(fused.confidence)}).")
    if len(prediction.genre.window_start_s) >= MIN_WINDOWS_OVER_TIME:
        st.markdown(f"**Over time**: every window of {prediction.genre.window_s:.0f} s judged on its own")
        chart(genre_over_time(prediction.genre), f"{key}-over-time")
    track_tempo(prediction.tempo, key)


def _player(audio: NamedAudio, tempo: TempoReading | None, key: str) -> None:
    beats_s = NO_BEATS if tempo is None else tempo.beat_times_s
    music_player(audio.data, f"Player for {audio.name}", key, beats_s)


def summary(results: list[NamedPrediction]) -> None:
    """One row a file, for several files."""
    genres = [result.prediction.genre for result in results]
    st.dataframe(
        {
            "file": [result.file for result in results],
            "genre": [genre.genre for genre in genres],
            "probability": [percent(genre.confidence) for genre in genres],
            "next": [genre.ranked()[1][0] for genre in genres],
            **_tempo_columns([result.prediction.tempo for result in results]),
            "length (s)": [round(result.prediction.info.duration_s, 1) for result in results],
        },
        hide_index=True,
        alt="Most probable genre and tempo of each file",
    )


def _tempo_columns(readings: list[TempoReading | None]) -> dict[str, list[str]]:
    """The tempo and its weightiest alternative; nothing without a tempo model."""
    estimates = [reading.estimate for reading in readings if reading is not None]
    if not estimates:
        return {}
    alternatives = [estimate.best_alternative if estimate.is_clear else None for estimate in estimates]
    return {
        "BPM": [f"{estimate.tempo_bpm:.1f}" if estimate.is_clear else "no clear tempo" for estimate in estimates],
        "or": ["" if other is None else f"{other.relation} ({percent(other.weight)})" for other in alternatives],
    }


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
