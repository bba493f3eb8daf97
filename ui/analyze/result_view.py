"""What the models predict for the user's audio."""

import hashlib
from collections.abc import Callable
from typing import Literal

import streamlit as st

from core.figures.timeline import timeline
from core.results.words import NO_CLEAR_TEMPO, percent
from core.types import AudioInfo, Prediction
from ui.analyze.export import NamedPrediction, to_csv, to_json
from ui.analyze.fused_view import fused_view, genre_model_words
from ui.analyze.genre_systems import genre_systems
from ui.analyze.sounds_like import sounds_like
from ui.app.kept import NamedAudio
from ui.app.text import as_text
from ui.shared.answer import answer
from ui.shared.cards import TEN_GENRES_ONLY
from ui.shared.genre_words import NO_GENRE_FITS, TOO_SHORT
from ui.shared.player.component import Sound, player
from ui.shared.table import Column, listing
from ui.shared.tempo_view import track_tempo

_Column = Column[NamedPrediction]
_Width = Literal["small", "medium", "large"]
_PICTURE_PX, _BARS_PX = 150, 230
"""So that the spectrogram is seen whole in a window of 1280 by 720 pixels."""
_ROWS_SHOWN, _TABLE_PX = 5, 215
"""Of the table of several files: more of them are scrolled, so that the prediction below stays in sight."""


def info_line(info: AudioInfo) -> str:
    """Codec, rate, channels and duration in one line."""
    channels = {1: "mono", 2: "stereo"}.get(info.n_channels, f"{info.n_channels} channels")
    minutes, seconds = divmod(round(info.duration_s, 1), 60)
    duration = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    return f"{info.codec} · {info.sample_rate / 1000:g} kHz · {channels} · {duration}"


@st.fragment
def result_view(audio: NamedAudio, result: NamedPrediction, key: str) -> None:
    """The prediction in large type, then the player, genres and tempo."""
    prediction = result.prediction
    level = answer(prediction, key, sound=hashlib.sha256(audio.data).hexdigest()[:16])
    st.caption(f"**{as_text(audio.name)}** · {info_line(prediction.info)}")
    left, right = st.columns([6, 5], gap="medium")
    with left:
        shown = timeline(prediction, level)
        player(shown, Sound(audio.data), f"Player for {audio.name}", key, _PICTURE_PX)
        st.caption(f"Input of the {genre_model_words(prediction)}; bright: above the mean of the training set.")
    with right:
        _genres(audio, prediction, key)
        fused_view(prediction, key)
    sounds_like(prediction, key)
    track_tempo(prediction.tempo, key)


def _genres(audio: NamedAudio, prediction: Prediction, key: str) -> None:
    """The probabilities; behind a click where they mean little."""
    if not prediction.is_unlike_training:
        genre_systems(audio, prediction, _BARS_PX, key)
        return
    with st.expander("Probabilities of the ten genres, which mean little here", icon=":material/bar_chart:"):
        genre_systems(audio, prediction, _BARS_PX, key)


def _column(name: str, value: Callable[[NamedPrediction], str | float], width: _Width = "small") -> _Column:
    return Column(name, name, value, drawn_as=st.column_config.Column(width=width))


def summary(results: list[NamedPrediction]) -> None:
    """One row a file, for several files: genre and tempo, each with the next one."""
    has_tempo = any(result.prediction.tempo is not None for result in results)
    columns = (
        _column("file", lambda result: result.file, "medium"),
        _column("genre", lambda result: _genre_cell(result.prediction), "medium"),
        _column("probability", lambda result: _if_one_fits(result, percent(result.prediction.genre.confidence))),
        _column("next", lambda result: _if_one_fits(result, result.prediction.genre.ranked()[1][0])),
        *(_TEMPO_COLUMNS if has_tempo else ()),
        _column("length (s)", lambda result: round(result.prediction.info.duration_s, 1)),
        _column("notes", lambda result: " ".join(result.prediction.notes), "large"),
    )
    height: int | Literal["content"] = "content" if len(results) <= _ROWS_SHOWN else _TABLE_PX
    listing(columns, results, None, "Most probable genre and tempo of each file", height)


def _genre_cell(prediction: Prediction) -> str:
    if prediction.is_unlike_training:
        return NO_GENRE_FITS.lower()
    return f"{prediction.genre.genre}, {TOO_SHORT}" if prediction.is_too_short else prediction.genre.genre


def _if_one_fits(result: NamedPrediction, words: str) -> str:
    """Nothing where no genre fits."""
    return "" if result.prediction.is_unlike_training else words


def _tempo_cell(result: NamedPrediction) -> str:
    reading = result.prediction.tempo
    if reading is None:
        return ""
    if reading.changes:
        return ", then ".join(f"{part.tempo_bpm:.1f}" for part in reading.parts)
    return f"{reading.estimate.tempo_bpm:.1f}" if reading.estimate.is_clear else NO_CLEAR_TEMPO


def _other_cell(result: NamedPrediction) -> str:
    reading = result.prediction.tempo
    other = None if reading is None else reading.estimate.best_alternative
    if reading is None or reading.changes or not reading.estimate.is_clear or other is None:
        return ""
    return f"{other.relation} ({percent(other.weight)})"


_TEMPO_COLUMNS = (_column("BPM", _tempo_cell, "medium"), _column("or", _other_cell, "medium"))


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
