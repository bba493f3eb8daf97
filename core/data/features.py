"""Features of every GTZAN clip by a published network, as they ship: averages over 30 s that no sound can be made of.

`data/features/musicnn-<network>.npy` holds one row a clip, float16, in the order of the clips; beside it a json names
the copy of the data.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.clips import load_clips
from core.errors import DatasetError
from core.system.paths import DATA_DIR
from core.system.storage import write_whole
from core.types import FloatArray

FEATURES = "features"
_CURE = "It ships with the project: restore it with 'git checkout data'."


@dataclass(frozen=True)
class ClipFeatures:
    """Features of clips.

    Attributes:
        by_clip: `[D]` by clip id.
        data_note: the copy of the data, in words.
    """

    by_clip: Mapping[str, FloatArray]
    data_note: str


def load_features(network: str, folder: Path = DATA_DIR) -> ClipFeatures:
    """Features by a network of musicnn, "msd" or "mtt".

    Raises:
        DatasetError: they are missing or damaged.
    """
    path = folder / FEATURES / f"musicnn-{network}.npy"
    try:
        rows = np.load(path, allow_pickle=False).astype(np.float32)
        note = str(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["data"])
        if rows.ndim != 2 or len(rows) != len(load_clips()):
            raise ValueError(f"an unexpected shape, {rows.shape}")
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DatasetError(f"The features {path} cannot be read ({error}). {_CURE}") from error
    return ClipFeatures({clip.clip_id: row for clip, row in zip(load_clips(), rows, strict=True)}, note)


def save_features(network: str, features: ClipFeatures, folder: Path = DATA_DIR) -> None:
    """Writes features of all clips.

    Raises:
        DatasetError: a clip has none, or the folder cannot be written.
    """
    missing = [clip.clip_id for clip in load_clips() if clip.clip_id not in features.by_clip]
    if missing:
        raise DatasetError(
            f"{len(missing)} of {len(load_clips())} clips have no features, such as {missing[0]}. Complete the GTZAN "
            "folder."
        )
    rows = np.stack([features.by_clip[clip.clip_id] for clip in load_clips()])
    npy = io.BytesIO()
    np.save(npy, rows.astype(np.float16), allow_pickle=False)
    path = folder / FEATURES / f"musicnn-{network}.npy"
    write_whole(DatasetError, path, npy.getvalue())
    note = json.dumps({"data": features.data_note}, indent=1) + "\n"
    write_whole(DatasetError, path.with_suffix(".json"), note.encode())
