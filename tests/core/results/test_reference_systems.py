"""The peers' table as it ships, scored: the published numbers come out again, so metrics and table are both right."""

import csv
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from core.data.clips import EXCLUDED_CLIP, load_clips
from core.errors import DatasetError
from core.metrics.significance import mcnemar, paired_bootstrap
from core.metrics.tempo import absolute_errors, accuracy1_hits, error_kinds, genre_median_baseline, median_baseline
from core.metrics.tempo_scores import TempoScore, tempo_score, tempo_score_by_genre
from core.results.reference_systems import REFERENCES, REFERENCES_TABLE, load_reference, load_references
from core.system.paths import ROOT

CLIPS = tuple(clip for clip in load_clips() if clip.tempo_bpm is not None)
IDS = tuple(clip.clip_id for clip in CLIPS)
TRUTHS = tuple(clip.tempo_bpm for clip in CLIPS if clip.tempo_bpm is not None)
GENRES_OF_CLIPS = tuple(clip.genre for clip in CLIPS)

# As stated with the table when it was handed over, rounded there: MAE, median AE, Accuracy1, Accuracy2.
STATED = {
    "boeck2020": (12.92, 0.28, 0.830, 0.950),
    "tempocnn_deepsquare_k8": (15.78, 0.62, 0.775, 0.919),
    "madmom_rnn_dbn": (16.35, 0.72, 0.787, 0.939),
    "madmom_rnn_comb": (18.10, 0.73, 0.780, 0.946),
    "tempocnn_fcn": (19.13, 0.62, 0.743, 0.940),
    "essentia_multifeature": (20.88, 0.61, 0.723, 0.922),
    "essentia_percival": (24.04, 0.57, 0.650, 0.887),
    "librosa_tempo": (24.23, 2.36, 0.638, 0.818),
    "librosa_beat_track": (24.26, 2.03, 0.679, 0.876),
}
STATED_BY_GENRE = {
    "blues": 0.83, "classical": 0.56, "country": 0.82, "disco": 0.96, "hiphop": 0.90,
    "jazz": 0.84, "metal": 0.81, "pop": 0.90, "reggae": 0.76, "rock": 0.92,
}  # fmt: skip


def score_of(name: str) -> TempoScore:
    """A reference system on every annotated clip."""
    return tempo_score(load_reference(name).predictions(IDS), TRUTHS, n_resamples=200)


def rounds_to(stated: float, digits: int) -> object:
    """Anything that may have been printed as this number; a five at the end can have been rounded either way."""
    return pytest.approx(stated, rel=0, abs=0.5 * 10**-digits + 1e-9)


def test_the_stated_scores_cover_every_reference_system() -> None:
    assert set(STATED) == {info.name for info in REFERENCES}


@pytest.mark.parametrize("name", sorted(STATED))
def test_every_reference_system_scores_as_stated(name: str) -> None:
    score, (mae_bpm, median_ae_bpm, accuracy1, accuracy2) = score_of(name), STATED[name]
    assert score.n == 998
    assert score.mae_bpm == rounds_to(mae_bpm, 2)
    assert score.median_ae_bpm == rounds_to(median_ae_bpm, 2)
    assert score.accuracy1 == rounds_to(accuracy1, 3)
    assert score.accuracy2 == rounds_to(accuracy2, 3)


def test_boeck2020_scores_as_stated_per_genre() -> None:
    scores = tempo_score_by_genre(load_reference("boeck2020").predictions(IDS), TRUTHS, GENRES_OF_CLIPS, n_resamples=50)
    assert sum(score.n for score in scores.values()) == 998
    assert {genre: score.accuracy1 for genre, score in scores.items()} == {
        genre: rounds_to(stated, 2) for genre, stated in STATED_BY_GENRE.items()
    }


def test_boeck2020_errs_as_stated() -> None:
    """Stated for 999 clips, jazz.00054 among them: 829 exact, 76 half, 36 double, 8 triple, 50 other."""
    kinds = error_kinds(load_reference("boeck2020").predictions(IDS), TRUTHS)
    counts = [kinds.count(kind) for kind in ("exact", "half", "double", "triple", "third", "other")]
    assert np.abs(np.array(counts) - [829, 76, 36, 8, 0, 50]).sum() == 1


def test_boeck2020_on_the_fault_filtered_test_clips_scores_as_stated() -> None:
    test = [index for index, clip in enumerate(CLIPS) if clip.fault_filtered_subset == "test"]
    answers = load_reference("boeck2020").predictions(IDS[index] for index in test)
    score = tempo_score(answers, [TRUTHS[index] for index in test], n_resamples=50)
    assert score.accuracy1 == rounds_to(0.852, 3)
    assert score.accuracy2 == rounds_to(0.959, 3)
    assert score.mae_bpm == rounds_to(10.8, 1)


def test_the_constant_median_scores_as_stated() -> None:
    score = tempo_score(median_baseline(TRUTHS, 998), TRUTHS, n_resamples=50)
    assert score.mae_bpm == rounds_to(29.3, 1)
    assert score.accuracy1 == rounds_to(0.115, 3)
    assert score.accuracy2 == rounds_to(0.143, 3)


def test_the_genre_medians_score_as_stated() -> None:
    score = tempo_score(genre_median_baseline(TRUTHS, GENRES_OF_CLIPS, GENRES_OF_CLIPS), TRUTHS, n_resamples=50)
    assert score.mae_bpm == rounds_to(26.3, 1)
    assert score.accuracy1 == rounds_to(0.181, 3)
    assert score.accuracy2 == rounds_to(0.202, 3)


def test_the_best_reference_system_beats_the_next_in_paired_tests() -> None:
    best, other = load_reference("boeck2020").predictions(IDS), load_reference("madmom_rnn_dbn").predictions(IDS)
    counts = mcnemar(accuracy1_hits(best, TRUTHS), accuracy1_hits(other, TRUTHS))
    assert counts.only_first - counts.only_second == round(998 * (score_of("boeck2020").accuracy1)) - round(
        998 * score_of("madmom_rnn_dbn").accuracy1
    )
    assert counts.p_value < 0.01
    difference = paired_bootstrap(absolute_errors(best, TRUTHS), absolute_errors(other, TRUTHS))
    assert difference.difference == pytest.approx(12.92 - 16.35, abs=0.011)
    assert difference.interval.high < 0


def test_every_reference_system_has_every_annotated_clip_and_none_that_is_left_out() -> None:
    for system in load_references():
        assert set(IDS) <= system.tempo_bpm.keys()
        assert EXCLUDED_CLIP not in system.tempo_bpm
        assert list(system.tempo_bpm) == sorted(system.tempo_bpm)


def test_a_clip_without_a_prediction_is_named() -> None:
    with pytest.raises(DatasetError, match=r"no tempo for 1 of 2 clips, the first is reggae\.00086"):
        load_reference("boeck2020").predictions(["reggae.00085", "reggae.00086"])


def test_an_unknown_reference_system_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DatasetError, match=r"“mine”.*boeck2020"):
        load_reference("mine")


def rewritten(path: Path, column: str, value: str) -> Path:
    """The table with one system's first tempo replaced."""
    with REFERENCES_TABLE.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[0][column] = value
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("value", ["", "0", "-120", "nan", "fast"])
def test_a_damaged_tempo_is_found(tmp_path: Path, value: str) -> None:
    with pytest.raises(DatasetError, match="git checkout"):
        load_references(rewritten(tmp_path / "peers.csv", "librosa_tempo", value))


@pytest.mark.parametrize("text", [None, "", "clip_id,boeck2020\nblues.00000,125\n", "clip_id\n\xe9\n"])
def test_a_damaged_table_is_found(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "peers.csv"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match="git checkout"):
        load_references(path)


def make(monkeypatch: pytest.MonkeyPatch, table: Path, out: Path) -> int:
    """Runs the script as a command; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["make_peers.py", str(table), "--out", str(out)])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(ROOT / "scripts" / "make_peers.py"), run_name="__main__")
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_script_sorts_rows_and_empties_what_is_no_tempo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header, *rows = REFERENCES_TABLE.read_text().splitlines()
    shuffled = tmp_path / "in.csv"
    unanswered = "reggae.00086,,"
    assert any(row.startswith(unanswered.removesuffix(",")) for row in rows)
    said_none = [row.replace("reggae.00086,,", "reggae.00086,0.0,") for row in reversed(rows)]
    shuffled.write_text("\n".join([header, *said_none]) + "\n")
    assert make(monkeypatch, shuffled, tmp_path / "out.csv") == 0
    assert (tmp_path / "out.csv").read_bytes() == REFERENCES_TABLE.read_bytes()


def test_the_script_refuses_a_table_that_is_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = REFERENCES_TABLE.read_text().splitlines()
    (tmp_path / "short.csv").write_text("\n".join(lines[:-1]) + "\n")
    assert make(monkeypatch, tmp_path / "short.csv", tmp_path / "out.csv") == 1
    assert "999 rows" in capsys.readouterr().err
    (tmp_path / "narrow.csv").write_text("clip_id,boeck2020\n")
    assert make(monkeypatch, tmp_path / "narrow.csv", tmp_path / "out.csv") == 1
    assert "no column" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()
