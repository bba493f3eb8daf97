"""`genre-transfer`: classifiers on features of musicnn, fitted, scored on every split, and kept as checkpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.clip_files import ClipFiles
from core.data.features import ClipFeatures, load_features
from core.data.log_mels import Progress, decode_clip, describe_copy, read_clip
from core.data.splits import make_split
from core.features.musicnn import MUSICNN_SPEC, SAMPLE_RATE, musicnn_front_end
from core.inference.musicnn import load_extractor
from core.models.checkpoint import CheckpointHeader
from core.models.other_music import other_music
from core.models.transfer import TransferHead
from core.results.genre_predictions import SavedGenre
from core.training.classifiers.experiment import Material, Scored, header_of, measure, out_of_fold, with_validation
from core.training.classifiers.fit import Fitted
from core.training.classifiers.systems import Candidate
from core.types import Subset

CANDIDATES = (Candidate(3.0, one_vs_rest=True),)
"""The best of twenty classifiers on validation, pooled over sixteen splits: see the decisions."""


SYSTEMS = {"msd": "genre-transfer", "mtt": "genre-transfer-mtt"}
"""The system on each network of musicnn."""


@dataclass(frozen=True)
class Transfer:
    """All that is measured of a system.

    Attributes:
        scored: on every split, in the order of `core.training.classifiers.experiment.splits`, then on the
            fault-filtered one with the validation clips among those that are learned from.
        saved: predictions for every clip, of the model that ships and out of fold.
        header, head: the checkpoint that ships, of the default split.
    """

    scored: tuple[Scored, ...]
    saved: tuple[SavedGenre, SavedGenre]
    header: CheckpointHeader
    head: TransferHead


def extract(network: str, files: ClipFiles, progress: Progress) -> ClipFeatures:
    """Features of all clips from their audio: the means over the windows of each, `[1506]`."""
    extractor, by_clip = load_extractor(network), {}
    for clip_id, path in sorted(files.paths.items()):
        samples = decode_clip(path, read_clip(path), SAMPLE_RATE)
        log_mel = musicnn_front_end(samples, MUSICNN_SPEC).T
        by_clip[clip_id] = extractor.describe(log_mel).features.mean(axis=0)
        progress(len(by_clip), len(files.paths))
    return ClipFeatures(by_clip, describe_copy(files, MUSICNN_SPEC))


def measure_transfer(network: str, show: Callable[[Scored], None]) -> Transfer:
    """Fits on the features that ship, chooses on validation and reads each test subset once.

    Args:
        network: of musicnn, "msd" or "mtt".
        show: called after each split.

    Raises:
        DatasetError: the features are missing or damaged.
    """
    features, system = load_features(network), SYSTEMS[network]
    rows = {clip_id: row[None] for clip_id, row in features.by_clip.items()}
    command = f"python -m core transfer --network {network} --save"
    material = Material(system, rows, MUSICNN_SPEC, features.data_note, command)
    scored = tuple(_shown(measure(material, CANDIDATES), show))
    filtered = next(each for each in scored if each.split.name == "fault_filtered")
    with_more = tuple(_shown(iter([with_validation(material, filtered)]), show))
    shipped = next(each for each in scored if each.split == make_split("stratified"))
    head = head_of(shipped.fitted, np.concatenate([rows[clip_id] for clip_id in shipped.split.train]))
    header = header_of(material, shipped.split, shipped.fitted, f"transfer_{network}")
    header = replace(header, n_parameters=head.weight.numel() + head.bias.numel())
    folds = [each for each in scored if each.split.fold is not None]
    learned = other_music(system)
    in_folds = f"Five classifiers; each clip is predicted by the one trained on neither it nor its artist. {learned}"
    saved = _predicted(material, shipped, learned), out_of_fold(folds, system, in_folds)
    return Transfer((*scored, *with_more), saved, header, head)


def _shown(scored: Iterator[Scored], show: Callable[[Scored], None]) -> Iterator[Scored]:
    for each in scored:
        show(each)
        yield each


def _predicted(material: Material, scored: Scored, learned: str) -> SavedGenre:
    probs = {clip_id: scored.fitted.probs(rows) for clip_id, rows in material.features.items()}
    subset_of = scored.split.subset_of
    subsets: dict[str, Subset] = {clip_id: subset_of.get(clip_id, "test") for clip_id in probs}
    description = (
        f"One classifier, trained on the {scored.split.name} split, split seed {scored.split.seed}; it has seen "
        f"the clips marked train. {learned}"
    )
    return SavedGenre(material.name, description, probs, subsets)


def head_of(fitted: Fitted, features: NDArray[np.float32]) -> TransferHead:
    """Fitted machines as a network; clips that support none of them are left out.

    Args:
        fitted: of the machines.
        features: `[M, 1506]`, of the clips that they were fitted on, in the same order.
    """
    scaler, machines = fitted.pipeline[0], fitted.pipeline[-1].estimators_
    weights = np.zeros((len(features), len(machines)))
    for genre, machine in enumerate(machines):
        weights[machine.support_, genre] = machine.dual_coef_[0]
    supports = np.flatnonzero(weights.any(axis=1))
    head = TransferHead(len(supports))
    state = {
        "support": features[supports],
        "mean": scaler.mean_,
        "scale": scaler.scale_,
        "gamma": np.array(machines[0]._gamma),
        "weight": weights[supports],
        "bias": np.array([machine.intercept_[0] for machine in machines]),
    }
    head.load_state_dict({name: torch.from_numpy(np.asarray(array)) for name, array in state.items()})
    return head.eval()
