"""Where audio comes from: uploads, the microphone, demo tracks."""

from dataclasses import dataclass
from typing import Literal, get_args

import streamlit as st

from core.audio import ACCEPTED_FORMATS, AUDIO_SUFFIXES, AudioLimits
from core.synth import DEMO_TRACKS, DemoTrack
from ui.microphone import microphone_state

Source = Literal["Upload", "Record", "Live", "Demo tracks"]
RECORDING_RATE = 48_000
"""Hz. Without a rate Streamlit records at 16 kHz, which cuts off what lies above 8 kHz."""


@dataclass(frozen=True)
class NamedAudio:
    """Bytes of one audio file and what to call it."""

    name: str
    data: bytes


def choose_source() -> Source:
    """Lets the user choose where the music comes from."""
    source = st.segmented_control(
        "Where is the music?", get_args(Source), key="source", default="Upload", required=True, bind="query-params"
    )
    return source or "Upload"


def choose_audio(source: Source) -> list[NamedAudio]:
    """Lets the user give audio; empty until then, and from a live source, which has no end."""
    match source:
        case "Record":
            return _recorded()
        case "Demo tracks":
            return _demo()
        case "Live":
            return []
        case _:
            return _uploaded()


def _uploaded() -> list[NamedAudio]:
    limits = AudioLimits()
    files = st.file_uploader(
        f"One or several audio files, each up to {limits.max_bytes / 1e6:.0f} MB and {limits.max_duration_s / 60:.0f} "
        "minutes",
        type=AUDIO_SUFFIXES,
        help=f"{ACCEPTED_FORMATS}; of a video, its sound.",
        accept_multiple_files=True,
        key="uploads",
    )
    return [NamedAudio(file.name, file.getvalue()) for file in files]


def _recorded() -> list[NamedAudio]:
    microphone_state()
    recording = st.audio_input(
        "Hold the microphone to the music for 10 seconds or more", sample_rate=RECORDING_RATE, key="mic"
    )
    st.caption("The recording stays on the computer that runs the app.")
    return [NamedAudio("recording.wav", recording.getvalue())] if recording else []


def _demo() -> list[NamedAudio]:
    track = choose_demo(None)
    st.caption(
        "Computed drums, bass and chords: no real music, so a surprising genre is no surprise. Good for a first try."
    )
    return [NamedAudio(f"{track.name}.wav", demo_wav(track))] if track else []


def choose_demo(default: DemoTrack | None) -> DemoTrack | None:
    """Lets the user choose a demo track; None until then, unless there is a default."""
    by_name = {track.name: track for track in DEMO_TRACKS}
    name = st.pills(
        "Tracks made by the app's own synthesiser", list(by_name), key="demo", default=default and default.name,
        required=default is not None, bind="query-params",
    )  # fmt: skip
    return by_name[name] if name else default


@st.cache_data(show_spinner="Making the demo track …")
def demo_wav(track: DemoTrack) -> bytes:
    """A demo track as a wav file."""
    return track.wav_bytes()
