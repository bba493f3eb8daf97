"""Checkpoints by name: whatever is registered is loaded, asked and listed in one way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from torch import Tensor, nn

from core.errors import CheckpointError
from core.inference.cnn14 import Cnn14BinsModel, Cnn14ScalarModel
from core.inference.genre import GenreModel
from core.inference.tempo import TempoModel
from core.inference.transfer import TransferModel
from core.models.checkpoint import CheckpointHeader, list_checkpoints, load_header, load_model
from core.models.registry import ARCHITECTURES, Outputs, architecture
from core.system.paths import CHECKPOINT_DIR
from core.types import FloatArray, GenreEstimate, Task, TempoReading

DEFAULT_GENRE, DEFAULT_TEMPO, DEFAULT_FUSION = "genre-transfer", "tempo-tcn", "fusion-strong"
"""What predicts a user's sound where nobody chooses: the best that are measured with artists apart."""
DEFAULT_CNN = "genre-strong"
"""What fusions are built on, and whose spectrogram is shown."""
DEFAULTS: dict[Task, str] = {"genre": DEFAULT_CNN, "tempo": DEFAULT_TEMPO, "fusion": DEFAULT_FUSION}
"""What is evaluated where nobody chooses, and the example of its task."""

EstimateT = TypeVar("EstimateT", covariant=True)


class Model(Protocol[EstimateT]):
    """A checkpoint that predicts the genre or the tempo."""

    @property
    def header(self) -> CheckpointHeader:
        """What it is, and what its input must be."""

    def spectrogram(self, samples: FloatArray) -> Tensor:
        """Mono samples `[n]` at the rate of its features to `[64, T]` dB."""

    def predict(self, samples: FloatArray) -> EstimateT:
        """What it predicts for mono samples `[n]` at the rate of its features."""

    def predict_clip(self, log_mel_db: Tensor) -> EstimateT:
        """What it predicts for a clip of the data set, `[64, T]` dB, made by its architecture's front end."""


_READERS: dict[Outputs, Callable[[Any, CheckpointHeader], Model[Any]]] = {
    "genres": GenreModel,
    "genres of features": TransferModel,
    "tempi and beats": TempoModel,
    "tempi": Cnn14BinsModel,
    "one tempo": Cnn14ScalarModel,
}
"""What reads the outputs of a network; those of a fusion are read by `core.inference.fusion`."""


def names(task: Task, folder: Path = CHECKPOINT_DIR) -> list[str]:
    """Checkpoints of a task in a folder, in the order of the registry, then by name."""
    order = list(ARCHITECTURES)
    return sorted(list_checkpoints(task, folder), key=lambda name: (order.index(load_header(name, folder).model), name))


def reader(net: nn.Module, header: CheckpointHeader) -> Model[Any]:
    """A network and what describes it as a model that predicts."""
    return _READERS[architecture(header.model).outputs](net, header)


def _load(name: str, folder: Path, task: Task) -> Any:
    kind = load_header(name, folder).kind
    if kind != task:
        raise CheckpointError(f"“{name}” is a {kind} checkpoint. Pick a {task} checkpoint, such as {DEFAULTS[task]}.")
    return reader(*load_model(name, folder))


def load_genre(name: str, folder: Path = CHECKPOINT_DIR) -> Model[GenreEstimate]:
    """Loads a genre checkpoint of any architecture.

    Raises:
        CheckpointError: unusable, or of another task.
    """
    model: Model[GenreEstimate] = _load(name, folder, "genre")
    return model


def load_cnn(name: str, folder: Path = CHECKPOINT_DIR) -> GenreModel:
    """Loads a genre checkpoint that works on the spectrogram that pages show, and that fusions are built on.

    Raises:
        CheckpointError: unusable, of another task, or of another architecture.
    """
    return _as_cnn(load_genre(name, folder), name)


def _as_cnn(model: Model[GenreEstimate], name: str) -> GenreModel:
    if not isinstance(model, GenreModel):
        raise CheckpointError(f"“{name}” is no genre CNN. Pick one, such as {DEFAULT_CNN}.")
    return model


def load_genres(name: str, folder: Path = CHECKPOINT_DIR) -> tuple[GenreModel, TransferModel | None]:
    """Loads a genre checkpoint of any architecture, and the default CNN beside one that is none.

    Returns:
        The CNN, and what predicts in its place; None where the CNN itself was asked for.

    Raises:
        CheckpointError: as `load_genre`, or there is no CNN to go with it.
    """
    chosen = load_genre(name, folder)
    if isinstance(chosen, TransferModel):
        return load_cnn(DEFAULT_CNN, folder), chosen
    return _as_cnn(chosen, name), None


def load_tempo(name: str, folder: Path = CHECKPOINT_DIR) -> Model[TempoReading]:
    """Loads a tempo checkpoint of any architecture.

    Raises:
        CheckpointError: unusable, or of another task.
    """
    model: Model[TempoReading] = _load(name, folder, "tempo")
    return model
