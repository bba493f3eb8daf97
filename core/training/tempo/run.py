"""One training run of the compact tempo model, from options to an exported checkpoint."""

from core.data.log_mels import LogMelSet
from core.inference.tempo import predict_tempo
from core.metrics.tempo import headline_scores
from core.models.checkpoint import CheckpointHeader, Inference, save_checkpoint
from core.rhythm.tempo import TEMPO_LABELS
from core.training.loop.fit import Fitted, begin, fit, provenance
from core.training.loop.settings import Run
from core.training.recipes.tempo import TempoRecipe
from core.training.tempo.data import TempoData
from core.training.tempo.module import TempoModule


def train_tempo(run: Run[TempoRecipe], log_mels: LogMelSet, resume: bool = False) -> CheckpointHeader:
    """Trains and exports a compact tempo model.

    Args and raises as `core.training.genre.run.train_genre`; the spectrograms are of the recipe's features.
    """
    done = begin(run, log_mels.clip_ids, resume)
    if done is not None:
        return done
    data = TempoData(log_mels, run.split, run.recipe, run.seed)
    module = TempoModule(run.recipe)
    return export_run(run, data, module, fit(run, module, data))


def export_run(run: Run[TempoRecipe], data: TempoData, module: TempoModule, fitted: Fitted) -> CheckpointHeader:
    """Writes the checkpoint of a training that is over, with the scores of its validation clips.

    Args:
        run: what was trained.
        data: on what.
        module: is given the weights.
        fitted: what came of it.
    """
    module.load_state_dict(fitted.weights)
    inference = Inference(run.recipe.hop_frames, temperature=1.0, speeds=run.recipe.speeds)
    header = CheckpointHeader(
        name=run.name,
        kind="tempo",
        model="tempo_tcn",
        labels=TEMPO_LABELS,
        features=run.recipe.features,
        normalisation=data.normalisation,
        inference=inference,
        provenance=provenance(run.recipe.name, run, len(data.clip_ids["train"]), len(data.clip_ids["valid"]), fitted),
        metrics=_validation_metrics(module, data, inference),
        n_parameters=sum(parameter.numel() for parameter in module.net.parameters()),
        weights_sha256="",
    )
    return save_checkpoint(module.net, header, run.out)


def _validation_metrics(module: TempoModule, data: TempoData, inference: Inference) -> dict[str, float]:
    """Scores of the checkpoint's predictions, all windows and speeds included."""
    net = module.net.eval()
    tracks = data.tracks("valid")
    predicted = [predict_tempo(net, track.features, data.recipe.features, inference) for track in tracks]
    estimates = [each.estimate.tempo_bpm for each in predicted]
    truths = [track.tempo_bpm for track in tracks if track.tempo_bpm is not None]
    return headline_scores(estimates, truths)
