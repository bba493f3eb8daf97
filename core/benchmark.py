"""How long does a prediction take? Each stage beside a reference workload in one run: machines differ, ratios last."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from core.audio import load_audio
from core.cnn14_reader import AnyTempoModel, front_end
from core.features import log_mel
from core.predict import Predictor
from core.robustness import Variant, encode
from core.synth import render
from core.types import FloatArray

_SECONDS = 30.0
_REFERENCE_SIZE = 1024


@dataclass(frozen=True)
class Timing:
    """One stage.

    Attributes:
        stage: in words.
        median_s: seconds, median over repetitions.
        ratio: `median_s` over that of the reference, a product of two 1024 x 1024 float32 matrices.
    """

    stage: str
    median_s: float
    ratio: float


def benchmark(predictor: Predictor, repetitions: int = 9) -> tuple[Timing, ...]:
    """Times 30 s of a synthetic track from mp3 bytes to a prediction, stage by stage, the models loaded and warm."""
    rate = predictor.spec.sample_rate
    track = render("disco", 120.0, _SECONDS, rate)
    data = encode(track.samples, rate, Variant("mp3", "MP3"))
    audio = load_audio(data, rate)
    mel = log_mel(audio.samples, predictor.spec)
    matrix = torch.ones(_REFERENCE_SIZE, _REFERENCE_SIZE)
    stages: dict[str, Callable[[], object]] = {
        "reference": lambda: matrix @ matrix,
        "decode mp3": lambda: load_audio(data, rate),
        "log-mel": lambda: log_mel(audio.samples, predictor.spec),
        "genre network": lambda: predictor.genre.estimate(predictor.genre.normalised(mel)),
    }
    if predictor.tempo is not None:
        stages |= _tempo_stages(predictor.tempo, audio.samples)
    stages["all of it"] = lambda: predictor.predict(load_audio(data, rate))
    times: dict[str, list[float]] = {stage: [] for stage in stages}
    for repetition in range(repetitions + 1):
        for stage, work in stages.items():
            start = time.perf_counter()
            work()
            if repetition:  # the first round only warms up
                times[stage].append(time.perf_counter() - start)
    medians = {stage: statistics.median(values) for stage, values in times.items()}
    return tuple(Timing(stage, median, median / medians["reference"]) for stage, median in medians.items())


def _tempo_stages(model: AnyTempoModel, samples: FloatArray) -> dict[str, Callable[[], object]]:
    listen = front_end(model)
    mel = listen(samples, model.header.features)
    return {
        "tempo log-mel": lambda: listen(samples, model.header.features),
        "tempo network": lambda: model.read(mel),
    }
