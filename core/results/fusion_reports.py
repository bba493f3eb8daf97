"""The ablation of the tempo: predictions of many trained heads to scores, paired tests and a report.

A clip counts once, however many heads predicted it: its values are means over training seeds (and over split seeds
where several test it). So intervals and tests are over clips, and seeds add no false certainty.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.clips import load_clips
from core.errors import DatasetError
from core.metrics.genre import wilson_interval
from core.metrics.significance import McNemar, PairedDifference, mcnemar, paired_bootstrap
from core.results.store import Store
from core.types import GENRES, FloatArray

GENRE_ONLY, FUSED, NO_TEMPO, TRUE_TEMPO = "genre-only", "fused", "no-tempo", "true-tempo"
"""Systems that have a name here: the genre checkpoint alone, the fused head, the same head without a tempo and
with the annotated one."""
_SMALLEST = 1e-15


@dataclass(frozen=True)
class RunPredictions:
    """What one trained head, or one genre checkpoint, predicts for the test clips of one split.

    Attributes:
        seed: of the training.
        clip_ids: N of them.
        probs: `[N, 10]`.
    """

    seed: int
    clip_ids: tuple[str, ...]
    probs: FloatArray


@dataclass(frozen=True)
class SystemPredictions:
    """All predictions of one system.

    Attributes:
        system: short name.
        description: one sentence for people.
        n_parameters: numbers that the head learned; 0 where no head was trained.
        runs: one for each split and training seed.
    """

    system: str
    description: str
    n_parameters: int
    runs: tuple[RunPredictions, ...]


@dataclass(frozen=True)
class SystemScore:
    """Scores of one system.

    Attributes:
        system, description, n_parameters: as in `SystemPredictions`.
        n: clips.
        n_runs: heads.
        accuracy: 0..1, mean over clips.
        accuracy_low, accuracy_high: 95 % Wilson interval over clips.
        accuracy_std: spread of the accuracy over training seeds; 0 for one.
        accuracy_averaged: of the mean probabilities of all runs.
        log_loss: nats, mean over clips.
    """

    system: str
    description: str
    n_parameters: int
    n: int
    n_runs: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    accuracy_std: float
    accuracy_averaged: float
    log_loss: float


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same clips; positive differences favour the first in accuracy, negative ones in log loss.

    Attributes:
        first, second: systems.
        accuracy: paired bootstrap of the share of runs that are right, clip by clip.
        log_loss: the same of the log loss, nats.
        averaged: McNemar's test on the mean probabilities of all runs.
        seed_p_values: of McNemar's test, for each training seed alone.
    """

    first: str
    second: str
    accuracy: PairedDifference
    log_loss: PairedDifference
    averaged: McNemar
    seed_p_values: tuple[float, ...]


@dataclass(frozen=True)
class FusionReport:
    """One recipe on one split: every system, and every comparison.

    Attributes:
        recipe: of the fusion.
        split: name; predictions of all `split_seeds` or folds are taken together.
        split_seeds: of "stratified"; empty for the other splits.
        genre_recipe: of the checkpoints that the heads are built on.
        tempo_recipe: the same, or the system whose saved tempi they receive, such as "tempo-cnn14-seed".
        data: the copy of the data, in words.
        seeds: training seeds.
        n: test clips.
        treatment: how clips without an annotated tempo are treated, one sentence.
        systems, comparisons: the results.
        commit, command: that make this again.
    """

    recipe: str
    split: str
    split_seeds: tuple[int, ...]
    genre_recipe: str
    tempo_recipe: str
    data: str
    seeds: tuple[int, ...]
    n: int
    treatment: str
    systems: tuple[SystemScore, ...]
    comparisons: tuple[Comparison, ...]
    commit: str
    command: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells one report from another."""
        return (self.recipe, self.split, self.genre_recipe, self.tempo_recipe)

    @property
    def saved_tempi(self) -> str:
        """The system whose saved tempi the fused head receives; "" where it is a checkpoint's."""
        return self.tempo_recipe if self.tempo_recipe.startswith("tempo-") else ""

    def score_of(self, system: str) -> SystemScore | None:
        """Scores of a system, None where it was not measured."""
        return next((each for each in self.systems if each.system == system), None)

    def pair(self, first: str, second: str) -> Comparison | None:
        """One system against another, None where they were not compared."""
        return next((pair for pair in self.comparisons if (pair.first, pair.second) == (first, second)), None)


@dataclass(frozen=True)
class _PerClip:
    """One row per clip, sorted by id: mean share right, mean log loss, mean probabilities."""

    clip_ids: tuple[str, ...]
    right: NDArray[np.float64]
    log_loss: NDArray[np.float64]
    probs: NDArray[np.float64]

    @property
    def averaged_right(self) -> NDArray[np.bool_]:
        return np.asarray(self.probs.argmax(1) == _labels(self.clip_ids))


def _labels(clip_ids: Sequence[str]) -> NDArray[np.int64]:
    genre_of = {clip.clip_id: GENRES.index(clip.genre) for clip in load_clips()}
    return np.array([genre_of[clip_id] for clip_id in clip_ids])


def _per_clip(runs: Sequence[RunPredictions]) -> _PerClip:
    order = tuple(sorted({clip_id for run in runs for clip_id in run.clip_ids}))
    row_of = {clip_id: row for row, clip_id in enumerate(order)}
    rows = np.array([row_of[clip_id] for run in runs for clip_id in run.clip_ids])
    probs = np.concatenate([run.probs for run in runs]).astype(np.float64)
    labels = _labels(order)[rows]
    values = np.column_stack(
        [
            probs.argmax(1) == labels,
            -np.log(np.maximum(probs[np.arange(len(rows)), labels], _SMALLEST)),
            probs,
        ]
    )
    means = np.zeros((len(order), values.shape[1]))
    np.add.at(means, rows, values)
    means /= np.bincount(rows)[:, None]
    return _PerClip(order, means[:, 0], means[:, 1], means[:, 2:])


def mean_probs(predicted: SystemPredictions) -> Mapping[str, FloatArray]:
    """`[10]` by clip id: mean over all runs that tested the clip."""
    table = _per_clip(predicted.runs)
    return {clip_id: row.astype(np.float32) for clip_id, row in zip(table.clip_ids, table.probs, strict=True)}


def score(predicted: SystemPredictions) -> SystemScore:
    """Scores of one system over the clips that its runs tested."""
    table, n = _per_clip(predicted.runs), len(_per_clip(predicted.runs).clip_ids)
    accuracy = float(table.right.mean())
    low, high = wilson_interval(round(accuracy * n), n)
    by_seed = [float(_per_clip(runs).right.mean()) for runs in _by_seed(predicted).values()]
    return SystemScore(
        system=predicted.system,
        description=predicted.description,
        n_parameters=predicted.n_parameters,
        n=n,
        n_runs=len(predicted.runs),
        accuracy=accuracy,
        accuracy_low=low,
        accuracy_high=high,
        accuracy_std=statistics.stdev(by_seed) if len(by_seed) > 1 else 0.0,
        accuracy_averaged=float(table.averaged_right.mean()),
        log_loss=float(table.log_loss.mean()),
    )


def compare(first: SystemPredictions, second: SystemPredictions) -> Comparison:
    """Paired tests between two systems on the same clips.

    A system that needs no training, as a genre checkpoint, is compared with every training seed of the other.

    Raises:
        DatasetError: the systems predicted different clips.
    """
    one, other = _per_clip(first.runs), _per_clip(second.runs)
    if one.clip_ids != other.clip_ids:
        raise DatasetError(
            f"“{first.system}” predicted {len(one.clip_ids)} clips and “{second.system}” for {len(other.clip_ids)}, "
            "not all of them the same. Run both on the same splits."
        )
    firsts, seconds = _by_seed(first), _by_seed(second)
    seeds = sorted(firsts if len(firsts) >= len(seconds) else seconds)
    pairs = [(_of_seed(firsts, seed), _of_seed(seconds, seed)) for seed in seeds]
    return Comparison(
        first=first.system,
        second=second.system,
        accuracy=paired_bootstrap(one.right, other.right),
        log_loss=paired_bootstrap(one.log_loss, other.log_loss),
        averaged=mcnemar(one.averaged_right, other.averaged_right),
        seed_p_values=tuple(
            mcnemar(_per_clip(a).averaged_right, _per_clip(b).averaged_right).p_value for a, b in pairs
        ),
    )


def _by_seed(predicted: SystemPredictions) -> Mapping[int, list[RunPredictions]]:
    seeds = sorted({run.seed for run in predicted.runs})
    return {seed: [run for run in predicted.runs if run.seed == seed] for seed in seeds}


def _of_seed(runs: Mapping[int, list[RunPredictions]], seed: int) -> list[RunPredictions]:
    return runs[seed] if len(runs) > 1 else next(iter(runs.values()))


FUSION_ROWS = Store("fusion.json", FusionReport)
