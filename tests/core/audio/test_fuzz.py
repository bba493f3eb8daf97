"""Damages 2 000 audio files of all kinds and decodes them: no crash, no hang, no memory eaten, no broken samples.

The decoding happens in a process of its own, so that a crash inside a C library is caught and named with its seed.
`FUZZ_SEED` and `FUZZ_FILES` in the environment choose other files or more of them.
"""

import multiprocessing
import os
import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Literal

import numpy as np
import pytest

from core.audio.load import load_audio
from core.errors import AudioError
from tests.support.audio_files import RECIPES, encode, mp3, music, sine, write_soundfile

N_FILES = int(os.environ.get("FUZZ_FILES", "2000"))
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))
MAX_CPU_S = 5.0
HANG_S = 60.0
"""Wall clock after which a silent worker counts as hung: far above `MAX_CPU_S`, because test machines are busy."""
MAX_GROWTH_MB = 300.0
SOURCE_S = 1.5


@dataclass(frozen=True)
class Outcome:
    """What became of one damaged file.

    Attributes:
        seed: makes the same file again.
        source: name of the undamaged file.
        result: "samples", "refused" (AudioError) or a description of what is wrong.
        cpu_s: seconds of processor time.
        peak_mb: largest memory of the worker so far, MB.
    """

    seed: int
    source: str
    result: str
    cpu_s: float
    peak_mb: float


def damage(source: bytes, seed: int) -> bytes:
    """One to four random injuries; half of them near the beginning, where the headers are."""
    rng = random.Random(seed)
    data = bytearray(source)
    for _ in range(rng.randint(1, 4)):
        if not data:
            break
        kind: Literal["bits", "bytes", "number", "cut", "insert", "delete", "splice", "zero"] = rng.choice(
            ("bits", "bytes", "number", "cut", "insert", "delete", "splice", "zero")
        )
        span = min(len(data), 512) if rng.random() < 0.5 else len(data)
        at = rng.randrange(span)
        length = rng.choice((1, 2, 4, 16, 256, 4_096))
        if kind == "bits":
            for _ in range(rng.choice((1, 3, 30))):
                data[rng.randrange(span)] ^= 1 << rng.randrange(8)
        elif kind == "bytes":
            data[at : at + length] = rng.randbytes(len(data[at : at + length]))
        elif kind == "number":
            value = rng.choice((0, 1, 0x7F, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFE, 0x0100_0000))
            data[at : at + 4] = value.to_bytes(4, rng.choice(("little", "big")))[: len(data) - at]
        elif kind == "cut":
            del data[rng.randrange(len(data)) :]
        elif kind == "insert":
            data[at:at] = rng.randbytes(length)
        elif kind == "delete":
            del data[at : at + length]
        elif kind == "splice":
            other = rng.randrange(len(data))
            data[at : at + length] = data[other : other + length]
        else:
            data[at : at + length] = bytes(len(data[at : at + length]))
    return bytes(data)


def verdict(data: bytes) -> str:
    """Decodes one file: "samples", "refused" or what is wrong with the result."""
    try:
        audio = load_audio(data)
    except AudioError as error:
        return "refused" if len(str(error)) > 40 else f"a message of few words: {error}"
    if audio.samples.dtype != np.float32 or audio.samples.ndim != 1:
        return f"samples {audio.samples.dtype} {audio.samples.shape}"
    if not np.isfinite(audio.samples).all():
        return "samples that are no numbers"
    if not 0.99 < audio.duration_s < 901 or abs(audio.duration_s / audio.info.duration_s - 1) > 0.01:
        return f"{audio.duration_s} s of samples from {audio.info.duration_s} s"
    return "samples"


def peak_memory_mb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def undamaged() -> dict[str, bytes]:
    """A file of every format, and what FFmpeg is not given as it is."""
    links = [write_soundfile(music(rate, SOURCE_S, 1), rate, "OGG", "VORBIS") for rate in (22_050, 44_100)]
    return {recipe.name: encode(sine(recipe.sample_rate, SOURCE_S), recipe) for recipe in RECIPES} | {
        "joined mp3": mp3(44_100, SOURCE_S, 2) + mp3(22_050, SOURCE_S),
        "chained ogg": b"".join(links),
        "rifx": b"RIFX" + encode(sine(22_050, SOURCE_S), RECIPES[1])[4:],
    }


SOURCE_NAMES = (*(recipe.name for recipe in RECIPES), "joined mp3", "chained ogg", "rifx")


def worker(pipe: Connection, first_seed: int, end_seed: int) -> None:
    """Announces each seed, then reports its outcome; begins with the undamaged files, whose memory is the baseline."""
    sources = undamaged()
    for source in sources.values():
        verdict(source)
    pipe.send(peak_memory_mb())
    for seed in range(first_seed, end_seed):
        name = SOURCE_NAMES[seed % len(SOURCE_NAMES)]
        pipe.send(seed)
        started = time.process_time()
        # Any other error ends this process with a traceback on stderr, and the seed is reported like that of a crash.
        result = verdict(damage(sources[name], seed))
        pipe.send(Outcome(seed, name, result, time.process_time() - started, peak_memory_mb()))


def run_all(first_seed: int, end_seed: int) -> Iterator[Outcome]:
    """Outcomes of all seeds; a worker that dies or hangs is replaced and the seed it was at is reported."""
    context = multiprocessing.get_context("spawn")
    seed = first_seed
    while seed < end_seed:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=worker, args=(there, seed, end_seed), daemon=True)
        process.start()
        there.close()
        at = yield from _outcomes_of(here, process)
        if at is None:
            return
        seed = at + 1


def _outcomes_of(pipe: Connection, process: SpawnProcess) -> Iterator[Outcome]:
    """Passes on a worker's outcomes; returns the seed at which it died or hung, None when it finished."""
    baseline_mb, at = None, None
    while True:
        try:
            if not pipe.poll(HANG_S if baseline_mb is not None else 300.0):
                process.kill()
                process.join()
                break
            message = pipe.recv()
        except EOFError:
            process.join()
            if process.exitcode == 0:
                return None
            break
        if isinstance(message, float):
            baseline_mb = message
        elif isinstance(message, int):
            at = message
        else:
            yield Outcome(message.seed, message.source, message.result, message.cpu_s, message.peak_mb - baseline_mb)
    assert at is not None, f"the worker ended with code {process.exitcode} before its first file"
    how = "hung" if process.exitcode == -9 else f"crashed with code {process.exitcode}"
    yield Outcome(at, SOURCE_NAMES[at % len(SOURCE_NAMES)], how, 0.0, 0.0)
    return at


@pytest.mark.slow
def test_damaged_files_give_samples_or_an_audio_error() -> None:
    outcomes = list(run_all(FIRST_SEED, FIRST_SEED + N_FILES))
    assert [outcome.seed for outcome in outcomes] == list(range(FIRST_SEED, FIRST_SEED + N_FILES))
    wrong = [outcome for outcome in outcomes if outcome.result not in ("samples", "refused")]
    assert wrong == []
    assert max(outcomes, key=lambda outcome: outcome.cpu_s).cpu_s < MAX_CPU_S
    assert max(outcomes, key=lambda outcome: outcome.peak_mb).peak_mb < MAX_GROWTH_MB
    # Both ends occur, so the damage is neither too light nor too heavy to try the decoder.
    shares = [
        sum(outcome.result == result for outcome in outcomes) / len(outcomes) for result in ("samples", "refused")
    ]
    assert min(shares) > 0.1


def test_damage_is_the_same_for_the_same_seed() -> None:
    source = encode(sine(22_050, 0.1), RECIPES[0])
    assert damage(source, 7) == damage(source, 7) != damage(source, 8)
