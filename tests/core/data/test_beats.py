"""The table of hand-marked beats, and the script that makes it."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from core.data import beats
from core.data.beats import load_beats
from core.data.clips import load_clips
from core.errors import DatasetError
from core.system.paths import ROOT

SCRIPT = ROOT / "scripts" / "make_beats.py"


def test_every_clip_with_a_tempo_has_beats_and_no_other() -> None:
    annotated = {clip.clip_id for clip in load_clips() if clip.tempo_bpm is not None}
    assert load_beats().keys() - {"jazz.00054"} == annotated
    assert "reggae.00086" not in load_beats()


def test_the_annotated_tempo_is_the_mean_over_the_beats() -> None:
    """The mean of the tempi from beat to beat, for every clip; so table and ground truth belong together."""
    for clip in load_clips():
        if clip.tempo_bpm is not None:
            intervals_s = np.diff(load_beats()[clip.clip_id].times_s)
            assert np.mean(60.0 / intervals_s) == pytest.approx(clip.tempo_bpm, rel=0.01), clip.clip_id


def test_beats_ascend_and_lie_in_the_clip() -> None:
    for clip_id, found in load_beats().items():
        assert (np.diff(found.times_s) > 0).all(), clip_id
        assert found.times_s[0] >= 0.0, clip_id
        assert found.times_s[-1] < 31.0, clip_id
        assert found.beat_in_bar.min() >= 0, clip_id
        assert found.beat_in_bar.max() <= 5, clip_id
        assert len(found.times_s) == len(found.beat_in_bar)


def test_places_in_the_bar_are_known_but_for_six_clips() -> None:
    assert sum(not found.knows_bars for found in load_beats().values()) == 6
    assert load_beats()["blues.00000"].beat_in_bar[:4].tolist() == [3, 4, 1, 2]


def test_a_damaged_table_is_reported_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "beats.csv"
    table.write_text("clip_id,time_s,beat_in_bar\nblues.00000,soon,1\n")
    monkeypatch.setattr(beats, "BEATS", table)
    with pytest.raises(DatasetError, match="git checkout"):
        load_beats.__wrapped__()


def run_script(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    return int(ended.value.code or 0)


def test_the_script_leaves_its_own_output_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "beats.csv"
    assert run_script(monkeypatch, str(beats.BEATS), "--out", str(out)) == 0
    assert out.read_bytes() == beats.BEATS.read_bytes()


def test_the_script_refuses_an_incomplete_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "some.csv"
    table.write_text("clip_id,time_s,beat_in_bar\nblues.00000,0.5,1\n")
    assert run_script(monkeypatch, str(table), "--out", str(tmp_path / "out.csv")) == 1
    assert "1 clips" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()
