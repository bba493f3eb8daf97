"""Resampling of a stream in pieces of bounded size, with the same result as resampling it whole."""

import math
from fractions import Fraction
from functools import lru_cache

import numpy as np
import torch
from torchaudio.transforms import Resample

from core.types import FloatArray

_PIECE_SAMPLES = 1 << 20
_MAX_KERNEL_SAMPLES = 1_000_000
"""A rate such as 22 051 Hz has no common divisor with 22 050: its exact filter bank would take 2 GB."""


@lru_cache(maxsize=8)
def _transform(ratio: Fraction) -> Resample:
    return Resample(ratio.numerator, ratio.denominator)


def simple_ratio(sample_rate_in: int, sample_rate_out: int) -> Fraction:
    """In / out as a fraction whose filter bank stays small.

    Exact for every rate in use between 8 and 384 kHz; for odd rates the error is below one part in a thousand
    (two cents of pitch).
    """
    exact = Fraction(sample_rate_in, sample_rate_out)
    return exact.limit_denominator(math.isqrt(int(_MAX_KERNEL_SAMPLES / exact)))


class StreamResampler:
    """Takes mono blocks at one rate, gives samples at another (windowed sinc of torchaudio, J. O. Smith's method)."""

    def __init__(self, sample_rate_in: int, sample_rate_out: int) -> None:
        """Rates in Hz."""
        self._ratio = simple_ratio(sample_rate_in, sample_rate_out)
        step = self._ratio.numerator
        # Samples of context on either side, whole steps and no less than the reach of the filter (width in torchaudio).
        self._context = 0 if self._ratio == 1 else step * math.ceil((_transform(self._ratio).width + 1) / step)
        self._piece = step * max(1, _PIECE_SAMPLES // step)
        self._waiting: list[FloatArray] = []
        self._n_waiting = 0
        self._lead = 0
        self._done: list[FloatArray] = []

    def push(self, samples: FloatArray) -> None:
        """Adds the next samples, `[n]`."""
        self._waiting.append(samples)
        self._n_waiting += len(samples)
        if self._n_waiting >= self._lead + self._piece + self._context:
            self._resample(is_last=False)

    def finish(self) -> FloatArray:
        """All samples at the new rate, `[ceil(n * out / in)]`; call it once."""
        self._resample(is_last=True)
        return np.concatenate(self._done)

    @torch.inference_mode()
    def _resample(self, is_last: bool) -> None:
        """Resamples what waits; unless it is the last piece, keeps what the next one needs as context."""
        pending = np.concatenate([np.zeros(0, np.float32), *self._waiting])
        step_in, step_out = self._ratio.numerator, self._ratio.denominator
        end = len(pending) if is_last else (len(pending) - self._context) // step_in * step_in
        if self._ratio == 1:
            out = pending[self._lead : end]
        elif not pending.any():  # Digital silence needs no filter: a file of hours of it is through in no time.
            out = np.zeros(math.ceil((end - self._lead) * step_out / step_in), np.float32)
        else:
            out = _transform(self._ratio)(torch.from_numpy(pending)).numpy()
            out = out[self._lead // step_in * step_out : None if is_last else end // step_in * step_out].copy()
        self._done.append(out)
        kept_from = max(0, end - self._context)
        self._lead = end - kept_from
        self._waiting, self._n_waiting = [pending[kept_from:].copy()], len(pending) - kept_from


def resampled(samples: FloatArray, sample_rate_in: int, sample_rate_out: int) -> FloatArray:
    """Mono samples `[n]` at another rate, Hz."""
    stream = StreamResampler(sample_rate_in, sample_rate_out)
    stream.push(samples)
    return stream.finish()
