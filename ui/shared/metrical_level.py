"""Where people correct a tempo: buttons for the metrical level, and a range that the tempo is to lie in."""

import streamlit as st

from core.rhythm.metrical_level import (
    HIGHEST_RANGE_BPM,
    LEVELS,
    LOWEST_RANGE_BPM,
    PREDICTED,
    MetricalLevel,
    TempoRange,
    level_within,
)
from core.types import TempoEstimate
from ui.shared.tempo_words import level_sentence

_USUAL_BPM = (60, 200)
"""Ends of the slider at which tempi are shown as predicted."""
_OFFERED = ("predicted", "half", "double", "two thirds", "three halves", "three quarters", "four thirds")
"""Always; any other one where it is the level inside the range."""
_SHORT = {"two thirds": "2/3", "three halves": "3/2", "three quarters": "3/4", "four thirds": "4/3"}
_HELP = "Shows tempo and beats at another metrical level. Predictions and scores stay as they are."


def choose_level(
    estimate: TempoEstimate, key: str, tempi: TempoRange | None = None, parts_bpm: tuple[float, ...] = ()
) -> tuple[MetricalLevel, str]:
    """Lets people choose the metrical level of a tempo; kept in the session.

    Args:
        estimate: the prediction.
        key: of the piece of music.
        tempi: where a range was set; its level is chosen until people choose another.
        parts_bpm: tempo of each part, where it changes.

    Returns:
        The level and what to say about it, "" where it is shown as predicted.
    """
    within = PREDICTED if tempi is None else level_within(estimate, tempi, parts_bpm)
    offered = [name for name in LEVELS if name in _OFFERED or (within is not None and name == within.name)]
    name = st.pills(
        "Metrical level", offered, key=f"level-{key}-{tempi}", default=(within or PREDICTED).name, required=True,
        format_func=lambda name: _SHORT.get(name, name), persist_state="session", help=_HELP,
        label_visibility="collapsed",
    )  # fmt: skip
    level = LEVELS[name or PREDICTED.name]
    missed = tempi if within is None and level == PREDICTED else None
    return level, level_sentence(parts_bpm or (estimate.tempo_bpm,), level, missed)


def choose_range() -> TempoRange | None:
    """Lets people set a range of tempi; None while it is as wide as usual."""
    with st.popover("Range", icon=":material/tune:", type="tertiary"):
        low_bpm, high_bpm = st.slider(
            "Tempo range (BPM)", LOWEST_RANGE_BPM, HIGHEST_RANGE_BPM, _USUAL_BPM, key="tempo_range",
            bind="query-params", persist_state="session",
            help="A tempo outside is shown at the most probable metrical level inside. "
            f"{_USUAL_BPM[0]} to {_USUAL_BPM[1]}: as predicted.",
        )  # fmt: skip
    if (low_bpm, high_bpm) == _USUAL_BPM or low_bpm == high_bpm:
        return None
    return TempoRange(low_bpm, high_bpm)
