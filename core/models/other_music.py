"""What systems learned from besides GTZAN, as it is said beside every number of theirs."""

LEARNED_FROM_OTHER_MUSIC = "learned from other music than GTZAN, too"
"""The short form, in a line of text."""

_MILLION_SONGS = (
    "Its features were learned from about 200 000 songs of the Million Song Dataset, some of which are in GTZAN, too."
)
_ONE_LABEL = (
    "Its features were learned from the MagnaTagATune collection, music of one independent label: the control, as none "
    "of it is known to be in GTZAN."
)
_OTHER_MUSIC = {
    "genre-transfer": _MILLION_SONGS,
    "genre-transfer-mtt": _ONE_LABEL,
    "genre-mixed": _MILLION_SONGS,
    "genre-mixed-mtt": _ONE_LABEL,
}


def other_music(system: str) -> str:
    """Of a checkpoint, or of a system out of fold; "" for one that learned from GTZAN alone."""
    return _OTHER_MUSIC.get(system.removesuffix("-oof"), "")
