"""Official PANNs weight files (.pth) into Cnn14, without running what is in them.

The files are pickles written by `torch.save`, {"model": weights, ...}; docs/panns.md says where they are.
"""

import pickle
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.errors import CheckpointError
from core.features.panns_frontend import mel_filters, stft_kernels
from core.features.specs import CNN14_8K, CNN14_16K, CNN14_32K, Cnn14Spec
from core.models.cnn14 import Cnn14

OFFICIAL_FILES: Mapping[str, Cnn14Spec] = {
    "Cnn14_mAP=0.431.pth": CNN14_32K,
    "Cnn14_16k_mAP=0.438.pth": CNN14_16K,
    "Cnn14_8k_mAP=0.416.pth": CNN14_8K,
}
"""As named by the authors, with the front end of each; a file is known by its contents, not by its name."""

CLASSIFIER = "fc_audioset"
"""The one layer of the files that has no place here: it names the sounds of AudioSet."""

_CURE = (
    f"Take {', '.join(OFFICIAL_FILES)} from zenodo.org/records/3987831 (see docs/panns.md), or leave the file out to "
    "train from scratch."
)
_REAL_KERNEL = "spectrogram_extractor.stft.conv_real.weight"
_IMAGINARY_KERNEL = "spectrogram_extractor.stft.conv_imag.weight"
_MEL = "logmel_extractor.melW"
_TOLERANCE = 1e-3
"""Of the largest weight; two computations of one filter bank differ by some 1e-5, two filter banks by far more."""

_N_NAMED = 3

_DAMAGE = (
    RuntimeError, EOFError, OSError, LookupError, ValueError, TypeError, AttributeError, AssertionError,
    ArithmeticError, MemoryError, struct.error,
)  # fmt: skip
"""What torch's reader has been seen to raise, or may, on files cut short or with bytes changed."""


@dataclass(frozen=True)
class PannsWeights:
    """The contents of an official file, checked.

    Attributes:
        file_name: where they come from.
        spec: the front end that they bring.
        tensors: by parameter name, without the classifier.
        left: layers of the file that have no place in Cnn14.
    """

    file_name: str
    spec: Cnn14Spec
    tensors: Mapping[str, Tensor]
    left: tuple[str, ...]


@dataclass(frozen=True)
class InitReport:
    """What an official file gave to a network.

    Attributes:
        file_name: the file.
        sample_rate: Hz, of its front end.
        taken: layers of the network that were filled from the file.
        left: layers of the file that the network has no place for.
        fresh: layers of the network that the file does not have, still as initialised.
        n_taken: numbers taken.
    """

    file_name: str
    sample_rate: int
    taken: tuple[str, ...]
    left: tuple[str, ...]
    fresh: tuple[str, ...]
    n_taken: int

    def __str__(self) -> str:
        """Everything in three lines."""
        return "\n".join(
            [
                f"{self.file_name} (Cnn14, {self.sample_rate} Hz): {self.n_taken:,} numbers taken",
                f"  taken: {', '.join(self.taken)}",
                f"  left: {', '.join(self.left) or 'nothing'}; from scratch: {', '.join(self.fresh) or 'nothing'}",
            ]
        )


class _Skipped:
    """Stands in for whatever numpy would build: takes everything, keeps nothing."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


_SAMPLER_STATE: list[Callable[..., object] | tuple[Callable[..., object], str]] = [
    (_Skipped, f"numpy{name}")
    for core in (".core.multiarray", "._core.multiarray")
    for name in (f"{core}._reconstruct", f"{core}.scalar", ".ndarray", ".dtype")
]
"""Beside the weights, at least the 16 kHz file keeps numpy arrays, the state of its training sampler. torch refuses
those by itself; here their place is taken by `_Skipped`, so that numpy is not even called."""


def load_panns(path: Path, model: Cnn14) -> InitReport:
    """Fills a network from an official file; on an error the network stays as it was.

    Raises:
        CheckpointError: as `read_panns` and `init_from_panns`.
    """
    return init_from_panns(read_panns(path), model)


def read_panns(path: Path) -> PannsWeights:
    """Reads and checks an official file; build the network with the `spec` that it brings.

    Raises:
        CheckpointError: missing, damaged, more than weights, or the weights of something else.
    """
    tensors = _model_entry(_open(path), path.name)
    spec = _find_spec(tensors, path.name)
    with torch.device("meta"):
        expected = Cnn14(spec).state_dict()
    left = _layers(name for name in tensors if name not in expected)
    if set(left) - {CLASSIFIER}:
        raise CheckpointError(f"{path.name} holds another network than Cnn14: it has {_some(left)} as well. {_CURE}")
    missing = [name for name in expected if name not in tensors]
    if missing:
        raise CheckpointError(f"{path.name} is not a complete Cnn14: it lacks {_some(missing)}. {_CURE}")
    wanted = {name: tensors[name] for name in expected}
    _check_shapes(wanted, expected, path.name)
    _check_values(wanted, path.name)
    _check_front_end(wanted, spec, path.name)
    return PannsWeights(path.name, spec, wanted, left)


def init_from_panns(weights: PannsWeights, model: Cnn14) -> InitReport:
    """Fills a network from checked weights; on an error the network stays as it was.

    Raises:
        CheckpointError: the network was built for another front end.
    """
    if weights.spec != model.spec:
        raise CheckpointError(
            f"{weights.file_name} is the {weights.spec.sample_rate} Hz variant ({_describe(weights.spec)}), but this "
            f"network works at {model.spec.sample_rate} Hz ({_describe(model.spec)}). Build the network with the front "
            "end of the file and give it audio at that rate, or train from scratch without the file."
        )
    model.load_state_dict(dict(weights.tensors), strict=False)
    own = model.state_dict()
    return InitReport(
        file_name=weights.file_name,
        sample_rate=weights.spec.sample_rate,
        taken=_layers(name for name in own if name in weights.tensors),
        left=weights.left,
        fresh=_layers(name for name in own if name not in weights.tensors),
        n_taken=sum(tensor.numel() for tensor in weights.tensors.values()),
    )


def _open(path: Path) -> object:
    try:
        with torch.serialization.safe_globals(_SAMPLER_STATE):
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"There is no file {path}. Check the path. {_CURE}") from None
    except (PermissionError, IsADirectoryError) as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}). Check the path. {_CURE}") from error
    except pickle.UnpicklingError as error:
        if "GLOBAL" in str(error) or "reduce" in str(error):
            raise CheckpointError(
                f"{path.name} holds more than weights, or is damaged: opening it in full could run code from it, so it "
                f"was not opened. {_CURE}"
            ) from error
        raise CheckpointError(f"{path.name} is not a file of PyTorch weights. {_CURE}") from error
    except _DAMAGE as error:
        raise CheckpointError(
            f"{path.name} is damaged, cut short, or not a file of PyTorch weights ({type(error).__name__}). Compare "
            f"its size with the one on the download page and fetch it again if it differs. {_CURE}"
        ) from error


def _model_entry(raw: object, file_name: str) -> dict[str, Tensor]:
    entry = raw.get("model") if isinstance(raw, dict) else None
    if not isinstance(entry, dict) or not entry:
        raise CheckpointError(f"{file_name} has no entry “model” with weights, as the PANNs files have. {_CURE}")
    tensors = {}
    for name, value in entry.items():
        if not isinstance(name, str) or not isinstance(value, Tensor) or not _is_plain(value):
            raise CheckpointError(f"{file_name} has something else than weights under “model”: {name!r}. {_CURE}")
        tensors[name] = value
    return tensors


def _is_plain(tensor: Tensor) -> bool:
    return tensor.layout == torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized


def _find_spec(tensors: Mapping[str, Tensor], file_name: str) -> Cnn14Spec:
    if _REAL_KERNEL not in tensors:
        raise CheckpointError(f"{file_name} is not a Cnn14 on the waveform: it lacks {_REAL_KERNEL}. {_CURE}")
    shape = tuple(tensors[_REAL_KERNEL].shape)
    for spec in OFFICIAL_FILES.values():
        if shape == (spec.n_bins, 1, spec.n_fft):
            return spec
    raise CheckpointError(
        f"{file_name} has a front end of shape {_size(shape)}; the variants known here are those with windows of "
        f"{', '.join(str(spec.n_fft) for spec in OFFICIAL_FILES.values())} samples. {_CURE}"
    )


def _check_shapes(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], file_name: str) -> None:
    wrong = [
        f"{name} is {_size(tensor.shape)} and must be {_size(expected[name].shape)}"
        for name, tensor in tensors.items()
        if tensor.shape != expected[name].shape
    ]
    if wrong:
        raise CheckpointError(f"{file_name} holds a network of other sizes than Cnn14: {_some(wrong)}. {_CURE}")


def _check_values(tensors: Mapping[str, Tensor], file_name: str) -> None:
    for name, tensor in tensors.items():
        counts = name.endswith("num_batches_tracked")
        if tensor.is_complex() or tensor.dtype == torch.bool or tensor.is_floating_point() == counts:
            raise CheckpointError(f"{file_name} has numbers of the wrong kind in {name} ({tensor.dtype}). {_CURE}")
        if not tensor.sum(dtype=torch.float32).isfinite():
            raise CheckpointError(f"{file_name} is damaged: {name} has values that are not numbers. {_CURE}")


def _check_front_end(tensors: Mapping[str, Tensor], spec: Cnn14Spec, file_name: str) -> None:
    real, imaginary = stft_kernels(spec)
    for name, own in ((_REAL_KERNEL, real), (_IMAGINARY_KERNEL, imaginary), (_MEL, mel_filters(spec))):
        difference = (tensors[name].float() - own).abs().max() / own.abs().max()
        if difference > _TOLERANCE:
            raise CheckpointError(
                f"{file_name} looks like the {spec.sample_rate} Hz variant, but its {name} is another filter bank "
                f"than {_describe(spec)} gives. {_CURE}"
            )


def _layers(names: Iterable[str]) -> tuple[str, ...]:
    """First parts of parameter names, each once, in order."""
    return tuple(dict.fromkeys(name.split(".")[0] for name in names))


def _some(items: Iterable[str]) -> str:
    listed = list(items)
    rest = len(listed) - _N_NAMED
    return ", ".join(listed[:_N_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _size(shape: Iterable[int]) -> str:
    return " x ".join(str(size) for size in shape) or "a single number"


def _describe(spec: Cnn14Spec) -> str:
    return (
        f"window {spec.n_fft}, hop {spec.hop_length}, {spec.n_mels} bands from {spec.f_min_hz:.0f} to "
        f"{spec.f_max_hz:.0f} Hz"
    )
