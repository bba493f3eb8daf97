"""One training run from options to an exported checkpoint. A run is its directory; running it again resumes it."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor

from core.data.log_mels import LogMelSet
from core.features.log_mel import FeatureSpec, window_starts
from core.inference.genre import pool_windows, window_outputs
from core.metrics import genre as metrics
from core.models.checkpoint import CheckpointHeader, Inference, save_checkpoint
from core.training.genre.data import GenreData
from core.training.genre.module import GenreModule
from core.training.loop.fit import Fitted, begin, fit, provenance
from core.training.loop.settings import Run
from core.training.recipes.genre import GenreRecipe
from core.types import GENRES


def train_genre(
    run: Run[GenreRecipe], log_mels: LogMelSet, spec: FeatureSpec, resume: bool = False
) -> CheckpointHeader:
    """Trains, calibrates and exports a genre CNN.

    Args:
        run: what to train.
        log_mels: spectrograms of at least the training and validation clips.
        spec: what the spectrograms are.
        resume: go on from the last finished epoch of the run in `run.out`; a finished run is left as it is.

    Returns:
        The header of the exported checkpoint `<out>/<name>.safetensors`.

    Raises:
        TrainingError: the directory already holds a run and `resume` is off, it holds a finished run of other
            settings, clips are missing, or the run was stopped.
    """
    done = begin(run, log_mels.clip_ids, resume)
    if done is not None:
        return done
    data = GenreData(log_mels, run.split, spec, run.recipe, run.seed)
    module = GenreModule(run.recipe, run.seed)
    return _export(run, data, module, fit(run, module, data))


def _export(run: Run[GenreRecipe], data: GenreData, module: GenreModule, fitted: Fitted) -> CheckpointHeader:
    module.load_state_dict(fitted.weights)
    net = module.net.eval()
    hop = run.recipe.hop_frames
    logits = [
        window_outputs(net, track, data.spec, window_starts(track.shape[-1], data.spec, hop) if hop else [0])
        for track in data.tracks("valid")
    ]
    genres = np.array(data.genres("valid"))
    temperature = fit_temperature(logits, genres) if run.recipe.calibrate else 1.0
    probs = np.stack([pool_windows(each, temperature).numpy() for each in logits])
    header = CheckpointHeader(
        name=run.name,
        kind="genre",
        model="genre_cnn",
        labels=GENRES,
        features=data.spec,
        normalisation=data.normalisation,
        inference=Inference(hop, temperature),
        provenance=provenance(run.recipe.name, run, len(data.clip_ids["train"]), len(data.clip_ids["valid"]), fitted),
        metrics={
            "accuracy": metrics.accuracy(probs, genres),
            "log_loss": metrics.log_loss(probs, genres),
        },
        n_parameters=sum(parameter.numel() for parameter in net.parameters()),
        weights_sha256="",
    )
    return save_checkpoint(net, header, run.out)


def fit_temperature(logits: list[Tensor], genres: NDArray[np.int64]) -> float:
    """The softmax temperature that makes validation log loss least (Guo et al., ICML 2017, sec. 4.2).

    Args:
        logits: `[W, 10]` of each clip.
        genres: index of each clip's genre, `[N]`.
    """

    def loss(log_temperature: float) -> float:
        probs = torch.stack([pool_windows(each, float(np.exp(log_temperature))) for each in logits])
        return metrics.log_loss(probs.numpy(), genres)

    return float(np.exp(minimize_scalar(loss, bounds=(np.log(0.2), np.log(5.0)), method="bounded").x))
