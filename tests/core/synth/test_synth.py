"""The synthesiser: what the ear would check, as numbers."""

import io
import itertools

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from core.errors import AudioError
from core.synth import DEMO_TRACKS, STYLES, DemoTrack, render
from core.synth.drums import DRUMS, KITS
from core.synth.harmony import SCALES, parse_progression
from core.synth.style import Style
from core.synth.styles import STYLE_TABLE
from core.synth.voices import INSTRUMENTS, Tone, midi_to_hz

TEMPI_BPM = (60.0, 75.0, 90.0, 100.0, 120.0, 128.0, 140.0, 174.0)
_HOP, _N_FFT = 220, 1_024
_RELATED_LEVELS = (0.25, 0.5, 1.0, 2.0, 1 / 3)


def _spectra(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, _N_FFT)[::_HOP]
    return np.abs(np.fft.rfft(frames * np.hanning(_N_FFT)))


def _onset_strength(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Spectral flux in log-spaced bands, less its local mean, one value per hop."""
    magnitude = np.log1p(100 * _spectra(samples))
    edges = np.unique(np.geomspace(1, _N_FFT // 2, 25).astype(int))
    bands = np.add.reduceat(magnitude, edges[:-1], axis=1) / np.diff(edges)
    flux = np.maximum(np.diff(bands, axis=0), 0.0).sum(axis=1)
    return np.maximum(flux - np.convolve(flux, np.ones(101) / 101, "same"), 0.0)


def _estimate_tempo_bpm(onsets: NDArray[np.float64], frames_per_s: float, beats_per_bar: int) -> float:
    """Tempo in 40..260 BPM whose beat, two beats and bar repeat best in the onset autocorrelation."""
    padded = np.fft.rfft(onsets, 2 * len(onsets))
    autocorrelation = np.fft.irfft(np.abs(padded) ** 2)[: len(onsets)]
    grid_bpm = np.arange(40.0, 260.0, 0.5)
    levels = (1, 2, 4) if beats_per_bar == 4 else (1, 3)
    lags = [level * 60.0 / grid_bpm * frames_per_s for level in levels]
    scores = sum(np.interp(lag, np.arange(len(onsets)), autocorrelation) for lag in lags)
    return float(grid_bpm[np.argmax(scores)])


@pytest.mark.parametrize("tempo_bpm", TEMPI_BPM)
@pytest.mark.parametrize("style", STYLES)
def test_onsets_repeat_at_the_tempo_and_fall_on_the_beats(style: str, tempo_bpm: float) -> None:
    track = render(style, tempo_bpm, 14.0, seed=3)
    onsets, frames_per_s = _onset_strength(track.samples), track.sample_rate / _HOP
    estimate_bpm = _estimate_tempo_bpm(onsets, frames_per_s, STYLE_TABLE[style].beats_per_bar)
    ratio = estimate_bpm / tempo_bpm
    assert any(abs(ratio / level - 1.0) < 0.02 for level in _RELATED_LEVELS), f"estimated {estimate_bpm} BPM"

    # A frame's flux answers to sound in the newer half of its window.
    frames = np.rint(track.beat_times_s * frames_per_s - _N_FFT / 2 / _HOP).astype(int)
    # No style plays at both of these places: they lie between sixteenths, triplets and eighths.
    shifts = [round(place * 60.0 / tempo_bpm * frames_per_s) for place in (0.31, 0.4)]

    def strength_near(places: NDArray[np.int64]) -> float:
        return float(np.mean([onsets[p - 2 : p + 4].max() for p in places if 2 <= p < len(onsets) - 4]))

    assert strength_near(frames) > 1.2 * min(strength_near(frames + shift) for shift in shifts)


@pytest.mark.parametrize("style", STYLES)
def test_samples_are_finite_within_the_peak_and_exactly_as_long_as_asked(style: str) -> None:
    for seed, (sample_rate, duration_s) in enumerate(((22_050, 7.3), (44_100, 3.01), (16_000, 1.0))):
        track = render(style, 97.3, duration_s, sample_rate, seed)
        assert track.samples.dtype == np.float32
        assert track.samples.shape == (round(duration_s * sample_rate),)
        assert np.isfinite(track.samples).all()
        assert 0.2 < np.abs(track.samples).max() <= 0.9
        assert abs(float(track.samples.mean())) < 0.01


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("tempo_bpm", [40.0, 99.9, 250.0])
def test_the_beat_grid_is_exact_and_complete(style: str, tempo_bpm: float) -> None:
    beat_s = 60.0 / tempo_bpm
    duration_s = 5.4 * beat_s
    for seed in range(4):
        track = render(style, tempo_bpm, duration_s, sample_rate=16_000, seed=seed)
        beats_per_bar = STYLE_TABLE[style].beats_per_bar
        np.testing.assert_allclose(np.diff(track.beat_times_s), beat_s, rtol=0, atol=1e-9)
        assert 0.0 <= track.beat_times_s[0] < max(0.4, beat_s)
        assert track.beat_times_s[-1] < duration_s <= track.beat_times_s[-1] + beat_s + 1e-9
        assert set(np.diff(track.beat_in_bar)) <= {1, 1 - beats_per_bar}
        assert set(track.beat_in_bar) == set(range(1, beats_per_bar + 1))
        assert len(track.beat_in_bar) == len(track.beat_times_s)


def test_a_kick_sounds_within_milliseconds_of_the_beat() -> None:
    track = render("techno", 120.0, 20.0, seed=2)
    envelope = np.abs(track.samples)
    late_s = []
    for beat_s in track.beat_times_s[4:12]:
        start = round((beat_s - 0.03) * track.sample_rate)
        window = envelope[start : start + round(0.06 * track.sample_rate)]
        smooth = np.convolve(window, np.ones(32) / 32, "same")
        late_s.append(float(np.argmax(np.diff(smooth))) / track.sample_rate - 0.03)
    assert abs(float(np.median(late_s))) < 0.012


@pytest.mark.parametrize("style", STYLES)
def test_equal_arguments_give_equal_samples_and_seeds_differ(style: str) -> None:
    first, again, other = (render(style, 110.0, 3.0, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.samples, again.samples)
    np.testing.assert_array_equal(first.beat_times_s, again.beat_times_s)
    assert abs(np.corrcoef(first.samples, other.samples)[0, 1]) < 0.5


def test_seeds_start_on_downbeats_and_in_mid_bar() -> None:
    starts = {int(render("rock", 120.0, 2.0, seed=seed).beat_in_bar[0]) for seed in range(24)}
    assert starts == {1, 2, 3, 4}


def test_styles_sound_different() -> None:
    """The long-term spectrum and its variation tell any two styles apart, on the mean of several songs."""
    edges = np.unique(np.geomspace(1, _N_FFT // 2, 25).astype(int))
    fingerprints = {}
    for style in STYLES:
        songs = []
        for seed in range(3):
            level_db = 20 * np.log10(_spectra(render(style, 120.0, 10.0, seed=seed).samples) + 1e-4)
            bands = np.add.reduceat(level_db, edges[:-1], axis=1) / np.diff(edges)
            songs.append(np.concatenate([bands.mean(axis=0), bands.std(axis=0)]))
        fingerprints[style] = np.mean(songs, axis=0)
    for a, b in itertools.combinations(STYLES, 2):
        assert np.abs(fingerprints[a] - fingerprints[b]).mean() > 1.0, f"{a} and {b} have the same spectrum"


@pytest.mark.parametrize("style", [style for style in STYLES if style not in ("classical", "waltz")])
def test_bass_chords_and_cymbals_are_all_there(style: str) -> None:
    magnitude = _spectra(render(style, 120.0, 12.0, seed=1).samples) ** 2
    frequency_hz = np.fft.rfftfreq(_N_FFT, 1 / 22_050)
    share = {
        "bass": magnitude[:, (frequency_hz > 30) & (frequency_hz < 200)].sum() / magnitude.sum(),
        "chords": magnitude[:, (frequency_hz > 200) & (frequency_hz < 2_000)].sum() / magnitude.sum(),
        "cymbals": magnitude[:, frequency_hz > 5_000].sum() / magnitude.sum(),
    }
    assert share["bass"] > 0.05
    assert share["chords"] > 0.02
    assert share["cymbals"] > 0.0002


@pytest.mark.parametrize("player", INSTRUMENTS)
def test_instruments_are_in_tune(player: str) -> None:
    for midi in (40, 57, 69):
        tone = Tone(midi_to_hz(midi), 1.0, 22_050, 0.5)
        sound = INSTRUMENTS[player](tone)
        assert 0.1 < np.abs(sound).max() < 3.0
        spectrum = np.abs(np.fft.rfft(sound[:22_050] * np.hanning(22_050), 4 * 22_050))
        frequency_hz = np.fft.rfftfreq(4 * 22_050, 1 / 22_050)
        near = (frequency_hz > 0.94 * tone.frequency_hz) & (frequency_hz < 1.06 * tone.frequency_hz)
        found_hz = float(frequency_hz[near][np.argmax(spectrum[near])])
        # Ensembles are detuned by up to 12 cents to either side, vibrato adds some.
        assert abs(1_200 * np.log2(found_hz / tone.frequency_hz)) < 25


@pytest.mark.parametrize("style", STYLE_TABLE.values(), ids=STYLES)
def test_the_style_table_is_well_formed(style: Style) -> None:
    lines = {"bass": style.bass, "comp": style.comp, "lead": style.lead}
    allowed = {"bass": "0123as.-", "comp": "012345Xxo.-", "lead": "x.-", "drums": "Xxo.-"}
    drum_lines = tuple(line for groove in style.grooves for _, line in groove)
    for part, options in (lines | {"drums": drum_lines}).items():
        for bar in itertools.chain.from_iterable(line.split("|") for line in options):
            assert len(bar) % style.beats_per_bar == 0, bar
            assert set(bar) <= set(allowed[part]), bar
    assert {drum for groove in style.grooves for drum, _ in groove} <= set(DRUMS)
    players = (*style.bass_players, *style.comp_players, *style.lead_players, *style.pad_players)
    assert set(players) <= set(INSTRUMENTS)
    assert set(style.kits) <= set(KITS)
    assert style.scale in SCALES
    for progression in style.progressions:
        # The tonic chord of each progression that has one agrees with the style's mode.
        thirds = {c.intervals[1] for bar in parse_progression(progression) for c in bar if c.root == 0}
        assert thirds <= ({3, 4} if style.name == "disco" else {3 if style.minor else 4})


@pytest.mark.parametrize("demo", DEMO_TRACKS, ids=[demo.name for demo in DEMO_TRACKS])
def test_demo_tracks_are_wav_files_that_begin_on_a_downbeat(demo: DemoTrack) -> None:
    wav = demo.wav_bytes()
    info = soundfile.info(io.BytesIO(wav))
    assert (info.format, info.subtype, info.channels, info.samplerate) == ("WAV", "PCM_16", 1, demo.sample_rate)
    samples, _ = soundfile.read(io.BytesIO(wav), dtype="float32")
    track = demo.track()
    np.testing.assert_allclose(samples, track.samples, atol=1e-4)
    assert 20.0 <= len(samples) / demo.sample_rate <= 30.0
    assert track.beat_in_bar[0] == 1
    assert f"{demo.style}, {demo.tempo_bpm:g} BPM" in demo.name


def test_demo_tracks_differ_in_name_style_and_tempo() -> None:
    assert 6 <= len(DEMO_TRACKS) <= 8
    assert len({demo.name for demo in DEMO_TRACKS}) == len({demo.style for demo in DEMO_TRACKS}) == len(DEMO_TRACKS)


@pytest.mark.parametrize(
    ("style", "tempo_bpm", "duration_s", "sample_rate", "seed", "words"),
    [
        ("polka", 120.0, 5.0, 22_050, 0, "polka.*Choose one of.*rock"),
        ("rock", 39.9, 5.0, 22_050, 0, "tempo of 39.9 BPM.*40 to 250"),
        ("rock", float("nan"), 5.0, 22_050, 0, "tempo"),
        ("rock", 120.0, 0.5, 22_050, 0, "duration of 0.5 seconds.*1 to 600"),
        ("rock", 120.0, float("inf"), 22_050, 0, "duration"),
        ("rock", 120.0, 5.0, 8_000, 0, "sample rate of 8000 Hz"),
        ("rock", 120.0, 5.0, 22_050, -1, "seed -1"),
    ],
)
def test_bad_arguments_are_named(
    style: str, tempo_bpm: float, duration_s: float, sample_rate: int, seed: int, words: str
) -> None:
    with pytest.raises(AudioError, match=words):
        render(style, tempo_bpm, duration_s, sample_rate, seed)
