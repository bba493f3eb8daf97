"""From the words of a request to a fused checkpoint or a report: finds checkpoints, predicts all clips, begins."""

import logging
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.data.clip_files import ClipFiles
from core.data.log_mels import LogMelSet, Progress, describe_copy, load_log_mels
from core.data.splits import DEFAULT_SPLIT_SEED, N_FOLDS, make_split
from core.errors import TrainingError
from core.evaluation.predictions import trained_on
from core.features.log_mel import FeatureSpec
from core.inference.fusion import source_of
from core.inference.genre import GenreModel
from core.inference.load import Model, load_cnn, load_tempo
from core.models.checkpoint import CheckpointHeader
from core.results.fusion_reports import FusionReport, SystemPredictions, mean_probs, score
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.tempo_predictions import TEMPO_TABLE
from core.runs.request import TrainRequest
from core.training.fusion.bases import find_base, fold_folder, folders_of, require_base
from core.training.fusion.checkpoints import Found, checkpoint_for, fold_tempo_models
from core.training.fusion.data import (
    TempoTable,
    embed_clips,
    out_of_fold_tempi,
    predict_tempi,
    require_own_split,
    saved_tempi,
)
from core.training.fusion.experiment import Division, comparisons, measure
from core.training.fusion.run import FusionRun, Material, train_fusion
from core.training.fusion.tempo_inputs import TREATMENT, Tempi
from core.training.loop.fit import current_commit
from core.training.recipes.fusion import FUSION_RECIPES, FusionRecipe
from core.types import Split, TempoReading

_CONTROLS_RECEIVE = "tempo-tcn-oof"
ShowProgress = Callable[[str], Progress]
"""Begins to show the progress of a named step."""


@dataclass(frozen=True)
class ExperimentRequest:
    """Which recipe to measure on which splits, in plain values.

    Attributes:
        recipe: key of `FUSION_RECIPES`.
        split: name.
        split_seeds: of "stratified".
        seeds: of the trainings.
        genre_recipe, tempo_recipe: of the checkpoints to build on.
        fold_seed: split seed of the artist folds.
        checkpoints: folder in which, and right below which, checkpoints are looked for.
        out: directory of the results.
        saved_tempi: system whose saved tempi a head of recipe `seed` receives, instead of those of a checkpoint; its
            controls then receive the saved out-of-fold tempi of the compact model.
    """

    recipe: str
    split: str
    split_seeds: tuple[int, ...]
    seeds: tuple[int, ...]
    genre_recipe: str
    tempo_recipe: str
    checkpoints: Path
    out: Path
    fold_seed: int = DEFAULT_SPLIT_SEED
    saved_tempi: str | None = None

    @property
    def splits(self) -> tuple[Split, ...]:
        """All splits that are measured on."""
        if self.split == "stratified":
            return tuple(make_split(self.split, seed) for seed in self.split_seeds)
        if self.split == "artist_folds":
            return tuple(make_split(self.split, self.fold_seed, fold) for fold in range(N_FOLDS))
        return (make_split(self.split),)

    @property
    def command(self) -> str:
        """The command line that does this again, without the folders of this machine."""
        words = ["python", "-m", "core", "fusion", "--recipe", self.recipe, "--split", self.split]
        words += ["--split-seeds", *map(str, self.split_seeds)] if self.split == "stratified" else []
        words += ["--fold-seed", str(self.fold_seed)] if self.fold_seed != DEFAULT_SPLIT_SEED else []
        words += ["--seeds", *map(str, self.seeds)]
        words += ["--genre-recipe", self.genre_recipe]
        words += ["--saved-tempi", self.saved_tempi] if self.saved_tempi else ["--tempo-recipe", self.tempo_recipe]
        return shlex.join(words) + " --checkpoints DIR --gtzan DIR --out DIR --save"


def fusion_recipe(name: str) -> FusionRecipe:
    """Raises `TrainingError` for a name that is not a recipe's."""
    if name not in FUSION_RECIPES:
        raise TrainingError(f"There is no fusion recipe “{name}”. Choose one of {', '.join(FUSION_RECIPES)}.")
    return FUSION_RECIPES[name]


@dataclass(frozen=True)
class _ClipInputs:
    """Inputs from clips: spectrograms are loaded once for each feature spec, tempi once for each model.

    Attributes:
        files: the audio.
        show: the progress.
    """

    files: ClipFiles
    show: ShowProgress
    _log_mels: dict[FeatureSpec, LogMelSet] = field(default_factory=dict)

    def log_mels(self, spec: FeatureSpec) -> LogMelSet:
        if spec not in self._log_mels:
            self._log_mels[spec] = load_log_mels(self.files, spec, progress=self.show("spectrograms"))
        return self._log_mels[spec]

    def division(self, genre: GenreModel, split: Split, hop_frames: int | None, tempi: Tempi) -> Division:
        require_own_split(genre.header, split)
        log_mels = self.log_mels(genre.header.features)
        embedded = embed_clips(genre, log_mels, hop_frames, progress=self.show(f"embeddings, {genre.header.name}"))
        return Division(genre, Material(split, embedded, tempi))

    def out_of_fold(self, models: tuple[Model[TempoReading], ...]) -> TempoTable:
        log_mels = self.log_mels(models[0].header.features)
        return out_of_fold_tempi(models, log_mels, progress=self.show("tempi, out of fold"))

    def seen(self, model: Model[TempoReading]) -> TempoTable:
        log_mels = self.log_mels(model.header.features)
        return predict_tempi(model, log_mels, progress=self.show(f"tempi, {model.header.name}"))


def train_fusion_command(
    request: TrainRequest, recipe: FusionRecipe, files: ClipFiles, show: ShowProgress
) -> CheckpointHeader:
    """Trains the head that was asked for on the clips found; raises `LabError`s with a cure."""
    base = request.base
    assert base is not None
    inputs, folders = _ClipInputs(files, show), folders_of(base)
    require_base(base, recipe.needs_folds)
    genre, tempo = _load_genre(find_base(base.genre, folders)), _load_tempo(find_base(base.tempo, folders))
    if recipe.needs_folds:
        tempo_recipe = base.tempo_recipe or tempo.header.provenance.recipe
        folder = fold_folder(folders, tempo_recipe, base.fold_seed)
        tempi = Tempi(inputs.out_of_fold(fold_tempo_models(folder, tempo_recipe, base.fold_seed)), seen=None)
    else:
        tempi = Tempi(out_of_fold=None, seen=inputs.seen(tempo))
    material = inputs.division(genre, trained_on(genre.header), recipe.hop_frames, tempi).material
    note = describe_copy(files, genre.header.features)
    run = FusionRun(
        request.name, recipe, material.split, request.seed, request.out, note, request.command,
        tempo=source_of(tempo.header),
    )  # fmt: skip
    return train_fusion(run, material, request.resume)


def _load_genre(found: Found) -> GenreModel:
    return load_cnn(found.header.name, found.folder)


def _load_tempo(found: Found) -> Model[TempoReading]:
    return load_tempo(found.header.name, found.folder)


def experiment_command(request: ExperimentRequest, files: ClipFiles, show: ShowProgress) -> FusionReport:
    """Measures what was asked for; raises `LabError`s with a cure.

    Also writes what every system predicts for each test clip, averaged over runs, to `predictions/` in `request.out`.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # its hints are advertisements
    recipe, splits = fusion_recipe(request.recipe), request.splits
    inputs = _ClipInputs(files, show)
    # Everything that could be missing is looked for before hours of work.
    genres = {split: checkpoint_for(request.checkpoints, "genre_cnn", request.genre_recipe, split) for split in splits}
    tempi_of = _tempi(request, recipe, splits, inputs)

    def division(split: Split) -> Division:
        return inputs.division(_load_genre(genres[split]), split, recipe.hop_frames, tempi_of(split))

    systems = measure(division, splits, recipe, request.seeds, request.out, show("heads"))
    for each in systems:
        GENRE_TABLE.save(_averaged(each, recipe.name, len(each.runs) // len(splits)), request.out)
    scores = tuple(score(each) for each in systems)
    return FusionReport(
        recipe=recipe.name,
        split=request.split,
        split_seeds=request.split_seeds if request.split == "stratified" else (),
        genre_recipe=request.genre_recipe,
        tempo_recipe=request.saved_tempi or request.tempo_recipe,
        data=describe_copy(files, next(iter(genres.values())).header.features),
        seeds=request.seeds,
        n=scores[0].n,
        treatment=TREATMENT,
        systems=scores,
        comparisons=comparisons(systems),
        commit=current_commit(),
        command=request.command,
    )


def _tempi(
    request: ExperimentRequest, recipe: FusionRecipe, splits: tuple[Split, ...], inputs: _ClipInputs
) -> Callable[[Split], Tempi]:
    """The tempi that heads receive on a split; checkpoints are looked for at once."""
    if request.saved_tempi is not None:
        if recipe.needs_folds:
            raise TrainingError("Saved tempi are for recipe seed: others take those of five models of the folds.")
        saved = Tempi(*(saved_tempi(TEMPO_TABLE.load(name)) for name in (_CONTROLS_RECEIVE, request.saved_tempi)))
        return lambda _: saved
    seen = {
        split: checkpoint_for(request.checkpoints, "tempo_tcn", request.tempo_recipe, split)
        for split in (() if recipe.needs_folds else splits)
    }
    out_of_fold = inputs.out_of_fold(fold_tempo_models(request.checkpoints, request.tempo_recipe, request.fold_seed))
    return lambda split: Tempi(out_of_fold, inputs.seen(_load_tempo(seen[split])) if split in seen else None)


def _averaged(system: SystemPredictions, recipe: str, n_heads: int) -> SavedGenre:
    """The mean of all heads that tested a clip, as one system's predictions."""
    probs = mean_probs(system)
    heads = f" Mean of {n_heads} heads." if n_heads > 1 else ""
    return SavedGenre(
        f"fusion-{recipe}-{system.system}", system.description + heads, probs, dict.fromkeys(probs, "test")
    )
