"""Whether a tempo is as often right as its confidence says: fitted to validation clips, shown on others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.tempo_calibrations import TempoCalibration, load_calibrations
from core.errors import DatasetError
from core.metrics.calibration import (
    PlattScaling,
    ReliabilityBin,
    calibration_error,
    fit_platt,
    reliability,
)
from core.metrics.significance import Measured
from core.metrics.tempo import accuracy1_hits
from core.results.tempo_comparison import truths
from core.results.tempo_predictions import TEMPO_TABLE, SavedTempo

_DIGITS = 4


def fit_calibration(saved: SavedTempo, weights_sha256: str) -> TempoCalibration:
    """Fits the calibration of a checkpoint to its saved predictions of validation clips; no other clip is read.

    Raises:
        DatasetError: it has none that are annotated.
    """
    clip_ids = _validation_clips(saved)
    if not clip_ids:
        raise DatasetError(f"{saved.system} has no saved predictions of validation clips to calibrate its tempo on.")
    fitted = fit_platt(*_confidences(saved, tuple(clip_ids)))
    rounded = PlattScaling(round(fitted.slope, _DIGITS), round(fitted.intercept, _DIGITS))
    return TempoCalibration(saved.system, weights_sha256, len(clip_ids), rounded)


def _validation_clips(saved: SavedTempo) -> dict[str, None]:
    """Those with an annotated tempo, in order."""
    return {clip_id: None for clip_id, subset in saved.subsets.items() if subset == "valid" and clip_id in truths()}


def _confidences(saved: SavedTempo, clip_ids: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidence of each clip, and whether its tempo is within 4 %, `[N]` both."""
    estimates, annotated = [saved.by_clip[clip_id].estimate for clip_id in clip_ids], truths()
    right = accuracy1_hits([each.tempo_bpm for each in estimates], [annotated[clip_id] for clip_id in clip_ids])
    return np.array([each.confidence for each in estimates]), right


@dataclass(frozen=True)
class TempoReliability:
    """Confidence of the tempo beside Accuracy1.

    Attributes:
        name: of the confidence, "uncalibrated" or "calibrated".
        n: clips.
        error: expected calibration error, 0..1, with a 95 % bootstrap interval.
        bins: for a reliability diagram.
    """

    name: str
    n: int
    error: Measured
    bins: tuple[ReliabilityBin, ...]


def tempo_reliability(saved: SavedTempo, clip_ids: Sequence[str]) -> tuple[TempoReliability, ...]:
    """Of the confidence as it is and, where the checkpoint has one, of the calibrated confidence, on the same clips.

    Folds have the calibration of the checkpoint of the same recipe; clips that it was fitted to are left out.

    Args:
        saved: predictions of one system.
        clip_ids: to look at; those with an annotated tempo count.

    Returns:
        Empty where no such clip is left.
    """
    name = saved.system.removesuffix("-oof")
    calibration = next((each for each in load_calibrations() if each.checkpoint == name), None)
    ids = [clip_id for clip_id in clip_ids if clip_id in truths() and clip_id in saved.by_clip]
    if calibration is not None:
        fitted_to = _validation_clips(saved if name == saved.system else TEMPO_TABLE.load(name))
        ids = [clip_id for clip_id in ids if clip_id not in fitted_to]
    if not ids:
        return ()
    confidences, right = _confidences(saved, ids)
    plain = _reliability("uncalibrated", confidences, right)
    if calibration is None:
        return (plain,)
    return plain, _reliability("calibrated", calibration.scaling.apply(confidences), right)


def _reliability(name: str, confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> TempoReliability:
    """As of a classifier of a single class, which is right or is not."""
    probs, labels = confidences[:, None], np.where(right, 0, 1)
    return TempoReliability(name, len(right), calibration_error(probs, labels), reliability(probs, labels))
