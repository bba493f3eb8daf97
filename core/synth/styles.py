"""The style table: what each instrument of a style plays, written as one character per step.

A line is one bar, or several bars apart by "|"; the steps of a bar are spread evenly over it, so four beats take 16
characters for sixteenths, 12 for triplets, 8 for eighths. In every line "-" is silence and "." lets the note before it
ring on.
- Drums: X loud, x normal, o soft.
- Chords: X, x, o strike the whole chord; a digit plays that chord note counted upwards (0 root, 3 root an octave up).
- Bass: 0 root, 1 third, 2 fifth, 3 octave, a a half step below the next bar's root; s the seventh-like whole step below
  the octave.
- Lead: x begins a note, its pitch is found by the arranger.

The beat of the table is the annotated tactus: kick, snare, bass or chords mark it in every style.
"""

from core.synth.style import Style
from core.synth.styles_other import BLUES, CLASSICAL, COUNTRY, DRUM_AND_BASS, JAZZ, TECHNO, WALTZ
from core.synth.styles_popular import DISCO, HIPHOP, METAL, POP, REGGAE, ROCK

STYLE_TABLE: dict[str, Style] = {
    style.name: style
    for style in (
        BLUES, CLASSICAL, COUNTRY, DISCO, DRUM_AND_BASS, HIPHOP, JAZZ, METAL, POP, REGGAE, ROCK, TECHNO,
        WALTZ,
    )
}  # fmt: skip
"""Every style by its name."""
