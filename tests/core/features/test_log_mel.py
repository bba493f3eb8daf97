"""Samples to normalised log-mel windows, against values worked out by hand or in plain numpy."""

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchaudio.functional import melscale_fbanks

from core.features.log_mel import (
    FeatureSpec,
    Normalisation,
    cut_windows,
    level_of,
    log_mel,
    pad_frames,
    repeat_frames,
    window_starts,
)
from core.types import FloatArray

SPEC = FeatureSpec()


def sine(frequency_hz: float, duration_s: float = 1.0, level: float = 0.5) -> FloatArray:
    time_s = np.arange(round(duration_s * SPEC.sample_rate)) / SPEC.sample_rate
    return (level * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def noise(duration_s: float = 1.0, level: float = 0.1) -> FloatArray:
    n = round(duration_s * SPEC.sample_rate)
    return np.random.default_rng(0).normal(0.0, level, n).astype(np.float32)


def reference_log_mel(samples: FloatArray) -> NDArray[np.float64]:
    """The same in plain numpy: centred frames, periodic Hann window, power, HTK triangles, dB, 80 dB of range."""
    half = SPEC.n_fft // 2
    padded = np.pad(samples.astype(np.float64), half, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SPEC.n_fft) / SPEC.n_fft)
    starts = range(0, len(padded) - SPEC.n_fft + 1, SPEC.hop_length)
    power = np.abs(np.fft.rfft([window * padded[s : s + SPEC.n_fft] for s in starts])) ** 2
    bins_hz = np.arange(half + 1) * SPEC.sample_rate / SPEC.n_fft
    top_mel = 2595 * np.log10(1 + SPEC.f_max_hz / 700)
    edges_hz = 700 * (10 ** (np.linspace(0, top_mel, SPEC.n_mels + 2) / 2595) - 1)
    low, centre, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    triangles = np.clip(np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)), 0, None)
    levels_db = 10 * np.log10(np.maximum(triangles @ power.T, 1e-10))
    return np.maximum(levels_db, levels_db.max() - SPEC.top_db)


@pytest.mark.parametrize("n_samples", [22_050, 551 * 40 - 1, 551 * 40, 551 * 40 + 1, 661_500])
def test_frame_count(n_samples: int) -> None:
    spectrogram = log_mel(np.full(n_samples, 0.1, dtype=np.float32), SPEC)
    assert spectrogram.shape == (64, 1 + n_samples // 551)
    assert spectrogram.dtype == torch.float32


def test_derived_values_of_the_spec() -> None:
    assert pytest.approx(551 / 22_050) == SPEC.frame_s
    assert pytest.approx(9.9955, abs=1e-4) == SPEC.window_s


def test_log_mel_equals_a_plain_numpy_implementation() -> None:
    samples = sine(440.0, 0.6) + noise(0.6, 0.02)
    np.testing.assert_allclose(log_mel(samples, SPEC).numpy(), reference_log_mel(samples), atol=0.02)


@pytest.mark.parametrize("frequency_hz", [220.0, 440.0, 1_000.0, 3_000.0, 7_500.0])
def test_the_band_nearest_to_a_sine_is_the_loudest(frequency_hz: float) -> None:
    levels_db = log_mel(sine(frequency_hz), SPEC)[:, 5:-5].mean(1)
    nearest = int(np.abs(SPEC.band_centres_hz() - frequency_hz).argmin())
    assert int(levels_db.argmax()) == nearest


def test_a_sine_has_the_level_that_theory_gives() -> None:
    """On a bin in the middle of the range: amplitude x sum of the window / 2, squared, times the triangle there."""
    bin_hz = SPEC.sample_rate / SPEC.n_fft
    frequency_hz = 50 * bin_hz
    bank = melscale_fbanks(SPEC.n_fft // 2 + 1, 0.0, 8_000.0, SPEC.n_mels, SPEC.sample_rate)
    bins = bank[49:52].double().numpy()  # a Hann window spreads the sine over three bins: 1, 1/4, 1/4 in power
    power = (0.5 * SPEC.n_fft / 2 / 2) ** 2 * (bins[1] + (bins[0] + bins[2]) / 4)
    band = int(power.argmax())
    measured_db = float(log_mel(sine(frequency_hz), SPEC)[band, 20])
    assert measured_db == pytest.approx(10 * np.log10(power[band]), abs=0.02)


def test_band_centres_are_the_peaks_of_the_filter_bank() -> None:
    centres_hz = SPEC.band_centres_hz()
    assert centres_hz.shape == (64,)
    n_bins = 80_001  # 0.1 Hz apart, so that the peaks of narrow triangles are met
    bank = melscale_fbanks(n_bins, 0.0, 8_000.0, SPEC.n_mels, 16_000)
    peaks_hz = bank.argmax(0).numpy() * (8_000 / (n_bins - 1))
    np.testing.assert_allclose(centres_hz, peaks_hz, atol=0.11)


def test_gain_shifts_every_cell_by_the_same_db() -> None:
    samples = noise()
    difference = log_mel(samples * np.float32(10 ** (-12 / 20)), SPEC) - log_mel(samples, SPEC)
    assert torch.allclose(difference, torch.full_like(difference, -12.0), atol=1e-3)


def test_dynamic_range_is_cut_80_db_below_the_loudest_cell() -> None:
    spectrogram = log_mel(np.concatenate([sine(1_000.0), np.zeros(SPEC.sample_rate, np.float32)]), SPEC)
    assert float(spectrogram.max() - spectrogram.min()) == pytest.approx(80.0, abs=1e-3)
    assert torch.all(spectrogram[:, -20:] == spectrogram.min())
    narrower = log_mel(noise(), dataclasses.replace(SPEC, top_db=5.0))
    assert float(narrower.max() - narrower.min()) == pytest.approx(5.0, abs=1e-3)


def test_a_window_of_the_track_does_not_depend_on_what_lies_far_away() -> None:
    one, other = noise(3.0), noise(3.0)
    other[2 * SPEC.sample_rate :] *= np.float32(0.5)
    assert torch.allclose(log_mel(one, SPEC)[:, :75], log_mel(other, SPEC)[:, :75], atol=1e-4)


def test_padding_adds_silence_at_the_end() -> None:
    short = torch.tensor([[1.0, -3.0], [0.0, 2.0]])
    padded = pad_frames(short, 5)
    assert padded.tolist() == [[1.0, -3.0, -3.0, -3.0, -3.0], [0.0, 2.0, -3.0, -3.0, -3.0]]


@pytest.mark.parametrize("n_frames", [1, 2])
def test_padding_leaves_long_tracks_alone(n_frames: int) -> None:
    track = torch.tensor([[1.0, -3.0], [0.0, 2.0]])
    assert torch.equal(pad_frames(track, n_frames), track)


@pytest.mark.parametrize(
    ("n_frames_total", "hop_frames", "starts"),
    [
        (120, 100, [0]),
        (400, 100, [0]),
        (401, 100, [0, 1]),
        (499, 100, [0, 99]),
        (500, 100, [0, 100]),
        (501, 100, [0, 100, 101]),
        (1_201, 400, [0, 400, 800, 801]),
        (1_201, 1_000, [0, 801]),
        (402, 1, [0, 1, 2]),
    ],
)
def test_window_starts(n_frames_total: int, hop_frames: int, starts: list[int]) -> None:
    assert window_starts(n_frames_total, SPEC, hop_frames) == starts


def test_window_starts_cover_the_track_and_stay_inside() -> None:
    for total in range(400, 2_000, 37):
        starts = window_starts(total, SPEC, 200)
        assert starts[0] == 0
        assert starts[-1] + SPEC.n_frames == total
        assert all(0 < later - earlier <= 200 for earlier, later in pairwise(starts))


def test_cut_windows_are_the_frames_from_each_start() -> None:
    track = torch.arange(64 * 410, dtype=torch.float32).reshape(64, 410)
    windows = cut_windows(track, [0, 10], SPEC)
    assert windows.shape == (2, 1, 64, 400)
    assert torch.equal(windows[1, 0], track[:, 10:])


def test_normalisation_is_the_mean_and_spread_over_all_frames_of_a_band() -> None:
    tracks = [torch.tensor([[1.0, 3.0], [10.0, 10.0]]), torch.tensor([[8.0], [16.0]])]
    fitted = Normalisation.fit(tracks, clips_keep_level=True)
    assert fitted.mean_db == pytest.approx((4.0, 12.0))
    assert fitted.std_db == pytest.approx((np.std([1, 3, 8]), np.std([10, 10, 16])))


def test_normalised_training_data_has_mean_0_and_spread_1_per_band() -> None:
    tracks = [torch.randn(64, 50) * torch.linspace(1, 9, 64)[:, None] - 40.0, torch.randn(64, 80) - 20.0]
    fitted = Normalisation.fit(tracks)
    applied = torch.cat([fitted.apply(track) for track in tracks], dim=1)
    assert torch.allclose(applied.mean(1), torch.zeros(64), atol=1e-4)
    assert torch.allclose(applied.std(1, correction=0), torch.ones(64), atol=1e-4)


def test_without_a_level_a_track_keeps_its_own() -> None:
    fitted = Normalisation((1.0, 2.0), (2.0, 4.0))
    track = torch.tensor([[3.0, 1.0], [10.0, -2.0]])
    assert fitted.apply(track).tolist() == fitted.apply_to_clip(track).tolist() == [[1.0, 0.0], [2.0, -1.0]]


def test_the_level_of_a_track_is_that_of_its_loud_frames_over_all_bands() -> None:
    loud, faint = torch.full((4, 10), 20.0), torch.full((4, 90), -30.0)
    assert level_of(torch.cat([faint, loud], dim=1)) == pytest.approx(20.0 + 10 * math.log10(4), abs=1e-3)
    assert level_of(torch.cat([faint, loud], dim=1) - 7.0) == pytest.approx(13.0 + 10 * math.log10(4), abs=1e-3)


def test_training_clips_of_different_levels_are_brought_to_their_mean() -> None:
    track = torch.randn(64, 50)
    fitted = Normalisation.fit([track - 40.0, track - 20.0])
    assert fitted.level_db == pytest.approx(level_of(track - 30.0), abs=1e-3)
    one, other = (fitted.apply(track + shift_db) for shift_db in (-40.0, 6.0))
    assert torch.allclose(one, other, atol=1e-4)
    assert torch.allclose(one, fitted.apply_to_clip(track), atol=1e-4)


def test_clips_may_keep_their_level_where_other_sound_is_brought_to_theirs() -> None:
    track = torch.randn(64, 50)
    fitted = Normalisation.fit([track - 40.0, track - 20.0], clips_keep_level=True)
    assert torch.allclose(fitted.apply(track), fitted.apply(track - 33.0), atol=1e-4)
    assert not torch.allclose(fitted.apply_to_clip(track), fitted.apply_to_clip(track - 33.0), atol=1.0)


def test_a_faint_sound_has_the_same_spectrogram_as_a_loud_one_only_lower() -> None:
    loud = noise(2.0)
    assert torch.allclose(log_mel(loud * np.float32(1e-3), SPEC) + 60.0, log_mel(loud, SPEC), atol=1e-2)


def test_a_short_track_is_repeated_up_to_the_length_of_a_window() -> None:
    short = torch.tensor([[1.0, -3.0], [0.0, 2.0]])
    assert repeat_frames(short, 5).tolist() == [[1.0, -3.0, 1.0, -3.0, 1.0], [0.0, 2.0, 0.0, 2.0, 0.0]]
    assert torch.equal(repeat_frames(short, 2), short)


def test_key_is_the_same_for_equal_specs_and_changes_with_every_field() -> None:
    assert FeatureSpec().key == SPEC.key
    others = {
        field.name: dataclasses.replace(SPEC, **{field.name: getattr(SPEC, field.name) + 1}).key
        for field in dataclasses.fields(SPEC)
    }
    assert len({SPEC.key, *others.values()}) == 1 + len(others)
