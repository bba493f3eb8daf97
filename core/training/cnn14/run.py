"""One training run of Cnn14, from options to an exported checkpoint."""

import logging
from dataclasses import dataclass, replace

from core.data.log_mels import LogMelSet
from core.data.waveforms import WaveformSet
from core.features.cnn14 import features_of, no_normalisation
from core.features.specs import CNN14_22K, Cnn14Spec, FeatureSpec
from core.inference.load import Model, reader
from core.metrics.tempo import headline_scores
from core.models.checkpoint import CheckpointHeader, Inference, save_checkpoint
from core.models.packed_weights import pack, unpack
from core.models.panns_weights import PannsWeights, init_from_panns
from core.training.cnn14.data import BinsData, ScalarData, annotated
from core.training.cnn14.module import BinsModule, Cnn14Module, ScalarModule
from core.training.loop.fit import Fitted, begin, fit, provenance
from core.training.loop.reported import is_helper
from core.training.loop.reporter import Reporter
from core.training.loop.settings import Run
from core.training.recipes.cnn14 import Cnn14Recipe
from core.types import TempoReading

N_BITS = 8
"""Of a weight in an exported checkpoint: 80 MB in all."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cnn14Run(Run[Cnn14Recipe]):
    """A run of Cnn14.

    Attributes:
        weights: official ones to start from, None to start from scratch.
    """

    weights: PannsWeights | None = None

    @property
    def spec(self) -> Cnn14Spec:
        """The front end: that of the official weights, else the project's own."""
        own = replace(CNN14_22K, hop_length=self.recipe.hop_length)
        return own if self.weights is None else self.weights.spec

    @property
    def features(self) -> FeatureSpec:
        """The same in the words of a header."""
        return features_of(self.spec, self.recipe.window_s)


def train_scalar(run: Cnn14Run, waveforms: WaveformSet, log_mels: LogMelSet, resume: bool = False) -> CheckpointHeader:
    """Trains and exports a Cnn14 with one number as output, on the raw waveform.

    Args:
        run: what to train.
        waveforms: of at least the training and validation clips, at the rate of the run's front end.
        log_mels: of at least the validation clips, by `cnn14_log_mel`, to score what is exported.
        resume: go on from the last finished epoch of the run in `run.out`; a finished run is left as it is.

    Raises:
        TrainingError: the directory already holds a run and `resume` is off, it holds a finished run of other
            settings, clips are missing, or the run was stopped.
    """
    done = begin(run, log_mels.clip_ids, resume)
    if done is not None:
        return done
    data = ScalarData(waveforms, run.split, run.recipe, run.seed)
    module = ScalarModule(run.recipe, run.spec)
    return _train(run, data, module, log_mels)


def train_bins(run: Cnn14Run, log_mels: LogMelSet, resume: bool = False) -> CheckpointHeader:
    """Trains and exports a Cnn14 with a distribution over tempi as output, on crops of its log-mel.

    Args and raises as `train_scalar`.
    """
    done = begin(run, log_mels.clip_ids, resume)
    if done is not None:
        return done
    data = BinsData(log_mels, run.features, run.split, run.recipe, run.seed)
    module = BinsModule(run.recipe, run.spec)
    return _train(run, data, module, log_mels)


def _train(run: Cnn14Run, data: ScalarData | BinsData, module: Cnn14Module, log_mels: LogMelSet) -> CheckpointHeader:
    filled = None if run.weights is None else str(init_from_panns(run.weights, module.net))
    for note in filter(None, () if is_helper() else (data.label_note, filled)):
        logger.info(note)
        Reporter(run.out).note(note)
    fitted = fit(run, module, data)
    return _export(run, data, module, fitted, log_mels)


def _data_note(run: Cnn14Run, data: ScalarData | BinsData) -> str:
    """The copy of the data, what became of its labels, and what training began from."""
    weights = "" if run.weights is None else f"started from {run.weights.file_name}"
    return "; ".join(filter(None, (run.data_note, data.label_note, weights)))


def _export(
    run: Cnn14Run, data: ScalarData | BinsData, module: Cnn14Module, fitted: Fitted, log_mels: LogMelSet
) -> CheckpointHeader:
    module.load_state_dict(fitted.weights)
    _pack(module)
    recipe = run.recipe
    hop_frames = None if recipe.hop_s is None else max(1, round(recipe.hop_s / run.features.frame_s))
    n_train, n_valid = len(data.clip_ids["train"]), len(data.clip_ids["valid"])
    header = CheckpointHeader(
        name=run.name,
        kind="tempo",
        model=module.model,
        labels=module.labels,
        features=run.features,
        normalisation=no_normalisation(run.features),
        inference=Inference(hop_frames, temperature=1.0),
        provenance=provenance(recipe.name, replace(run, data_note=_data_note(run, data)), n_train, n_valid, fitted),
        metrics={},
        n_parameters=sum(parameter.numel() for parameter in module.learned()),
        weights_sha256="",
        n_bits=N_BITS,
    )
    metrics = _validation_metrics(reader(module.net.eval(), header), data.clip_ids["valid"], log_mels)
    return save_checkpoint(module.net, replace(header, metrics=metrics), run.out)


def _pack(module: Cnn14Module) -> None:
    """Gives the network the weights that will be read back from the file, so that these are scored."""
    learned = {name: weight.data for name, weight in module.net.named_parameters() if weight.requires_grad}
    module.net.load_state_dict(unpack(pack(learned)), strict=False)


def _validation_metrics(model: Model[TempoReading], clip_ids: tuple[str, ...], log_mels: LogMelSet) -> dict[str, float]:
    """Scores of the checkpoint's predictions for whole clips."""
    tracks = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
    truths = annotated(clip_ids)
    estimates = [model.predict_clip(tracks[clip_id]).estimate.tempo_bpm for clip_id in truths]
    return headline_scores(estimates, list(truths.values()))
