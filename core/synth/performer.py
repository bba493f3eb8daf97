"""Plays an arranged song: every note becomes a sound on its part's bus, a few milliseconds human."""

from dataclasses import dataclass

import numpy as np

from core.synth.arranger import Bar, Part, Song, Step, melody, steps, swung, thickened
from core.synth.drums import KITS, build_kit
from core.synth.harmony import Chord, chord_tone, root_midi, voicing
from core.synth.mixer import Bus
from core.synth.style import Style
from core.synth.voices import INSTRUMENTS, POWER_CHORD_INSTRUMENTS, Tone, midi_to_hz
from core.types import FloatArray

_VELOCITIES = {"X": 1.0, "x": 0.72, "o": 0.42}
_GATES = {"X": 0.95, "x": 0.75, "o": 0.5}
_BASS_LOWEST_MIDI = 31
_GUITAR_LOWEST_MIDI = 40
_CHORD_LOWEST_MIDI = 53
_PAD_LOWEST_MIDI = 57
_LEAD_CENTRE_MIDI = 73


@dataclass(frozen=True)
class Timing:
    """The beat grid of a track.

    Attributes:
        first_downbeat_s: seconds, first beat of bar 0.
        tempo_bpm: beats per minute.
        beats_per_bar: beats in a bar.
        swing: place of the off-beat eighth within the beat.
        human_s: standard deviation of the players' timing, seconds.
    """

    first_downbeat_s: float
    tempo_bpm: float
    beats_per_bar: int
    swing: float
    human_s: float

    @property
    def beat_s(self) -> float:
        """Seconds in a beat."""
        return 60.0 / self.tempo_bpm

    def onset_s(self, bar_index: int, beat: float) -> float:
        """Nominal time of a place `beat` beats into a bar, swing included, seconds."""
        return self.first_downbeat_s + (bar_index * self.beats_per_bar + swung(beat, self.swing)) * self.beat_s


class Performer:
    """Renders each different sound once and adds it wherever it is played."""

    def __init__(self, style: Style, song: Song, timing: Timing, n_samples: int, sample_rate: int, seed: int) -> None:
        kit_rng, self._rng = (np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(2))
        self._style, self._song, self._timing, self._sample_rate = style, song, timing, sample_rate
        self._kit = build_kit(KITS[song.kit], sample_rate, kit_rng)
        self._notes: dict[tuple[str, int, int], FloatArray] = {}
        self._sixteenths = timing.tempo_bpm <= style.sixteenths_up_to_bpm
        self.drums, self.bass, self.comp, self.pad, self.lead = (Bus(n_samples) for _ in range(5))

    def play(self, bar: Bar) -> None:
        """Add one bar of every part that the arrangement asks for."""
        self._play_drums(bar)
        if bar.bass:
            self._play_bass(bar)
        if bar.comp:
            self._play_comp(bar)
        if self._song.pad is not None:
            self._play_pad(bar, self._song.pad)
        if bar.lead:
            self._play_lead(bar)

    def _steps(self, line: str, bar: Bar) -> list[Step]:
        return list(steps(line, bar.index, self._timing.beats_per_bar, self._sixteenths))

    def _chord_at(self, bar: Bar, beat: float) -> Chord:
        return bar.chord_at(beat / self._timing.beats_per_bar)

    def _add(self, bus: Bus, sound: FloatArray, bar: Bar, beat: float, velocity: float, late_s: float = 0.0) -> None:
        """Place a sound with the player's small errors in time and force."""
        deviation_s = float(np.clip(self._rng.normal(0.0, 1.0), -2.5, 2.5)) * self._timing.human_s
        force = velocity * float(self._rng.uniform(0.88, 1.08))
        onset_s = self._timing.onset_s(bar.index, beat) + deviation_s + late_s
        bus.add(sound, round(onset_s * self._sample_rate), force)

    def _note(self, part: Part, midi: int, duration_s: float) -> FloatArray:
        key = (part.player, midi, round(duration_s * 1_000))
        if key not in self._notes:
            tone = Tone(midi_to_hz(midi), duration_s, self._sample_rate, part.brightness)
            self._notes[key] = INSTRUMENTS[part.player](tone)
        return self._notes[key]

    def _play_drums(self, bar: Bar) -> None:
        fill_from = self._timing.beats_per_bar - (2 if self._song.dense else 1) if bar.fill else np.inf
        for drum, line in self._song.grooves[bar.section]:
            if not bar.drums and drum not in ("hat", "ride", "pedal hat"):
                continue
            for step in self._steps(thickened(drum, line, self._song, self._timing.tempo_bpm), bar):
                if step.beat < fill_from or drum == "kick":
                    self._add(self.drums, self._kit[drum], bar, step.beat, _VELOCITIES[step.symbol])
        if bar.crash:
            self._add(self.drums, self._kit["crash"], bar, 0.0, 0.6)
        if bar.fill:
            self._play_fill(bar, float(fill_from))

    def _play_fill(self, bar: Bar, from_beat: float) -> None:
        """Snare, then high, then low tom up to the bar line; the beats stay accented."""
        per_beat = 4 if self._timing.tempo_bpm < 130 and not self._is_swung() else 2
        n_hits = round((self._timing.beats_per_bar - from_beat) * per_beat)
        for hit in range(n_hits):
            drum = ("snare", "tom high", "tom low")[3 * hit // n_hits]
            on_beat = hit % per_beat == 0
            if on_beat or self._rng.random() < 0.75:
                self._add(self.drums, self._kit[drum], bar, from_beat + hit / per_beat, 0.95 if on_beat else 0.55)

    def _is_swung(self) -> bool:
        return self._timing.swing > 0.52

    def _play_bass(self, bar: Bar) -> None:
        part, tonic = self._song.bass, self._song.tonic_midi
        for step in self._steps(part.line, bar):
            chord = self._chord_at(bar, step.beat)
            base = root_midi(chord, tonic, _BASS_LOWEST_MIDI)
            if step.symbol == "a":
                midi = _BASS_LOWEST_MIDI + (tonic + bar.next_root - 1 - _BASS_LOWEST_MIDI) % 12
            elif step.symbol == "s":
                midi = base + 10
            else:
                midi = chord_tone(chord, base, int(step.symbol))
            sound = self._note(part, midi, 0.92 * step.length_beats * self._timing.beat_s)
            self._add(self.bass, sound, bar, step.beat, self._accent(step.beat))

    def _accent(self, beat: float) -> float:
        """Weight of a place in the bar: first beat, beat, in between."""
        return 1.0 if beat == 0.0 else 0.88 if beat % 1.0 == 0.0 else 0.72

    def _play_comp(self, bar: Bar) -> None:
        part, tonic = self._song.comp, self._song.tonic_midi
        for step in self._steps(part.line, bar):
            chord = self._chord_at(bar, step.beat)
            notes: tuple[int, ...]
            if step.symbol.isdigit():
                base = root_midi(chord, tonic, _CHORD_LOWEST_MIDI - 5)
                notes, velocity, gate = (chord_tone(chord, base, int(step.symbol)),), self._accent(step.beat), 0.95
            elif part.player in POWER_CHORD_INSTRUMENTS:
                notes = (root_midi(chord, tonic, _GUITAR_LOWEST_MIDI),)
                velocity, gate = _VELOCITIES[step.symbol], _GATES[step.symbol]
            else:
                notes = voicing(chord, tonic, _CHORD_LOWEST_MIDI)
                velocity, gate = _VELOCITIES[step.symbol], _GATES[step.symbol]
            duration_s = gate * step.length_beats * self._timing.beat_s
            # Down-strokes and up-strokes in turn: the strumming hand moves in eighths.
            ordered = notes if (2 * step.beat) % 2 == 0 else notes[::-1]
            for number, midi in enumerate(ordered):
                sound = self._note(part, midi, duration_s)
                self._add(self.comp, sound, bar, step.beat, velocity, number * self._style.strum_s)

    def _play_pad(self, bar: Bar, part: Part) -> None:
        length_beats = self._timing.beats_per_bar / len(bar.chords)
        for number, chord in enumerate(bar.chords):
            for midi in voicing(chord, self._song.tonic_midi, _PAD_LOWEST_MIDI):
                sound = self._note(part, midi, length_beats * self._timing.beat_s)
                self._add(self.pad, sound, bar, number * length_beats, 0.8)

    def _play_lead(self, bar: Bar) -> None:
        part = self._song.lead
        found = self._steps(part.line, bar)
        places = [step.beat / self._timing.beats_per_bar for step in found]
        for step, midi in zip(found, melody(self._song, self._style, bar, places, _LEAD_CENTRE_MIDI), strict=True):
            sound = self._note(part, midi, 0.93 * step.length_beats * self._timing.beat_s)
            self._add(self.lead, sound, bar, step.beat, self._accent(step.beat))
