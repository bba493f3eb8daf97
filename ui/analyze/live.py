"""Live: again and again the models predict the last ten seconds of what the browser records.

The sound of a microphone comes as a WebRTC stream. Where that does not come about, and for the sound of a tab or a
file, the browser sends it over the page's own connection. Either way it goes into one ring of the last two minutes.
A prediction is begun when the last one is there, from what is new by then: what lies between is skipped, and nothing
lags behind. Nothing is predicted before ten
seconds are there: the genre model takes ten seconds, and the rest of them would be padding.
"""

import queue
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import streamlit as st
from streamlit_webrtc import WebRtcMode, WebRtcStreamerContext, webrtc_streamer

from core.audio.stream import KEPT_S, Chunk, LiveSound
from core.errors import SettingsError
from core.features.specs import FeatureSpec
from core.inference.predict import Predictor
from core.results.words import percent
from core.system.threads import leave_a_core
from core.types import GENRES, Prediction
from ui.analyze.ice_servers import IceServer, ice_servers
from ui.analyze.stage import stage
from ui.app import errors
from ui.app.kept import NamedAudio, keep_recording, kept_sounds
from ui.app.model import predictor
from ui.app.settings import ModelChoice
from ui.app.text import as_text
from ui.shared.genre_words import genre_and_confidence, genre_sentence
from ui.shared.microphone import microphone_state
from ui.shared.tempo_words import tempo_and_confidence, tempo_sentence

LIVE_S = 10
"""Seconds that are predicted at a time: one window of the genre model."""
_ENOUGH_S = LIVE_S - 0.05
"""A block of samples may be missing at the end."""
_RATE_HZ = FeatureSpec().sample_rate
_EVERY_S = 0.5
_PATIENCE_S = 8.0
"""Without sound from WebRTC for so long, the page's own connection takes over."""
_BUSY_S = 2.5
"""Beyond so many seconds between two predictions the page says why."""
_N_FRAMES = 1_500
"""Of 20 ms: what WebRTC keeps for a page that is busy."""
_BUSY = "This computer is busy"
_STAGE, _RECORDING, _TAKE = "live", "live-recording", "live-take"

# What browsers do for speech would bend music.
_MUSIC = {"audio": {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}, "video": False}
# The stream needs no frame of its own in the page; while a fragment runs, Streamlit fades what it has not drawn anew,
# which here would be all of the time.
_STYLE = """<style>
.st-key-live-stream { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.st-key-live-view [data-stale="true"] { opacity: 1 !important; transition: none !important; }
</style>"""

Connection = WebRtcStreamerContext[Any, Any]


@dataclass
class _Recording:
    """What a session records.

    Attributes:
        take: its number, as the browser gave it.
        transport: how the sound comes.
        sound: its last two minutes.
        note: why it comes that way; "" where there is nothing to say.
        came_s: when sound came last, or the start, by the monotonic clock.
        received: number of the last chunk that is in it.
        waiting: the prediction that is being made.
        begun_s: when that was begun, by the monotonic clock.
        answer: what the stage shows of the last prediction.
        answered_s: when the stage got it, None before the first.
    """

    take: int
    transport: Literal["webrtc", "page"]
    sound: LiveSound = field(default_factory=lambda: LiveSound(_RATE_HZ))
    note: str = ""
    came_s: float = field(default_factory=time.monotonic)
    received: int = 0
    waiting: Future[Prediction] | None = None
    begun_s: float = 0.0
    answer: dict[str, Any] | None = None
    answered_s: float | None = None

    def change_to_page(self, note: str) -> None:
        """From now on the browser sends what it records, from the beginning that it still has."""
        self.transport, self.note, self.sound = "page", note, LiveSound(_RATE_HZ)


def live(chosen: ModelChoice) -> NamedAudio | None:
    """The stage, and what the models predict from the last seconds; returns the last take while nothing is recorded."""
    microphone_state()
    st.html(_STYLE)
    recording = _begin_or_end()
    with errors.shown():
        predictor(chosen)  # here already: the first prediction need not wait for it
        connection = _connection(recording, _servers(recording))
        follows_clock = recording is not None and recording.transport == "webrtc"
        st.fragment(_follow, run_every=_EVERY_S if follows_clock else None)(chosen, connection)
    return None if recording else _last_take()


def _last_take() -> NamedAudio | None:
    """The take that was recorded last, unless it has been removed."""
    number = st.session_state.get(_TAKE)
    return next((sound.audio for sound in kept_sounds() if sound.number == number), None)


def _asked() -> dict[str, Any] | None:
    """Number and source of the take that the browser has begun; None while it rests."""
    asked = st.session_state.get(_STAGE, {}).get("listening")
    is_one = isinstance(asked, dict) and isinstance(asked.get("number"), int) and isinstance(asked.get("source"), str)
    return asked if is_one else None


def _recording() -> _Recording | None:
    recording: _Recording | None = st.session_state.get(_RECORDING)
    return recording


def _has_changed() -> bool:
    asked, recording = _asked(), _recording()
    return (asked and asked["number"]) != (recording and recording.take)


def _begin_or_end() -> _Recording | None:
    """Keeps the take that has ended, as if it were uploaded, and begins the one that was asked for."""
    if not _has_changed():
        return _recording()
    asked, recording = _asked(), _recording()
    if recording is not None and recording.sound.received_s > 0:
        with errors.shown():
            _receive_chunk(recording)
        st.session_state[_TAKE] = keep_recording("take", recording.sound.take()).number
    begun = None
    if asked is not None:
        begun = _Recording(asked["number"], "webrtc" if asked["source"] == "microphone" else "page")
    st.session_state[_RECORDING] = begun
    return begun


def _servers(recording: _Recording | None) -> list[IceServer]:
    """Those of the settings; where these are wrong, the page's connection has to do."""
    try:
        return ice_servers()
    except SettingsError as error:
        if recording is not None and recording.transport == "webrtc":
            recording.change_to_page("")
        st.error(as_text(str(error)), icon=":material/error:")
        return []


def _connection(recording: _Recording | None, servers: list[IceServer]) -> Connection:
    with st.container(key="live-stream"):
        return webrtc_streamer(
            "live-webrtc",
            WebRtcMode.SENDONLY,
            rtc_configuration={"iceServers": servers},
            media_stream_constraints=_MUSIC,
            desired_playing_state=recording is not None and recording.transport == "webrtc",
            audio_receiver_size=_N_FRAMES,
        )


def _follow(chosen: ModelChoice, connection: Connection) -> None:
    """Takes in what has come, predicts if it is time, and shows it."""
    if _has_changed():
        st.rerun()
    recording = _recording()
    with st.container(key="live-view"):
        if recording is not None:
            with errors.shown():
                _receive(recording, connection)
                _predict(recording, chosen)
        stage(_STAGE, _data(recording))
    if recording is not None and recording.transport == "webrtc" and time.monotonic() - recording.came_s > _PATIENCE_S:
        recording.change_to_page(
            f"No sound came over WebRTC for {_PATIENCE_S:.0f} seconds: it now comes over the page's own connection."
        )
        st.rerun()


def _receive(recording: _Recording, connection: Connection) -> None:
    if recording.transport == "page":
        _receive_chunk(recording)
        return
    try:
        frames = connection.audio_receiver.get_frames(block=False) if connection.audio_receiver else []
    except queue.Empty:
        return
    for frame in frames:
        recording.sound.append_frame(frame)
        recording.came_s = time.monotonic()


def _receive_chunk(recording: _Recording) -> None:
    """Takes in the last chunk of the browser, once.

    Raises:
        AudioError: it is no sound.
    """
    sent = st.session_state.get(_STAGE, {}).get("clip")
    if recording.transport == "page" and sent is not None:
        chunk = Chunk.parse(sent)
        if chunk.take == recording.take and chunk.number > recording.received:
            recording.received, recording.came_s = chunk.number, time.monotonic()
            recording.sound.append_chunk(chunk)


@st.cache_resource(show_spinner=False)
def _one_by_one() -> ThreadPoolExecutor:
    """Where the predictions of all sessions are made, one at a time: beside the runs of the page, which stay short."""
    return ThreadPoolExecutor(1, "live")


def _predict(recording: _Recording, chosen: ModelChoice) -> None:
    """Takes the prediction that has been made, and begins one from the last ten seconds, where some of them are new.

    Raises:
        CheckpointError: a model cannot be loaded.
    """
    if recording.waiting is not None:
        if not recording.waiting.done():
            return
        prediction, recording.waiting = recording.waiting.result(), None
        _take_answer(recording, prediction)
    if recording.sound.received_s >= _ENOUGH_S and recording.came_s > recording.begun_s:
        recording.waiting = _one_by_one().submit(_predicted, predictor(chosen), recording)


def _predicted(model: Predictor, recording: _Recording) -> Prediction:
    """Of the last ten seconds at the moment when it is this session's turn."""
    leave_a_core()
    recording.begun_s = time.monotonic()
    return model.predict(recording.sound.last(LIVE_S))


def _take_answer(recording: _Recording, prediction: Prediction) -> None:
    now_s, before_s = time.monotonic(), recording.answered_s
    number = 1 if recording.answer is None else recording.answer["number"] + 1
    recording.answer = {"number": number, "ago_s": now_s - recording.begun_s, **as_data(prediction)}
    recording.answered_s = now_s
    if before_s is not None and now_s - before_s > _BUSY_S:
        every = f"{now_s - before_s:.0f} seconds"
        recording.note = f"{_BUSY}: one prediction in {every}, what lies between is skipped."
    elif recording.note.startswith(_BUSY):
        recording.note = ""


def as_data(prediction: Prediction) -> dict[str, Any]:
    """A prediction as the stage shows it."""
    genre, confidence = genre_and_confidence(prediction)
    tempo = prediction.tempo
    words, beside = ("No tempo model", "") if tempo is None else tempo_and_confidence(tempo)
    is_clear = tempo is not None and tempo.estimate.is_clear
    return {
        "genre": genre,
        "confidence": confidence,
        "fits": not prediction.is_unlike_training,
        "genre_words": genre_sentence(prediction).replace("**", ""),
        "probs": [round(float(p), 4) for p in prediction.genre.probs],
        "shares": [percent(float(p)) for p in prediction.genre.probs],
        "tempo": words,
        "tempo_confidence": beside,
        "tempo_words": "" if tempo is None else tempo_sentence(tempo).replace("**", ""),
        "bpm": tempo.estimate.tempo_bpm if tempo is not None and is_clear else None,
        "last_beat_s": 0.0 if tempo is None or not len(tempo.beat_times_s) else float(tempo.beat_times_s[-1]) - LIVE_S,
    }


def _data(recording: _Recording | None) -> dict[str, Any]:
    """What the stage is told."""
    return {
        "seconds": LIVE_S,
        "kept": KEPT_S,
        "rate": _RATE_HZ,
        "genres": list(GENRES),
        "transport": "page" if recording is None else recording.transport,
        "send": recording is not None and recording.transport == "page",
        "every_ms": 1000 * _EVERY_S,
        "answered": 0 if recording is None else recording.received,
        "note": "" if recording is None else recording.note,
        "answer": None if recording is None else recording.answer,
        "rests": recording is None and _last_take() is not None,
    }
