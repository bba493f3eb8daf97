"""The answers to the three questions, the same on whichever page they stand; computed once per server."""

import streamlit as st

from core.results import answers
from core.results.clip_sets import Without, clip_set, split_of
from core.results.fusion_reports import FUSION_ROWS
from core.types import Subset
from ui.app.loaders import saved, saved_tempo, systems_for, tempo_systems_of
from ui.app.text import unbroken


@st.cache_data(show_spinner=False)
def genre_answer(split: str, subset: Subset = "test", without: Without = "nothing") -> str:
    """Of the best system whose predictions count on these clips."""
    names = systems_for(split)
    answer = answers.genre_answer(saved(names[0]) if names else None, clip_set(split, subset, without))
    return unbroken(answer)


@st.cache_data(show_spinner=False)
def tempo_answer(split: str, subset: Subset = "test", without: Without = "nothing") -> str:
    """Of every tempo model of ours whose estimates count on these clips."""
    systems = tempo_systems_of(split).values()
    own = [system.name for system in systems if system.role == "ours"]
    has_met = subset == "train" and any(split_of(saved_tempo(name).subsets) == split for name in own)
    return unbroken(answers.tempo_answer(systems, clip_set(split, subset, without), has_met))


def fusion_answer(split: str) -> str:
    """Of every fusion recipe."""
    return unbroken(answers.fusion_answer(FUSION_ROWS.load(), split))
