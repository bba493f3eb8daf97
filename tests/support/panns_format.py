"""The published Cnn14 files, as data: names and shapes of everything in them, and a small file of the same format."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.features.panns_frontend import mel_filters, stft_kernels
from core.features.specs import Cnn14Spec

CHANNELS = ((1, 64), (64, 128), (128, 256), (256, 512), (512, 1024), (1024, 2048))
"""In and out of the six blocks."""

N_LEARNED_WITH_CLASSIFIER = 80_753_615
"""Parameters of Cnn14, table of the paper."""


def published_shapes(n_fft: int) -> dict[str, tuple[int, ...]]:
    """Name to shape, in the order of the files, as listed in issue 18 of qiuqiangkong/audioset_tagging_cnn."""
    n_bins = n_fft // 2 + 1
    shapes: dict[str, tuple[int, ...]] = {
        "spectrogram_extractor.stft.conv_real.weight": (n_bins, 1, n_fft),
        "spectrogram_extractor.stft.conv_imag.weight": (n_bins, 1, n_fft),
        "logmel_extractor.melW": (n_bins, 64),
        **_norm("bn0", 64),
    }
    for block, (n_in, n_out) in enumerate(CHANNELS, start=1):
        shapes[f"conv_block{block}.conv1.weight"] = (n_out, n_in, 3, 3)
        shapes[f"conv_block{block}.conv2.weight"] = (n_out, n_out, 3, 3)
        shapes |= _norm(f"conv_block{block}.bn1", n_out) | _norm(f"conv_block{block}.bn2", n_out)
    shapes |= {"fc1.weight": (2048, 2048), "fc1.bias": (2048,)}
    return shapes | {"fc_audioset.weight": (527, 2048), "fc_audioset.bias": (527,)}


def _norm(name: str, size: int) -> dict[str, tuple[int, ...]]:
    sized = {f"{name}.{part}": (size,) for part in ("weight", "bias", "running_mean", "running_var")}
    return sized | {f"{name}.num_batches_tracked": ()}


def published_state(spec: Cnn14Spec) -> OrderedDict[str, Tensor]:
    """Weights of the published names and shapes: true filters, and for the n-th other entry the number n throughout.

    The n is stored once per entry, so a file of them is small.
    """
    state: OrderedDict[str, Tensor] = OrderedDict()
    for number, (name, shape) in enumerate(published_shapes(spec.n_fft).items()):
        kind = torch.int64 if name.endswith("num_batches_tracked") else torch.float32
        state[name] = torch.tensor(number, dtype=kind).expand(shape)
    real, imaginary = stft_kernels(spec)
    state["spectrogram_extractor.stft.conv_real.weight"] = real
    state["spectrogram_extractor.stft.conv_imag.weight"] = imaginary
    state["logmel_extractor.melW"] = mel_filters(spec)
    return state


def save_published(path: Path, state: OrderedDict[str, Tensor], zipped: bool = False) -> Path:
    """As the authors' training script saves: weights beside the state of the sampler, which is numpy.

    Their torch wrote the older format; `zipped` is what torch writes since 1.6.
    """
    sampler = {"indexes_per_class": [np.arange(5), np.arange(3)], "queue": [1, 0], "pointers_of_classes": [np.int64(2)]}
    checkpoint = {"iteration": 600_000, "model": state, "sampler": sampler}
    torch.save(checkpoint, path, _use_new_zipfile_serialization=zipped)
    return path
