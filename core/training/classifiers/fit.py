"""Classifiers fitted on the training subset of a split, chosen and calibrated on its validation subset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor

from core.evaluation.genre import labels_of
from core.inference.genre import pool_windows
from core.metrics import genre as metrics
from core.training.classifiers.features import Rows
from core.training.classifiers.systems import Candidate
from core.training.genre.run import fit_temperature
from core.types import FloatArray, Split


@dataclass(frozen=True)
class Fitted:
    """A classifier that can predict.

    Attributes:
        candidate: which one validation chose.
        pipeline: standardises features, then classifies.
        temperature: of the softmax, fitted on validation.
        valid_accuracy: 0..1.
        valid_log_loss: nats.
    """

    candidate: Candidate
    pipeline: Any
    temperature: float
    valid_accuracy: float
    valid_log_loss: float

    def probs(self, rows: Rows) -> FloatArray:
        """`[W, D]` features of a clip to `[10]` probabilities: of the mean of the outputs for its rows."""
        return pool_windows(_outputs(self.pipeline, rows), self.temperature).numpy()


def fit_classifier(features: Mapping[str, Rows], split: Split, candidates: Sequence[Candidate]) -> Fitted:
    """Fits every candidate, and keeps the one that predicts most validation clips correctly.

    Args:
        features: `[W, D]` by clip id.
        split: whose training and validation subset to learn and to choose on.
        candidates: to choose from; of equally good ones the first.
    """
    rows, valid_rows = ([features[clip_id] for clip_id in ids] for ids in (split.train, split.valid))
    labels, valid = np.repeat(labels_of(split.train), [len(each) for each in rows]), labels_of(split.valid)
    fitted = [_fitted(each, np.concatenate(rows), labels, valid_rows, valid) for each in candidates]
    return max(fitted, key=lambda each: each.valid_accuracy)


def _fitted(
    candidate: Candidate,
    rows: Rows,
    labels: NDArray[np.int64],
    valid_rows: Sequence[Rows],
    valid: NDArray[np.int64],
) -> Fitted:
    pipeline = make_pipeline(StandardScaler(), _classifier(candidate)).fit(rows, labels)
    outputs = [_outputs(pipeline, each) for each in valid_rows]
    temperature = fit_temperature(outputs, valid)
    probs = np.stack([pool_windows(each, temperature).numpy() for each in outputs])
    return Fitted(candidate, pipeline, temperature, metrics.accuracy(probs, valid), metrics.log_loss(probs, valid))


def _classifier(candidate: Candidate) -> Any:
    machine = SVC(C=candidate.c, decision_function_shape="ovr")
    return OneVsRestClassifier(machine) if candidate.one_vs_rest else machine


def _outputs(pipeline: Any, rows: Rows) -> Tensor:
    """`[W, 10]`: a softmax of these over the temperature is what is predicted."""
    return torch.from_numpy(np.asarray(pipeline.decision_function(rows), dtype=np.float32))
