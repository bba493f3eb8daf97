"""Cached access to what ships with the app and to the user's GTZAN folder.

Tables and saved predictions are read once per server; nothing here is a result of a user's own audio.
"""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.beats import load_beats
from core.data.clip_files import ClipFiles, find_clips
from core.data.clips import load_clips
from core.errors import DatasetError
from core.results import tempo_comparison
from core.results.clip_sets import can_be_scored, split_of
from core.results.contradicted import Contradiction, contradicted_labels
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.tempo_comparison import Annotation, TempoSystem, reference_systems
from core.results.tempo_predictions import TEMPO_TABLE, SavedTempo
from core.types import Clip

HERO_CLIP = "disco.00092"
"""A test clip of both the random split (seed 42) and the fault-filtered split: unseen in training by all that ships."""


@st.cache_data(show_spinner=False)
def clips_by_id() -> dict[str, Clip]:
    """Ground truth of the 999 clips, in the order of their ids."""
    return {clip.clip_id: clip for clip in load_clips()}


@st.cache_data(show_spinner=False)
def siblings(clip_id: str) -> tuple[str, ...]:
    """Other clips that hold the same recording, sorted."""
    clips = clips_by_id()
    group = clips[clip_id].repetition_group
    return tuple(i for i, clip in clips.items() if group and clip.repetition_group == group and i != clip_id)


@st.cache_resource(show_spinner=False)
def saved(system: str) -> SavedGenre:
    """Saved predictions of one system; shared by all sessions and read-only."""
    return GENRE_TABLE.load(system)


@st.cache_data(show_spinner=False)
def contradicted() -> dict[str, Contradiction]:
    """Clips whose label the out-of-fold systems contradict; none where a system's predictions are missing."""
    try:
        return contradicted_labels()
    except DatasetError:
        return {}


@st.cache_resource(show_spinner=False)
def saved_tempo(system: str) -> SavedTempo:
    """Saved tempo predictions of one system; shared by all sessions and read-only."""
    return TEMPO_TABLE.load(system)


def ranked_systems() -> list[str]:
    """Systems with saved predictions, the best to show first.

    Raises:
        DatasetError: none ships with this copy of the app.
    """
    systems = sorted(GENRE_TABLE.systems(), key=_rank)
    if not systems:
        raise DatasetError(
            "No saved predictions were found in data/. They ship with the project: restore the folder with git."
        )
    return systems


_FIRST = ("genre-strong", "genre-seed", "genre-transfer", "genre-transfer-mtt", "genre-mixed", "genre-mixed-mtt")


def _rank(system: str) -> tuple[bool, int, str]:
    """Out-of-fold systems first, as they hold for every clip; fusions last."""
    name = system.removesuffix("-oof")
    return (name == system, _FIRST.index(name) if name in _FIRST else len(_FIRST), system)


def systems_for(split: str) -> list[str]:
    """Systems whose predictions count on a split: those trained on it, then those that predicted out of fold.

    Raises:
        DatasetError: no predictions ship with this copy of the app.
    """
    able = [system for system in ranked_systems() if can_be_scored(saved(system).subsets, split)]
    return sorted(able, key=lambda system: split_of(saved(system).subsets) != split)


def tempo_systems() -> list[str]:
    """Systems with saved tempo predictions, out-of-fold ones first, as they hold for every clip."""
    return sorted(TEMPO_TABLE.systems(), key=lambda name: (not name.endswith("-oof"), name))


@st.cache_resource(show_spinner=False)
def tempo_systems_of(split: str, annotation: Annotation = "rhythm") -> dict[str, TempoSystem]:
    """Every system that can be scored on a split, by title: ours, then reference systems, then baselines."""
    scored = tempo_comparison.tempo_systems(split, annotation, map(saved_tempo, tempo_systems()))
    return {system.title: system for system in scored}


@st.cache_resource(show_spinner=False)
def reference_tempi() -> dict[str, dict[str, float]]:
    """BPM by clip id of the reference systems, by their titles."""
    return {peer.title: dict(peer.tempo_bpm) for peer in reference_systems()}


def annotated_beats(clip_id: str) -> NDArray[np.float64]:
    """Hand-marked beats, `[b]`, seconds; empty where there are none."""
    beats = load_beats().get(clip_id)
    return np.zeros(0) if beats is None else beats.times_s


@st.cache_resource(ttl=300, show_spinner=False)
def clip_files(root: Path) -> ClipFiles:
    """Audio files found below a folder; looked up again every five minutes, as a user may add some."""
    return find_clips(root)
