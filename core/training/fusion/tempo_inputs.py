"""Whose tempo a head receives for each clip: predicted, none, constant, permuted, or annotated (oracle).

Clips without an annotated tempo are kept: where the annotation is the input they get the mean of the training clips,
and, in `strong`, a flag.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import TrainingError
from core.models.fusion import TempoInput
from core.rhythm.tempo import soft_label
from core.training.fusion.data import TempoTable, annotated_tempi, mean_tempo, require_tempi, require_unseen
from core.training.recipes.fusion import InputKind
from core.types import Split

TREATMENT = (
    "Clips without an annotated tempo are kept; only the true-tempo control needs one and gets the mean tempo of the "
    "training clips, marked as unknown in recipe strong."
)


@dataclass(frozen=True)
class Tempi:
    """What the tempo models predict for the clips of a split.

    Attributes:
        out_of_fold: each clip by a model that has not trained on it.
        seen: all clips by one model that has trained on the training clips.
    Either is None where no head receives it.
    """

    out_of_fold: TempoTable | None
    seen: TempoTable | None


def tempo_inputs(kind: InputKind, tempi: Tempi, split: Split, seed: int) -> Mapping[str, TempoInput]:
    """The tempo that a head receives for each clip of a split; empty for a head that receives none.

    Args:
        kind: whose tempo.
        tempi: what the models predict.
        split: its training clips give means; no tempo crosses subsets.
        seed: of the shuffling.

    Raises:
        TrainingError: there is no such input, a clip has no tempo, or a tempo is from a model that was trained on
            the clip (with "seen": on a validation or test clip).
    """
    if kind not in _INPUTS:
        raise TrainingError(f"There is no tempo input “{kind}”. Choose one of {', '.join(_INPUTS)}.")
    return _INPUTS[kind](tempi, split, seed)


def _out_of_fold(tempi: Tempi, split: Split) -> TempoTable:
    table = tempi.out_of_fold
    if table is None:
        raise TrainingError(
            "This head needs tempi by models that have not trained on the clips. Train the five folds: `python -m core "
            "train tempo --split artist_folds --fold 0` to `--fold 4`."
        )
    require_unseen(table, _all(split))
    return table


def _seen(tempi: Tempi, split: Split) -> TempoTable:
    table = tempi.seen
    if table is None:
        raise TrainingError(
            "The study's recipe needs the predictions of a tempo model that was trained on the same split. Train one: "
            f"`python -m core train tempo --split {split.name}`."
        )
    require_tempi(table, split.train)
    require_unseen(table, (*split.valid, *split.test))
    return table


def _all(split: Split) -> tuple[str, ...]:
    return (*split.train, *split.valid, *split.test)


def _own(table: TempoTable, split: Split) -> Mapping[str, TempoInput]:
    return {clip_id: table.tempi[clip_id] for clip_id in _all(split)}


def _constant(table: TempoTable, split: Split) -> Mapping[str, TempoInput]:
    return dict.fromkeys(_all(split), mean_tempo([table.tempi[clip_id] for clip_id in split.train]))


def _shuffled(table: TempoTable, split: Split, seed: int) -> Mapping[str, TempoInput]:
    """Every clip gets the tempo of the next clip in a random order of those in the same subset by the same model.

    Within one model's predictions, so that no tempo is of a model that has trained on the clip itself.
    """
    permuted: dict[str, TempoInput] = {}
    rng = np.random.default_rng([seed, 1])
    for subset in (split.train, split.valid, split.test):
        for source in table.sources:
            group = [clip_id for clip_id in subset if table.predicted_by[clip_id] == source]
            order = [group[index] for index in rng.permutation(len(group))]
            permuted |= {
                clip_id: table.tempi[other] for clip_id, other in zip(order, order[1:] + order[:1], strict=True)
            }
    return permuted


def _annotated(_: TempoTable, split: Split) -> Mapping[str, TempoInput]:
    truth_of = annotated_tempi()
    known = {
        clip_id: TempoInput(truth_of[clip_id], soft_label(truth_of[clip_id]))
        for clip_id in _all(split)
        if clip_id in truth_of
    }
    mean = mean_tempo([known[clip_id] for clip_id in split.train if clip_id in known])
    unknown = TempoInput(mean.tempo_bpm, mean.distribution, is_known=False)
    return {clip_id: known.get(clip_id, unknown) for clip_id in _all(split)}


_INPUTS: Mapping[InputKind, Callable[[Tempi, Split, int], Mapping[str, TempoInput]]] = {
    "out of fold": lambda tempi, split, _: _own(_out_of_fold(tempi, split), split),
    "seen": lambda tempi, split, _: _own(_seen(tempi, split), split),
    "none": lambda *_: {},
    "constant": lambda tempi, split, _: _constant(_out_of_fold(tempi, split), split),
    "shuffled": lambda tempi, split, seed: _shuffled(_out_of_fold(tempi, split), split, seed),
    "true": lambda tempi, split, _: _annotated(_out_of_fold(tempi, split), split),
}
