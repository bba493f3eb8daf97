"""What systems learned from besides GTZAN, as it is said beside every number of theirs."""

LEARNED_FROM_OTHER_MUSIC = "learned from other music than GTZAN, too"
"""The short form, in a line of text."""

_OTHER_MUSIC = {
    "genre-transfer": "Its features were learned from about 200 000 songs of the Million Song Dataset, some of which "
    "are in GTZAN, too.",
    "genre-transfer-mtt": "Its features were learned from the MagnaTagATune collection, music of one independent "
    "label.",
}


def other_music(system: str) -> str:
    """Of a checkpoint, or of a system out of fold; "" for one that learned from GTZAN alone."""
    return _OTHER_MUSIC.get(system.removesuffix("-oof"), "")
