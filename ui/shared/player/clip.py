"""The player of a GTZAN clip: sound and picture from the user's audio, else the picture that ships, of 10 s."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.clip_files import ClipFiles
from core.errors import AudioError, CheckpointError
from core.features.specs import FeatureSpec
from core.figures.timeline import Timeline, spectrogram_picture
from core.results.spectrograms import spectrogram as saved_spectrogram
from core.rhythm.metrical_level import MetricalLevel
from core.types import FloatArray
from ui.app.settings import HOW_TO_LISTEN
from ui.app.text import as_code, as_text
from ui.shared.player.component import Sound, player

_MIME = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg"}
_KEPT = 32


def how_to_listen() -> None:
    """Says how to get there, for users without GTZAN audio."""
    with st.expander("How to hear the clips", icon=":material/headphones:"):
        st.markdown(HOW_TO_LISTEN)


def clip_player(
    clip_id: str,
    files: ClipFiles | None,
    height: int,
    predicted_s: NDArray[np.float64],
    annotated_s: NDArray[np.float64],
    level: MetricalLevel,
) -> None:
    """Shows a clip, and plays it where there is audio.

    Args:
        clip_id: of the clip.
        files: the user's audio.
        height: of the spectrogram, pixels.
        predicted_s, annotated_s: `[b]`, seconds, beats to show and to click on; empty for none.
        level: of the predicted beats.

    Raises:
        DatasetError: no such clip, or the saved spectrograms are damaged.
    """
    values, duration_s = _picture_of(clip_id, None if files is None else files.paths.get(clip_id))
    spec = FeatureSpec()
    picture = spectrogram_picture(values, spec.frame_s, spec.band_centres_hz())
    shown = Timeline(duration_s, picture, predicted_s, annotated_s, level)
    sound = None if files is None else _sound_of(clip_id, files)
    player(shown, sound, f"Player for {clip_id}", "clip", height)


def clip_audio(clip_id: str, files: ClipFiles) -> None:
    """Plays a clip where there is no room for its picture."""
    sound = _sound_of(clip_id, files)
    if sound is not None:
        st.audio(sound.data, format=sound.mime, alt=f"Player for {clip_id}")


def _sound_of(clip_id: str, files: ClipFiles) -> Sound | None:
    """Says why where there is none."""
    path = files.paths.get(clip_id)
    if path is None:
        st.caption(f":material/volume_off: There is no audio file for {clip_id} in {as_code(str(files.root))}.")
        return None
    suffix = path.suffix.lower()
    if suffix not in _MIME:
        st.caption(
            f":material/volume_off: Browsers cannot play {as_text(suffix)} files; convert the clip to wav to hear it."
        )
        return None
    return Sound(path, _MIME[suffix])


def _picture_of(clip_id: str, path: Path | None) -> tuple[FloatArray, float]:
    """Spectrogram of the whole clip and its seconds; without audio that can be read, of the first 10 s."""
    if path is not None:
        try:
            return _whole(path, path.stat().st_mtime)
        except (AudioError, CheckpointError, OSError):
            pass  # what ships needs neither
    return saved_spectrogram(clip_id), FeatureSpec().window_s


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def _whole(path: Path, changed_s: float) -> tuple[FloatArray, float]:
    from core.inference.clip_spectrogram import clip_spectrogram  # takes torch, which the page does not wait for

    return clip_spectrogram(path)
