"""What the pages call a system; files, commands and the URL keep its own name. Streamlit-free."""

_NAMES = {
    "genre-strong": "CNN (strong)",
    "genre-seed": "CNN (seed)",
    "genre-strong-oof": "CNN (strong), out of fold",
    "genre-seed-oof": "CNN (seed), out of fold",
    "genre-transfer": "Transfer (Million Song)",
    "genre-transfer-oof": "Transfer (Million Song), out of fold",
    "genre-transfer-mtt": "Transfer (MagnaTagATune)",
    "genre-transfer-mtt-oof": "Transfer (MagnaTagATune), out of fold",
    "genre-mixed": "Transfer (Million Song) + CNN",
    "genre-mixed-oof": "Transfer (Million Song) + CNN, out of fold",
    "genre-mixed-mtt": "Transfer (MagnaTagATune) + CNN",
    "genre-mixed-mtt-oof": "Transfer (MagnaTagATune) + CNN, out of fold",
    "seed": "CNN (seed)",
    "strong": "CNN (strong)",
    "mfcc-svm": "SVM on MFCC statistics",
    "texture-svm": "SVM on texture windows of 3 s",
    "modulation-svm": "SVM on the modulation spectrum",
    "untrained-svm": "SVM on the untrained CNN",
    "fusion-strong-fused": "Fusion (strong), out of fold",
    "fusion-strong-no-tempo": "Fusion head without tempo",
    "fusion-strong-true-tempo": "Fusion, annotated tempo",
    "fusion-seed-fused": "Fusion (seed), out of fold",
    "tempo-tcn": "Compact network",
    "tempo-tcn-oof": "Compact network, out of fold",
    "tempo-cnn14-strong": "Cnn14 (strong)",
    "tempo-cnn14-seed": "Cnn14 (seed)",
}
"""In brackets the training recipe, or the music that the features were learned from. A recipe alone stands for all of
its runs."""


def system_name(system: str) -> str:
    """Of a system whose predictions ship; others go by their own name."""
    return _NAMES.get(system, system)
