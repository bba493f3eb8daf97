"""Training of the compact tempo model: labels that move with the music, learning at all, stopping and going on."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from core.data.beats import Beats, load_beats
from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.errors import CheckpointError, TrainingError
from core.features.log_mel import FeatureSpec
from core.inference.load import load_tempo
from core.inference.tempo import predict_tempo, unshifted
from core.models.checkpoint import Inference, describe
from core.models.tempo_tcn import TempoOutput, TempoTCN
from core.rhythm.tempo import N_BINS, bin_position, soft_label
from core.runs.request import Hardware
from core.training.loop.settings import Run
from core.training.recipes.tempo import TEMPO_FEATURES, TEMPO_RECIPES, TempoRecipe
from core.training.tempo import module as tempo_module
from core.training.tempo.data import StretchedWindows, TempoData, TempoTrack, WholeTracks, beat_target, labelled
from core.training.tempo.module import TempoModule, tempo_losses
from core.training.tempo.run import train_tempo
from core.training.tempo.synthetic_tracks import synthetic_tracks, tracks_without_tempo
from tests.support.small_world import save_genre_cnn, small_split

FRAME_S = TEMPO_FEATURES.frame_s
SHORT = dataclasses.replace(TEMPO_FEATURES, n_frames=300)
SPLIT = small_split(n_train=4, n_valid=2)

# Lightning says that two batches are few, and rightly so.
pytestmark = pytest.mark.filterwarnings("ignore:The number of training batches")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def clicks(beats: Beats, n_frames: int) -> Tensor:
    """`[64, n_frames]`: every band loud for a frame or two about each beat."""
    target = beat_target(beats.times_s / FRAME_S, n_frames)
    return (3.0 * target - 0.5).expand(64, n_frames).clone()


def click_track(tempo_bpm: float, n_frames: int = 300) -> TempoTrack:
    times_s = np.arange(0.2, n_frames * FRAME_S, 60.0 / tempo_bpm)
    beats = Beats(times_s, np.arange(len(times_s)) % 4 + 1)
    return TempoTrack(clicks(beats, n_frames), beats, tempo_bpm)


def recipe() -> TempoRecipe:
    return dataclasses.replace(TEMPO_RECIPES["quick"], epochs=3, batch_size=2, n_without_tempo=2, features=SHORT)


def clips(n_frames: int = 310) -> LogMelSet:
    """Clicks at the annotated beats of the clips of `SPLIT`, with some noise."""
    ids = tuple(sorted((*SPLIT.train, *SPLIT.valid)))
    noise = torch.Generator().manual_seed(0)
    tracks = [clicks(load_beats()[clip_id], n_frames) for clip_id in ids]
    return LogMelSet(ids, tuple(track + 0.3 * torch.randn(track.shape, generator=noise) for track in tracks))


class TinyNet(nn.Module):
    """Stands in for the network where only the running is tested."""

    def __init__(self, n_members: int) -> None:
        super().__init__()
        self.beats = nn.Conv1d(64, 2, 3, padding=1)
        self.norm = nn.BatchNorm1d(64)
        self.tempo = nn.Linear(64, N_BINS)

    def member_outputs(self, windows: Tensor) -> list[TempoOutput]:
        return [self.outputs(windows)]

    def outputs(self, windows: Tensor) -> TempoOutput:
        features = self.norm(windows[:, 0])
        beat, downbeat = self.beats(features).unbind(1)
        return TempoOutput(beat, downbeat, self.tempo(features.std(-1)))


def test_beat_targets_fade_over_two_frames_and_allow_for_fractions() -> None:
    assert beat_target(np.array([3.0]), 7).tolist() == [0.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    assert beat_target(np.array([2.5]), 5).tolist() == [0.0, 0.25, 0.75, 0.75, 0.25]
    assert beat_target(np.array([-50.0, 900.0]), 4).tolist() == [0.0] * 4
    assert beat_target(np.zeros(0), 4).tolist() == [0.0] * 4


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
def test_labels_move_with_the_music(speed: float) -> None:
    """A click track, resampled: its clicks are where the labels say, its tempo is the tempo times the speed."""
    track = click_track(100.0, 1500)
    start, n_source = 37, round(1000 * speed)
    source = track.features[None, :, start : start + n_source]
    window = nn.functional.interpolate(source, size=1000, mode="linear", align_corners=False)
    batch = labelled(window, track, start, speed, FRAME_S)
    assert float(batch.tempo_bpm) == pytest.approx(100.0 * speed)
    assert batch.tempo.numpy() == pytest.approx(soft_label(100.0 * speed), abs=1e-6)
    assert int(batch.tempo.argmax()) == pytest.approx(bin_position(100.0 * speed), abs=0.51)
    played, expected = window[0, 0], batch.beats
    assert np.corrcoef(played.numpy(), expected.numpy())[0, 1] > 0.98
    assert set(batch.downbeats.nonzero().flatten().tolist()) < set(expected.nonzero().flatten().tolist())


def test_windows_depend_on_seed_epoch_and_track_alone() -> None:
    windows = StretchedWindows((click_track(90.0), click_track(120.0)), recipe(), seed=3)
    first, again = windows[(5, 1)], windows[(5, 1)]
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert not torch.equal(windows[(6, 1)].windows, first.windows)
    assert first.windows.shape == (1, 64, 300)


def test_stretched_windows_keep_beats_and_tempo_together() -> None:
    """The spacing of the beat labels is the tempo label, whatever the draw."""
    longer = dataclasses.replace(SHORT, n_frames=450)
    windows = StretchedWindows((click_track(120.0, 600),), dataclasses.replace(recipe(), features=longer), seed=0)
    tempi = []
    for epoch in range(8):
        batch = windows[(epoch, 0)]
        frames = np.flatnonzero((batch.beats.numpy()[1:-1] > batch.beats.numpy()[:-2])
                                & (batch.beats.numpy()[1:-1] >= batch.beats.numpy()[2:]))  # fmt: skip
        tempi.append(float(batch.tempo_bpm))
        assert 60.0 / (np.diff(frames).mean() * FRAME_S) == pytest.approx(tempi[-1], rel=0.02)
    assert min(tempi) < 115.0
    assert max(tempi) > 125.0
    assert all(95.9 <= tempo <= 150.1 for tempo in tempi)


def test_whole_tracks_are_padded_and_cut_to_a_window() -> None:
    for n_frames in (200, 300, 400):
        batch = WholeTracks((click_track(100.0, n_frames),), SHORT)[0, 0]
        assert batch.windows.shape == (1, 64, 300)
        assert float(batch.tempo_bpm) == 100.0


def test_clips_without_a_tempo_are_left_out() -> None:
    ids = ("reggae.00085", "reggae.00086")
    split = dataclasses.replace(SPLIT, train=ids, valid=ids)
    data = TempoData(LogMelSet(ids, (torch.randn(64, 310),) * 2), split, recipe(), seed=0)
    assert data.clip_ids["train"] == data.clip_ids["valid"] == ("reggae.00085",)


def test_made_tracks_carry_what_is_known_of_them() -> None:
    spec = FeatureSpec(n_fft=1_024, hop_length=441, n_frames=100, f_min_hz=30.0)
    without = tracks_without_tempo(4, spec, seed=1)
    assert all(track.tempo_bpm is None and not len(track.beats.times_s) for track in without)
    assert all(track.log_mel.isfinite().all() for track in without)
    first, *_ = made = synthetic_tracks(1, spec, seed=1)
    assert len(made) > 5
    intervals_s = np.diff(first.beats.times_s)
    assert first.tempo_bpm is not None
    assert intervals_s == pytest.approx(np.full(len(intervals_s), 60.0 / first.tempo_bpm))


def test_unknown_downbeats_cost_nothing() -> None:
    track = click_track(100.0)
    unknown = dataclasses.replace(track, beats=Beats(track.beats.times_s, np.zeros(len(track.beats.times_s), int)))
    batch = labelled(track.features[None], unknown, 0, 1.0, FRAME_S)
    batch = type(batch)(*(value[None] for value in batch))
    output = TempoOutput(torch.zeros(1, 300), torch.full((1, 300), 9.0), torch.zeros(1, N_BINS))
    beats, downbeats, tempo = tempo_losses(output, batch, 5.0)
    assert float(downbeats) == 0.0
    assert float(tempo) == pytest.approx(np.log(N_BINS), abs=1e-4)
    assert float(beats) > np.log(2.0) - 1e-4


def test_a_distribution_of_faster_music_is_moved_back() -> None:
    played = soft_label(132.0)[None]
    assert unshifted(played, 1.1)[0] == pytest.approx(soft_label(120.0), abs=0.02)
    assert unshifted(played, 1.0)[0] == pytest.approx(played[0], abs=1e-5)


def test_a_long_track_is_read_in_windows() -> None:
    torch.manual_seed(0)
    inference = Inference(hop_frames=150, temperature=1.0, speeds=(0.9, 1.0, 1.1))
    reading = predict_tempo(TempoTCN().eval(), torch.randn(64, 700), SHORT, inference)
    assert reading.window_start_s == pytest.approx([0.0, 3.0, 6.0, 8.0])
    assert reading.window_distributions.shape == (4, N_BINS)
    assert reading.estimate.distribution.sum() == pytest.approx(1.0, abs=1e-4)
    assert not reading.estimate.is_clear  # an untrained network knows nothing
    assert len(reading.beat_times_s) == 0


def tiny_run(out: Path, command: str = "python -m core train tempo") -> Run[TempoRecipe]:
    return Run("tempo-tiny", recipe(), SPLIT, 0, out, data_note="made up", command=command)


@pytest.mark.usefixtures("tiny_net")
def test_a_resumed_run_ends_where_an_uninterrupted_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train_tempo(tiny_run(tmp_path / "whole"), clips())

    def on_train_epoch_start(module: TempoModule) -> None:
        if module.current_epoch == 1:
            raise RuntimeError("the power went off")

    with monkeypatch.context() as patch:
        patch.setattr(TempoModule, "on_train_epoch_start", on_train_epoch_start)
        with pytest.raises(RuntimeError, match="power"):
            train_tempo(tiny_run(tmp_path / "cut"), clips())
    with pytest.raises(TrainingError, match="--resume"):
        train_tempo(tiny_run(tmp_path / "cut"), clips())
    resumed = train_tempo(tiny_run(tmp_path / "cut"), clips(), resume=True)
    expected, got = (load_file(tmp_path / name / "tempo-tiny.safetensors") for name in ("whole", "cut"))
    for name, tensor in expected.items():
        assert torch.allclose(got[name].double(), tensor.double(), atol=1e-6), name
    assert resumed.provenance == whole.provenance
    assert resumed.metrics == pytest.approx(whole.metrics)
    assert train_tempo(tiny_run(tmp_path / "cut"), clips(), resume=True) == resumed


@pytest.fixture
def tiny_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempo_module, "TempoTCN", TinyNet)


def test_a_run_exports_a_checkpoint_that_can_be_used(tmp_path: Path) -> None:
    run = dataclasses.replace(tiny_run(tmp_path), recipe=dataclasses.replace(recipe(), epochs=1))
    header = train_tempo(run, clips())
    model = load_tempo("tempo-tiny", tmp_path)
    assert model.header == header
    assert header.metrics.keys() == {"accuracy1", "accuracy2", "mae_bpm"}
    assert (header.kind, header.model, header.provenance.n_train) == ("tempo", "tempo_tcn", 4)
    known = {clip.clip_id: clip.tempo_bpm for clip in load_clips()}
    assert all(known[clip_id] for clip_id in SPLIT.train)
    estimate = model.predict_clip(clips().log_mels[0]).estimate
    assert 28.0 < estimate.tempo_bpm < 340.0
    assert f"{N_BINS}, from 30.00 BPM" in describe("tempo-tiny", tmp_path)


GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.mark.usefixtures("tiny_net")
@pytest.mark.parametrize(
    "hardware",
    [Hardware(precision="bf16-mixed"), pytest.param(Hardware("gpu", "1"), marks=GPU)],
    ids=["half-precision", "gpu"],
)
def test_validation_takes_outputs_of_any_precision_and_device(hardware: Hardware, tmp_path: Path) -> None:
    run = dataclasses.replace(tiny_run(tmp_path), hardware=hardware)
    run = dataclasses.replace(run, recipe=dataclasses.replace(recipe(), epochs=1))
    assert train_tempo(run, clips()).metrics.keys() == {"accuracy1", "accuracy2", "mae_bpm"}


def test_a_genre_checkpoint_is_refused(tmp_path: Path) -> None:
    save_genre_cnn(tmp_path)
    with pytest.raises(CheckpointError, match="tempo-tcn"):
        load_tempo("genre-strong", tmp_path)
