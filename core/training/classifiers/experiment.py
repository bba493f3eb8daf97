"""Classifiers on frozen features, fitted and scored on every split that the reports hold."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from core.data.clips import load_clips
from core.data.splits import DEFAULT_SPLIT_SEED, N_FOLDS, make_split
from core.evaluation.genre import Origin, genre_row
from core.features.cnn14 import no_normalisation
from core.features.log_mel import FeatureSpec
from core.models.checkpoint import CheckpointHeader, Inference, Provenance
from core.results.genre_predictions import SavedGenre
from core.results.genre_reports import GenreReport
from core.training.classifiers.features import Rows
from core.training.classifiers.fit import Fitted, fit_classifier
from core.training.classifiers.systems import Candidate
from core.training.loop.fit import current_commit, require_clips
from core.types import GENRES, FloatArray, Split

N_SPLIT_SEEDS = 5


@dataclass(frozen=True)
class Material:
    """What the classifiers of a system learn from.

    Attributes:
        name: of the system and, in the reports, of the recipe.
        features: `[W, D]` by clip id.
        spec: of the spectrograms that the features come of.
        data_note: the copy of the data, in words.
        command: that makes the rows again.
    """

    name: str
    features: Mapping[str, Rows]
    spec: FeatureSpec
    data_note: str
    command: str


@dataclass(frozen=True)
class Scored:
    """A classifier on one split.

    Attributes:
        split: what it was fitted, chosen and tested on.
        fitted: the classifier.
        report: its row, on the test subset.
        probs: `[10]` by clip id, of the test clips.
    """

    split: Split
    fitted: Fitted
    report: GenreReport
    probs: Mapping[str, FloatArray]


def splits() -> tuple[Split, ...]:
    """Those of all genre systems: the default one, five more random ones, the fault-filtered one, five folds."""
    random = (make_split("stratified", seed) for seed in (DEFAULT_SPLIT_SEED, *range(N_SPLIT_SEEDS)))
    folds = (make_split("artist_folds", DEFAULT_SPLIT_SEED, fold) for fold in range(N_FOLDS))
    return (*random, make_split("fault_filtered", 0), *folds)


def measure(material: Material, candidates: tuple[Candidate, ...]) -> Iterator[Scored]:
    """Fits, chooses on validation and reads the test subset once, split by split.

    Raises:
        TrainingError: a clip has no features.
    """
    require_clips(material.features, (clip.clip_id for clip in load_clips()), "GTZAN")
    for split in splits():
        fitted = fit_classifier(material.features, split, candidates)
        probs = _test_probs(material, split, fitted)
        yield Scored(split, fitted, _report(material, split, probs), probs)


def with_validation(material: Material, scored: Scored) -> Scored:
    """The same classifier, settings and temperature as they were, fitted on training and validation clips together."""
    split = scored.split
    both = replace(split, train=tuple(sorted((*split.train, *split.valid))))
    fitted = fit_classifier(material.features, both, (scored.fitted.candidate,))
    fitted = replace(fitted, temperature=scored.fitted.temperature)
    probs = _test_probs(material, split, fitted)
    return Scored(both, fitted, _report(material, both, probs, len(split.train)), probs)


def _test_probs(material: Material, split: Split, fitted: Fitted) -> dict[str, FloatArray]:
    return {clip_id: fitted.probs(material.features[clip_id]) for clip_id in split.test}


def out_of_fold(scored: Iterable[Scored], name: str, description: str) -> SavedGenre:
    """The predictions of the artist folds, each for the clips of its own, as one system."""
    probs = {clip_id: each for fold in scored for clip_id, each in fold.probs.items()}
    return SavedGenre(f"{name}-oof", description, probs, dict.fromkeys(probs, "test"))


def header_of(material: Material, split: Split, fitted: Fitted, model: str) -> CheckpointHeader:
    """What a classifier that is kept is, in the words of a checkpoint."""
    return CheckpointHeader(
        name=material.name,
        kind="genre",
        model=model,
        labels=GENRES,
        features=material.spec,
        normalisation=no_normalisation(material.spec),
        inference=Inference(material.spec.n_frames, fitted.temperature),
        provenance=Provenance(
            data=material.data_note,
            recipe=material.name,
            split=split.name,
            split_seed=split.seed,
            fold=split.fold,
            seed=0,
            n_train=len(split.train),
            n_valid=len(split.valid),
            epochs=0,
            best_epoch=0,
            commit=current_commit(),
            command=material.command,
            date=datetime.date.today().isoformat(),
        ),
        metrics={"accuracy": fitted.valid_accuracy, "log_loss": fitted.valid_log_loss},
        n_parameters=0,
        weights_sha256="",
    )


def _report(
    material: Material, split: Split, probs: Mapping[str, FloatArray], n_train_all: int | None = None
) -> GenreReport:
    origin = Origin(
        checkpoint=material.name,
        recipe=material.name,
        windows="mean",
        data=material.data_note,
        seed=0,
        n_train=len(split.train),
        n_train_all=n_train_all or len(split.train),
        commit=current_commit(),
        command=material.command,
        train_command=material.command,
    )
    return genre_row(origin, split, "test", probs)
