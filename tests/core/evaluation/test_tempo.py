"""Tempo checkpoints on splits, with a network that finds what the made-up clips play: predictions, scores, exports."""

import json
from collections.abc import Mapping
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
from core.evaluation.export import export_checkpoint, export_out_of_fold
from core.evaluation.predictions import Predicted, Single, predict_out_of_fold, predict_subset
from core.evaluation.tempo import evaluate_tempo
from core.inference.load import names
from core.inference.tempo import TempoModel
from core.metrics.significance import mcnemar
from core.metrics.tempo import accuracy1_hits
from core.models.checkpoint import save_checkpoint
from core.models.registry import ARCHITECTURES
from core.results.reference_systems import REFERENCES, load_reference
from core.results.tempo_comparison import truths
from core.results.tempo_predictions import TEMPO_TABLE
from core.rhythm.tempo import estimate_tempo, soft_label
from core.types import GENRES, Split, TempoReading
from tests.support.small_world import (
    CLICK_ARCHITECTURE,
    CLICK_NET,
    TEMPO_SPEC,
    ClickNet,
    click_track,
    save_click_net,
    save_genre_cnn,
    save_tempo_tcn,
    tempo_header,
)

IDS = tuple(clip.clip_id for clip in load_clips())
RHYTHM, MARSYAS = truths("rhythm"), truths("marsyas")
split_of = lru_cache(make_split)


@pytest.fixture(autouse=True)
def click_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)
    monkeypatch.setattr(predictions, "make_split", split_of)


def model() -> Single[TempoReading]:
    return Single(TempoModel(ClickNet().eval(), tempo_header()))


def playing(tempi_bpm: Mapping[str, float]) -> ClipSource:
    ids = tuple(sorted(tempi_bpm))
    log_mels = LogMelSet(ids, tuple(click_track(tempi_bpm[clip_id]) for clip_id in ids))
    return lambda _, __: log_mels


def reading(tempo_bpm: float, confidence: float = 1.0) -> TempoReading:
    """As of a model that says this, the rest of the weight spread evenly."""
    distribution = confidence * soft_label(tempo_bpm) + (1.0 - confidence) * soft_label(None)
    nothing = np.zeros(0, dtype=np.float32)
    estimate = replace(estimate_tempo(distribution), tempo_bpm=tempo_bpm)
    return TempoReading("x", estimate, np.zeros(0), nothing, nothing, nothing[None], nothing, 30.0)


def answers(readings: Mapping[str, TempoReading], train: tuple[str, ...] | None = None) -> Predicted[TempoReading]:
    """Those of a model that was trained on a clip of every genre, none of them asked for."""
    ids = tuple(sorted(readings))
    if train is None:
        train = tuple(next(i for i in IDS if i.startswith(genre) and i not in ids) for genre in GENRES)
    split = Split("stratified", 42, None, train, (), ids)
    return Predicted("tempo-x", (tempo_header("tempo-x"),), (split,), "test", {i: readings[i] for i in ids})


def some_clips(n_per_genre: int = 2) -> tuple[str, ...]:
    return tuple(f"{genre}.{number:05d}" for genre in GENRES for number in range(n_per_genre))


# Answers


def test_predictions_come_in_the_order_asked_for_with_progress() -> None:
    tempi, told = {"rock.00003": 128.0, "blues.00001": 90.0}, []
    ids = ("rock.00003", "blues.00001")
    readings = model().predict_clips(playing(tempi), ids, lambda *done: told.append(done))
    assert tuple(readings) == ids
    assert {i: round(each.estimate.tempo_bpm) for i, each in readings.items()} == {"rock.00003": 128, "blues.00001": 90}
    assert told == [(1, 2), (2, 2)]


def test_missing_clips_are_counted() -> None:
    with pytest.raises(DatasetError, match=r"1 of 2 clips are missing, such as rock\.00000\. Complete"):
        model().predict_clips(playing({"blues.00000": 100.0}), ("blues.00000", "rock.00000"))


def test_clips_without_an_annotated_tempo_do_not_count() -> None:
    split = Split("stratified", 42, None, ("blues.00001",), (), ("blues.00000", "reggae.00086"))
    given = predict_subset(model(), playing({"blues.00000": 100.0, "reggae.00086": 90.0}), split, "test")
    assert evaluate_tempo(given, "x").n == 1
    with pytest.raises(DatasetError, match="No valid clip"):
        evaluate_tempo(predict_subset(model(), playing({}), split, "valid"), "x")


def save_folds(folder: Path) -> None:
    for fold in range(N_FOLDS):
        save_click_net(folder, tempo_header(f"tempo-x-fold{fold}", split="artist_folds", fold=fold))


class Saying(ClickNet):
    """Predicts a tempo of its own, whatever it receives, and no beats."""

    def __init__(self) -> None:
        super().__init__()
        self.tempo_bpm = torch.nn.Parameter(torch.tensor(0.0))

    def outputs(self, windows: torch.Tensor) -> object:
        logits = torch.from_numpy(np.log(soft_label(float(self.tempo_bpm)) + 1e-9))[None]
        output = super().outputs(windows)
        return replace(output, beat_logits=0.0 * output.beat_logits - 5.0, tempo_logits=logits)


def test_out_of_fold_predictions_come_from_the_model_that_has_not_seen_the_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [
        replace(split_of("artist_folds", 42, fold), test=split_of("artist_folds", 42, fold).test[:3])
        for fold in range(5)
    ]
    monkeypatch.setattr(predictions, "make_split", lambda *asked: few[asked[2]])
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, replace(CLICK_ARCHITECTURE, build=lambda _, __: Saying()))
    for fold in range(N_FOLDS):
        net = Saying()
        net.tempo_bpm.data.fill_(80.0 + 10 * fold)
        save_checkpoint(net, tempo_header(f"tempo-x-fold{fold}", split="artist_folds", fold=fold), tmp_path)
    wanted = [clip_id for split in few for clip_id in split.test]
    told: list[tuple[int, int]] = []
    clips = playing(dict.fromkeys(wanted, 0.0))
    given = predict_out_of_fold("tempo-x", tmp_path, clips, lambda *done: told.append(done))
    assert given.system == "tempo-x-oof"
    assert tuple(given.by_clip) == tuple(sorted(wanted))
    assert told == [(i, len(wanted)) for i in range(1, len(wanted) + 1)]
    for fold, split in enumerate(few):
        for clip_id in split.test:
            assert given.by_clip[clip_id].estimate.tempo_bpm == pytest.approx(80.0 + 10 * fold, rel=0.005)
    report = evaluate_tempo(given, "made up")
    assert (report.checkpoint, report.split, report.fold, report.n) == ("tempo-x-oof", "artist_folds", None, 15)
    assert len(report.best_epochs) == N_FOLDS
    assert (report.n_same_recording, report.n_same_artist) == (0, 0)
    assert report.command == "python -m core evaluate tempo --checkpoint tempo-x --out-of-fold --gtzan DIR"
    saved = TEMPO_TABLE.load(export_out_of_fold("tempo-x", tmp_path, clips, tmp_path), tmp_path)
    assert saved.system == "tempo-x-oof"
    assert set(saved.subsets.values()) == {"test"}
    assert tuple(saved.by_clip) == tuple(given.by_clip)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"fold": 1}, "Train it on fold 0"), ({"split": "stratified", "fold": None}, "Train it on fold 0")],
)
def test_a_model_that_has_seen_the_clips_is_refused(change: dict[str, object], message: str, tmp_path: Path) -> None:
    save_folds(tmp_path)
    described = tempo_header("tempo-x-fold0", split="artist_folds", fold=0)
    save_click_net(tmp_path, replace(described, provenance=replace(described.provenance, **change)))
    with pytest.raises(DatasetError, match=message):
        predict_out_of_fold("tempo-x", tmp_path, playing({}))


def test_folds_must_fit_together(tmp_path: Path) -> None:
    save_folds(tmp_path)
    save_click_net(tmp_path, tempo_header("tempo-x-fold1", split="artist_folds", split_seed=1, fold=1))
    with pytest.raises(DatasetError, match="split seed"):
        predict_out_of_fold("tempo-x", tmp_path, playing({}))
    other = replace(TEMPO_SPEC, n_frames=400)
    save_click_net(tmp_path, replace(tempo_header("tempo-x-fold1", split="artist_folds", fold=1), features=other))
    with pytest.raises(DatasetError, match="other features"):
        predict_out_of_fold("tempo-x", tmp_path, playing({}))
    (tmp_path / "tempo-x-fold3.json").unlink()
    with pytest.raises(CheckpointError, match="tempo-x-fold3"):
        predict_out_of_fold("tempo-x", tmp_path, playing({}))


def test_tempo_models_differ_from_other_checkpoints(tmp_path: Path) -> None:
    save_genre_cnn(tmp_path)
    save_click_net(tmp_path)
    save_tempo_tcn(tmp_path, "tempo-untrained")
    assert names("tempo", tmp_path) == ["tempo-untrained", "tempo-tcn"], "in the order of the registry"


# Scores


def test_a_perfect_prediction_scores_perfectly() -> None:
    ids = some_clips()
    report = evaluate_tempo(answers({i: reading(RHYTHM[i]) for i in ids}), "made up")
    score = report.rhythm.score
    assert (report.n, score.n, score.accuracy1, score.accuracy2, score.mae_bpm) == (20, 20, 1.0, 1.0, 0.0)
    assert score.shares.exact == 1.0
    assert set(report.rhythm.curve.accuracy1) == {1.0}
    assert [genre.genre for genre in report.rhythm.genres] == sorted(GENRES)
    assert all((genre.n, genre.accuracy1) == (2, 1.0) for genre in report.rhythm.genres)
    assert report.clear_share == 1.0
    assert report.clear_accuracy1 == 1.0
    assert (report.model, report.recipe, report.seed, report.best_epochs) == (CLICK_NET, "strong", 7, (39,))
    assert (report.split, report.split_seed, report.fold, report.subset) == ("stratified", 42, None, "test")
    assert (report.data, report.commit) == ("made up", "abc1234")
    json.dumps(asdict(report))  # plain numbers only


def test_both_annotations_are_scored_each_by_its_own() -> None:
    ids = [i for i in some_clips(6) if abs(RHYTHM[i] - 2 * MARSYAS[i]) < 0.02 * RHYTHM[i]]
    assert len(ids) >= 3  # the second annotation is often at half the tempo
    report = evaluate_tempo(answers({i: reading(MARSYAS[i]) for i in ids}), "made up")
    assert report.marsyas.score.accuracy1 == 1.0
    assert report.rhythm.score.accuracy1 == 0.0
    assert report.rhythm.score.shares.half == 1.0
    assert report.rhythm.score.mean_octave_error == pytest.approx(-1.0, abs=0.05)
    # The double of the estimate is the other annotated tempo, and all weight beyond the estimate is spread evenly.
    assert report.p_score_n == len(ids)
    assert report.p_score is not None
    assert 0.5 <= report.p_score <= 1.0


def test_p_score_asks_for_both_tempi_and_only_where_there_are_two() -> None:
    apart = [i for i in some_clips(6) if abs(RHYTHM[i] - 2 * MARSYAS[i]) < 0.02 * RHYTHM[i]]
    alike = [i for i in some_clips(6) if abs(RHYTHM[i] - MARSYAS[i]) < 0.02 * RHYTHM[i]][:3]
    both = {i: estimate_tempo(0.6 * soft_label(RHYTHM[i]) + 0.4 * soft_label(MARSYAS[i])) for i in apart}
    readings = {i: replace(reading(100.0), estimate=estimate) for i, estimate in both.items()}
    report = evaluate_tempo(answers(readings | {i: reading(RHYTHM[i]) for i in alike}), "x")
    assert (report.p_score_n, report.p_score) == (len(apart), 1.0)
    report = evaluate_tempo(answers({i: reading(RHYTHM[i]) for i in alike}), "x")
    assert (report.p_score_n, report.p_score, report.p_score_interval) == (0, None, None)


def test_baselines_are_the_medians_of_training() -> None:
    ids = some_clips()
    train = tuple(f"{genre}.{number:05d}" for genre in GENRES for number in range(10, 13))
    report = evaluate_tempo(answers({i: reading(RHYTHM[i]) for i in ids}, train), "made up")
    median, genre_median, *references = report.rhythm.rivals
    assert [each.role for each in report.rhythm.rivals] == ["floor"] * 2 + ["peer"] * len(REFERENCES)
    middle = float(np.median([RHYTHM[i] for i in train]))
    assert median.mae_bpm == pytest.approx(np.mean([abs(RHYTHM[i] - middle) for i in ids]))
    of_genre = {genre: np.median([RHYTHM[i] for i in train if i.startswith(genre)]) for genre in GENRES}
    expected = np.mean([abs(RHYTHM[i] - of_genre[i.split(".")[0]]) for i in ids])
    assert genre_median.mae_bpm == pytest.approx(expected)
    marsyas_middle = float(np.median([MARSYAS[i] for i in train]))
    expected = np.mean([abs(MARSYAS[i] - marsyas_middle) for i in ids])
    assert report.marsyas.rivals[0].mae_bpm == pytest.approx(expected)
    assert [each.name for each in references] == [info.name for info in REFERENCES]


def test_reference_systems_are_compared_clip_by_clip() -> None:
    ids = some_clips(5)
    right = set(ids[::2])
    report = evaluate_tempo(answers({i: reading(RHYTHM[i] * (1.0 if i in right else 1.5)) for i in ids}), "x")
    reference = load_reference("boeck2020")
    found = next(each for each in report.rhythm.rivals if each.name == "boeck2020")
    hits = accuracy1_hits(reference.predictions(ids), [RHYTHM[i] for i in ids])
    assert found.n == len(ids)
    assert found.accuracy1 == pytest.approx(hits.mean())
    assert found.mcnemar == mcnemar(np.array([i in right for i in ids]), hits)
    assert found.accuracy1_difference.difference == pytest.approx(0.5 - hits.mean())
    ours = np.array([0.0 if i in right else 0.5 * RHYTHM[i] for i in ids])
    theirs = np.abs(np.array(reference.predictions(ids)) - np.array([RHYTHM[i] for i in ids]))
    assert found.mae_difference_bpm.difference == pytest.approx(float((ours - theirs).mean()))
    assert found.mae_bpm == pytest.approx(theirs.mean())


def test_leaks_unclear_clips_and_levels_are_counted() -> None:
    marley = [clip.clip_id for clip in load_clips() if clip.artist == "Bob Marley" and not clip.repetition_group][:2]
    strangers = ("classical.00000", "metal.00000")
    ids = (marley[1], *strangers)
    train = (marley[0], "classical.00050", "metal.00050")
    readings = {i: reading(RHYTHM[i]) for i in ids} | {"metal.00000": reading(1.5 * RHYTHM["metal.00000"], 0.1)}
    report = evaluate_tempo(answers(readings, train), "made up")
    assert (report.n_same_recording, report.n_same_artist) == (0, 1)
    assert report.accuracy1_unleaked == 0.5
    assert report.clear_share == pytest.approx(2 / 3)
    assert report.clear_accuracy1 == 1.0
    levels = {clip.clip_id: clip.metrical_levels_bpm for clip in load_clips()}
    assert report.metrical_level_n == sum(bool(levels[i]) for i in ids)
    assert report.metrical_level_share is not None


def test_without_clear_or_unleaked_clips_there_is_no_score_of_them() -> None:
    marley = [clip.clip_id for clip in load_clips() if clip.artist == "Bob Marley" and not clip.repetition_group][:2]
    report = evaluate_tempo(answers({marley[1]: reading(100.0, 0.1)}, (marley[0],)), "x")
    assert (report.clear_share, report.clear_accuracy1, report.accuracy1_unleaked) == (0.0, None, None)


def test_command_says_what_was_measured() -> None:
    given = answers({"blues.00000": reading(100.0)})
    folded = replace(given, splits=(Split("artist_folds", 1, 2, (), (), ()),), subset="valid")
    assert evaluate_command(folded) == (
        "python -m core evaluate tempo --checkpoint tempo-x --split artist_folds --split-seed 1 --fold 2 "
        "--subset valid --gtzan DIR"
    )
    fixed = replace(given, splits=(Split("fault_filtered", None, None, (), (), ()),))
    assert "seed" not in evaluate_command(fixed)


# Exports


def test_export_marks_the_subset_of_every_clip_and_keeps_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = split_of("stratified", 42)
    few = tuple(sorted((split.train[0], split.valid[0], split.test[0], "reggae.00086")))
    monkeypatch.setattr("core.evaluation.export.load_clips", lambda: [c for c in load_clips() if c.clip_id in few])
    clips = playing(dict.fromkeys(few, 120.0) | {few[0]: 0.0})
    saved = TEMPO_TABLE.load(export_checkpoint(model(), clips, tmp_path), tmp_path)
    assert saved.system == "tempo-tcn"
    assert tuple(saved.by_clip) == few
    assert dict(saved.subsets) == {i: split.subset_of[i] for i in few}
    assert "split seed 42" in saved.description
    assert not saved.by_clip[few[0]].estimate.is_clear
    assert len(saved.by_clip[few[0]].beat_times_s) == 0
    assert saved.by_clip[few[1]].estimate.tempo_bpm == pytest.approx(120.0, rel=0.005)
    assert np.diff(saved.by_clip[few[1]].beat_times_s) == pytest.approx(0.5, abs=0.02)
