"""Scores on splits, saved predictions and spectrograms, with a network whose answers are known beforehand."""

import json
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch

from core.data.clips import load_clips
from core.data.log_mels import LogMelSet
from core.data.splits import N_FOLDS, make_split
from core.errors import CheckpointError, DatasetError
from core.evaluation import predictions
from core.evaluation.clips import ClipSource
from core.evaluation.command import evaluate_command
from core.evaluation.evaluate import evaluate
from core.evaluation.export import export_checkpoint, export_out_of_fold, export_spectrograms
from core.evaluation.genre import labels_of
from core.evaluation.predictions import Checkpoint, Predicted, Single, predict_subset, trained_on, with_windows
from core.inference.genre import GenreModel
from core.metrics.genre import wilson_interval
from core.models.registry import ARCHITECTURES
from core.results import spectrograms
from core.results.genre_predictions import GENRE_TABLE
from core.results.genre_reports import GenreReport
from core.results.spectrograms import spectrogram
from core.types import GENRES, GenreEstimate, Split, Subset
from tests.support.small_world import BAND_ARCHITECTURE, BAND_NET, SPEC, BandNet, genre_track, header, save_band_net

ALL_IDS = tuple(clip.clip_id for clip in load_clips())
TRACKS = {genre: genre_track(genre) for genre in GENRES}
CLIPS = LogMelSet(ALL_IDS, tuple(TRACKS[clip.genre] for clip in load_clips()))
"""Every clip plainly shows its genre."""


split_of = lru_cache(make_split)
"""Real splits, each made once for all tests."""


@pytest.fixture(autouse=True)
def band_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    monkeypatch.setattr(predictions, "make_split", split_of)


def model(hop_frames: int | None = 100) -> Single[GenreEstimate]:
    return Single(GenreModel(BandNet(), header(hop_frames=hop_frames)))


def given(log_mels: LogMelSet) -> ClipSource:
    """The same spectrograms, whatever is asked for."""
    return lambda _, __: log_mels


def scored(
    checkpoint: Checkpoint[GenreEstimate],
    log_mels: LogMelSet,
    split: Split,
    subset: Subset = "test",
    windows: str = "own",
) -> GenreReport:
    row = evaluate(
        predict_subset(with_windows(checkpoint, windows), given(log_mels), split, subset), "made up", windows
    )
    assert isinstance(row, GenreReport)
    return row


def showing(wrong: dict[str, str], ids: tuple[str, ...] = ALL_IDS) -> LogMelSet:
    """Clips that show their genre, but for some that show another."""
    return LogMelSet(ids, tuple(TRACKS[wrong.get(clip_id, clip_id.split(".")[0])] for clip_id in ids))


def leaking_split() -> tuple[Split, str, str]:
    """Three training clips, four test clips: one of the same recording, one more of the same artist, two of neither."""
    by_recording: dict[str, list[str]] = {}
    for clip in load_clips():
        if clip.repetition_group and clip.genre == "pop":
            by_recording.setdefault(clip.repetition_group, []).append(clip.clip_id)
    first, second = next(ids for ids in by_recording.values() if len(ids) >= 2)[:2]
    marley = [clip.clip_id for clip in load_clips() if clip.artist == "Bob Marley" and not clip.repetition_group][:2]
    strangers = ("classical.00000", "metal.00000")
    train = tuple(sorted((first, marley[0], "reggae.00099")))
    return Split("stratified", 42, None, train, (), tuple(sorted((second, marley[1], *strangers)))), second, marley[1]


def test_predictions_come_in_the_order_asked_for() -> None:
    ids = ("rock.00003", "blues.00001", "jazz.00009")
    told: list[tuple[int, int]] = []
    predicted = model().predict_clips(given(CLIPS), ids, lambda *done: told.append(done))
    assert tuple(predicted) == ids
    assert [each.genre for each in predicted.values()] == ["rock", "blues", "jazz"]
    assert all(each.probs.sum() == pytest.approx(1.0, abs=1e-5) for each in predicted.values())
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_missing_clips_are_counted() -> None:
    some = LogMelSet(ALL_IDS[:2], CLIPS.log_mels[:2])
    with pytest.raises(DatasetError, match=r"1 of 2 clips are missing, such as rock\.00000\. Complete"):
        model().predict_clips(given(some), (ALL_IDS[0], "rock.00000"))


@pytest.mark.parametrize(
    ("hop_frames", "windows", "said"),
    [(None, "own", "blues"), (None, "first", "blues"), (None, "mean", "rock"), (100, "own", "rock"),
     (100, "first", "blues"), (100, "mean", "rock")],
)  # fmt: skip
def test_which_windows_count(hop_frames: int | None, windows: str, said: str) -> None:
    track = torch.cat([genre_track("blues", 400), genre_track("rock", 800)], dim=1)
    clips = LogMelSet(("rock.00000",), (track,))
    predicted = with_windows(model(hop_frames), windows).predict_clips(given(clips), ("rock.00000",))
    assert predicted["rock.00000"].genre == said
    split = Split("stratified", 42, None, ("blues.00000",), (), ("rock.00000",))
    report = scored(model(hop_frames), clips, split, windows=windows)
    assert report.windows == ("first" if said == "blues" else "mean")


def test_labels_are_the_true_genres() -> None:
    assert labels_of(("rock.00000", "blues.00000")).tolist() == [GENRES.index("rock"), GENRES.index("blues")]


def test_report_counts_what_leaks_and_scores_the_rest_apart() -> None:
    split, same_recording, same_artist = leaking_split()
    wrong = {"metal.00000": "rock"}
    report = scored(model(), showing(wrong), split)
    assert (report.n, report.accuracy) == (4, 0.75)
    assert report.n_same_recording == 1
    assert 1 <= report.n_same_artist <= 2
    assert report.accuracy_unleaked == 0.5  # of the two strangers one is wrong
    assert (report.accuracy_low, report.accuracy_high) == wilson_interval(3, 4)
    assert report.majority_floor == 0.25  # reggae leads in training, one test clip of four is reggae
    assert same_recording in split.test
    assert same_artist in split.test
    assert report.confusion[GENRES.index("metal")][GENRES.index("rock")] == 1
    assert sum(map(sum, report.confusion)) == 4
    assert (report.split, report.split_seed, report.fold, report.subset) == ("stratified", 42, None, "test")
    assert (report.recipe, report.seed, report.best_epoch, report.epochs) == ("strong", 7, 39, 40)
    assert (report.commit, report.data) == ("abc1234", "made up")
    json.dumps(asdict(report))  # plain numbers only


def test_leakage_of_another_subset_is_that_subsets() -> None:
    split, _, _ = leaking_split()
    turned = replace(split, test=("classical.00001",), valid=split.test)
    assert scored(model(), CLIPS, turned, "valid").n_same_recording == 1
    assert scored(model(), CLIPS, turned).n_same_recording == 0


def test_where_everything_leaks_there_is_no_score_of_the_rest() -> None:
    split, same_recording, _ = leaking_split()
    only = replace(split, test=(same_recording,))
    assert scored(model(), CLIPS, only).accuracy_unleaked is None


def test_command_says_what_was_measured() -> None:
    predicted = Predicted("genre-x", (header(),), (split_of("artist_folds", 1, 2),), "valid", {}, "first")
    command = evaluate_command(predicted)
    assert command == (
        "python -m core evaluate genre --checkpoint genre-x --split artist_folds --split-seed 1 --fold 2 "
        "--subset valid --windows first --gtzan DIR"
    )
    fixed = evaluate_command(replace(predicted, splits=(split_of("fault_filtered"),), subset="test", windows="own"))
    assert "seed" not in fixed
    assert "windows" not in fixed


def test_own_split_is_the_one_of_the_header() -> None:
    assert trained_on(header(split="stratified", split_seed=3)) == split_of("stratified", 3)
    assert trained_on(header(split="fault_filtered", split_seed=None)) == split_of("fault_filtered")


def test_export_marks_the_subset_of_every_clip(tmp_path: Path) -> None:
    assert export_checkpoint(model(), given(CLIPS), tmp_path) == "genre-strong"
    loaded = GENRE_TABLE.load("genre-strong", tmp_path)
    split = split_of("stratified", 42)
    assert tuple(loaded.by_clip) == ALL_IDS
    for subset in ("train", "valid", "test"):
        assert {i for i, mark in loaded.subsets.items() if mark == subset} == set(split.members(subset))
    assert all(GENRES[int(probs.argmax())] == clip_id.split(".")[0] for clip_id, probs in loaded.by_clip.items())
    assert "split seed 42" in loaded.description


def test_clips_outside_a_split_count_as_test(tmp_path: Path) -> None:
    fixed = Single(GenreModel(BandNet(), header(split="fault_filtered", split_seed=None)))
    exported = GENRE_TABLE.load(export_checkpoint(fixed, given(CLIPS), tmp_path), tmp_path)
    outside = set(ALL_IDS) - split_of("fault_filtered").subset_of.keys()
    assert outside
    assert {exported.subsets[clip_id] for clip_id in outside} == {"test"}


def save_folds(folder: Path) -> None:
    """Five models that differ in their confidence."""
    for fold in range(N_FOLDS):
        save_band_net(folder, header(f"genre-x-fold{fold}", split="artist_folds", fold=fold), scale=0.5 + 0.1 * fold)


def test_out_of_fold_predictions_come_from_the_model_that_has_not_seen_the_clip(tmp_path: Path) -> None:
    save_folds(tmp_path)
    loaded = GENRE_TABLE.load(export_out_of_fold("genre-x", tmp_path, given(CLIPS), tmp_path), tmp_path)
    assert loaded.system == "genre-x-oof"
    assert tuple(loaded.by_clip) == ALL_IDS
    assert set(loaded.subsets.values()) == {"test"}
    for fold in range(N_FOLDS):
        odds = np.exp(3.0 * (0.5 + 0.1 * fold))
        for clip_id in split_of("artist_folds", 42, fold).test:
            assert loaded.by_clip[clip_id].max() == pytest.approx(odds / (odds + 9), abs=2e-4)


@pytest.mark.parametrize("change", [{"fold": 1}, {"split": "stratified", "fold": None}], ids=["fold", "split"])
def test_out_of_fold_refuses_a_model_that_has_seen_the_clips(change: dict[str, object], tmp_path: Path) -> None:
    save_folds(tmp_path)
    described = header("genre-x-fold0", split="artist_folds", fold=0)
    save_band_net(tmp_path, replace(described, provenance=replace(described.provenance, **change)))
    with pytest.raises(DatasetError, match="Train it on fold 0"):
        export_out_of_fold("genre-x", tmp_path, given(CLIPS), tmp_path)
    assert not (tmp_path / "predictions").exists()


def test_out_of_fold_needs_folds_of_one_split_seed(tmp_path: Path) -> None:
    """Folds of different seeds overlap, and leave clips out."""
    save_folds(tmp_path)
    save_band_net(tmp_path, header("genre-x-fold1", split="artist_folds", split_seed=1, fold=1))
    with pytest.raises(DatasetError, match="split seed"):
        export_out_of_fold("genre-x", tmp_path, given(CLIPS), tmp_path)


def test_out_of_fold_needs_all_folds(tmp_path: Path) -> None:
    save_folds(tmp_path)
    (tmp_path / "genre-x-fold0.json").unlink()
    with pytest.raises(CheckpointError, match="genre-x-fold0"):
        export_out_of_fold("genre-x", tmp_path, given(CLIPS), tmp_path)


def test_exported_spectrograms_are_the_first_ten_seconds_as_the_model_sees_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = load_clips()[:5]
    for module in ("core.results.spectrograms", "core.evaluation.export"):
        monkeypatch.setattr(f"{module}.load_clips", lambda: few)
    spectrograms._stored_spectrograms.cache_clear()
    tracks = tuple(torch.randn(SPEC.n_mels, 300 + 100 * i).clamp(-3.9, 3.9) for i in range(5))
    export_spectrograms(GenreModel(BandNet(), header()), given(LogMelSet(ALL_IDS[:5], tracks)), tmp_path)
    long, short = spectrogram(ALL_IDS[4], tmp_path), spectrogram(ALL_IDS[0], tmp_path)
    assert np.abs(long - tracks[4][:, :400].numpy()).max() <= 1 / 63
    assert np.abs(short[:, :300] - tracks[0].numpy()).max() <= 1 / 63
    assert np.abs(short[:, 300:] - tracks[0][:, :100].numpy()).max() <= 1 / 63  # repeated
    spectrograms._stored_spectrograms.cache_clear()
