"""The networks, as plain torch modules, and the registry that names them.

A checkpoint stores the registered name; nothing is ever inferred from a file name.
"""

from torch import nn

from core.models.cnn14 import Cnn14Tempo
from core.models.cnn14_bins import Cnn14Bins
from core.models.fusion import SeedFusion, StrongFusion
from core.models.genre_cnn import GenreCNN
from core.models.tempo_tcn import TempoTCN

MODELS: dict[str, type[nn.Module]] = {
    "genre_cnn": GenreCNN,
    "tempo_tcn": TempoTCN,
    "cnn14_tempo": Cnn14Tempo,
    "cnn14_bins": Cnn14Bins,
    "fusion_seed": SeedFusion,
    "fusion_strong": StrongFusion,
}
