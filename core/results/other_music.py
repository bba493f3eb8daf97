"""What systems learned from besides GTZAN: a sentence that stands beside every number of theirs."""

_OTHER_MUSIC = {
    "genre-transfer": "Its features were learned from about 200 000 songs of the Million Song Dataset, some of which "
    "are in GTZAN, too.",
    "genre-transfer-mtt": "Its features were learned from the MagnaTagATune collection, music of one independent "
    "label.",
}


def other_music(system: str) -> str:
    """Of a checkpoint, or of a system out of fold; "" for one that learned from GTZAN alone."""
    return _OTHER_MUSIC.get(system.removesuffix("-oof"), "")
