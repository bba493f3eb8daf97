"""The ablation of the tempo: every system, on every split, with every training seed; finished heads are kept."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from core.data.log_mels import Progress
from core.errors import TrainingError
from core.inference.fusion import frozen_trunk, pooled_logits, softmax
from core.inference.genre import GenreModel
from core.models.fusion import n_learned
from core.results.fusion_reports import (
    FUSED,
    GENRE_ONLY,
    NO_TEMPO,
    TRUE_TEMPO,
    Comparison,
    RunPredictions,
    SystemPredictions,
    compare,
)
from core.system.storage import write_whole
from core.training.fusion.data import EmbeddedClips
from core.training.fusion.run import Material, build_head, predict_with, train_head
from core.training.fusion.tempo_inputs import tempo_inputs
from core.training.loop.fit import require_clips
from core.training.recipes.fusion import FusionRecipe, System, systems_of
from core.types import FloatArray, Split

_GENRE_ONLY_WORDS = "The genre checkpoint as it is, nothing retrained."


@dataclass(frozen=True)
class Division:
    """One split with everything that is measured on it.

    Attributes:
        genre: the genre checkpoint that was trained on the split.
        material: for the heads.
    """

    genre: GenreModel
    material: Material


@dataclass(frozen=True)
class _Finished:
    """What is kept of one trained head.

    Attributes:
        key: digest of all that it depends on.
        candidate, epochs, best_epoch, valid_log_loss: of the training.
        probs: `[N, 10]` of the test clips, in the order of the split.
    """

    key: str
    candidate: int
    epochs: int
    best_epoch: int
    valid_log_loss: float
    probs: tuple[tuple[float, ...], ...]


def measure(
    divisions: Callable[[Split], Division],
    splits: Sequence[Split],
    recipe: FusionRecipe,
    seeds: Sequence[int],
    out: Path,
    progress: Progress | None = None,
) -> tuple[SystemPredictions, ...]:
    """Trains every system of a recipe on every split with every seed, and predicts the test clips.

    Args:
        divisions: gives what is measured on a split, when its turn comes.
        splits: the five folds, the split seeds of "stratified", or the one fault-filtered split.
        recipe: of the fused head.
        seeds: training seeds.
        out: directory of the results; heads that are already there, of the same data and settings, are not trained
            again.
        progress: called with (heads done, heads in all).

    Returns:
        The genre checkpoints alone, then the fused head, then its controls.

    Raises:
        TrainingError: a checkpoint saw test clips in training, clips are missing, or it was stopped.
    """
    systems = systems_of(recipe)
    runs: dict[str, list[RunPredictions]] = {system.name: [] for system in systems}
    alone: list[RunPredictions] = []
    n_heads = len(splits) * len(systems) * len(seeds)
    for split in splits:
        division = divisions(split)
        require_clips(division.material.embedded.embeddings, split.test, "test")
        alone.append(RunPredictions(0, split.test, genre_alone(division, split.test)))
        data_key = _data_key(division.material)
        for system in systems:
            for seed in seeds:
                file = out / _folder(split) / f"{system.name}-seed{seed}.json"
                probs = _predicted(division.material, recipe, system, seed, file, data_key)
                runs[system.name].append(RunPredictions(seed, split.test, probs))
                if progress:
                    progress(sum(map(len, runs.values())), n_heads)
    sizes = {system.name: n_learned(build_head(recipe, system, recipe.candidates[0])) for system in systems}
    return (
        SystemPredictions(GENRE_ONLY, _GENRE_ONLY_WORDS, 0, tuple(alone)),
        *(SystemPredictions(each.name, each.description, sizes[each.name], tuple(runs[each.name])) for each in systems),
    )


def comparisons(systems: Sequence[SystemPredictions]) -> tuple[Comparison, ...]:
    """The fused head against every other system, and the oracle tempo against none."""
    by_name = {each.system: each for each in systems}
    against = [compare(by_name[FUSED], other) for other in systems if other.system != FUSED]
    return (*against, compare(by_name[TRUE_TEMPO], by_name[NO_TEMPO]))


@torch.inference_mode()
def genre_alone(division: Division, clip_ids: tuple[str, ...]) -> FloatArray:
    """`[N, 10]`: what the genre checkpoint predicts for clips, from the windows that the heads receive."""
    trunk = frozen_trunk(division.genre.net, division.genre.header.name)
    windows = [_windows(division.material.embedded, clip_id) for clip_id in clip_ids]
    counts = torch.tensor([len(each) for each in windows])
    owner = torch.repeat_interleave(torch.arange(len(windows)), counts)
    logits = pooled_logits(trunk.net.classifier(torch.cat(windows)), owner, len(windows))
    return softmax(logits, division.genre.header.inference.temperature)


def _windows(embedded: EmbeddedClips, clip_id: str) -> torch.Tensor:
    return embedded.embeddings[clip_id] if embedded.hop_frames else embedded.embeddings[clip_id][:1]


def _predicted(
    material: Material, recipe: FusionRecipe, system: System, seed: int, file: Path, data_key: str
) -> FloatArray:
    """Probabilities of the test clips: from the file if it is of the same data and settings, else by training."""
    key = head_key(data_key, recipe, system, seed)
    kept = _load(file)
    if kept is None or kept.key != key:
        with tempfile.TemporaryDirectory(prefix="fusion-head-") as folder:
            trained = train_head(material, recipe, system, seed, Path(folder))
        tempi = tempo_inputs(system.feed, material.tempi, material.split, seed)
        probs = predict_with(trained, material, tempi, material.split.test)
        kept = _Finished(
            key,
            trained.candidate,
            trained.epochs,
            trained.best_epoch,
            trained.valid_log_loss,
            tuple(tuple(map(float, row)) for row in probs),
        )
        _save(kept, file)
    return np.array(kept.probs, dtype=np.float32)


def head_key(data_key: str, recipe: FusionRecipe, system: System, seed: int) -> str:
    """Digest of all that a head depends on; another one and the head is trained again."""
    return hashlib.sha256(repr((data_key, recipe, system, seed)).encode()).hexdigest()


def _data_key(material: Material) -> str:
    """Digest of clips, embeddings and tempi."""
    key = hashlib.sha256(repr(material.split).encode())
    for clip_id, windows in sorted(material.embedded.embeddings.items()):
        key.update(clip_id.encode())
        key.update(windows.numpy().tobytes())
    for table in (material.tempi.out_of_fold, material.tempi.seen):
        for clip_id, tempo in sorted(table.tempi.items()) if table else ():
            key.update(repr((clip_id, tempo.tempo_bpm, table.subsets[clip_id] if table else "")).encode())
            key.update(tempo.distribution.tobytes())
    return key.hexdigest()


def _folder(split: Split) -> str:
    parts = [split.name, *([f"split{split.seed}"] if split.seed is not None else [])]
    return "-".join([*parts, *([f"fold{split.fold}"] if split.fold is not None else [])])


def _load(file: Path) -> _Finished | None:
    """What is kept in a file; None where there is none, or where it is damaged and has to be made again."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        return _Finished(**(raw | {"probs": tuple(map(tuple, raw["probs"]))}))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _save(finished: _Finished, file: Path) -> None:
    write_whole(TrainingError, file, (json.dumps(asdict(finished)) + "\n").encode())
