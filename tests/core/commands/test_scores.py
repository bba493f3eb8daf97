"""`python -m core scores` prints what the results page shows."""

import pytest

from core.commands.main import main
from core.results.clip_sets import clip_set
from core.results.genre_comparison import score_genre
from core.results.genre_predictions import GENRE_TABLE
from core.results.reference_systems import REFERENCES
from core.results.tempo_calibration import tempo_reliability
from core.results.tempo_predictions import TEMPO_TABLE
from core.results.words import in_words


def test_genre_scores_of_the_saved_predictions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", "--without", "artist"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    clips = clip_set("stratified", "test", "artist")
    assert first.startswith(f"{len(clips.clip_ids)} test clips of stratified, {clips.n_left_out} left out")
    accuracy = score_genre(GENRE_TABLE.load("genre-seed"), clips.clip_ids).accuracy
    (line,) = (line for line in lines if line.startswith("genre-seed: "))
    assert f"accuracy {100 * accuracy.value:.1f} % ({100 * accuracy.low:.1f} to {100 * accuracy.high:.1f})" in line
    assert lines[-1].startswith("majority class (baseline): ")


def test_tempo_scores_of_everybody_beyond_one_annotation_and_of_steady_clips_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["scores", "--tempo"]) == 0
    out = capsys.readouterr().out
    assert all(f"{info.title}: n 199, Accuracy1 " in out for info in REFERENCES)
    assert "median tempo of the true genre: n 199" in out
    lines = out.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("tempo-tcn: n 199"))
    every, steady, other = lines[first : first + 3]
    assert steady.startswith("  steady (spread of the annotated beats up to 4%): n 161, Accuracy1 ")
    assert other.startswith("  not steady: n 38, Accuracy1 ")
    assert "either annotation 91.5 % (87.4 to 95.0) of 199, any metrical level 97.0 % (94.4 to 99.0) of 197" in every


def test_tempo_calibration_is_printed_of_our_own_systems(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", "--tempo", "--split", "artist_folds"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "ECE" in line]
    saved = TEMPO_TABLE.load("tempo-tcn-oof")
    for line, each in zip(lines, tempo_reliability(saved, clip_set("artist_folds").clip_ids), strict=True):
        assert line == f"  ECE of the {each.name} tempo confidence: {in_words(each.error, 'share')}, n 798"


def test_a_subset_that_folds_do_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", "--split", "artist_folds", "--subset", "valid"]) == 1
    assert "Choose the subset test" in capsys.readouterr().err


def test_estimators_are_paired_with_one_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", "--tempo", "--against", "boeck2020"]) == 0
    printed = capsys.readouterr().out.splitlines()
    lines = [line for line in printed if "steady" not in line and "ECE" not in line]
    paired = [line for line in lines if line.startswith("  minus Böck and Davies 2020")]
    assert len(paired) == len(lines) // 2 - 1, "all but itself; a line above says which clips"
    assert all("McNemar" in line and "median AE" in line for line in paired)
    assert main(["scores", "--tempo", "--against", "nobody"]) == 1
    assert "boeck2020" in capsys.readouterr().err
