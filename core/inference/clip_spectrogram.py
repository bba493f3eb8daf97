"""The spectrogram of a whole GTZAN clip, from the user's audio; the one that ships is of the first 10 s."""

from pathlib import Path

import numpy as np

from core.audio.load import load_audio
from core.features.log_mel import log_mel
from core.inference.load import DEFAULT_CNN
from core.models.checkpoint import load_header
from core.types import FloatArray


def clip_spectrogram(path: Path) -> tuple[FloatArray, float]:
    """As the genre CNN that ships receives it.

    Returns:
        `[64, T]`, standard deviations per band, lowest band first; and the seconds of sound.

    Raises:
        AudioError: the file cannot be decoded.
        CheckpointError: the CNN does not ship with this copy.
    """
    header = load_header(DEFAULT_CNN)
    audio = load_audio(path, header.features.sample_rate)
    values = header.normalisation.apply_to_clip(log_mel(audio.samples, header.features))
    return np.asarray(values), audio.duration_s
