"""Scores where more than one tempo counts, and which clips are steady."""

import pytest

from core.data.clips import clip_by_id, load_clips
from core.errors import DatasetError
from core.results.tempo_comparison import TempoSystem, own_system, truths
from core.results.tempo_strata import clips_that_are, score_leniently, tempo_strata_markdown

IDS = tuple(clip.clip_id for clip in load_clips())
APART = tuple(i for i in IDS if i in truths() and abs(truths("marsyas")[i] / truths()[i] - 1) > 0.1)[:40]
"""Clips whose annotations differ."""


def system(factor: float, annotation: str) -> TempoSystem:
    tempi = truths("rhythm" if annotation == "rhythm" else "marsyas")
    return own_system("any", "any", "", {clip_id: factor * bpm for clip_id, bpm in tempi.items()})


def test_clips_are_steady_by_the_spread_of_their_beats() -> None:
    steady, other = clips_that_are("steady", IDS), clips_that_are("unsteady", IDS)
    assert clips_that_are("all", IDS) == IDS
    assert (len(steady), len(other)) == (800, 198)
    assert set(IDS) - {*steady, *other} == {"reggae.00086"}, "it has no annotated beats"
    spreads = [(clip_by_id()[i].tempo_std_bpm or 0.0) / (clip_by_id()[i].tempo_bpm or 1.0) for i in (*steady, *other)]
    assert max(spreads[:800]) <= 0.04 < min(spreads[800:])


@pytest.mark.parametrize(("factor", "share"), [(1.0, 1.0), (1.039, 1.0), (1.05, 0.0), (0.93, 0.0)])
@pytest.mark.parametrize("annotation", ["rhythm", "marsyas"])
def test_within_four_percent_of_either_annotation_is_right(annotation: str, factor: float, share: float) -> None:
    assert len(APART) == 40
    score = score_leniently(system(factor, annotation), APART)
    assert score.n_either == 40
    assert score.either.value == pytest.approx(share, abs=0.05), "some are near a multiple of the other"


def test_any_annotated_level_is_right() -> None:
    levels = {clip.clip_id: clip.metrical_levels_bpm for clip in load_clips() if clip.metrical_levels_bpm}
    at_level = own_system("any", "any", "", {i: levels[i][-1] if i in levels else 100.0 for i in IDS})
    score = score_leniently(at_level, IDS)
    assert score.any_level is not None
    assert (score.any_level.value, score.n_level) == (1.0, 994)
    far = own_system("far", "far", "", {i: 1.1 * max(levels.get(i, (100.0,))) for i in IDS})
    found = score_leniently(far, IDS).any_level
    assert found is not None
    assert found.value == 0.0


def test_clips_without_any_level_have_no_such_score() -> None:
    without = tuple(clip.clip_id for clip in load_clips() if not clip.metrical_levels_bpm and clip.tempo_bpm)
    score = score_leniently(system(1.0, "rhythm"), without)
    assert (score.any_level, score.n_level, score.n_either) == (None, 0, len(without))
    with pytest.raises(DatasetError):
        score_leniently(system(1.0, "rhythm"), ())


def test_every_system_has_a_row_of_all_steady_and_other_clips() -> None:
    rows = [line for line in tempo_strata_markdown().splitlines() if line.startswith("| `tempo-tcn-oof`")]
    assert [row.split(" | ")[2:4] for row in rows] == [["all", "998"], ["steady", "800"], ["not steady", "198"]]
