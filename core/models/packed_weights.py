"""Weights of a large network in a quarter of the room: 8 bits each, with a scale for every output channel.

A row of weights w becomes round(w / s), s = max|w| / 127, so no weight moves by more than half of s. Small
tensors (biases, normalisation, heads) stay float32: they weigh nothing and matter most.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

SCALE_SUFFIX = ":scale"
"""A packed tensor's scales are stored beside it under its name and this; parameter names have no colon."""
_LEAST_PACKED = 2**16
"""Numbers in a tensor from which on it is packed."""
_LEVELS = 127


def pack(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights to packed ones: int8 `[O, ...]` with float32 `[O]` scales for large tensors, the rest as it is."""
    packed: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if not tensor.is_floating_point() or tensor.ndim < 2 or tensor.numel() < _LEAST_PACKED:
            packed[name] = tensor
            continue
        rows = tensor.float().flatten(1)
        scale = rows.abs().amax(1) / _LEVELS
        steps = rows / scale.clamp(min=torch.finfo(torch.float32).tiny)[:, None]
        packed[name] = steps.round().to(torch.int8).reshape(tensor.shape)
        packed[name + SCALE_SUFFIX] = scale
    return packed


def unpack(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The reverse of `pack`, as float32; weights that were never packed come back as they are.

    Raises:
        RuntimeError: scales do not fit their weights.
    """
    state = {name: tensor for name, tensor in packed.items() if not name.endswith(SCALE_SUFFIX)}
    for name, tensor in state.items():
        scale = packed.get(name + SCALE_SUFFIX)
        if scale is not None:
            state[name] = (tensor.float().flatten(1) * scale[:, None]).reshape(tensor.shape)
    return state
