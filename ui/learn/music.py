"""Whose music the learn page follows: a demo track, a GTZAN clip or the user's own file."""

from dataclasses import dataclass

import streamlit as st

from core.data.clip_files import ClipFiles
from core.results.spectrograms import spectrogram
from core.synth import DEMO_TRACKS
from core.types import Clip, FloatArray
from ui.app.frame import CLIPS_OF_GTZAN
from ui.app.kept import choose_kept
from ui.app.loaders import HERO_CLIP, clips_by_id
from ui.app.text import as_text
from ui.shared.sources import choose_demo, demo_wav, upload

_DEMO, _OWN = "Demo track", "Your file"
"""The second one means all that was given here or in Analyze."""


@dataclass(frozen=True)
class Sound:
    """Music that can be heard.

    Attributes:
        data: an audio file.
        truth: the annotated genre, None when unknown.
    """

    data: bytes
    truth: str | None = None


@dataclass(frozen=True)
class Picture:
    """A GTZAN clip without its audio.

    Attributes:
        values: `[64, 400]`, its saved spectrogram, in standard deviations.
        truth: the annotated genre.
    """

    values: FloatArray
    truth: str


def choose_music(files: ClipFiles | None) -> Sound | Picture | None:
    """Lets the user choose; None until a file is given.

    Args:
        files: the user's GTZAN audio.

    Raises:
        DatasetError: the saved spectrograms are damaged.
    """
    kind = st.segmented_control(
        "Whose music?", (_DEMO, CLIPS_OF_GTZAN, _OWN), key="music", default=_DEMO, required=True, bind="query-params"
    )
    if kind == CLIPS_OF_GTZAN:
        return _clip(files)
    if kind == _OWN:
        upload("own", "Audio files; the beginning of one is followed")
        own = choose_kept("File to follow")
        return Sound(own.audio.data) if own else None
    track = choose_demo(DEMO_TRACKS[0])
    return Sound(demo_wav(track)) if track else None


def _clip(files: ClipFiles | None) -> Sound | Picture:
    clips = clips_by_id()
    ids = list(clips)
    clip_id = st.selectbox("Clip", ids, index=ids.index(HERO_CLIP), key="clip", bind="query-params", width=240)
    clip = clips[clip_id]
    st.caption(_named(clip))
    path = None if files is None else files.paths.get(clip_id)
    if path is None:
        return Picture(spectrogram(clip_id), clip.genre)
    return Sound(path.read_bytes(), clip.genre)


def _named(clip: Clip) -> str:
    artist, title = as_text(clip.artist or "artist unknown"), as_text(clip.title or "title unknown")
    return f"{artist}: {title} · true genre **{clip.genre}**"
