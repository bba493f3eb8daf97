"""Makes `checkpoints/musicnn/` from the published weights, without TensorFlow and without running anything of theirs.

Usage: pip download --no-deps musicnn==0.1.0
       python -m scripts.convert_musicnn musicnn-0.1.0-py3-none-any.whl

A TensorFlow checkpoint is two files: a sorted table of names with the place of each array (the table format of
LevelDB, its values protocol buffers), and the arrays one after the other.
"""

import argparse
import ast
import hashlib
import json
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from core.models.musicnn import Musicnn

WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
OUT = Path(__file__).resolve().parent.parent / "checkpoints" / "musicnn"
NETWORKS = {"msd": "MSD_musicnn", "mtt": "MTT_musicnn"}
"""Trained on the Million Song Dataset, and on MagnaTagATune."""
SOURCE = "PyPI musicnn 0.1.0, https://github.com/jordipons/musicnn"
LICENSE = "ISC, Copyright (c) Music Technology Group, Universitat Pompeu Fabra 2019; see LICENSE.md"

_FOOTER, _MAGIC = 48, 0xDB4775248B80FB57
_FLOAT = 1
_PARTS = {"beta": "bias", "gamma": "weight", "moving_mean": "running_mean", "moving_variance": "running_var"}


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def fields(message: bytes) -> dict[int, int | bytes]:
    """The fields of a protocol buffer by number; of several with one number the last."""
    found: dict[int, int | bytes] = {}
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            found[number], at = varint(message, at)
            continue
        size = 4
        if kind == 2:
            size, at = varint(message, at)
        elif kind != 5:
            raise ValueError(f"a field of the unexpected kind {kind}")
        found[number], at = message[at : at + size], at + size
    return found


def entries(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; a key shares its beginning with the one before it."""
    if table[offset + size] != 0:
        raise ValueError("a compressed block")
    block = table[offset : offset + size]
    (n_restarts,) = struct.unpack("<I", block[-4:])
    at, key = 0, b""
    while at < len(block) - 4 - 4 * n_restarts:
        n_shared, at = varint(block, at)
        n_own, at = varint(block, at)
        n_value, at = varint(block, at)
        key, at = key[:n_shared] + block[at : at + n_own], at + n_own
        yield key, block[at : at + n_value]
        at += n_value


def places(index: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, offset and size in bytes of each float array."""
    footer = index[-_FOOTER:]
    if struct.unpack("<Q", footer[-8:]) != (_MAGIC,):
        raise ValueError("not the index of a TensorFlow checkpoint")
    _, at = varint(footer, 0)
    _, at = varint(footer, at)
    offset, at = varint(footer, at)
    size, _ = varint(footer, at)
    for _, block in entries(index, offset, size):
        start, at = varint(block, 0)
        length, _ = varint(block, at)
        for name, value in entries(index, start, length):
            entry = fields(value)
            if name and entry.get(1) == _FLOAT:
                yield name.decode(), int(entry.get(4, 0)), int(entry[5])


def tensors(index: bytes, data: bytes) -> dict[str, np.ndarray]:
    """The arrays, flat, by name."""
    return {name: np.frombuffer(data[start : start + size], "<f4") for name, start, size in places(index)}


def state_dict(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """The same as the state of our network: layers of a kind are numbered in the order of the forward pass."""
    net = Musicnn()
    norms = [name for name, layer in net.named_modules() if "BatchNorm" in type(layer).__name__]
    convs = [name for name, layer in net.named_modules() if isinstance(layer, torch.nn.Conv2d)]
    linears = [name for name, layer in net.named_modules() if isinstance(layer, torch.nn.Linear)]
    ours = {"batch_normalization": norms, "conv2d": convs, "dense": linears}
    expected, state = net.state_dict(), {}
    for name, array in arrays.items():
        match = re.fullmatch(r"(batch_normalization|conv2d|dense)(?:_(\d+))?/(\w+)", name)
        if match is None or match[3] not in (*_PARTS, "bias", "kernel"):
            continue
        layer = ours[match[1]][int(match[2] or 0)]
        key = f"{layer}.{_PARTS.get(match[3], match[3].replace('kernel', 'weight'))}"
        shape = expected[key].shape
        weight = torch.from_numpy(array.copy())
        if match[3] != "kernel":
            state[key] = weight.reshape(shape)
        elif match[1] == "dense":
            state[key] = weight.reshape(shape[::-1]).T.contiguous()
        else:
            state[key] = _convolution(weight, shape)
    net.load_state_dict(state | {key: value for key, value in expected.items() if key.endswith("tracked")})
    return net.state_dict()


def _convolution(weight: Tensor, shape: torch.Size) -> Tensor:
    n_out, n_in, height, width = shape
    return weight.reshape(height, width, n_in, n_out).permute(3, 2, 0, 1).contiguous()


def labels(configuration: str, network: str) -> list[str]:
    """The names of the tags, read from the package's source as text."""
    match = re.search(rf"^{network.upper()}_LABELS = (\[.*?\])$", configuration, re.MULTILINE | re.DOTALL)
    if match is None:
        raise ValueError(f"the package names no tags of {network}")
    return [str(name) for name in ast.literal_eval(match[1])]


def described(wheel: zipfile.ZipFile, network: str, weights: bytes) -> str:
    """What the weights are and who they are from, as JSON."""
    notes = {
        "network": NETWORKS[network],
        "source": SOURCE,
        "license": LICENSE,
        "tags": labels(wheel.read("musicnn/configuration.py").decode(), network),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    return json.dumps(notes, indent=1) + "\n"


def main(arguments: list[str] | None = None) -> None:
    """Checks the wheel, and writes both networks and the licence."""
    parser = argparse.ArgumentParser(description="Makes checkpoints/musicnn/ from the published weights.")
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args(arguments)
    digest = hashlib.sha256(options.wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        parser.error(f"{options.wheel} is another file than that of musicnn 0.1.0: its SHA-256 is {digest}")
    options.out.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(options.wheel) as wheel:
        for network in NETWORKS:
            folder = f"musicnn/{NETWORKS[network]}"
            arrays = tensors(wheel.read(f"{folder}/.index"), wheel.read(f"{folder}/.data-00000-of-00001"))
            weights = save(state_dict(arrays))
            (options.out / f"{network}.safetensors").write_bytes(weights)
            (options.out / f"{network}.json").write_text(described(wheel, network, weights), encoding="utf-8")
        (options.out / "LICENSE.md").write_bytes(wheel.read("musicnn-0.1.0.dist-info/LICENSE.md"))


if __name__ == "__main__":
    main()
