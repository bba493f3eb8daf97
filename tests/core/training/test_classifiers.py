"""Baselines on features that do not learn: what the features are, and what a run of the command refuses."""

import numpy as np
import pytest
import torch

from core.commands import main as cli
from core.data.splits import make_split
from core.errors import TrainingError
from core.evaluation.genre import labels_of
from core.features.log_mel import FeatureSpec
from core.training.classifiers.experiment import Material, measure, splits
from core.training.classifiers.features import N_MFCC, at_level, modulation_spectrum
from core.training.classifiers.fit import fit_classifier
from core.training.classifiers.systems import BASELINES, SVMS, Candidate

SPEC = FeatureSpec()
SIZES = {"mfcc-svm": 4 * N_MFCC, "texture-svm": 4 * N_MFCC, "modulation-svm": 64 * 10, "untrained-svm": 512}


def track(seconds: float = 12.0) -> torch.Tensor:
    return 20.0 * torch.randn(64, round(seconds / SPEC.frame_s), generator=torch.Generator().manual_seed(3)) - 40.0


@pytest.mark.parametrize("name", BASELINES)
def test_features_do_not_depend_on_the_gain(name: str) -> None:
    found = BASELINES[name].features(at_level(track()), SPEC)
    assert found.shape[1] == SIZES[name]
    assert found.shape[0] == (7 if name == "texture-svm" else 1), "3 s every 1.5 s in 12 s"
    assert np.isfinite(found).all()
    louder = BASELINES[name].features(at_level(track() + 17.0), SPEC)
    np.testing.assert_allclose(louder, found, rtol=1e-3, atol=1e-3)


def test_modulation_is_found_at_its_rate() -> None:
    """All bands swell five times a second: between 4 and 6 Hz, the seventh of ten."""
    time_s = np.arange(480) * SPEC.frame_s
    swelling = torch.from_numpy(10 * np.sin(2 * np.pi * 5.0 * time_s)).float().expand(64, -1)
    by_rate = modulation_spectrum(swelling, SPEC).reshape(10, 64)
    assert (by_rate.argmax(axis=0) == 6).all()


def test_validation_chooses_and_calibrates() -> None:
    split, rng = make_split("stratified"), np.random.default_rng(0)
    ids = (*split.train, *split.valid, *split.test)
    centres = rng.normal(0, 1, (10, 8))
    features = {
        clip_id: (centres[label] + rng.normal(0, 1, (3, 8))).astype(np.float32)
        for clip_id, label in zip(ids, labels_of(ids), strict=True)
    }
    fitted = fit_classifier(features, split, SVMS)
    alone = [fit_classifier(features, split, (each,)).valid_accuracy for each in SVMS]
    assert fitted.valid_accuracy == max(alone)
    assert fitted.candidate == SVMS[alone.index(max(alone))]
    probs = fitted.probs(features[split.test[0]])
    assert probs.shape == (10,)
    assert probs.sum() == pytest.approx(1.0, abs=1e-5)


def test_splits_are_those_of_the_reports() -> None:
    names = [(each.name, each.seed, each.fold) for each in splits()]
    assert names[:6] == [("stratified", seed, None) for seed in (42, 0, 1, 2, 3, 4)]
    assert names[6] == ("fault_filtered", None, None)
    assert [fold for _, _, fold in names[7:]] == list(range(5))


def test_a_missing_clip_is_refused_not_left_out() -> None:
    material = Material("mfcc-svm", {}, SPEC, "made up", "command")
    with pytest.raises(TrainingError, match="999 of the 999 GTZAN clips are missing"):
        next(measure(material, (Candidate(1.0),)))


def test_an_unknown_baseline_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["baselines", "vggish"]) == 1
    assert "Choose from mfcc-svm, texture-svm, modulation-svm, untrained-svm" in capsys.readouterr().err
