"""The networks, as plain torch modules, and the registry that names them.

A checkpoint stores the registered name; nothing is ever inferred from a file name.
"""

from torch import nn

from core.models.genre_cnn import GenreCNN

MODELS: dict[str, type[nn.Module]] = {"genre_cnn": GenreCNN}
