"""How loud the channels of a sound and their mix are: what no prediction can be made of is refused."""

import math
from itertools import zip_longest

import numpy as np

from core.errors import AudioError
from core.types import FloatArray

_SILENCE_LEVEL = 1e-4
"""-80 dB of full scale: three steps of a 16-bit file, which dither alone can reach."""
_MAX_LEVEL = 100.0
"""+40 dB over full scale: no mix comes near, only samples on another scale or damaged ones."""
_CANCELLED = 0.2
"""Energy of the mix, relative to what channels that have nothing in common would give: below it one channel is, more or
less, the inverse of the other. For two channels, a correlation below -0.8; music in stereo has one above 0."""


class Levels:
    """Follows the channels and their mix, block by block."""

    def __init__(self) -> None:
        self._lowest, self._highest = math.inf, -math.inf
        self._mix_energy = self._unrelated_energy = 0.0
        self._energies: list[float] = []

    def add(self, channels: FloatArray, mix: FloatArray) -> None:
        """Takes a block `[n, channels]` and its mix `[n]`; raises `AudioError` for values that are no sound."""
        loudest = max(-float(channels.min()), float(channels.max()))
        if not math.isfinite(loudest):
            raise AudioError(
                "The file holds samples that are no numbers (NaN or infinite), which a faulty plug-in can cause. "
                "Export it again as 16 or 24 bit."
            )
        if loudest > _MAX_LEVEL:
            raise AudioError(
                f"The file holds samples {loudest:.3g} times louder than full scale; at most {_MAX_LEVEL:.0f} times is "
                "accepted. Normalise it to full scale (1.0), or export it again as 16 or 24 bit."
            )
        self._lowest, self._highest = min(self._lowest, float(mix.min())), max(self._highest, float(mix.max()))
        if channels.shape[1] > 1:
            self._add_energies(np.einsum("nc,nc->c", channels, channels).tolist(), float(np.dot(mix, mix)))

    def _add_energies(self, energies: list[float], mix_energy: float) -> None:
        self._energies = [sum(pair) for pair in zip_longest(self._energies, energies, fillvalue=0.0)]
        self._mix_energy += mix_energy
        self._unrelated_energy += sum(energies) / len(energies) ** 2

    @property
    def channels_cancel(self) -> bool:
        """Whether the channels cancel each other out in the mix."""
        return self._mix_energy < _CANCELLED * self._unrelated_energy

    @property
    def loudest_channel(self) -> int:
        """Index of the channel with the most energy."""
        return int(np.argmax(self._energies))

    def check(self) -> None:
        """Raises `AudioError` when all was silence; a constant offset is silence too."""
        if (self._highest - self._lowest) / 2 < _SILENCE_LEVEL:
            raise AudioError(
                "The file holds nothing but silence (all of it below -80 dB); music is needed. Check the recording "
                "level, or choose another file."
            )
