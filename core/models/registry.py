"""The registry of networks: one entry holds all that depends on a checkpoint's architecture.

A checkpoint stores the registered name; nothing is ever inferred from a file name. Another network is one more entry:
`outputs` names what it gives, and `core.inference.load` has a reader for each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from core.errors import CheckpointError
from core.features.cnn14 import cnn14_log_mel, front_end_of
from core.features.log_mel import FeatureSpec, FrontEnd, log_mel
from core.features.musicnn import musicnn_front_end
from core.models.cnn14 import SCALAR_LABELS, Cnn14Tempo
from core.models.cnn14_bins import Cnn14Bins
from core.models.fusion import SeedFusion, StrongFusion
from core.models.genre_cnn import GenreCNN
from core.models.tempo_tcn import TempoTCN
from core.models.transfer import TransferHead
from core.rhythm.tempo import TEMPO_LABELS
from core.types import GENRES, Task

Outputs = Literal["genres", "genres of features", "tempi and beats", "tempi", "one tempo", "fused genres"]
"""Logits of the genres; the same from features of a published network; of the tempo bins with activations of beats and
downbeats; of the bins alone; a number."""


@dataclass(frozen=True)
class Architecture:
    """What a network is.

    Attributes:
        task: what it predicts.
        build: the network as it is before training, of the features and of the stored weights, which tell its size.
        outputs: what its outputs are.
        labels: names of its outputs, which its checkpoints carry.
        front_end: makes its spectrograms.
        extractor: published network whose features it receives, "" for none, see `core.inference.musicnn`.
    """

    task: Task
    build: Callable[[FeatureSpec, Mapping[str, Tensor]], nn.Module]
    outputs: Outputs
    labels: tuple[str, ...]
    front_end: FrontEnd = log_mel
    extractor: str = ""


def _transfer(extractor: str) -> Architecture:
    """Support vector machines on features of a published network."""
    return Architecture(
        "genre",
        lambda _, weights: TransferHead(len(weights["support"])),
        "genres of features",
        GENRES,
        musicnn_front_end,
        extractor,
    )


ARCHITECTURES: dict[str, Architecture] = {
    "genre_cnn": Architecture("genre", lambda _, __: GenreCNN(), "genres", GENRES),
    "transfer_msd": _transfer("msd"),
    "transfer_mtt": _transfer("mtt"),
    "tempo_tcn": Architecture(
        "tempo", lambda _, weights: TempoTCN.shaped_like(weights), "tempi and beats", TEMPO_LABELS
    ),
    "cnn14_tempo": Architecture(
        "tempo", lambda spec, _: Cnn14Tempo(front_end_of(spec)), "one tempo", SCALAR_LABELS, cnn14_log_mel
    ),
    "cnn14_bins": Architecture(
        "tempo", lambda spec, _: Cnn14Bins(front_end_of(spec)), "tempi", TEMPO_LABELS, cnn14_log_mel
    ),
    "fusion_seed": Architecture("fusion", lambda _, __: SeedFusion(), "fused genres", GENRES),
    "fusion_strong": Architecture("fusion", lambda _, __: StrongFusion(), "fused genres", GENRES),
}


def architecture(name: str) -> Architecture:
    """A network by its registered name.

    Raises:
        CheckpointError: there is none.
    """
    if name not in ARCHITECTURES:
        raise CheckpointError(
            f"There is no model “{name}”; this version has {', '.join(ARCHITECTURES)}. Update the app."
        )
    return ARCHITECTURES[name]
