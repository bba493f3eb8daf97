"""What happens between a sound and a prediction, step by step: for teaching, and for looking into a model.

Nothing here takes part in a prediction; every step gives the very numbers that a prediction passes through.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.errors import CheckpointError
from core.features.log_mel import FeatureSpec, cut_windows, log_mel, repeat_frames
from core.inference.genre import GenreModel, window_outputs
from core.inference.tempo import TempoModel
from core.models.genre_cnn import GenreCNN
from core.types import Audio, FloatArray

PATCH_BANDS, PATCH_FRAMES = 8, 40
"""A patch that `occlusion` hides: an eighth of the bands for one second."""
_DARK = 1e-12
"""Power below which a spectrum is cut, so that silence has a logarithm."""


@dataclass(frozen=True)
class Moment:
    """One frame of a spectrogram and the sound it was made of.

    Attributes:
        time_s: middle of the frame.
        samples: `[n_fft]`, the analysis window's stretch of sound, zero where the track has not begun or has ended.
        frequencies_hz: `[n_fft // 2 + 1]`.
        spectrum_db: `[n_fft // 2 + 1]`, power of the Hann-windowed samples, dB.
        bands_db: `[n_mels]`, the frame of the log-mel spectrogram.
        usual_db: `[n_mels]`, mean of each band over the training clips.
        spread_db: `[n_mels]`, standard deviation of the same.
    """

    time_s: float
    samples: FloatArray
    frequencies_hz: FloatArray
    spectrum_db: FloatArray
    bands_db: FloatArray
    usual_db: FloatArray
    spread_db: FloatArray


@dataclass(frozen=True)
class GenreSteps:
    """A window on its way through a genre network.

    Attributes:
        kernels: `[64, 5, 5]`, the first layer's patterns, lowest band first.
        maps: after each block, `[C, bands, frames]`: how much of each pattern is where.
        embedding: `[128]`, what the classifier receives of the window.
        logits: `[10]`, its scores.
        probs: `[10]`, the same as probabilities, with the checkpoint's temperature.
    """

    kernels: FloatArray
    maps: tuple[FloatArray, ...]
    embedding: FloatArray
    logits: FloatArray
    probs: FloatArray

    def liveliest(self, block: int, n_maps: int) -> list[int]:
        """The maps of a block that vary most over the window, liveliest first; the rest show little of it."""
        order = np.argsort(-self.maps[block].std(axis=(1, 2)), kind="stable")
        return [int(index) for index in order[:n_maps]]


def moment(audio: Audio, model: GenreModel, time_s: float) -> Moment:
    """The frame of a track nearest to a time, and the sound behind it.

    Args:
        audio: at the rate of the model's features.
        model: gives the features, and what is usual.
        time_s: seconds from the beginning; beyond the end the last frame is taken.
    """
    spec, normalisation = model.header.features, model.header.normalisation
    frames_db = log_mel(audio.samples, spec)
    frame = min(max(round(time_s / spec.frame_s), 0), frames_db.shape[-1] - 1)
    samples = _stretch(audio.samples, frame * spec.hop_length - spec.n_fft // 2, spec.n_fft)
    power = np.abs(np.fft.rfft(samples * np.hanning(spec.n_fft + 1)[:-1])) ** 2
    return Moment(
        time_s=frame * spec.frame_s,
        samples=samples,
        frequencies_hz=np.fft.rfftfreq(spec.n_fft, 1.0 / spec.sample_rate).astype(np.float32),
        spectrum_db=(10.0 * np.log10(power + _DARK)).astype(np.float32),
        bands_db=frames_db[:, frame].numpy(),
        usual_db=np.array(normalisation.mean_db, dtype=np.float32),
        spread_db=np.array(normalisation.std_db, dtype=np.float32),
    )


def _stretch(samples: FloatArray, first: int, length: int) -> FloatArray:
    """`[length]` samples from `first` on, zero outside of the track."""
    padded = np.pad(samples[max(0, first) : max(0, first + length)], (max(0, -first), 0))
    return np.pad(padded, (0, length - len(padded)))


def first_window(audio: Audio, model: GenreModel) -> FloatArray:
    """The first window of a track as the model receives it, `[64, 400]`, in standard deviations per band."""
    track = model.normalised(log_mel(audio.samples, model.header.features))
    return track[:, : model.header.features.n_frames].numpy()


@torch.inference_mode()
def genre_steps(model: GenreModel, window: FloatArray) -> GenreSteps:
    """Sends a normalised window `[64, 400]` through the network and keeps what comes of it on the way.

    Raises:
        CheckpointError: the checkpoint is no `GenreCNN`.
    """
    net = _genre_cnn(model)
    maps = torch.from_numpy(window)[None, None]
    kept: list[FloatArray] = []
    for block in list(net.convolutions)[:-1]:  # the last one flattens
        maps = block(maps)
        kept.append(maps[0].contiguous().numpy())
    embedding = net.embedding(maps.flatten(1))
    logits: Tensor = net.classifier(embedding)
    probs = torch.softmax(logits / model.header.inference.temperature, dim=-1)
    first = net.convolutions[0][0]  # type: ignore[index]
    kernels = first.weight[:, 0].contiguous().numpy()
    return GenreSteps(kernels, tuple(kept), embedding[0].numpy(), logits[0].numpy(), probs[0].numpy())


def _genre_cnn(model: GenreModel) -> GenreCNN:
    if not isinstance(model.net, GenreCNN):
        raise CheckpointError(
            f"“{model.header.name}” is of the model {model.header.model}, whose inside cannot be shown. Pick a "
            "checkpoint of the model genre_cnn."
        )
    return model.net


def occlusion(model: GenreModel, window: FloatArray) -> FloatArray:
    """What each patch of a window contributes to each genre: the evidence that is lost when the patch is hidden.

    A hidden patch has the loudness that is usual for its bands. The loss is of the genre's log odds, so it does not
    shrink at high confidence. Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks",
    ECCV 2014, sec. 4.2.

    Args:
        model: a genre model.
        window: normalised `[64, 400]`.

    Returns:
        `[10, 8, 10]`: genres in the order of `GENRES`, patches from the lowest band and the earliest frame on, in
        natural-log units; positive speaks for the genre.
    """
    n_bands, n_frames = window.shape
    rows, columns = n_bands // PATCH_BANDS, n_frames // PATCH_FRAMES
    hidden = [torch.from_numpy(window)]
    for row in range(rows):
        for column in range(columns):
            bands = slice(row * PATCH_BANDS, (row + 1) * PATCH_BANDS)
            frames = slice(column * PATCH_FRAMES, (column + 1) * PATCH_FRAMES)
            hidden.append(_hidden(window, bands, frames))
    # Windows in a row, as one long track: predictions on a track come in batches that fit into memory.
    starts = [number * n_frames for number in range(len(hidden))]
    logits = window_outputs(model.net, torch.cat(hidden, dim=1), model.header.features, starts)
    odds = torch.logit(torch.softmax(logits.double() / model.header.inference.temperature, dim=-1), eps=1e-12)
    return (odds[0] - odds[1:]).T.reshape(-1, rows, columns).float().numpy()


def _hidden(window: FloatArray, bands: slice, frames: slice) -> Tensor:
    changed = window.copy()
    changed[bands, frames] = 0.0
    return torch.from_numpy(changed)


@torch.inference_mode()
def beat_activation(model: TempoModel, audio: Audio) -> FloatArray:
    """Probability of a beat in each frame of the first window, `[T]`, T at most the model's window.

    Args:
        model: the compact tempo model.
        audio: at the rate of the model's features.
    """
    spec: FeatureSpec = model.header.features
    n_samples = spec.n_frames * spec.hop_length
    track = model.header.normalisation.apply(log_mel(audio.samples[:n_samples], spec))[:, : spec.n_frames]
    n_frames = track.shape[-1]
    window = cut_windows(repeat_frames(track, spec.n_frames), [0], spec)
    return model.net.outputs(window).beat_logits.sigmoid()[0, :n_frames].numpy()
