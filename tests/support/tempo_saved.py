"""Made-up tempo predictions for every GTZAN clip, with a known kind of error each."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.clips import load_clips
from core.results.predictions import Predictions, PredictionTable
from core.results.tempo_predictions import TEMPO_TABLE, SavedTempo, TempoWithBeats
from core.rhythm.tempo import estimate_tempo, soft_label
from core.types import FloatArray, Subset, TempoEstimate

SYSTEM = "tempo-test-oof"
UNCLEAR = "blues.00008"
"""Every tempo is as likely as any other."""
ASKED = {"blues.00000": 1.0, "blues.00001": 2.0, "blues.00002": 0.5, "blues.00004": 1.3}
"""Estimate over truth of some clips; all others are right. Of each but the last, 30 % are on the double."""


def distribution_of(tempo_bpm: float, double_weight: float = 0.3) -> FloatArray:
    """`[N_BINS]`: most of it at a tempo, some at its double."""
    mixed = (1.0 - double_weight) * soft_label(tempo_bpm) + double_weight * soft_label(2.0 * tempo_bpm)
    return np.asarray(mixed / mixed.sum(), dtype=np.float32)


def tempo_predictions(
    system: str,
    description: str,
    estimates: Mapping[str, TempoEstimate],
    beat_times_s: Mapping[str, NDArray[np.float64]],
    subsets: Mapping[str, Subset],
) -> SavedTempo:
    """Estimates and beats side by side, the beats of clips that have some."""
    by_clip = {i: TempoWithBeats(each, beat_times_s.get(i, np.zeros(0))) for i, each in estimates.items()}
    return SavedTempo(system, description, by_clip, subsets)


def table_of(*saved: Predictions[Any]) -> SimpleNamespace:
    """What stands for a table of predictions that holds these."""
    by_name = {each.system: each for each in saved}
    return SimpleNamespace(systems=lambda: sorted(by_name), load=by_name.__getitem__)


def table_in(table: PredictionTable[Any], folder: Path) -> SimpleNamespace:
    """A table of predictions in a folder of its own."""
    return SimpleNamespace(systems=partial(table.systems, folder), load=partial(table.load, folder=folder))


def saved_tempi(system: str = SYSTEM) -> SavedTempo:
    """Tempi of all clips; beats begin at 0.1 s."""
    estimates, beats = {}, {}
    for clip in load_clips():
        truth_bpm = clip.tempo_bpm or 100.0
        asked_bpm = truth_bpm * ASKED.get(clip.clip_id, 1.0)
        is_unclear = clip.clip_id == UNCLEAR
        distribution = soft_label(None) if is_unclear else distribution_of(asked_bpm)
        estimates[clip.clip_id] = estimate_tempo(distribution)
        beats[clip.clip_id] = np.zeros(0) if is_unclear else np.arange(0.1, 30.0, 60.0 / asked_bpm)
    subsets: dict[str, Subset] = {clip_id: "train" if clip_id == "rock.00099" else "test" for clip_id in estimates}
    return tempo_predictions(system, "Made-up tempi.", estimates, beats, subsets)


def write(folder: Path, system: str = SYSTEM) -> SavedTempo:
    """The same as files in a data folder."""
    saved = saved_tempi(system)
    TEMPO_TABLE.save(saved, folder)
    return saved
