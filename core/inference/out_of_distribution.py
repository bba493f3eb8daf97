"""Is a sound unlike anything in the training data? Noise, hum, tones and speech fit none of ten genres.

A logistic regression on statistics of the spectrogram, the same for every genre model: how loud and how lively each
band is, how fast it fluctuates, how long partials last, how much of the time is a pause. The script
`scripts/make_out_of_distribution.py` fits it to training clips and synthetic tracks on one side, to noise, hum, tones
and synthetic speech on the other. Such a detector, unlike a distance to the training clips alone, lets unusual music
pass; see Hendrycks, Mazeika and Dietterich, "Deep Anomaly Detection with Outlier Exposure", ICLR 2019.
"""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.errors import CheckpointError
from core.features.log_mel import FeatureSpec, level_of, repeat_frames
from core.system.paths import DATA_DIR

Numbers = NDArray[np.float64]

DATA_FILE = DATA_DIR / "out_of_distribution.json"

_FLOOR_DB = 80.0
"""Cells so far below the loudest one are brought up to it."""
_RATES_HZ = (0.3, 1.0, 2.5, 5.0, 10.0, 20.1)
"""Edges of the bands of modulation: bars, beats, syllables and notes, rolls, roughness."""
_LAGS = (1, 4, 8)
_PARTIAL_DB = 45.0
"""Peaks between neighbouring bands count as partials down to so far below the track's level."""
_PAUSES_DB = (20.0, 30.0)
_MOST_DEVIATIONS = 6.0


def statistics_of(log_mel: Tensor, spec: FeatureSpec) -> Numbers:
    """What is known of a sound for this purpose; its level makes no difference.

    Args:
        log_mel: `[64, T]`, dB; repeated up to a window where it is shorter.
        spec: what it is.

    Returns:
        `[N]`.
    """
    log_mel = repeat_frames(log_mel, spec.n_frames)
    bands = (log_mel.clamp(min=float(log_mel.max()) - _FLOOR_DB) - level_of(log_mel)).numpy().astype(np.float64)
    levels_db = 10.0 * np.log10((10.0 ** (bands / 10.0)).sum(axis=0))
    changes = np.abs(np.diff(bands, axis=1))
    return np.concatenate(
        [
            _modulation(bands, spec.frame_s).ravel(),
            _roughness(bands),
            _grouped(bands.mean(axis=1), 32),
            _grouped(bands.std(axis=1), 32),
            _grouped(changes.mean(axis=1), 16),
            _persistence(bands),
            [*((levels_db < -pause_db).mean() for pause_db in _PAUSES_DB), levels_db.std()],
        ]
    )


def _grouped(bands: Numbers, n_groups: int) -> Numbers:
    """Mean of neighbouring bands: `[64]` to `[n_groups]`."""
    return np.asarray(bands.reshape(n_groups, -1).mean(axis=1))


def _modulation(bands: Numbers, frame_s: float) -> Numbers:
    """Power of the fluctuation of eight groups of bands, by rate, dB: `[5, 8]`."""
    groups = bands.reshape(8, -1, bands.shape[1]).mean(axis=1)
    groups = groups - groups.mean(axis=1, keepdims=True)
    n = min(groups.shape[1], round(10.0 / frame_s))
    starts = range(0, groups.shape[1] - n + 1, n // 2)
    spectra = [np.abs(np.fft.rfft(groups[:, start : start + n] * np.hanning(n), axis=1)) ** 2 / n for start in starts]
    power, rates_hz = np.mean(spectra, axis=0), np.fft.rfftfreq(n, frame_s)
    inside = [(rates_hz >= low) & (rates_hz < high) for low, high in pairwise(_RATES_HZ)]
    return np.stack([10.0 * np.log10(power[:, band].mean(axis=1) + 1e-2) for band in inside])


def _roughness(bands: Numbers) -> Numbers:
    """How much neighbouring bands differ, in nine regions of the spectrum, and how that varies: `[10]`, dB."""
    steps = np.abs(np.diff(bands, axis=0))
    return np.append(steps.mean(axis=1).reshape(9, -1).mean(axis=1), steps.std())


def _persistence(bands: Numbers) -> Numbers:
    """Share of partials that are still there some frames later: `[3]`, 0..1."""
    middle = bands[1:-1]
    peaks = (middle > bands[:-2]) & (middle > bands[2:]) & (middle > -_PARTIAL_DB)
    return np.array([(peaks[:, lag:] & peaks[:, :-lag]).sum() / max(1, peaks[:, lag:].sum()) for lag in _LAGS])


@dataclass(frozen=True)
class OutOfDistribution:
    """The fitted detector.

    Attributes:
        mean, std: of each statistic over what it was fitted to, `[N]`.
        weights: `[N]`.
        bias: a sound is unlike the training data from a score of 0 on.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def score(self, log_mel: Tensor, spec: FeatureSpec) -> float:
        """Log odds that a `[64, T]` spectrogram, dB, is none of music like the training clips."""
        deviations = (statistics_of(log_mel, spec) - np.array(self.mean)) / np.array(self.std)
        return float(np.clip(deviations, -_MOST_DEVIATIONS, _MOST_DEVIATIONS) @ np.array(self.weights) + self.bias)

    def is_unlike(self, log_mel: Tensor, spec: FeatureSpec) -> bool:
        """Whether a sound is unlike anything in the training data."""
        return self.score(log_mel, spec) >= 0.0

    def save(self, path: Path = DATA_FILE) -> None:
        """Writes the numbers with six significant digits."""
        rounded = {
            name: [float(f"{value:.6g}") for value in values] if isinstance(values, tuple) else float(f"{values:.6g}")
            for name, values in asdict(self).items()
        }
        path.write_text(json.dumps(rounded) + "\n", encoding="utf-8")


@lru_cache(maxsize=1)
def load_detector(path: Path = DATA_FILE) -> OutOfDistribution:
    """The detector that ships.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        mean, std, weights = (tuple(float(value) for value in raw[name]) for name in ("mean", "std", "weights"))
        detector = OutOfDistribution(mean, std, weights, float(raw["bias"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path.name} in {path.parent.name}/ is missing or damaged ({type(error).__name__}). Restore it with git."
        ) from error
    if not len(detector.mean) == len(detector.std) == len(detector.weights) or min(detector.std, default=0.0) <= 0.0:
        raise CheckpointError(f"{path.name} in {path.parent.name}/ is damaged. Restore it with git.")
    return detector
