"""The steps between a sound and an answer: the very numbers that a prediction passes through."""

import math

import numpy as np
import pytest
import torch

from core.errors import CheckpointError
from core.features.log_mel import log_mel
from core.inference.genre import GenreModel
from core.inference.inspection import (
    PATCH_BANDS,
    PATCH_FRAMES,
    GenreSteps,
    beat_activation,
    first_window,
    genre_steps,
    moment,
    occlusion,
)
from core.inference.tempo import TempoModel
from core.models.genre_cnn import GenreCNN
from core.types import GENRES, Audio, AudioInfo, FloatArray
from tests.support.small_world import SPEC, TEMPO_SPEC, BandNet, ClickNet, genre_track, header, tempo_header

BANDS_HZ = SPEC.band_centres_hz()


@pytest.fixture(scope="module")
def cnn() -> GenreModel:
    torch.manual_seed(0)
    return GenreModel(GenreCNN().eval(), header(model="genre_cnn", temperature=1.5))


def audio_of(samples: FloatArray) -> Audio:
    return Audio(samples, SPEC.sample_rate, AudioInfo("WAV", SPEC.sample_rate, 1, len(samples) / SPEC.sample_rate))


def tone(frequency_hz: float, duration_s: float = 2.0) -> Audio:
    time_s = np.arange(round(duration_s * SPEC.sample_rate)) / SPEC.sample_rate
    return audio_of((0.5 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32))


def test_a_moment_of_a_tone_shows_its_frequency(cnn: GenreModel) -> None:
    now = moment(tone(1_000.0), cnn, 1.0)
    assert now.time_s == pytest.approx(1.0, abs=SPEC.frame_s)
    assert now.frequencies_hz[now.spectrum_db.argmax()] == pytest.approx(1_000.0, abs=20.0)
    assert BANDS_HZ[now.bands_db.argmax()] == pytest.approx(1_000.0, rel=0.05)
    assert now.samples.shape == (SPEC.n_fft,)


def test_a_moment_is_a_frame_of_the_spectrogram_that_the_model_gets(cnn: GenreModel) -> None:
    audio = tone(440.0)
    now = moment(audio, cnn, 0.7)
    frame = round(0.7 / SPEC.frame_s)
    np.testing.assert_allclose(now.bands_db, log_mel(audio.samples, SPEC)[:, frame].numpy())
    np.testing.assert_array_equal(now.samples, audio.samples[frame * SPEC.hop_length - SPEC.n_fft // 2 :][: SPEC.n_fft])
    assert now.usual_db.tolist() == [0.0] * SPEC.n_mels
    assert now.spread_db.tolist() == [1.0] * SPEC.n_mels


def test_the_spectrum_has_the_level_of_the_bands(cnn: GenreModel) -> None:
    """Both are powers of the same Hann-windowed samples: a band sums what lies under its triangle."""
    rng = np.random.default_rng(0)
    now = moment(audio_of(rng.normal(scale=0.1, size=SPEC.sample_rate).astype(np.float32)), cnn, 0.5)
    last, before, after = BANDS_HZ[-1], BANDS_HZ[-2], 2 * BANDS_HZ[-1] - BANDS_HZ[-2]
    under = np.interp(now.frequencies_hz, [before, last, after], [0.0, 1.0, 0.0])
    summed_db = 10 * np.log10((under * 10 ** (now.spectrum_db / 10)).sum())
    assert now.bands_db[-1] == pytest.approx(summed_db, abs=0.3)


@pytest.mark.parametrize(("asked_s", "is_given_s"), [(0.0, 0.0), (-3.0, 0.0), (99.0, 2.0)])
def test_beyond_its_ends_a_track_is_silent(cnn: GenreModel, asked_s: float, is_given_s: float) -> None:
    now = moment(tone(200.0), cnn, asked_s)
    assert now.time_s == pytest.approx(is_given_s, abs=SPEC.frame_s)
    outside = now.samples[: SPEC.n_fft // 2] if is_given_s == 0.0 else now.samples[-SPEC.n_fft // 2 + 50 :]
    assert not outside.any()
    assert now.samples.any()


def test_silence_has_a_spectrum(cnn: GenreModel) -> None:
    now = moment(audio_of(np.zeros(SPEC.sample_rate, dtype=np.float32)), cnn, 0.5)
    assert np.isfinite(now.spectrum_db).all()
    assert np.isfinite(now.bands_db).all()


def test_the_first_window_is_what_the_prediction_receives(cnn: GenreModel) -> None:
    for duration_s in (2.0, 15.0):
        audio = tone(300.0, duration_s)
        window = first_window(audio, cnn)
        assert window.shape == (SPEC.n_mels, SPEC.n_frames)
        np.testing.assert_array_equal(window, cnn.normalised(log_mel(audio.samples, SPEC))[:, : SPEC.n_frames].numpy())


def test_the_steps_end_at_the_models_own_prediction(cnn: GenreModel) -> None:
    window = torch.randn(SPEC.n_mels, SPEC.n_frames, generator=torch.Generator().manual_seed(1)).numpy()
    steps = genre_steps(cnn, window)
    assert [each.shape for each in steps.maps] == [(64, 16, 100), (128, 4, 25), (128, 2, 25)]
    assert steps.kernels.shape == (64, 5, 5)
    assert steps.embedding.shape == (128,)
    batch = torch.from_numpy(window)[None, None]
    with torch.inference_mode():
        np.testing.assert_allclose(steps.logits, cnn.net(batch)[0].numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(steps.probs, cnn.estimate(torch.from_numpy(window)).probs, rtol=1e-3, atol=1e-6)


def test_the_liveliest_maps_are_those_that_vary_most() -> None:
    strengths = [0.0, 3.0, 1.0, 2.0]
    maps = np.stack([strength * np.eye(4, dtype=np.float32) for strength in strengths])
    nothing = np.zeros(0, dtype=np.float32)
    steps = GenreSteps(nothing, (maps,), nothing, nothing, nothing)
    assert steps.liveliest(0, 3) == [1, 3, 2]
    assert steps.liveliest(0, 99) == [1, 3, 2, 0]


def test_the_inside_of_another_model_is_refused() -> None:
    other = GenreModel(BandNet(), header("my-bands"))
    with pytest.raises(CheckpointError, match="“my-bands” is of the model band_net"):
        genre_steps(other, np.zeros((SPEC.n_mels, SPEC.n_frames), dtype=np.float32))


def test_occlusion_finds_the_bands_that_a_genre_depends_on() -> None:
    """`BandNet` looks at bands 0 to 5 for the first genre, all within the lowest row of patches."""
    model = GenreModel(BandNet(), header(temperature=2.0))
    window = genre_track("blues").numpy()
    evidence = occlusion(model, window)
    assert evidence.shape == (10, SPEC.n_mels // PATCH_BANDS, SPEC.n_frames // PATCH_FRAMES)
    own, rows_above = evidence[0, 0], evidence[:, 1:]
    np.testing.assert_allclose(rows_above, 0.0, atol=1e-5)
    # A tenth of the frames of all six bands is hidden: the score falls from 3 to 2.7, the others stay at 0.
    np.testing.assert_allclose(own, (3.0 - 2.7) / 2.0, rtol=1e-4)
    assert (evidence[1:, 0] < 0).all(), "what speaks for one genre speaks against the others"


def test_occlusion_is_finite_where_the_model_is_certain() -> None:
    model = GenreModel(BandNet(scale=1_000.0), header())
    evidence = occlusion(model, genre_track("rock").numpy())
    assert np.isfinite(evidence).all()
    assert evidence[GENRES.index("rock")].max() <= 2 * math.log(1e12)


@pytest.mark.parametrize("duration_s", [2.0, 6.0, 20.0])
def test_beats_are_followed_over_the_first_window(duration_s: float) -> None:
    time_s = np.arange(round(duration_s * SPEC.sample_rate)) / SPEC.sample_rate
    noise = np.random.default_rng(0).normal(scale=0.2, size=time_s.size)
    audio = audio_of((noise * (time_s % 0.5 < 0.05)).astype(np.float32))
    activation = beat_activation(TempoModel(ClickNet(), tempo_header()), audio)
    n_frames = min(TEMPO_SPEC.n_frames, 1 + time_s.size // TEMPO_SPEC.hop_length)
    assert activation.shape == (n_frames,)
    after_click_s = np.arange(n_frames) * TEMPO_SPEC.frame_s % 0.5
    assert activation[(after_click_s > 0.01) & (after_click_s < 0.045)].min() > 0.9
    assert activation[(after_click_s > 0.1) & (after_click_s < 0.45)].max() < 0.1
