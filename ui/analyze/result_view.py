"""What the models predict of the user's audio."""

from typing import Literal

import streamlit as st

from core.figures import genre_bars, genre_over_time, muted
from core.results.words import percent
from core.types import AudioInfo, Prediction, TempoReading
from ui.analyze.export import NamedPrediction, to_csv, to_json
from ui.analyze.fused_view import fused_view
from ui.app.kept import NamedAudio
from ui.app.text import as_text
from ui.shared.answer import answer
from ui.shared.cards import TEN_GENRES_ONLY, chart, spectrogram_chart
from ui.shared.genre_words import NO_GENRE_FITS, TOO_SHORT
from ui.shared.player import NO_BEATS, music_player
from ui.shared.tempo_view import MIN_WINDOWS_OVER_TIME, track_tempo
from ui.shared.tempo_words import NO_CLEAR_TEMPO

_FIGURE_PX = 280
_ROWS_SHOWN, _TABLE_PX = 5, 215
"""Of the table of several files: more of them are scrolled, so that the answer below stays in sight."""
_COLUMNS = ("file", "genre", "probability", "next", "BPM", "or", "length (s)", "notes")
_WIDTHS: dict[str, Literal["medium", "large"]] = {
    "file": "medium", "genre": "medium", "BPM": "medium", "or": "medium", "notes": "large",
}  # fmt: skip


def info_line(info: AudioInfo) -> str:
    """Codec, rate, channels and duration in one line."""
    channels = {1: "mono", 2: "stereo"}.get(info.n_channels, f"{info.n_channels} channels")
    minutes, seconds = divmod(round(info.duration_s, 1), 60)
    duration = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    return f"{info.codec} · {info.sample_rate / 1000:g} kHz · {channels} · {duration}"


def result_view(audio: NamedAudio, result: NamedPrediction, key: str) -> None:
    """The answer in large type, then what it rests on: spectrogram, genres, sound, tempo; both over time, if long."""
    prediction = result.prediction
    answer(prediction, key)
    st.caption(f"**{as_text(audio.name)}** · {info_line(prediction.info)}")
    left, right = st.columns([6, 5], gap="medium")
    with left:
        chart(spectrogram_chart(prediction, _FIGURE_PX), f"{key}-spectrogram")
        st.caption("Input of the genre model: bright is louder than usual in the training clips.")
    with right:
        _genres(prediction, key)
        fused_view(prediction, key)
    _player(audio, prediction.tempo, f"{key}-player")
    if len(prediction.genre.window_start_s) >= MIN_WINDOWS_OVER_TIME:
        st.markdown(f"**Genre over time**: every window of {prediction.genre.window_s:.0f} s judged on its own")
        chart(genre_over_time(prediction.genre), f"{key}-over-time")
    track_tempo(prediction.tempo, key)


def _genres(prediction: Prediction, key: str) -> None:
    """The probabilities; behind a click where they mean little."""
    bars = genre_bars(prediction.genre.probs, height=_FIGURE_PX)
    if not prediction.is_unlike_training:
        chart(bars, f"{key}-genres")
        return
    with st.expander("Probabilities of the ten genres, which mean little here", icon=":material/bar_chart:"):
        chart(muted(bars), f"{key}-genres")


def _player(audio: NamedAudio, tempo: TempoReading | None, key: str) -> None:
    beats_s = NO_BEATS if tempo is None else tempo.beat_times_s
    music_player(audio.data, f"Player for {audio.name}", key, beats_s)


def summary(results: list[NamedPrediction]) -> None:
    """One row a file, for several files."""
    predictions = [result.prediction for result in results]
    st.dataframe(
        {
            "file": [result.file for result in results],
            **_genre_columns(predictions),
            **_tempo_columns([prediction.tempo for prediction in predictions]),
            "length (s)": [round(prediction.info.duration_s, 1) for prediction in predictions],
            "notes": [" ".join(prediction.notes) for prediction in predictions],
        },
        hide_index=True,
        height="content" if len(results) <= _ROWS_SHOWN else _TABLE_PX,
        column_config={name: st.column_config.Column(width=_WIDTHS.get(name, "small")) for name in _COLUMNS},
        alt="Most probable genre and tempo of each file",
    )


def _genre_columns(predictions: list[Prediction]) -> dict[str, list[str]]:
    """The most probable genre and the next one; neither where none fits."""
    fits = [not prediction.is_unlike_training for prediction in predictions]
    pairs = list(zip(predictions, fits, strict=True))
    return {
        "genre": [_genre_cell(prediction) if fit else NO_GENRE_FITS.lower() for prediction, fit in pairs],
        "probability": [percent(prediction.genre.confidence) if fit else "" for prediction, fit in pairs],
        "next": [prediction.genre.ranked()[1][0] if fit else "" for prediction, fit in pairs],
    }


def _genre_cell(prediction: Prediction) -> str:
    return f"{prediction.genre.genre}, {TOO_SHORT}" if prediction.is_too_short else prediction.genre.genre


def _tempo_columns(readings: list[TempoReading | None]) -> dict[str, list[str]]:
    """The tempo and its weightiest alternative; nothing without a tempo model."""
    found = [reading for reading in readings if reading is not None]
    if not found:
        return {}
    return {"BPM": [_tempo_cell(reading) for reading in found], "or": [_other_cell(reading) for reading in found]}


def _tempo_cell(reading: TempoReading) -> str:
    if reading.changes:
        return ", then ".join(f"{part.tempo_bpm:.1f}" for part in reading.parts)
    return f"{reading.estimate.tempo_bpm:.1f}" if reading.estimate.is_clear else NO_CLEAR_TEMPO.lower()


def _other_cell(reading: TempoReading) -> str:
    other = reading.estimate.best_alternative
    if reading.changes or not reading.estimate.is_clear or other is None:
        return ""
    return f"{other.relation} ({percent(other.weight)})"


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
