"""Fits the detector of sounds unlike the training data: `python -m scripts.make_out_of_distribution --gtzan DIR`.

Music is the training clips of the stratified split with seed 42 and synthetic tracks, each whole and as a random cut.
Against it stand coloured and band-limited noise, hum, tones, beeps, clicks, noise of wandering loudness, and speech of
espeak-ng in three languages and many voices, dry, in a room, and through a narrow band. Real speech and free music are
for checking alone. Prints what the validation clips and given sounds get, and writes data/out_of_distribution.json.
"""

import argparse
import io
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.audio.load import load_audio
from core.data.clip_files import find_clips
from core.data.log_mels import load_log_mels
from core.data.splits import make_split
from core.evaluation.tempo_criteria import sounds_without_tempo
from core.features.log_mel import FeatureSpec, log_mel
from core.inference.out_of_distribution import OutOfDistribution, statistics_of
from core.synth import INSTRUMENTS, STYLES, render
from core.types import FloatArray

SPEC = FeatureSpec()
_RATE = SPEC.sample_rate
_SECONDS = 12.0
_N_SYNTHETIC, _N_NOISES = 65, 300
_CUT_FRAMES = (60, 80, 120, 200, 400)
_STRENGTH = 0.01
"""Inverse of the penalty. Between 0.003 and 0.1 validation clips and sounds that it was not fitted to get the same."""
_FLAGGED_SHARE = 0.02
"""Of the validation clips so many are called unlike the training data: that sets the bound."""
_VOICES = (
    "en-us", "en-gb", "en-gb-scotland", "en-us+f1", "en-us+f2", "en-us+f3", "en-us+f4", "en-gb+f5", "en-us+m1",
    "en-us+m2", "en-us+m3", "en-gb+m4", "en-gb+m5", "en-us+m6", "en-us+m7", "de", "de+f2", "de+m3", "fr", "fr+f4",
    "fr+m1", "en-us+croak", "en-us+whisper", "de+f4", "fr+m5",
)  # fmt: skip
_TEXTS = {
    "en": "In this lecture we will look at how a neural network receives music as a picture, and what it makes of it. "
    "Please write down your questions, we will come back to them at the end of the hour.",
    "de": "Der Zug nach Hamburg hat heute leider eine Verspätung von etwa zwanzig Minuten, wir bitten um Verständnis "
    "und wünschen eine gute Reise.",
    "fr": "Il y a longtemps que je voulais vous parler de cette histoire, mais le moment ne me semblait jamais venu.",
}
Signal = NDArray[np.float64]


def main() -> None:
    """Fits, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gtzan", type=Path, required=True)
    parser.add_argument("--check", type=Path, nargs="*", default=[], help="sounds to print the scores of")
    options = parser.parse_args()
    split = make_split("stratified", 42)
    log_mels = load_log_mels(find_clips(options.gtzan), SPEC)
    clips = dict(zip(log_mels.clip_ids, log_mels.log_mels, strict=True))
    rng = np.random.default_rng(0)
    music = _whole_and_cut([*(clips[clip_id] for clip_id in split.train), *_synthetic()], rng)
    others = _whole_and_cut([log_mel(_scaled(sound), SPEC) for sound in (*_noises(), *_speech())], rng)
    valid = [clips[clip_id] for clip_id in split.valid]
    detector = _bounded(_fitted(music, others), valid)
    detector.save()
    _print_scores(detector, valid, options.check)


def _fitted(music: list[NDArray[np.float64]], others: list[NDArray[np.float64]]) -> OutOfDistribution:
    rows = np.stack([*music, *others])
    labels = np.array([0] * len(music) + [1] * len(others))
    mean, std = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    deviations = np.clip((rows - mean) / std, -6.0, 6.0)
    model = LogisticRegression(C=_STRENGTH, max_iter=1000, class_weight="balanced").fit(deviations, labels)
    return OutOfDistribution(
        tuple(mean.tolist()), tuple(std.tolist()), tuple(model.coef_[0].tolist()), float(model.intercept_[0])
    )


def _bounded(detector: OutOfDistribution, valid: list[torch.Tensor]) -> OutOfDistribution:
    bound = float(np.quantile([detector.score(clip, SPEC) for clip in valid], 1.0 - _FLAGGED_SHARE))
    return replace(detector, bias=detector.bias - bound)


def _print_scores(detector: OutOfDistribution, valid: list[torch.Tensor], sounds: list[Path]) -> None:
    flagged = sum(detector.is_unlike(clip, SPEC) for clip in valid)
    print(f"Validation clips called unlike the training data: {flagged} of {len(valid)}")
    for path in sounds:
        print(f"{path.name}: {detector.score(log_mel(load_audio(path, _RATE).samples, SPEC), SPEC):+.2f}")


def _whole_and_cut(log_mels: list[torch.Tensor], rng: np.random.Generator) -> list[NDArray[np.float64]]:
    rows = []
    for whole in log_mels:
        n_frames = min(int(rng.choice([*_CUT_FRAMES, whole.shape[-1]])), whole.shape[-1])
        start = int(rng.integers(0, whole.shape[-1] - n_frames + 1))
        rows += [statistics_of(whole, SPEC), statistics_of(whole[:, start : start + n_frames], SPEC)]
    return rows


def _synthetic() -> Iterator[torch.Tensor]:
    """Whole bands, and their drums alone."""
    for number in range(2 * _N_SYNTHETIC):
        tempo_bpm = float(np.random.default_rng(number).uniform(55, 190))
        style, instruments = STYLES[number % len(STYLES)], INSTRUMENTS if number < _N_SYNTHETIC else ("drums",)
        samples = render(style, tempo_bpm, 14.0, _RATE, 100 + number, instruments).samples
        if samples.any():  # some styles have no drums
            yield log_mel(samples, SPEC)


def _scaled(sound: Signal) -> FloatArray:
    return np.asarray(0.5 * sound / np.abs(sound).max(), dtype=np.float32)


def _noises() -> Iterator[Signal]:
    kinds = (_coloured, _band, _waves, _tones, _hum, _beeps, _sweep, _murmur, _clicks)
    for number in range(_N_NOISES):
        yield kinds[number % len(kinds)](np.random.default_rng([7, number]))


def _times() -> Signal:
    return np.arange(round(_SECONDS * _RATE)) / _RATE


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _hiss(rng: np.random.Generator, low_exponent: float, high_exponent: float) -> Signal:
    return np.asarray(10.0 ** rng.uniform(low_exponent, high_exponent) * rng.normal(size=len(_times())))


def _filtered(rng: np.random.Generator, exponent: float) -> Signal:
    """Noise whose power falls with frequency to that power, standard deviation 1."""
    n = len(_times())
    spectrum = np.fft.rfft(rng.normal(size=n)) / np.maximum(1, np.arange(n // 2 + 1)) ** (exponent / 2)
    noise = np.fft.irfft(spectrum, n)
    return np.asarray(noise / noise.std())


def _coloured(rng: np.random.Generator) -> Signal:
    return _filtered(rng, float(rng.uniform(-0.5, 2.5)))


def _band(rng: np.random.Generator) -> Signal:
    n, low_hz = len(_times()), _log_uniform(rng, 40, 4000)
    spectrum, frequencies_hz = np.fft.rfft(rng.normal(size=n)), np.fft.rfftfreq(n, 1 / _RATE)
    spectrum[(frequencies_hz < low_hz) | (frequencies_hz > low_hz * rng.uniform(1.3, 8))] = 0
    return np.asarray(np.fft.irfft(spectrum, n))


def _waves(rng: np.random.Generator) -> Signal:
    swell = rng.uniform(0.2, 1.2) * np.sin(2 * np.pi * rng.uniform(0.05, 0.5) * _times())
    return np.asarray(_filtered(rng, float(rng.uniform(0, 2))) * np.exp(swell))


def _partials(rng: np.random.Generator, base_hz: float, n: int, fall: float) -> Signal:
    parts = [
        rng.uniform(0, 1) / k**fall * np.sin(2 * np.pi * (base_hz * k * _times() + rng.random())) for k in range(1, n)
    ]
    return np.asarray(np.sum(parts, axis=0))


def _tones(rng: np.random.Generator) -> Signal:
    return _partials(rng, _log_uniform(rng, 60, 5000), int(rng.integers(2, 9)), 0.0) + _hiss(rng, -5, -1.5)


def _hum(rng: np.random.Generator) -> Signal:
    mains = _partials(rng, float(rng.choice([50, 60, 100, 120]) * rng.uniform(0.98, 1.02)), 16, 1.0)
    return np.asarray(mains / mains.std() + 10.0 ** rng.uniform(-4, 0) * _filtered(rng, 1.0))


def _beeps(rng: np.random.Generator) -> Signal:
    period_s = rng.uniform(0.3, 2)
    is_on = _times() % period_s < period_s * rng.uniform(0.1, 0.7)
    return np.sin(2 * np.pi * _log_uniform(rng, 200, 3000) * _times()) * is_on + _hiss(rng, -5, -2)


def _sweep(rng: np.random.Generator) -> Signal:
    phase = rng.uniform(50, 500) * _times() + rng.uniform(-20, 100) * _times() ** 2
    return np.sin(2 * np.pi * phase) + _hiss(rng, -5, -2)


def _murmur(rng: np.random.Generator) -> Signal:
    sounds = sounds_without_tempo(_RATE, _SECONDS, int(rng.integers(1000, 2000)))
    return sounds["speech-like noise"].astype(np.float64)


def _clicks(rng: np.random.Generator) -> Signal:
    sound = _hiss(rng, -4, -2)
    for start_s in rng.uniform(0, _SECONDS, int(rng.integers(3, 40))):
        start = int(start_s * _RATE)
        n = min(len(sound) - start, int(_RATE * rng.uniform(0.01, 0.3)))
        sound[start : start + n] += rng.normal(size=n) * np.exp(-5 * np.arange(n) / max(n, 1)) * rng.uniform(0.2, 1)
    return sound


def _speech() -> Iterator[Signal]:
    """Each voice dry, in a room, and in a room through a narrow band."""
    for number in range(3 * len(_VOICES)):
        rng = np.random.default_rng(number)
        speech = _spoken(_VOICES[number % len(_VOICES)], rng)
        if number >= len(_VOICES):
            speech = _in_a_room(speech, rng)
        if number >= 2 * len(_VOICES):
            speech = _through_a_line(speech, rng)
        speech = speech / np.abs(speech).max()
        yield speech + rng.normal(size=len(speech)) * 10.0 ** rng.uniform(-4, -1.7)


def _spoken(voice: str, rng: np.random.Generator) -> Signal:
    command = ["espeak-ng", "-v", voice, "-s", str(rng.integers(110, 190)), "-p", str(rng.integers(20, 80)), "--stdout"]
    wav = subprocess.run([*command, _TEXTS[voice[:2]]], capture_output=True, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format="WAV")
    return load_audio(content.getvalue(), _RATE).samples.astype(np.float64)


def _in_a_room(speech: Signal, rng: np.random.Generator) -> Signal:
    n = int(_RATE * rng.uniform(0.1, 0.5))
    impulse = rng.normal(size=n) * np.exp(-6 * np.arange(n) / n)
    impulse[0] = rng.uniform(3, 12)
    return np.asarray(np.convolve(speech, impulse)[: len(speech)])


def _through_a_line(speech: Signal, rng: np.random.Generator) -> Signal:
    frequencies_hz = np.maximum(np.fft.rfftfreq(len(speech), 1 / _RATE), 1.0)
    high, low = rng.uniform(1500, 6000), rng.uniform(60, 300)
    gain = 1 / (1 + (frequencies_hz / high) ** 4) / (1 + (low / frequencies_hz) ** 4)
    return np.asarray(np.fft.irfft(np.fft.rfft(speech) * gain, len(speech)))


if __name__ == "__main__":
    main()
