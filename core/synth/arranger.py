"""From a style and a seed to a song: choices that hold for the whole track, then bars, then notes on the beat grid."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.synth.harmony import SCALES, Chord, nearest, parse_progression
from core.synth.style import Groove, Style

_DOUBLED_HATS_BELOW_BPM = 78.0
_TIMEKEEPERS = ("hat", "ride", "shaker", "brush")


@dataclass(frozen=True)
class Part:
    """One melodic part of a song: which instrument, which line, how bright."""

    player: str
    line: str
    brightness: float


@dataclass(frozen=True)
class Song:
    """What the seed decided once for the whole track.

    Attributes:
        tonic_midi: key, as the MIDI note of the tonic, 48..59.
        progressions: chords per bar, for verse and chorus.
        grooves: drum patterns, for verse and chorus.
        bass, comp, lead: the parts; `pad` is None where the style has none.
        motif: steps of the melody, in scale degrees relative to the note before.
        swing: place of the off-beat eighth within the beat.
        kit: name of the drum kit.
        dense: whether slow time-keeping patterns are filled up with sixteenths.
        n_intro_bars: bars before all instruments have come in.
        has_lead: whether there is a melody.
    """

    tonic_midi: int
    progressions: tuple[tuple[tuple[Chord, ...], ...], ...]
    grooves: tuple[Groove, ...]
    bass: Part
    comp: Part
    pad: Part | None
    lead: Part
    motif: tuple[int, ...]
    swing: float
    kit: str
    dense: bool
    n_intro_bars: int
    has_lead: bool


@dataclass(frozen=True)
class Bar:
    """One bar of the form.

    Attributes:
        index: number of the bar, from 0; negative for the bar that the track's start cuts.
        section: 0 verse, 1 chorus.
        chords: chords that share the bar evenly.
        next_root: root of the next bar's first chord, semitones above the tonic.
        drums, bass, comp, lead: which parts play.
        fill: whether a drum fill ends it.
        crash: whether a cymbal opens it.
    """

    index: int
    section: int
    chords: tuple[Chord, ...]
    next_root: int
    drums: bool
    bass: bool
    comp: bool
    lead: bool
    fill: bool
    crash: bool

    def chord_at(self, place: float) -> Chord:
        """Chord at a place of the bar, 0..1."""
        return self.chords[min(int(place * len(self.chords)), len(self.chords) - 1)]


@dataclass(frozen=True)
class Step:
    """One character of a line that sounds: its place and length in beats from the bar's start, and the character."""

    symbol: str
    beat: float
    length_beats: float


def compose(style: Style, rng: np.random.Generator) -> Song:
    """Draw a song of the style: key, chords, patterns, instruments, melody and form."""
    verse, chorus = _two_of(len(style.progressions), rng)
    groove_a, groove_b = _two_of(len(style.grooves), rng)
    return Song(
        tonic_midi=48 + int(rng.integers(12)),
        progressions=tuple(parse_progression(style.progressions[i]) for i in (verse, chorus)),
        grooves=(style.grooves[groove_a], style.grooves[groove_b]),
        bass=_part(style.bass_players, style.bass, rng),
        comp=_part(style.comp_players, style.comp, rng),
        pad=_part(style.pad_players, (".",), rng) if style.pad_players else None,
        lead=_part(style.lead_players, style.lead, rng),
        motif=tuple(int(step) for step in rng.choice([-2, -1, -1, 0, 1, 1, 2, 3], size=16)),
        swing=float(rng.uniform(*style.swing)),
        kit=_pick(style.kits, rng),
        dense=bool(rng.random() < 0.6),
        n_intro_bars=int(rng.integers(0, 3)),
        has_lead=bool(rng.random() < 0.8),
    )


def _pick(options: tuple[str, ...], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _two_of(n_options: int, rng: np.random.Generator) -> tuple[int, int]:
    """Indices of two options, different where there are two."""
    order = rng.permutation(n_options)
    return int(order[0]), int(order[-1])


def _part(players: tuple[str, ...], lines: tuple[str, ...], rng: np.random.Generator) -> Part:
    return Part(_pick(players, rng), _pick(lines, rng), float(rng.uniform(0.15, 0.85)))


def arrange(style: Style, song: Song, n_bars: int, rng: np.random.Generator) -> tuple[Bar, ...]:
    """The form: phrases of four bars, verse and chorus in turn, an intro, a break now and then, fills before changes.

    The first bar has index -1: it is the one that a track starting in mid-bar cuts.
    """
    chorus_first = int(rng.integers(2))
    break_phrase = int(rng.integers(1, 4))
    sections = [((max(i, 0) // 4) // 2 + chorus_first) % 2 for i in range(-1, n_bars + 1)]
    chords = [_chords(song, section, i) for i, section in enumerate(sections, start=-1)]
    bars = []
    for position in range(n_bars + 1):
        index = position - 1
        phrase, within = divmod(max(index, 0), 4)
        intro = 0 <= index < song.n_intro_bars
        in_break = phrase == break_phrase and within >= 2
        last = index >= 0 and within == 3
        bars.append(
            Bar(
                index=index,
                section=sections[position],
                chords=chords[position],
                next_root=chords[position + 1][0].root,
                drums=not (in_break and within == 2 and bool(style.grooves[0])),
                bass=not (in_break and within == 3 and song.dense),
                comp=not (intro and song.n_intro_bars > 1 and index == 0 and bool(style.grooves[0])),
                lead=song.has_lead and not intro and (phrase + chorus_first) % 3 != 2 and not in_break,
                fill=style.fills and last and bool(rng.random() < 0.75),
                crash=style.fills and index > 0 and within == 0 and bool(rng.random() < 0.6),
            )
        )
    return tuple(bars)


def _chords(song: Song, section: int, index: int) -> tuple[Chord, ...]:
    progression = song.progressions[section]
    return progression[index % len(progression)]


def steps(line: str, bar_index: int, beats_per_bar: int, sixteenths: bool) -> Iterator[Step]:
    """The sounding characters of a line in one bar; without `sixteenths` those between two eighths are left out."""
    bars = line.split("|")
    text = bars[bar_index % len(bars)]
    beats_per_step = beats_per_bar / len(text)
    if len(text) == 4 * beats_per_bar and not sixteenths:
        text = "".join("." if i % 2 and symbol != "-" else symbol for i, symbol in enumerate(text))
    starts = [i for i, symbol in enumerate(text) if symbol not in ".-"]
    for start in starts:
        end = start + 1
        while end < len(text) and text[end] == ".":
            end += 1
        yield Step(text[start], start * beats_per_step, (end - start) * beats_per_step)


def thickened(drum: str, line: str, song: Song, tempo_bpm: float) -> str:
    """A drum line, with soft sixteenths between the eighths of a time-keeping drum at slow tempi in dense songs."""
    is_eighths = len(line) == 16 and set(line[1::2]) == {"."}
    if not (song.dense and drum in _TIMEKEEPERS and is_eighths and tempo_bpm < _DOUBLED_HATS_BELOW_BPM):
        return line
    return "".join(symbol if i % 2 == 0 else "o" for i, symbol in enumerate(line))


def swung(beat: float, swing: float) -> float:
    """Beat position with the off-beat eighth moved to `swing` (0.5 straight); whole beats stay where they are."""
    whole = float(np.floor(beat))
    part = beat - whole
    if part < 0.5:
        return whole + 2.0 * part * swing
    return whole + swing + (2.0 * part - 1.0) * (1.0 - swing)


def melody(song: Song, style: Style, bar: Bar, places: list[float], start_midi: float) -> list[int]:
    """MIDI notes at the given places of a bar (0..1): the motif in scale steps, chord tones on the beats.

    The line is kept within an octave around `start_midi`.
    """
    scale = tuple((song.tonic_midi + note) % 12 for note in SCALES[style.scale])
    notes: list[int] = []
    target = start_midi
    # Every other pair of bars repeats the motif, so that a tune is recognised.
    offset = 8 * (bar.index // 2 % 2)
    for number, place in enumerate(places):
        target += 2.0 * song.motif[(offset + number) % len(song.motif)]
        target -= 12.0 if target > start_midi + 8 else -12.0 if target < start_midi - 8 else 0.0
        chord = bar.chord_at(place)
        chord_tones = tuple((song.tonic_midi + chord.root + interval) % 12 for interval in chord.intervals)
        on_beat = (place * style.beats_per_bar) % 1.0 == 0.0
        notes.append(nearest(target, chord_tones if on_beat else scale))
    return notes
