"""What musicnn, trained on other music than GTZAN, gives for a sound: features, and tags.

Its network `msd` was trained on about 200 000 songs of the Million Song Dataset, some of which are in GTZAN, too; `mtt`
on MagnaTagATune, which shares none of them as far as is known.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import safetensors
import torch
from safetensors.torch import load as load_tensors
from torch import Tensor

from core.errors import CheckpointError
from core.features.musicnn import (
    HOP_FRAMES,
    HOP_LENGTH,
    N_FRAMES,
    SAMPLE_RATE,
    musicnn_windows,
)
from core.models.musicnn import Musicnn
from core.system.paths import CHECKPOINT_DIR
from core.types import FloatArray

FEWEST_WINDOWS, MOST_WINDOWS = 5, 20
"""In a short sound they overlap, in a long track they lie further apart."""
_LEAST_HOP_FRAMES = N_FRAMES // 4
_FOLDER = CHECKPOINT_DIR / "musicnn"


@dataclass(frozen=True)
class Described:
    """What musicnn gives for the windows of a sound.

    Attributes:
        features: `[W, 1506]`, the maximum and the mean over time of each channel in turn.
        tags: `[W, 50]`, probabilities.
        window_start_s: `[W]`, seconds.
    """

    features: FloatArray
    tags: FloatArray
    window_start_s: FloatArray


@dataclass(frozen=True)
class Extractor:
    """A musicnn network with its published weights.

    Attributes:
        net: the network.
        tags: names, in the order of its outputs.
    """

    net: Musicnn
    tags: tuple[str, ...]

    @torch.inference_mode()
    def describe(self, log_mel: Tensor) -> Described:
        """Features and tags of a spectrogram `[T, 96]`, T >= one window, at the level of all sounds."""
        windows, starts = musicnn_windows(log_mel, _hop_frames(len(log_mel)))
        found = [self.net(window[None]) for window in windows]
        return Described(
            features=torch.cat([each.pooled for each in found]).numpy(),
            tags=torch.cat([each.tags for each in found]).numpy(),
            window_start_s=(np.array(starts) * (HOP_LENGTH / SAMPLE_RATE)).astype(np.float32),
        )


def _hop_frames(n_frames: int) -> int:
    """From window to window of a spectrogram of so many frames; that of a clip of the data set is `HOP_FRAMES`."""
    rest = n_frames - N_FRAMES
    wide = max(HOP_FRAMES, -(-rest // MOST_WINDOWS))
    return max(_LEAST_HOP_FRAMES, min(wide, rest // (FEWEST_WINDOWS - 1)))


@lru_cache(maxsize=2)
def load_extractor(network: str) -> Extractor:
    """Loads the published weights that ship with the project.

    Args:
        network: "msd" or "mtt".

    Raises:
        CheckpointError: they are missing or damaged.
    """
    weights = _FOLDER / f"{network}.safetensors"
    try:
        notes = json.loads(weights.with_suffix(".json").read_text(encoding="utf-8"))
        data = weights.read_bytes()
        if hashlib.sha256(data).hexdigest() != notes["weights_sha256"]:
            raise ValueError("wrong digest")
        net = Musicnn()
        net.load_state_dict(load_tensors(data))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, safetensors.SafetensorError) as error:
        raise CheckpointError(
            f"The published weights {weights} are missing or damaged ({error}). Restore them with "
            "'git checkout checkpoints/musicnn'."
        ) from error
    return Extractor(net.eval(), tuple(notes["tags"]))
