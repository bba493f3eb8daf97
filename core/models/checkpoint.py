"""Checkpoints: `<name>.safetensors`, inference weights only, beside `<name>.json`, what they are and whence they come.

Loading executes no code. It checks the header, its format, the presence and digest of the weights, and that they fit.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from core.errors import CheckpointError
from core.features.log_mel import FeatureSpec, Normalisation
from core.models.cnn14 import Cnn14
from core.models.packed_weights import pack, unpack
from core.models.registry import ARCHITECTURES, architecture
from core.system.paths import CHECKPOINT_DIR
from core.system.storage import write_atomic
from core.types import GENRES, Task

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Inference:
    """How window logits become one prediction.

    Attributes:
        hop_frames: frames between two windows, None for the first window alone (the study's way).
        temperature: softmax temperature, fitted on the validation subset; 1 leaves the probabilities as trained.
        speeds: how many times faster a tempo model receives the audio; the predictions are averaged.
    """

    hop_frames: int | None
    temperature: float
    speeds: tuple[float, ...] = (1.0,)


@dataclass(frozen=True)
class Provenance:
    """What trained a checkpoint: enough to train it again.

    Attributes:
        data: the copy of the data, in words.
        recipe, split, split_seed, fold, seed: as given to `python -m core train`.
        n_train, n_valid: clips.
        epochs, best_epoch: epochs run, and the one (from 1) whose weights these are.
        commit: of the code, "" when unknown.
        command: that trains it again.
        date: ISO 8601, day.
    """

    data: str
    recipe: str
    split: str
    split_seed: int | None
    fold: int | None
    seed: int
    n_train: int
    n_valid: int
    epochs: int
    best_epoch: int
    commit: str
    command: str
    date: str


@dataclass(frozen=True)
class CheckpointHeader:
    """The json half of a checkpoint.

    Attributes:
        name: file stem.
        kind: the task.
        model: key of `ARCHITECTURES`.
        labels: class names in the order of the outputs.
        features: what the input must be.
        normalisation: statistics of the training subset.
        inference: how to use the outputs.
        provenance: what trained it.
        metrics: measured on the validation subset during training, by name.
        n_parameters: numbers learned.
        weights_sha256: digest of the safetensors file.
        n_bits: of a weight of a large layer in the file: 32, or 8 (see `core.models.packed_weights`).
    """

    name: str
    kind: Task
    model: str
    labels: tuple[str, ...]
    features: FeatureSpec
    normalisation: Normalisation
    inference: Inference
    provenance: Provenance
    metrics: dict[str, float]
    n_parameters: int
    weights_sha256: str
    n_bits: int = 32
    format_version: int = FORMAT_VERSION


def list_checkpoints(kind: Task | None = None, folder: Path = CHECKPOINT_DIR) -> list[str]:
    """Names of the checkpoints in a folder, of one kind if given; unreadable ones are left out."""
    names = []
    for path in sorted(folder.glob("*.json")):
        try:
            header = load_header(path.stem, folder)
        except CheckpointError:
            continue
        if kind in (None, header.kind):
            names.append(path.stem)
    return names


def load_header(name: str, folder: Path = CHECKPOINT_DIR) -> CheckpointHeader:
    """Reads and checks the json half.

    Raises:
        CheckpointError: missing, unreadable, of a newer format, or not of this project.
    """
    path = _path(name, folder, ".json")
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        available = ", ".join(p.stem for p in sorted(folder.glob("*.json"))) or "none"
        raise CheckpointError(
            f"There is no checkpoint called “{name}” in {folder.name}/. Available: {available}. "
            "Pick one of these, or restore the file with git."
        ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(
            f"The header {path.name} cannot be read ({type(error).__name__}). Restore it with git, or train it again."
        ) from error
    return _parse_header(raw, path.name)


def _parse_header(raw: Any, file_name: str) -> CheckpointHeader:
    foreign = f"{file_name} is not a checkpoint header of Genre & Tempo Lab"
    cure = "Take a checkpoint that `python -m core train` has exported."
    if not isinstance(raw, dict) or not isinstance(raw.get("format_version"), int):
        raise CheckpointError(f"{foreign}. {cure}")
    if raw["format_version"] > FORMAT_VERSION:
        raise CheckpointError(
            f"{file_name} has format {raw['format_version']}, this version of the app reads up to {FORMAT_VERSION}. "
            "Update the app (git pull) or train the checkpoint with this version."
        )
    try:
        raw = dict(raw, labels=tuple(raw["labels"]), features=FeatureSpec(**raw["features"]))
        raw["normalisation"] = _parse_normalisation(**raw["normalisation"])
        speeds = tuple(float(speed) for speed in raw["inference"].get("speeds", (1.0,)))
        raw["inference"] = Inference(**(raw["inference"] | {"speeds": speeds}))
        raw["provenance"] = Provenance(**raw["provenance"])
        header = CheckpointHeader(**raw)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{foreign} ({error}). {cure}") from error
    if header.model not in ARCHITECTURES:
        raise CheckpointError(
            f"{file_name} asks for the model “{header.model}”; this version has {', '.join(ARCHITECTURES)}. Update "
            "the app."
        )
    task = ARCHITECTURES[header.model].task
    if header.kind != task:
        raise CheckpointError(f"{file_name} is for {header.kind}, but the model “{header.model}” is for {task}. {cure}")
    statistics_of = header.normalisation
    sizes = {len(statistics_of.mean_db), len(statistics_of.std_db)}
    if sizes != {header.features.n_mels} or min(statistics_of.std_db) <= 0 or header.inference.temperature <= 0:
        raise CheckpointError(
            f"{file_name} is damaged: it must hold a mean and a positive spread for each of {header.features.n_mels} "
            "bands and a positive temperature. Restore it with git, or train it again."
        )
    if header.n_bits not in (8, 32):
        raise CheckpointError(f"{file_name} has weights of {header.n_bits} bits; this version reads 8 and 32. {cure}")
    return header


def _parse_normalisation(
    mean_db: list[float], std_db: list[float], level_db: float | None = None, clips_keep_level: bool = False
) -> Normalisation:
    """Headers of before there was a level have none."""
    return Normalisation(
        tuple(float(mean) for mean in mean_db),
        tuple(float(std) for std in std_db),
        None if level_db is None else float(level_db),
        bool(clips_keep_level),
    )


def load_model(name: str, folder: Path = CHECKPOINT_DIR) -> tuple[nn.Module, CheckpointHeader]:
    """Builds the network and fills it with the stored weights, in evaluation mode.

    Raises:
        CheckpointError: as `load_header`, or when the weights are missing, damaged or of another architecture.
    """
    header = load_header(name, folder)
    labels = architecture(header.model).labels
    if header.labels != labels:
        raise CheckpointError(
            f"“{name}” was trained on other labels ({_listed(header.labels)}) than this version has "
            f"({_listed(labels)}). Train it again with this version."
        )
    path = _path(name, folder, ".safetensors")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path.name} is missing beside its header. Restore it with git.") from None
    if hashlib.sha256(data).hexdigest() != header.weights_sha256:
        raise CheckpointError(
            f"{path.name} is damaged or belongs to another header ({len(data)} bytes, wrong digest). Restore both "
            "files with git, or train it again."
        )
    try:
        weights = unpack(load_tensors(data))
        model = architecture(header.model).build(header.features, weights)
        model.load_state_dict(_derived(model) | weights)
    except (safetensors.SafetensorError, RuntimeError) as error:
        raise CheckpointError(
            f"The weights in {path.name} do not fit the model “{header.model}”. Train the checkpoint with this version."
        ) from error
    return model.eval(), header


def _derived(model: nn.Module) -> dict[str, Tensor]:
    """Weights that are not learned but follow from the features, the front end of a Cnn14: no file holds them."""
    if not isinstance(model, Cnn14):
        return {}
    return {name: weight.data for name, weight in model.named_parameters() if not weight.requires_grad}


def save_checkpoint(model: nn.Module, header: CheckpointHeader, folder: Path) -> CheckpointHeader:
    """Writes both halves, each atomically, and returns the header with its digest filled in."""
    folder.mkdir(parents=True, exist_ok=True)
    derived = _derived(model)
    state = {name: tensor.detach().cpu() for name, tensor in model.state_dict().items() if name not in derived}
    state = pack(state) if header.n_bits == 8 else state
    data = save_tensors({name: tensor.contiguous() for name, tensor in state.items()})
    digest = hashlib.sha256(data).hexdigest()
    values = {field.name: getattr(header, field.name) for field in fields(header)} | {"weights_sha256": digest}
    header = CheckpointHeader(**values)
    write_atomic(_path(header.name, folder, ".safetensors"), data)
    write_atomic(_path(header.name, folder, ".json"), (json.dumps(asdict(header), indent=1) + "\n").encode())
    return header


def describe(name: str, folder: Path = CHECKPOINT_DIR) -> str:
    """The model card as plain text."""
    header = load_header(name, folder)
    training, features = header.provenance, header.features
    fold = f", fold {training.fold}" if training.fold is not None else ""
    seed = f", split seed {training.split_seed}" if training.split_seed is not None else ""
    windows = "first window only" if header.inference.hop_frames is None else (
        f"mean over windows every {header.inference.hop_frames * features.frame_s:.1f} s"
    )  # fmt: skip
    metrics = ", ".join(f"{key} {value:.4f}" for key, value in header.metrics.items())
    epochs = f", {training.epochs} epochs, weights of epoch {training.best_epoch}" if training.epochs else ""
    rows = {
        "kind": header.kind,
        "model": f"{header.model}, {header.n_parameters:,} parameters",
        "labels": _listed(header.labels),
        "input": f"{features.n_mels} mel bands x {features.n_frames} frames ({features.window_s:.1f} s) at "
        f"{features.sample_rate} Hz, up to {features.f_max_hz:.0f} Hz",
        "level": _level_in_words(header.normalisation),
        "answer": f"{windows}, temperature {header.inference.temperature:.3f}",
        "data": training.data,
        "split": f"{training.split}{seed}{fold}: {training.n_train} training, {training.n_valid} validation clips",
        "training": f"recipe {training.recipe}, seed {training.seed}{epochs}",
        "validation": metrics,
        "made": f"{training.date}, commit {training.commit or 'unknown'}",
        "again": training.command,
        "weights": f"sha256 {header.weights_sha256}{'' if header.n_bits == 32 else f', {header.n_bits} bits each'}",
    }
    return "\n".join([header.name, *(f"  {key:<11}{value}" for key, value in rows.items())])


def _level_in_words(normalisation: Normalisation) -> str:
    if normalisation.level_db is None:
        return "as recorded"
    brought = f"brought to {normalisation.level_db:.1f} dB"
    return f"{brought}; clips of the data set as recorded" if normalisation.clips_keep_level else brought


def _listed(labels: tuple[str, ...]) -> str:
    """All labels where they are few, else how many and from where to where, as of the bins of a tempo model."""
    return ", ".join(labels) if len(labels) <= len(GENRES) else f"{len(labels)}, from {labels[0]} to {labels[-1]}"


def _path(name: str, folder: Path, suffix: str) -> Path:
    if not name or not name.isprintable() or Path(name).name != name or name.startswith("."):
        raise CheckpointError(
            f"“{name}” is not a checkpoint name. Use the bare name, such as genre-strong, without a folder."
        )
    return folder / f"{name}{suffix}"
