"""Chords from Roman numerals, and where their notes are played."""

import re
from dataclasses import dataclass

_DEGREE_SEMITONES = {"i": 0, "ii": 2, "iii": 4, "iv": 5, "v": 7, "vi": 9, "vii": 11}
_NUMERAL = re.compile(r"(b?)([iv]+|[IV]+)(\w*)$")
_UPPER_NOTES = {
    "": (7,), "5": (7,), "6": (7, 9), "7": (7, 10), "maj7": (7, 11), "9": (7, 10, 14), "add9": (7, 14),
    "dim": (6,), "dim7": (6, 9), "hd": (6, 10), "sus4": (7,),
}  # fmt: skip

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "major pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
"""Semitones above the tonic, by the name of the scale."""


@dataclass(frozen=True)
class Chord:
    """A chord: `root`, semitones above the tonic (0..11), and `intervals`, semitones above the root, root included."""

    root: int
    intervals: tuple[int, ...]


def parse_chord(numeral: str) -> Chord:
    """Chord of a Roman numeral such as "ii7", "bVII", "Imaj7"; lower case is minor, degrees are of the major scale."""
    match = _NUMERAL.match(numeral)
    assert match is not None, numeral
    flat, degree, suffix = match.groups()
    root = (_DEGREE_SEMITONES[degree.lower()] - len(flat)) % 12
    third = 5 if suffix == "sus4" else 3 if degree.islower() else 4
    return Chord(root, (0, third, *_UPPER_NOTES[suffix]))


def parse_progression(text: str) -> tuple[tuple[Chord, ...], ...]:
    """One tuple of chords per bar from "I vi ii7,V7 I": bars apart by spaces, chords within a bar by commas."""
    return tuple(tuple(parse_chord(numeral) for numeral in bar.split(",")) for bar in text.split())


def voicing(chord: Chord, tonic_midi: int, lowest_midi: int) -> tuple[int, ...]:
    """MIDI notes of a chord within the octave above `lowest_midi`, ascending: neighbouring chords then move little."""
    pitch_classes = {(tonic_midi + chord.root + interval) % 12 for interval in chord.intervals}
    return tuple(sorted(lowest_midi + (pitch_class - lowest_midi) % 12 for pitch_class in pitch_classes))


def root_midi(chord: Chord, tonic_midi: int, lowest_midi: int) -> int:
    """The chord's root as a MIDI note in the octave above `lowest_midi`."""
    return lowest_midi + (tonic_midi + chord.root - lowest_midi) % 12


def chord_tone(chord: Chord, base_midi: int, index: int) -> int:
    """The `index`-th chord note counted upwards from the root at `base_midi`, going on into the next octaves.

    Arpeggios use the triad only, so that index 3 is always the octave.
    """
    octave, within = divmod(index, 3)
    return base_midi + 12 * octave + chord.intervals[within]


def nearest(target_midi: float, pitch_classes: tuple[int, ...]) -> int:
    """The MIDI note nearest to `target_midi` whose pitch class (0..11) is one of `pitch_classes`."""
    candidates = range(round(target_midi) - 6, round(target_midi) + 7)
    allowed = [note for note in candidates if note % 12 in pitch_classes]
    return min(allowed, key=lambda note: (abs(note - target_midi), note))
