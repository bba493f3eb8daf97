"""`genre-transfer`: classifiers on features of musicnn, fitted, scored on every split, and kept as checkpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.data.clip_files import ClipFiles
from core.data.features import ClipFeatures, load_features
from core.data.log_mels import Progress, decode_clip, describe_copy, read_clip
from core.data.splits import DEFAULT_SPLIT_SEED, N_FOLDS
from core.features.musicnn import MUSICNN_SPEC, SAMPLE_RATE, musicnn_front_end
from core.inference.musicnn import load_extractor
from core.models.checkpoint import CheckpointHeader
from core.models.transfer import TransferHead
from core.results.genre_predictions import SavedGenre
from core.training.classifiers.experiment import Material, Measured, header_of, measure, out_of_fold
from core.training.classifiers.fit import Fitted
from core.training.classifiers.systems import Candidate
from core.types import Subset

CANDIDATES = (Candidate(3.0, one_vs_rest=True),)
"""The best of thirteen on validation, pooled over sixteen splits: see the decisions."""


@dataclass(frozen=True)
class Network:
    """A network of musicnn and the system that is built on it.

    Attributes:
        key: as `load_extractor` takes it.
        system: name of the system.
        learned_from: what else than GTZAN it learned from, a sentence that stands beside every number.
    """

    key: str
    system: str
    learned_from: str


NETWORKS = {
    each.key: each
    for each in (
        Network(
            "msd", "genre-transfer",
            "Its features were learned from about 200 000 songs of the Million Song Dataset, some of which are in "
            "GTZAN, too.",
        ),
        Network(
            "mtt", "genre-transfer-mtt",
            "Its features were learned from the MagnaTagATune collection, music of one independent label.",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Transfer:
    """All that is measured of a network.

    Attributes:
        network: which one.
        measured: on every split, in the order of `core.training.classifiers.experiment.splits`.
        saved: predictions for every clip, of the model that ships and out of fold.
        header, head: the checkpoint that ships, of the default split.
    """

    network: Network
    measured: tuple[Measured, ...]
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


def measure_transfer(network: Network, show: Callable[[Measured], None]) -> Transfer:
    """Fits on the features that ship, chooses on validation and reads each test subset once.

    Args:
        network: of musicnn.
        show: called after each split.

    Raises:
        DatasetError: the features are missing or damaged.
    """
    features = load_features(network.key)
    rows = {clip_id: row[None] for clip_id, row in features.by_clip.items()}
    command = f"python -m core transfer --network {network.key} --save"
    material = Material(network.system, rows, MUSICNN_SPEC, features.data_note, command)
    measured = tuple(_shown(measure(material, CANDIDATES), show))
    default = next(each for each in measured if each.split.seed == DEFAULT_SPLIT_SEED and each.split.fold is None)
    folds = {each.split.fold: each for each in measured if each.split.fold is not None}
    assert len(folds) == N_FOLDS
    head = head_of(default.fitted, np.concatenate([rows[clip_id] for clip_id in default.split.train]))
    header = header_of(material, default.split, default.fitted, f"transfer_{network.key}")
    header = replace(header, n_parameters=head.weight.numel() + head.bias.numel())
    saved = (
        _predicted(material, default, network),
        out_of_fold(folds, network.system, f"Five classifiers; each clip is predicted by the one trained on neither it "
                    f"nor its artist. {network.learned_from}"),
    )  # fmt: skip
    return Transfer(network, measured, saved, header, head)


def _shown(measured: Iterator[Measured], show: Callable[[Measured], None]) -> Iterator[Measured]:
    for each in measured:
        show(each)
        yield each


def _predicted(material: Material, measured: Measured, network: Network) -> SavedGenre:
    probs = {clip_id: measured.fitted.probs(rows) for clip_id, rows in material.features.items()}
    subset_of = measured.split.subset_of
    subsets: dict[str, Subset] = {clip_id: subset_of.get(clip_id, "test") for clip_id in probs}
    description = (
        f"One classifier, trained on the {measured.split.name} split, split seed {measured.split.seed}; it has seen "
        f"the clips marked train. {network.learned_from}"
    )
    return SavedGenre(network.system, description, probs, subsets)


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
