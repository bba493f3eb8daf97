"""Training of one head: its candidates in turn, the one with the best validation loss calibrated and kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from core.inference.fusion import softmax, source_of
from core.metrics import genre as metrics
from core.models.checkpoint import CheckpointHeader, Inference, save_checkpoint
from core.models.fusion import (
    N_HIDDEN,
    BuiltOn,
    FusionHead,
    SeedFusion,
    Source,
    StrongFusion,
    TempoInput,
    n_learned,
    width_for,
)
from core.training.fusion.data import EmbeddedClips, require_own_split
from core.training.fusion.module import HeadData, HeadModule, clip_logits, head_clips
from core.training.fusion.tempo_inputs import Tempi, tempo_inputs
from core.training.genre.run import fit_temperature
from core.training.loop.fit import Fitted, begin, fit_anew, provenance, require_clips
from core.training.loop.progress import Progress
from core.training.loop.reporter import Reporter
from core.training.loop.settings import Run
from core.training.recipes.fusion import Candidate, FusionRecipe, System, systems_of
from core.types import GENRES, FloatArray, Split


@dataclass(frozen=True)
class Material:
    """All that heads of one split are trained on.

    Attributes:
        split: which clips.
        embedded: by the genre checkpoint that was trained on that split.
        tempi: what the tempo models predict.
    """

    split: Split
    embedded: EmbeddedClips
    tempi: Tempi


@dataclass(frozen=True)
class TrainedHead:
    """A head and what its training came to.

    Attributes:
        head: in evaluation mode, with the weights of the best epoch.
        candidate: index of the recipe's candidate that it is.
        temperature: softmax temperature, 1 where the recipe does not calibrate.
        epochs, best_epoch: epochs run, and the one (from 1) whose weights these are.
        valid_accuracy, valid_log_loss: on the validation clips, calibrated.
    """

    head: FusionHead
    candidate: int
    temperature: float
    epochs: int
    best_epoch: int
    valid_accuracy: float
    valid_log_loss: float


_HEADS: Mapping[str, Callable[[bool, int, Candidate], FusionHead]] = {
    "fusion_seed": lambda receives_tempo, n_hidden, _: SeedFusion(receives_tempo, n_hidden),
    "fusion_strong": lambda receives_tempo, n_hidden, how: StrongFusion(receives_tempo, n_hidden, how.dropout),
}
"""By their keys in `core.models.registry.ARCHITECTURES`."""


def build_head(recipe: FusionRecipe, system: System, candidate: Candidate) -> FusionHead:
    """A new head; the widened one is the parameter-matched control of the recipe."""
    build = _HEADS[recipe.model]
    n_hidden = width_for(n_learned(build(True, N_HIDDEN, candidate))) if system.is_widened else N_HIDDEN
    return build(system.receives_tempo, n_hidden, candidate)


def train_head(
    material: Material, recipe: FusionRecipe, system: System, seed: int, out: Path, reporter: Reporter | None = None
) -> TrainedHead:
    """Trains a head of a system on the training clips of a split; the genre network is not touched.

    Args:
        material: embeddings and tempi.
        recipe: how to train.
        system: whose tempo it receives.
        seed: of weights, order, windows and what is dropped.
        out: folder for the weights of the best epochs.
        reporter: of the run whose directory `out` is; None for a head among many, which reports nothing.

    Raises:
        TrainingError: the genre checkpoint or a tempo saw test clips in training, clips are missing, or it was stopped.
    """
    require_own_split(material.embedded.genre, material.split)
    require_clips(material.embedded.embeddings, (*material.split.train, *material.split.valid))
    tempi = tempo_inputs(system.feed, material.tempi, material.split, seed)
    trained = [
        _train_candidate(material, recipe, system, index, tempi, seed, out, reporter)
        for index in range(len(recipe.candidates))
    ]
    return min(trained, key=lambda each: each.valid_log_loss)


def _train_candidate(
    material: Material,
    recipe: FusionRecipe,
    system: System,
    index: int,
    tempi: Mapping[str, TempoInput],
    seed: int,
    out: Path,
    reporter: Reporter | None,
) -> TrainedHead:
    candidate, split = recipe.candidates[index], material.split
    torch.manual_seed(seed)
    head = build_head(recipe, system, candidate)
    train, valid = (head_clips(ids, material.embedded, tempi, head, seed) for ids in (split.train, split.valid))
    if isinstance(head, StrongFusion):
        everything = train.everything()
        head.standardise(everything.embeddings, everything.tempo[everything.owner], candidate.pulse_only)
    module = HeadModule(head, recipe, candidate, seed, logs_training=reporter is not None)
    data = HeadData(train, valid, recipe.batch_size, seed)
    progress = None if reporter is None else Progress(reporter, seed, index, len(recipe.candidates))
    fitted = fit_anew(recipe, module, data, out, progress)
    module.load_state_dict(fitted.weights)
    head.eval()
    batch = valid.everything()
    with torch.inference_mode():
        logits = clip_logits(head, batch)
    temperature = fit_temperature(list(logits[:, None]), batch.genres.numpy()) if recipe.calibrate else 1.0
    probs, genres = softmax(logits, temperature), batch.genres.numpy()
    if reporter is not None:
        number = f"candidate {index + 1} of {len(recipe.candidates)}"
        reporter.note(f"{number}: {fitted.epochs} epochs, the best is its number {fitted.best_epoch}")
    return TrainedHead(
        head=head,
        candidate=index,
        temperature=temperature,
        epochs=fitted.epochs,
        best_epoch=fitted.best_epoch,
        valid_accuracy=metrics.accuracy(probs, genres),
        valid_log_loss=metrics.log_loss(probs, genres),
    )


@torch.inference_mode()
def predict_with(
    trained: TrainedHead, material: Material, tempi: Mapping[str, TempoInput], clip_ids: tuple[str, ...]
) -> FloatArray:
    """`[N, 10]` calibrated probabilities of clips."""
    batch = head_clips(clip_ids, material.embedded, tempi, trained.head, seed=0).everything()
    return softmax(clip_logits(trained.head, batch), trained.temperature)


# A checkpoint


@dataclass(frozen=True)
class FusionRun(Run[FusionRecipe]):
    """A run of a fused head.

    Attributes:
        tempo: the tempo checkpoint that the head will receive its tempo from.
    """

    tempo: Source = field(kw_only=True)


def train_fusion(run: FusionRun, material: Material, resume: bool = False) -> CheckpointHeader:
    """Trains and exports a fused head.

    Args:
        run: what to train.
        material: embeddings and tempi.
        resume: a finished run is left as it is; an unfinished one begins anew, as it takes seconds.

    Returns:
        The header of the exported checkpoint `<out>/<name>.safetensors`.

    Raises:
        TrainingError: the directory already holds a run and `resume` is off, it holds a finished run of other
            settings, a checkpoint saw test clips in training, clips are missing, or the run was stopped.
    """
    done = begin(run, material.embedded.embeddings, resume)
    if done is not None:
        return done
    trained = train_head(material, run.recipe, systems_of(run.recipe)[0], run.seed, run.out, Reporter(run.out))
    table = material.tempi.out_of_fold if run.recipe.needs_folds else material.tempi.seen
    genre, split = material.embedded.genre, material.split
    earlier = trained.candidate * run.recipe.epochs  # candidates are one run, in its curves, too
    fitted = Fitted({}, earlier + trained.epochs, earlier + trained.best_epoch)
    trained.head.built_on = BuiltOn(source_of(genre), run.tempo, () if table is None else table.sources)
    header = CheckpointHeader(
        name=run.name,
        kind="fusion",
        model=run.recipe.model,
        labels=GENRES,
        features=genre.features,
        normalisation=genre.normalisation,
        inference=Inference(run.recipe.hop_frames, trained.temperature),
        provenance=provenance(run.recipe.name, run, len(split.train), len(split.valid), fitted),
        metrics={"accuracy": trained.valid_accuracy, "log_loss": trained.valid_log_loss},
        n_parameters=n_learned(trained.head),
        weights_sha256="",
    )
    return save_checkpoint(trained.head, header, run.out)
