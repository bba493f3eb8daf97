"""What a style is made of."""

from dataclasses import dataclass

Groove = tuple[tuple[str, str], ...]
"""Lines of the drum set: (name of the drum, line)."""


@dataclass(frozen=True)
class Levels:
    """Loudness of the parts, dB."""

    drums: float = 0.0
    bass: float = -3.0
    comp: float = -9.0
    pad: float = -17.0
    lead: float = -9.0


@dataclass(frozen=True)
class Style:
    """Everything that makes a style; wherever several choices are given, the song's seed draws one.

    Attributes:
        name: as shown to the user.
        beats_per_bar: 3 or 4.
        swing: lowest and highest place of the off-beat eighth within the beat, 0.5 is straight.
        minor: whether the tonic chord is minor.
        scale: name of the melody's scale.
        progressions: Roman numerals, see `harmony.parse_progression`.
        grooves: drum patterns; a song takes two, one per kind of section.
        bass, comp, lead: lines of these parts.
        bass_players, comp_players, pad_players, lead_players: names of instruments.
        kits: names of drum kits.
        levels: loudness of the parts.
        strum_s: seconds between the notes of a struck chord.
        reverb_s: time constant of the room.
        fills: whether drum fills lead into new sections.
        sixteenths_up_to_bpm: above this tempo steps shorter than an eighth are left out, nobody could play them.
    """

    name: str
    scale: str
    progressions: tuple[str, ...]
    grooves: tuple[Groove, ...]
    bass: tuple[str, ...]
    comp: tuple[str, ...]
    lead: tuple[str, ...]
    bass_players: tuple[str, ...]
    comp_players: tuple[str, ...]
    lead_players: tuple[str, ...]
    pad_players: tuple[str, ...] = ()
    kits: tuple[str, ...] = ("acoustic",)
    levels: Levels = Levels()
    minor: bool = False
    beats_per_bar: int = 4
    swing: tuple[float, float] = (0.5, 0.5)
    strum_s: float = 0.0
    reverb_s: float = 0.18
    fills: bool = True
    sixteenths_up_to_bpm: float = 145.0
