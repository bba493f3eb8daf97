"""A world small enough to be computed at once: made-up spectrograms of genres and beats, networks that read them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from core.data.log_mels import LogMelSet
from core.features.log_mel import FeatureSpec, Normalisation
from core.models.checkpoint import CheckpointHeader, Inference, Provenance, save_checkpoint
from core.models.genre_cnn import GenreCNN
from core.models.registry import Architecture
from core.models.tempo_head import FRAME_S, tempogram
from core.models.tempo_tcn import TempoOutput, TempoTCN
from core.rhythm.tempo import BINS_PER_OCTAVE, N_BINS, TEMPO_LABELS, bin_position
from core.types import GENRES, Split

SPEC = FeatureSpec()
BAND_NET = "band_net"
"""Name under which tests register `BAND_ARCHITECTURE`."""

TEMPO_SPEC = FeatureSpec(n_fft=1_024, hop_length=441, n_frames=300, f_min_hz=30.0)
"""As the compact tempo model's, with windows of 6 s."""
CLICK_NET = "click_net"
"""Name under which tests register `CLICK_ARCHITECTURE`."""

_BANDS_PER_GENRE = SPEC.n_mels // len(GENRES)


class BandNet(nn.Module):
    """Says the genre whose share of the bands is loudest; `scale` sets how sure it is of it."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, windows: Tensor) -> Tensor:
        """`[W, 1, 64, 400]` to `[W, 10]`."""
        bands = windows[:, 0, : _BANDS_PER_GENRE * len(GENRES)].mean(-1)
        return self.scale * bands.reshape(len(windows), len(GENRES), _BANDS_PER_GENRE).mean(-1)


BAND_ARCHITECTURE = Architecture("genre", lambda _, __: BandNet(), "genres", GENRES)


def genre_track(genre: str, n_frames: int = SPEC.n_frames, level: float = 3.0) -> Tensor:
    """`[64, T]`: `level` in the bands that `BandNet` takes for a genre, zero elsewhere."""
    track = torch.zeros(SPEC.n_mels, n_frames)
    first = _BANDS_PER_GENRE * GENRES.index(genre)
    track[first : first + _BANDS_PER_GENRE] = level
    return track


def genre_tracks(clip_ids: tuple[str, ...], n_frames: int = SPEC.n_frames, noise: float = 0.0) -> LogMelSet:
    """A spectrogram for each clip that shows the genre it is named by, with noise of its own."""
    ids = tuple(sorted(clip_ids))
    rng = torch.Generator().manual_seed(0)
    tracks = [genre_track(clip_id.split(".")[0], n_frames) for clip_id in ids]
    return LogMelSet(ids, tuple(track + noise * torch.randn(track.shape, generator=rng) for track in tracks))


def small_split(n_train: int = 4, n_valid: int = 2, n_test: int = 2) -> Split:
    """Clips of blues and rock, in equal parts in every subset."""
    ids = [f"{genre}.{number:05d}" for number in range(20) for genre in ("blues", "rock")]
    train, valid, test = ids[:n_train], ids[n_train : n_train + n_valid], ids[n_train + n_valid :][:n_test]
    return Split("stratified", 42, None, tuple(sorted(train)), tuple(sorted(valid)), tuple(sorted(test)))


def header(
    name: str = "genre-strong",
    model: str = BAND_NET,
    hop_frames: int | None = 100,
    temperature: float = 1.0,
    split: str = "stratified",
    split_seed: int | None = 42,
    fold: int | None = None,
) -> CheckpointHeader:
    """A header with nothing to normalise: mean 0, standard deviation 1."""
    return CheckpointHeader(
        name=name,
        kind="genre",
        model=model,
        labels=GENRES,
        features=SPEC,
        normalisation=Normalisation((0.0,) * SPEC.n_mels, (1.0,) * SPEC.n_mels),
        inference=Inference(hop_frames, temperature),
        provenance=Provenance(
            data="GTZAN, 32 kb/s MP3 copy, 8 kHz bandwidth",
            recipe="strong",
            split=split,
            split_seed=split_seed,
            fold=fold,
            seed=7,
            n_train=599,
            n_valid=200,
            epochs=40,
            best_epoch=39,
            commit="abc1234",
            command="python -m core train genre --recipe strong --gtzan DIR --out DIR",
            date="2025-01-31",
        ),
        metrics={"accuracy": 0.8125, "log_loss": 0.6543},
        n_parameters=1,
        weights_sha256="",
    )


def save_band_net(folder: Path, described: CheckpointHeader | None = None, scale: float = 1.0) -> CheckpointHeader:
    """Writes a checkpoint of a `BandNet`."""
    return save_checkpoint(BandNet(scale), described or header(), folder)


def save_genre_cnn(folder: Path, name: str = "genre-strong") -> CheckpointHeader:
    """Writes a checkpoint of the real network, as it is before training."""
    torch.manual_seed(0)
    return save_checkpoint(GenreCNN(), header(name, model="genre_cnn"), folder)


class ClickNet(TempoTCN):
    """Takes loudness for beats, and the strongest rate of it near 110 BPM for the tempo; steady sound has none."""

    def __init__(self, n_members: int = 1) -> None:
        nn.Module.__init__(self)  # none of the layers of a TempoTCN, however many members are asked for
        self.scale = nn.Parameter(torch.tensor(60.0))

    def outputs(self, windows: Tensor) -> TempoOutput:
        """`[B, 1, 64, T]` to beats and tempo."""
        loudness = windows[:, 0].mean(1)
        strengths = tempogram(loudness[:, None])[:, 0, 2 * BINS_PER_OCTAVE : -2 * BINS_PER_OCTAVE]
        octaves = (torch.arange(N_BINS) - bin_position(110.0)) / BINS_PER_OCTAVE
        near = torch.exp(-0.5 * (octaves / 0.4) ** 2)
        beats = 4.0 * (loudness - 1.0)
        return TempoOutput(beats, beats - 2.0, self.scale * strengths * near)


CLICK_ARCHITECTURE = Architecture("tempo", lambda _, __: ClickNet(), "tempi and beats", TEMPO_LABELS)


def click_track(tempo_bpm: float, n_frames: int = TEMPO_SPEC.n_frames, first_s: float = 0.2) -> Tensor:
    """`[64, n_frames]`: every band loud for a frame or two about each beat; a tempo of 0 has no beats."""
    times_s = np.arange(n_frames) * FRAME_S
    if not tempo_bpm:
        return torch.zeros(TEMPO_SPEC.n_mels, n_frames)
    phase = (times_s - first_s) * tempo_bpm / 60.0
    distance_s = np.abs(phase - np.round(phase)) * 60.0 / tempo_bpm
    loudness = 3.0 * np.exp(-0.5 * (distance_s / FRAME_S) ** 2)
    return torch.from_numpy(loudness.astype(np.float32)).expand(TEMPO_SPEC.n_mels, n_frames).clone()


def tempo_header(
    name: str = "tempo-tcn",
    split: str = "stratified",
    split_seed: int | None = 42,
    fold: int | None = None,
    model: str = CLICK_NET,
) -> CheckpointHeader:
    """As `header`, of a tempo checkpoint."""
    return replace(
        header(name, model, hop_frames=150, split=split, split_seed=split_seed, fold=fold),
        kind="tempo",
        labels=TEMPO_LABELS,
        features=TEMPO_SPEC,
        metrics={"accuracy1": 0.8, "accuracy2": 0.9, "mae_bpm": 12.0},
    )


def save_click_net(folder: Path, described: CheckpointHeader | None = None) -> CheckpointHeader:
    """Writes a checkpoint of a `ClickNet`."""
    return save_checkpoint(ClickNet(), described or tempo_header(), folder)


def save_tempo_tcn(folder: Path, name: str = "tempo-tcn") -> CheckpointHeader:
    """Writes a checkpoint of the real network, as it is before training."""
    torch.manual_seed(0)
    return save_checkpoint(TempoTCN(), tempo_header(name, model="tempo_tcn"), folder)
