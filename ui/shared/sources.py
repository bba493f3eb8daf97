"""Where audio comes from: uploads, the microphone, demo tracks."""

from typing import Literal, get_args

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.audio.load import ACCEPTED_FORMATS, AUDIO_SUFFIXES, AudioLimits
from core.synth import DEMO_TRACKS, DemoTrack
from ui.app.kept import NamedAudio, forget, keep, keep_recording
from ui.shared.microphone import microphone_state

Source = Literal["Upload", "Record", "Live", "Demo tracks"]
RECORDING_RATE = 48_000
"""Hz. Without a rate Streamlit records at 16 kHz, which cuts off what lies above 8 kHz."""


_ROUND, _HELD = "uploads-round", "uploads-held"


def choose_source() -> Source:
    """Lets the user choose where the music comes from."""
    source = st.segmented_control(
        "Source", get_args(Source), key="source", default="Upload", required=True, bind="query-params"
    )
    return source or "Upload"


def give_sounds(source: Source) -> None:
    """Lets the user give sounds, by upload or microphone; they are kept in the session."""
    if source == "Record":
        _record()
    else:
        limits = AudioLimits()
        upload(
            "uploads",
            f"One or several audio files, each up to {limits.max_bytes / 1e6:.0f} MB and "
            f"{limits.max_duration_s / 60:.0f} minutes",
        )


def upload(key: str, label: str) -> None:
    """An uploader whose files are kept; taking one out of it removes the sound.

    Args:
        key: of the uploader; another one after `forget_uploads`.
        label: above it.
    """
    if _ROUND in st.session_state:
        key = f"{key}-{st.session_state[_ROUND]}"
    files = st.file_uploader(
        label,
        type=AUDIO_SUFFIXES,
        help=f"{ACCEPTED_FORMATS}; of a video, its sound.",
        accept_multiple_files=True,
        key=key,
        on_change=_take_uploads,
        args=(key,),
    )
    # What it holds now: after a look at another page it comes back empty, which is no wish to remove anything.
    held = _held()
    st.session_state[_HELD] = {file.file_id: held[file.file_id] for file in files if file.file_id in held}


def _held() -> dict[str, int]:
    """Numbers of the kept sounds by the ids of the files that the uploader holds."""
    held: dict[str, int] = st.session_state.get(_HELD, {})
    return held


def _take_uploads(key: str) -> None:
    files: list[UploadedFile] = st.session_state[key]
    held, ids = _held(), {file.file_id for file in files}
    forget([number for file_id, number in held.items() if file_id not in ids])
    new = [file for file in files if file.file_id not in held]
    kept = keep([NamedAudio(file.name, file.getvalue()) for file in new])
    numbers = {file.file_id: sound.number for file, sound in zip(new, kept, strict=True)}
    st.session_state[_HELD] = {**held, **numbers}


def forget_uploads(numbers: list[int]) -> None:
    """Removes sounds, and begins with another uploader: one cannot be told to let go of a file."""
    forget(numbers)
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _record() -> None:
    microphone_state()
    st.audio_input(
        "Hold the microphone to the music for 10 seconds or more", sample_rate=RECORDING_RATE, key="mic",
        on_change=_take_recording,
    )  # fmt: skip
    st.caption("The recording stays on the computer that runs the app.")


def _take_recording() -> None:
    recording: UploadedFile | None = st.session_state["mic"]
    if recording is not None:
        keep_recording("recording", recording.getvalue())


def demo() -> NamedAudio | None:
    """Lets the user choose a demo track; None until then."""
    track = choose_demo(None)
    st.caption("Computed drums, bass and chords at a known tempo; the predicted genre means little.")
    return NamedAudio(f"{track.name}.wav", demo_wav(track)) if track else None


def choose_demo(default: DemoTrack | None) -> DemoTrack | None:
    """Lets the user choose a demo track; None until then, unless there is a default."""
    by_name = {track.name: track for track in DEMO_TRACKS}
    name = st.pills(
        "Synthetic tracks", list(by_name), key="demo", required=default is not None,
        default=default.name if default else None, bind="query-params",
    )  # fmt: skip
    return by_name[name] if name else default


@st.cache_data(show_spinner="Making the demo track …")
def demo_wav(track: DemoTrack) -> bytes:
    """A demo track as a wav file."""
    return track.wav_bytes()
