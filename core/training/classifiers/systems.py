"""The baselines: what is known about music before any network learns, and how good a genre classifier it makes."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from core.features.log_mel import FeatureSpec
from core.training.classifiers.features import (
    Rows,
    mfcc_statistics,
    modulation_spectrum,
    texture_windows,
    untrained_cnn,
)


@dataclass(frozen=True)
class Candidate:
    """A support vector machine with a Gaussian kernel that validation may choose.

    Attributes:
        c: the inverse of the regularisation.
        one_vs_rest: whether each genre has a machine of its own against all others, or each pair of genres has one.
    """

    c: float
    one_vs_rest: bool = False


SVMS = tuple(Candidate(c) for c in (1.0, 3.0, 10.0, 30.0))


@dataclass(frozen=True)
class Baseline:
    """Features and the classifiers on them.

    Attributes:
        name: of the system and, in the reports, of the recipe.
        features: of a spectrogram at its level; see `core.training.classifiers.features`.
        candidates: validation chooses one of them on every split.
    """

    name: str
    features: Callable[[Tensor, FeatureSpec], Rows]
    candidates: tuple[Candidate, ...] = SVMS


BASELINES = {
    each.name: each
    for each in (
        Baseline("mfcc-svm", mfcc_statistics),
        Baseline("texture-svm", texture_windows),
        Baseline("modulation-svm", modulation_spectrum),
        Baseline("untrained-svm", untrained_cnn),
    )
}
