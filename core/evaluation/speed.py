"""How long does a prediction take? Each stage beside a reference workload in one run: machines differ, ratios last.

And on a machine that does something else, too: an analysis beside a process that occupies a core, in turn with one
without it, so that whatever else goes on meanwhile weighs on both.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from core.audio.load import load_audio
from core.errors import BenchmarkError
from core.evaluation.robustness import Variant, encode
from core.features.log_mel import log_mel
from core.inference.load import Model
from core.inference.predict import Predictor
from core.synth import render
from core.types import FloatArray, TempoReading

_SECONDS = 30.0
_REFERENCE_SIZE = 1024
MOST_BUSY_SLOWDOWN = 2.5
"""What is promised: an analysis beside an occupied core against one on an idle machine."""
_OCCUPY = "print(flush=True)\nwhile True: pass"


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


@dataclass(frozen=True)
class BusyTiming:
    """An analysis of 30 s of MP3, again and again, with and without another process that occupies a core.

    Attributes:
        idle_s, busy_s: each analysis by the clock; one of each in turn.
        idle_cpu_s, busy_cpu_s: what it took of all cores, CPU seconds.
    """

    idle_s: tuple[float, ...]
    busy_s: tuple[float, ...]
    idle_cpu_s: tuple[float, ...]
    busy_cpu_s: tuple[float, ...]

    @property
    def slowdown(self) -> float:
        """Median beside the other process over that without it."""
        return statistics.median(self.busy_s) / statistics.median(self.idle_s)


def benchmark_busy(predictor: Predictor, rounds: int = 9) -> BusyTiming:
    """Times 30 s of a synthetic track from mp3 bytes to a prediction, idle and beside a process that occupies a core.

    Args:
        predictor: the models, loaded.
        rounds: analyses of each kind.

    Raises:
        BenchmarkError: the other process cannot be started.
    """
    rate = predictor.spec.sample_rate
    data = encode(render("disco", 120.0, _SECONDS, rate).samples, rate, Variant("mp3", "MP3"))

    def timed() -> tuple[float, float]:
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        predictor.predict(load_audio(data, rate))
        return time.perf_counter() - began_s, time.process_time() - began_cpu_s

    timed()  # warms up
    idle, busy = [], []
    for _ in range(rounds):
        idle.append(timed())
        with _occupied_core():
            busy.append(timed())
    (idle_s, idle_cpu_s), (busy_s, busy_cpu_s) = zip(*idle, strict=True), zip(*busy, strict=True)
    return BusyTiming(idle_s, busy_s, idle_cpu_s, busy_cpu_s)


@contextmanager
def _occupied_core() -> Iterator[None]:
    """A process that computes without end, from when it has begun until it is gone."""
    try:
        process = subprocess.Popen([sys.executable, "-c", _OCCUPY], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except OSError as error:
        raise BenchmarkError(
            f"No other process can be started ({error.strerror}). Close others and try again."
        ) from error
    with process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise BenchmarkError("The process that should occupy a core ended at once. Try again.")
            yield
        finally:
            process.kill()


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


def _tempo_stages(model: Model[TempoReading], samples: FloatArray) -> dict[str, Callable[[], object]]:
    mel = model.spectrogram(samples)
    return {
        "tempo log-mel": lambda: model.spectrogram(samples),
        "tempo network": lambda: model.predict_clip(mel),
    }
