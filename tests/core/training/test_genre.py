"""The parts of training: augmentation, order, normalisation, recipes, initial weights, temperature."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.features.log_mel import Normalisation
from core.models.genre_cnn import GenreCNN
from core.training.genre.augment import augmented_window, cutmix, mixup
from core.training.genre.data import GenreData
from core.training.genre.module import GenreModule
from core.training.genre.run import fit_temperature
from core.training.loop.data import EpochSampler
from core.training.recipes.genre import GENRE_RECIPES, Augmentation, GenreRecipe
from core.types import GENRES, Split
from tests.support.small_world import SPEC, genre_tracks, small_split

STRONG = GENRE_RECIPES["strong"]
NO_AUGMENTATION = Augmentation(
    time_stretch=1.0,
    band_shift=0.0,
    equaliser_std=0.0,
    gain_std=0.0,
    n_masks=0,
    max_mask_bands=0,
    max_mask_frames=0,
    mixup_alpha=0.4,
)
TRACK = torch.randn(SPEC.n_mels, 1_200, generator=torch.Generator().manual_seed(0))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("n_frames", [400, 401, 1_200])
@pytest.mark.parametrize("seed", range(5))
def test_an_augmented_window_is_a_window(n_frames: int, seed: int) -> None:
    how = Augmentation(time_stretch=1.5, band_shift=0.2)
    window = augmented_window(TRACK[:, :n_frames], SPEC, how, rng(seed))
    assert window.shape == (1, SPEC.n_mels, SPEC.n_frames)
    assert window.dtype == torch.float32
    assert torch.isfinite(window).all()


def test_augmentation_is_a_pure_function_of_the_generator() -> None:
    before = TRACK.clone()
    how = Augmentation()
    one, same, other = (augmented_window(TRACK, SPEC, how, rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(TRACK, before)


def test_without_strength_a_window_is_a_plain_crop() -> None:
    starts = set()
    for seed in range(8):
        window = augmented_window(TRACK, SPEC, NO_AUGMENTATION, rng(seed))[0]
        start = int(torch.argmin((TRACK[0].unfold(0, SPEC.n_frames, 1) - window[0]).abs().sum(1)))
        assert torch.allclose(window, TRACK[:, start : start + SPEC.n_frames], atol=1e-5)
        starts.add(start)
    assert len(starts) > 4  # crops come from all over the track


def test_a_medley_is_made_of_pieces_of_the_track_from_anywhere() -> None:
    times = torch.arange(1_200.0).expand(SPEC.n_mels, -1)
    window = augmented_window(times, SPEC, replace(NO_AUGMENTATION, n_segments=4), rng())[0, 0]
    pieces = window.reshape(4, SPEC.n_frames // 4)
    assert torch.allclose(pieces - pieces[:, :1], torch.arange(100.0).expand(4, -1), atol=1e-2)
    jumps = pieces[1:, 0] - pieces[:-1, -1]
    assert (jumps.abs() > 2).all()


def test_masks_blank_whole_bands_and_frames_with_the_training_mean() -> None:
    how = Augmentation(1.0, 0.0, 0.0, 0.0, n_masks=2, max_mask_bands=8, max_mask_frames=40)
    blank_bands, blank_frames = [], []
    for seed in range(10):
        window = augmented_window(TRACK, SPEC, how, rng(seed))[0]
        blank_bands.append(int((window == 0).all(1).sum()))
        blank_frames.append(int((window == 0).all(0).sum()))
    assert 0 < max(blank_bands) <= 16
    assert 0 < max(blank_frames) <= 80


def test_gain_lifts_a_whole_window_and_the_equaliser_each_band() -> None:
    flat = torch.zeros(SPEC.n_mels, SPEC.n_frames)
    gain = augmented_window(flat, SPEC, Augmentation(1.0, 0.0, 0.0, 0.5, n_masks=0), rng())
    assert float(gain.std()) == pytest.approx(0.0, abs=1e-6)
    assert float(gain.abs().max()) > 0
    equalised = augmented_window(flat, SPEC, Augmentation(1.0, 0.0, 0.5, 0.0, n_masks=0), rng())[0]
    assert torch.equal(equalised, equalised[:, :1].expand_as(equalised))
    assert float(equalised[:, 0].std()) > 0


def batch(n: int = 6) -> tuple[Tensor, Tensor]:
    windows = torch.arange(n, dtype=torch.float32).reshape(n, 1, 1, 1).expand(n, 1, 4, 5)
    return windows, nn.functional.one_hot(torch.arange(n), len(GENRES)).float()


def test_mixup_mixes_windows_and_targets_in_the_same_shares() -> None:
    windows, targets = batch()
    mixed, mixed_targets = mixup(windows, targets, 0.4, rng(3))
    assert torch.allclose(mixed_targets.sum(1), torch.ones(6))
    # Window i holds the number i, and target i is one at i: the target's mean position is the window's value.
    positions = mixed_targets @ torch.arange(len(GENRES), dtype=torch.float32)
    assert torch.allclose(mixed[:, 0, 0, 0], positions, atol=1e-6)
    assert not torch.allclose(mixed, windows)


def test_mixup_uses_each_window_once_as_the_other() -> None:
    windows, targets = batch()
    mixed, mixed_targets = mixup(windows, targets, 0.4, rng(3))
    assert torch.allclose(mixed.sum(0), windows.sum(0), atol=1e-5)
    assert torch.allclose(mixed_targets.sum(0), targets.sum(0), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_cutmix_takes_a_stretch_of_time_from_another_window(seed: int) -> None:
    windows, targets = (each.clone() for each in batch())
    windows = windows[..., :1].repeat(1, 1, 1, 400)
    mixed, mixed_targets = cutmix(windows, targets, rng(seed))
    assert torch.equal(windows, batch()[0][..., :1].repeat(1, 1, 1, 400))
    positions = mixed_targets @ torch.arange(len(GENRES), dtype=torch.float32)
    assert torch.allclose(mixed.mean((1, 2, 3)), positions, atol=1e-4)
    changed = (mixed != windows).any(0)[0, 0]  # all at the same place, in one piece
    assert 0 < changed.sum() < 400
    assert int(changed.int().diff().abs().sum()) <= 2


def test_order_depends_on_seed_and_epoch_alone() -> None:
    def order(seed: int, epoch: int) -> list[tuple[int, int]]:
        sampler = EpochSampler(50, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    walked = EpochSampler(50, 1)
    for epoch in range(3):
        walked.set_epoch(epoch)
        last = list(walked)
    assert last == order(1, 2)
    assert {epoch for epoch, _ in last} == {2}
    assert sorted(index for _, index in last) == list(range(50))
    orders = {tuple(i for _, i in order(*key)) for key in ((1, 2), (1, 3), (2, 2), (2, 1))}
    assert len(orders) == 4


def data(log_mels: LogMelSet, split: Split, recipe: GenreRecipe = GENRE_RECIPES["seed"], seed: int = 0) -> GenreData:
    return GenreData(log_mels, split, SPEC, recipe, seed)


def test_normalisation_sees_the_training_clips_only() -> None:
    split = small_split()
    clips = genre_tracks((*split.train, *split.valid, *split.test), noise=1.0)
    shifted = LogMelSet(
        clips.clip_ids,
        tuple(
            track if clip_id in split.train else 7 * track + 30.0
            for clip_id, track in zip(clips.clip_ids, clips.log_mels, strict=True)
        ),
    )
    tracks = [clips.log_mels[clips.clip_ids.index(clip_id)] for clip_id in split.train]
    expected = Normalisation.fit(tracks, clips_keep_level=True)
    assert data(clips, split, STRONG).normalisation == Normalisation.fit(tracks)
    made = data(shifted, split)
    assert made.normalisation == expected == data(clips, split).normalisation
    trained = torch.cat(made.tracks("train"), dim=1)
    assert torch.allclose(trained.mean(1), torch.zeros(SPEC.n_mels), atol=1e-4)


def test_clips_carry_their_own_genre() -> None:
    split = small_split()
    made = data(genre_tracks((*split.train, *split.valid)), split)
    genre_of = {clip.clip_id: clip.genre for clip in load_clips()}
    for subset in ("train", "valid"):
        assert [GENRES[i] for i in made.genres(subset)] == [genre_of[clip_id] for clip_id in split.members(subset)]


def test_seed_trains_on_the_first_window_as_it_is_and_strong_does_not() -> None:
    split = small_split()
    clips = genre_tracks((*split.train, *split.valid), n_frames=500, noise=1.0)
    plain = data(clips, split).train_dataloader().dataset
    first = data(clips, split).tracks("train")[2][None, :, : SPEC.n_frames]
    assert torch.equal(plain[(0, 2)][0], first)
    assert torch.equal(plain[(5, 2)][0], first)
    augmented = data(clips, split, STRONG).train_dataloader().dataset
    assert torch.equal(augmented[(0, 2)][0], augmented[(0, 2)][0])
    assert not torch.equal(augmented[(0, 2)][0], augmented[(1, 2)][0])
    assert not torch.equal(
        augmented[(0, 2)][0], data(clips, split, STRONG, seed=1).train_dataloader().dataset[(0, 2)][0]
    )
    valid = data(clips, split, STRONG).val_dataloader().dataset
    assert torch.equal(valid[0, 0][0], data(clips, split, STRONG).tracks("valid")[0][None, :, : SPEC.n_frames])


def test_recipe_seed_is_the_studys_to_the_letter() -> None:
    assert GENRE_RECIPES["seed"] == GenreRecipe(
        name="seed",
        epochs=30,
        batch_size=32,
        learning_rate=0.001,
        embedding_rate=1.0,
        other_rate=1.0,
        weight_decay=0.0,
        patience=10,
        one_cycle=False,
        averaging_decay=None,
        augmentation=None,
        hop_frames=None,
        calibrate=False,
        clips_keep_level=True,
    )
    optimiser = GenreModule(GENRE_RECIPES["seed"], 0).configure_optimizers()
    assert type(optimiser) is torch.optim.Adam
    assert optimiser.defaults["lr"] == 0.001
    assert optimiser.defaults["weight_decay"] == 0.0
    assert optimiser.defaults["betas"] == (0.9, 0.999)


def test_recipes_go_by_their_own_names() -> None:
    assert {key: recipe.name for key, recipe in GENRE_RECIPES.items()} == {
        "seed": "seed",
        "seed-all-epochs": "seed-all-epochs",
        "strong": "strong",
    }


def test_genre_cnn_has_the_layers_of_the_study() -> None:
    convolutions = [m for m in GenreCNN().modules() if isinstance(m, nn.Conv2d)]
    assert [(c.in_channels, c.out_channels, c.kernel_size, c.padding, c.stride) for c in convolutions] == [
        (1, 64, (5, 5), (2, 2), (1, 1)),
        (64, 128, (5, 5), (2, 2), (1, 1)),
        (128, 128, (3, 3), (1, 1), (1, 1)),
    ]
    assert [m.num_features for m in GenreCNN().modules() if isinstance(m, nn.BatchNorm2d)] == [64, 128, 128]
    assert [m.kernel_size for m in GenreCNN().modules() if isinstance(m, nn.MaxPool2d)] == [(4, 4), (4, 4), (2, 1)]
    linears = [(m.in_features, m.out_features) for m in GenreCNN().modules() if isinstance(m, nn.Linear)]
    assert linears == [(6_400, 128), (128, 10)]
    assert not [m for m in GenreCNN().modules() if isinstance(m, nn.Dropout)]
    convolution_weights = 64 * 25 + 64 + 128 * 64 * 25 + 128 + 128 * 128 * 9 + 128
    rest = 2 * (64 + 128 + 128) + 6_400 * 128 + 128 + 128 * 10 + 10
    assert sum(p.numel() for p in GenreCNN().parameters()) == convolution_weights + rest


def test_genre_cnn_equals_the_textbook_order_of_layers() -> None:
    """Activation before pooling, usual memory layout: the same values."""
    torch.manual_seed(0)
    net = GenreCNN().eval()
    windows = torch.randn(2, 1, SPEC.n_mels, SPEC.n_frames)
    with torch.inference_mode():
        maps = windows
        for conv, norm, pool, _ in [block for block in net.convolutions if isinstance(block, nn.Sequential)]:
            weight = conv.weight.contiguous()
            maps = pool(torch.relu(norm(nn.functional.conv2d(maps, weight, conv.bias, padding=conv.padding))))
        expected = net.classifier(torch.relu(net.embedding[0](maps.flatten(1))))
        assert torch.allclose(net(windows), expected, atol=1e-4)


def test_weights_start_kaiming_uniform_with_zero_biases() -> None:
    for module in GenreCNN().modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            bound = math.sqrt(6 / module.weight[0].numel())
            largest = float(module.weight.detach().abs().max())
            assert largest <= bound
            assert largest > 0.97 * bound
            assert float(module.weight.detach().std()) == pytest.approx(bound / math.sqrt(3), rel=0.1)
            assert module.bias is not None
            assert not module.bias.any()


@pytest.mark.parametrize("temperature", [0.5, 2.5])
def test_temperature_is_recovered(temperature: float) -> None:
    """Genres are drawn from softmax(logits); the logits handed in are over- or underconfident by a known factor."""
    generator = rng(1)
    logits = generator.normal(0.0, 2.0, (400, len(GENRES)))
    genres = np.array([generator.choice(len(GENRES), p=np.exp(row) / np.exp(row).sum()) for row in logits])
    scaled = [torch.tensor(row * temperature, dtype=torch.float32).expand(2, -1) for row in logits]
    assert fit_temperature(scaled, genres) == pytest.approx(temperature, rel=0.2)


def test_weight_decay_of_the_study_s_recipe_reaches_the_optimiser() -> None:
    decayed = replace(GENRE_RECIPES["seed"], weight_decay=0.5)
    optimiser = GenreModule(decayed, 0).configure_optimizers()
    assert isinstance(optimiser, torch.optim.AdamW)
    assert [group["weight_decay"] for group in optimiser.param_groups] == [0.5]
