"""Ground truth and the search for audio files."""

import csv
import os
import runpy
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.data.clip_files import find_clips, gtzan_root
from core.data.clips import EXCLUDED_CLIP, GROUND_TRUTH, load_clips
from core.errors import DatasetError
from core.system.paths import ROOT
from core.types import GENRES, Clip

CLIPS = {clip.clip_id: clip for clip in load_clips()}
MAKE_GROUND_TRUTH = ROOT / "scripts" / "make_ground_truth.py"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


def table() -> list[dict[str, str]]:
    with GROUND_TRUTH.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def put(path: Path, content: bytes = WAV) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# Ground truth


def test_table_has_100_clips_of_each_genre_in_order() -> None:
    ids = [row["clip_id"] for row in table()]
    assert ids == [f"{genre}.{number:05d}" for genre in GENRES for number in range(100)]
    assert all(row["genre"] == row["clip_id"].split(".")[0] for row in table())


def test_table_counts_are_those_that_the_readme_states() -> None:
    rows = table()
    assert Counter(row["fault_filtered_subset"] for row in rows) == {"train": 443, "valid": 197, "test": 290, "": 70}
    groups = Counter(row["repetition_group"] for row in rows if row["repetition_group"])
    assert (len(groups), groups.total()) == (47, 98)
    assert sum(not row["artist"] for row in rows) == 81
    assert sum(not row["title"] for row in rows) == 89
    assert {row["swing"] for row in rows} == {row["ternary"] for row in rows} == {"yes", "no"}


def test_load_clips_leaves_out_the_excluded_clip_only() -> None:
    ids = [clip.clip_id for clip in load_clips()]
    assert len(ids) == 999
    assert ids == sorted({row["clip_id"] for row in table()} - {EXCLUDED_CLIP})


def test_tempo_is_known_and_plausible_but_for_one_clip() -> None:
    unknown = [clip.clip_id for clip in load_clips() if clip.tempo_bpm is None]
    assert unknown == ["reggae.00086"]
    assert CLIPS["reggae.00086"].tempo_std_bpm is None
    tempos = [clip.tempo_bpm for clip in load_clips() if clip.tempo_bpm is not None]
    assert len(tempos) == 998
    assert min(tempos) > 30
    assert max(tempos) < 330
    assert round(sum(tempos) / len(tempos)) == 120


def test_one_clip_is_read_field_by_field() -> None:
    assert CLIPS["blues.00000"] == Clip(
        clip_id="blues.00000",
        genre="blues",
        artist="John Lee Hooker",
        title="One Bourbon, One Scotch And One Beer",
        tempo_bpm=125.87,
        tempo_std_bpm=6.25,
        tempo_marsyas_bpm=125.0,
        metrical_levels_bpm=(31.0, 31.4, 60.0, 62.8, 124.2, 125.4, 364.0),
        meter="4/4",
        fault_filtered_subset="valid",
        repetition_group=None,
    )


def test_metrical_levels_are_sorted_and_distinct_and_none_is_zero() -> None:
    for clip in load_clips():
        assert list(clip.metrical_levels_bpm) == sorted(set(clip.metrical_levels_bpm))
        assert 0.0 not in clip.metrical_levels_bpm
    without = [clip.clip_id for clip in load_clips() if not clip.metrical_levels_bpm]
    assert len(without) == 5
    assert "reggae.00086" in without


def test_repetitions_point_to_their_first_clip() -> None:
    for clip in load_clips():
        if clip.repetition_group:
            first = CLIPS[clip.repetition_group]
            assert first.repetition_group == first.clip_id <= clip.clip_id


def test_damaged_ground_truth_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "gtzan.csv"
    damaged.write_text("clip_id,genre\nblues.00000,blues\n")
    monkeypatch.setattr("core.data.clips.GROUND_TRUTH", damaged)
    with pytest.raises(DatasetError, match=r"git checkout data/gtzan\.csv"):
        load_clips.__wrapped__()


def run_script(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", [str(MAKE_GROUND_TRUTH), *arguments])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(MAKE_GROUND_TRUTH), run_name="__main__")
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_script_tidies_rows_and_is_stable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table, dressed as its input and shuffled, comes out as it was."""
    rows = table()
    for row in rows:
        row["fault_filtered_split"] = row.pop("fault_filtered_subset")
        row["metrical_levels_bpm"] = (row["metrical_levels_bpm"].replace("|", " | ") + ";None") or "None"
        row["tempo_std_bpm"] = row["tempo_std_bpm"] or "0.00"
    source, out = tmp_path / "annotations.csv", tmp_path / "out.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(reversed(rows))
    assert run_script(monkeypatch, str(source), "--out", str(out)) == 0
    assert out.read_bytes() == GROUND_TRUTH.read_bytes()


def test_script_refuses_an_incomplete_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "annotations.csv", tmp_path / "out.csv"
    source.write_text("clip_id,genre\nblues.00000,blues\n")
    assert run_script(monkeypatch, str(source), "--out", str(out)) == 1
    assert "has no column" in capsys.readouterr().err
    assert not out.exists()


# Audio files

TWO = ("blues.00001", "rock.00002")


@pytest.mark.parametrize(
    "layout", ["genres/blues", "Data/genres_original/blues", "genres_original/blues", "blues", ".", "genres"]
)
@pytest.mark.parametrize(
    "name", ["blues.00001.wav", "blues.00001.WAV", "blues.00001.au", "blues.00001.flac", "blues.00001.mp3"]
)
def test_every_layout_and_format_is_found(tmp_path: Path, layout: str, name: str) -> None:
    path = put(tmp_path / layout / name)
    files = find_clips(tmp_path)
    assert dict(files.paths) == {"blues.00001": path}
    assert files.root == tmp_path
    assert [problem for problem in files.problems if "998 of 999 clips were not found" in problem]


def test_complete_copy_has_no_problem_and_is_sorted(tmp_path: Path) -> None:
    for clip_id, clip in reversed(CLIPS.items()):
        put(tmp_path / "genres" / clip.genre / f"{clip_id}.wav")
    files = find_clips(tmp_path)
    assert list(files.paths) == sorted(CLIPS)
    assert files.problems == ()


def test_lossless_is_preferred_and_beats_the_layout(tmp_path: Path) -> None:
    put(tmp_path / "genres" / "rock" / "rock.00001.mp3")
    wav = put(tmp_path / "rock.00001.wav")
    put(tmp_path / "rock.00001.au")
    au = put(tmp_path / "rock.00002.au")
    put(tmp_path / "rock.00002.mp3")
    assert dict(find_clips(tmp_path).paths) == {"rock.00001": wav, "rock.00002": au}


def test_wav_without_riff_is_left_out_by_name(tmp_path: Path) -> None:
    put(tmp_path / "genres/pop/pop.00001.wav", b"\x00\x01\x02\x03" * 10)
    put(tmp_path / "genres/pop/pop.00002.wav", b"")
    good = put(tmp_path / "genres/pop/pop.00003.wav")
    files = find_clips(tmp_path)
    assert dict(files.paths) == {"pop.00003": good}
    [message] = [problem for problem in files.problems if "RIFF" in problem]
    assert message.startswith("2 wav file(s)")
    assert "pop.00001.wav, pop.00002.wav" in message


def test_wav_without_riff_gives_way_to_an_mp3(tmp_path: Path) -> None:
    put(tmp_path / "pop.00001.wav", b"JUNK")
    mp3 = put(tmp_path / "pop.00001.mp3")
    assert find_clips(tmp_path).paths["pop.00001"] == mp3


@pytest.mark.parametrize("extension", ["wav", "au", "mp3", "flac"])
def test_excluded_clip_is_left_out_in_any_format(tmp_path: Path, extension: str) -> None:
    put(tmp_path / f"genres/jazz/{EXCLUDED_CLIP}.{extension}")
    put(tmp_path / "genres/jazz/jazz.00053.wav")
    files = find_clips(tmp_path)
    assert list(files.paths) == ["jazz.00053"]
    assert files.problems[0].startswith(f"{EXCLUDED_CLIP} is left out on purpose")


def test_foreign_files_are_counted_and_metadata_is_not(tmp_path: Path) -> None:
    put(tmp_path / "blues.00001.wav")
    put(tmp_path / "my song.mp3")
    put(tmp_path / "genres/blues/blues.00100.wav")
    put(tmp_path / "genres/blues/._blues.00002.wav")
    put(tmp_path / "genres/blues/notes.txt")
    put(tmp_path / "genres/polka/polka.00000.wav")
    files = find_clips(tmp_path)
    assert list(files.paths) == ["blues.00001"]
    assert files.problems[-1] == "2 audio file(s) ignored that are not GTZAN clips: blues.00100.wav, my song.mp3."


def test_folders_outside_the_layouts_are_not_searched(tmp_path: Path) -> None:
    put(tmp_path / "backup" / "old" / "blues.00001.wav")
    put(tmp_path / "genres" / "blues" / "deeper" / "blues.00001.wav")
    with pytest.raises(DatasetError, match="No usable GTZAN clip"):
        find_clips(tmp_path)


@pytest.mark.parametrize("given", [".", "gtzan/genres", "gtzan/genres/blues"])
def test_a_folder_a_level_off_is_found_and_said(tmp_path: Path, given: str) -> None:
    paths = {name: put(tmp_path / "gtzan" / "genres" / name.split(".")[0] / f"{name}.wav") for name in TWO}
    files = find_clips(tmp_path / given)
    assert dict(files.paths) == paths
    assert [problem for problem in files.problems if "a level off" in problem] == (
        [] if given == "gtzan/genres" else [f"{tmp_path / given} is a level off: the clips are read from {files.root}."]
    )


def test_of_several_copies_one_has_to_be_named(tmp_path: Path) -> None:
    for copy in ("mp3", "wav"):
        put(tmp_path / copy / "genres" / "blues" / "blues.00001.wav")
    with pytest.raises(DatasetError, match=r"2 folders below it hold some: mp3, wav\. Give the folder of one copy"):
        find_clips(tmp_path)


def test_an_archive_is_to_be_unpacked(tmp_path: Path) -> None:
    archive, clip = put(tmp_path / "genres.tar.gz"), put(tmp_path / "below" / "blues.00001.txt")
    with pytest.raises(DatasetError, match=r"genres\.tar\.gz is a file, not a folder\. Unpack it"):
        find_clips(archive)
    with pytest.raises(DatasetError, match=r"is a file, not a folder\. Give the folder it lies in"):
        find_clips(clip)
    with pytest.raises(DatasetError, match=r"Unpack genres\.tar\.gz, which lies there"):
        find_clips(tmp_path)


def test_nothing_found_says_what_is_expected(tmp_path: Path) -> None:
    put(tmp_path / "blues.00001.wav", b"JUNK")
    with pytest.raises(DatasetError, match=r"1 wav files do not begin with RIFF.*genres/blues/blues\.00000\.wav"):
        find_clips(tmp_path)
    with pytest.raises(DatasetError, match="There is no folder"):
        find_clips(tmp_path / "absent")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "genres"
    folder.mkdir(mode=0o000)
    try:
        with pytest.raises(DatasetError, match="cannot be read"):
            find_clips(tmp_path)
    finally:
        folder.chmod(0o700)


def test_root_comes_from_the_option_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GTZAN_DIR", "/music/gtzan")
    assert gtzan_root(Path("/given")) == Path("/given")
    assert gtzan_root(None) == Path("/music/gtzan")
    monkeypatch.setenv("GTZAN_DIR", "")
    assert gtzan_root(None) is None
    monkeypatch.delenv("GTZAN_DIR")
    assert gtzan_root(None) is None


def test_real_copy_is_complete(gtzan_dir: Path) -> None:
    files = find_clips(gtzan_dir)
    assert list(files.paths) == sorted(CLIPS)
    assert not [problem for problem in files.problems if "not found" in problem]
