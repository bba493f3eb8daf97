"""Agreement of the models with themselves, synthetic tempi, and sounds without one, with networks that are known."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile
import torch

from core.audio.load import load_audio
from core.commands import main as cli
from core.commands import measure
from core.commands.measure import busy_timing_lines
from core.evaluation.robustness import ANY_VARIANT, LATER_START, VARIANTS, Variant, agreement, encode
from core.evaluation.speed import BusyTiming, benchmark, benchmark_busy
from core.evaluation.tempo_criteria import CRITERION_TEMPI_BPM, sounds_without_tempo, synthetic_tempi, without_tempo
from core.inference.genre import GenreModel
from core.inference.load import load_tempo
from core.inference.predict import Predictor
from core.inference.tempo import TempoModel
from core.models.checkpoint import save_checkpoint
from core.models.registry import ARCHITECTURES
from core.types import Audio, Split
from tests.support.small_world import (
    BAND_ARCHITECTURE,
    BAND_NET,
    CLICK_ARCHITECTURE,
    CLICK_NET,
    SPEC,
    BandNet,
    ClickNet,
    header,
    save_band_net,
    tempo_header,
)

Captured = pytest.CaptureFixture[str]


def levelled_header() -> object:
    """Of a `ClickNet` that receives real decibels: loud is above 1."""
    described = tempo_header()
    statistics = replace(described.normalisation, mean_db=(-25.0,) * SPEC.n_mels, std_db=(12.0,) * SPEC.n_mels)
    return replace(described, normalisation=statistics)


def tempo_model() -> TempoModel:
    return TempoModel(ClickNet().eval(), levelled_header())


def predictor(with_tempo: bool = True) -> Predictor:
    return Predictor(GenreModel(BandNet(), header()), tempo_model() if with_tempo else None)


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven seconds of bursts of noise at 120 BPM."""
    rng = np.random.default_rng(0)
    times_s = np.arange(7 * SPEC.sample_rate) / SPEC.sample_rate
    samples = rng.normal(0.0, 0.2, len(times_s)) * (np.exp(-(times_s % 0.5) / 0.02) + 1e-3)
    path = tmp_path_factory.mktemp("clips") / "clicks.wav"
    soundfile.write(path, np.clip(samples, -1, 1), SPEC.sample_rate)
    return path


def test_the_same_music_in_another_codec_keeps_genre_and_tempo(clicks: Path) -> None:
    told: list[tuple[int, int]] = []
    rows = agreement(predictor(), [clicks], lambda *done: told.append(done))
    assert [row.variant for row in rows] == [*(variant.name for variant in VARIANTS), ANY_VARIANT, LATER_START]
    assert {(row.n, row.n_changed, row.n_tempo_moved) for row in rows} == {(1, 0, 0)}
    assert max(row.largest_shift for row in rows) < 0.1
    assert told == [(1, 1)]


def test_without_a_tempo_model_nothing_is_said_of_it(clicks: Path) -> None:
    rows = agreement(predictor(with_tempo=False), [clicks])
    assert {row.n_tempo_moved for row in rows} == {None}


def test_a_model_that_depends_on_the_start_is_found_out(clicks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in takes the length of its input for the tempo, so only the later start moves it."""
    predict = Predictor.predict

    def moved(self: Predictor, audio: Audio) -> object:
        prediction = predict(self, audio)
        assert prediction.tempo is not None
        estimate = replace(prediction.tempo.estimate, tempo_bpm=20.0 * audio.duration_s)
        return replace(prediction, tempo=replace(prediction.tempo, estimate=estimate))

    monkeypatch.setattr(Predictor, "predict", moved)
    rows = {row.variant: row.n_tempo_moved for row in agreement(predictor(), [clicks, clicks])}
    assert rows.pop(LATER_START) == 2
    assert set(rows.values()) == {0}


def test_synthetic_tempi_are_counted_by_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter([120.0, 61.0, 243.0, 80.0, 101.9, 98.1, 33.3, 300.0])
    model = tempo_model()

    def predict(self: TempoModel, samples: np.ndarray) -> object:
        reading = model.predict_clip(torch.zeros(SPEC.n_mels, 300))
        return replace(reading, estimate=replace(reading.estimate, tempo_bpm=next(said)))

    monkeypatch.setattr(TempoModel, "predict", predict)
    styles = ("disco", "jazz", "rock", "metal")
    told: list[tuple[int, int]] = []
    first, second = synthetic_tempi(model, styles, (120.0, 100.0), 1.0, lambda *done: told.append(done))
    assert (first.tempo_bpm, first.n, first.n_exact, first.n_octave) == (120.0, 4, 1, 2)
    assert first.missed == ("metal 80.0",)
    assert (second.n_exact, second.n_octave, second.missed) == (2, 0, ("rock 33.3", "metal 300.0"))
    assert told == [(i, 8) for i in range(1, 9)]


def test_tracks_are_played_at_the_tempo_asked_for() -> None:
    """Heard for real: the stand-in network finds the beat of a style with a drum on every beat."""
    (row,) = synthetic_tempi(tempo_model(), ("disco",), (120.0,), 8.0)
    assert (row.n_exact, row.missed) == (1, ())
    assert CRITERION_TEMPI_BPM == (60, 75, 90, 100, 120, 128, 140, 174)


def test_sounds_without_a_tempo_are_what_they_are_called() -> None:
    sounds = sounds_without_tempo(SPEC.sample_rate, 10.0)
    assert list(sounds) == ["silence", "white noise", "speech-like noise", "a single tone"]
    assert {(sound.dtype.name, len(sound)) for sound in sounds.values()} == {("float32", 10 * SPEC.sample_rate)}
    assert not sounds["silence"].any()
    assert max(float(np.abs(sound).max()) for sound in sounds.values()) < 1.0
    tone = np.abs(np.fft.rfft(sounds["a single tone"]))
    assert tone.argmax() / 10.0 in (220.0, 440.0, 880.0)
    assert np.sort(tone)[-2] < 0.01 * tone.max()
    # Speech: most power below 1 kHz, and loudness that comes and goes some times a second.
    speech = sounds["speech-like noise"]
    power = np.abs(np.fft.rfft(speech)) ** 2
    assert power[: 10 * 1000].sum() > 0.7 * power.sum()
    loudness = np.sqrt((speech[: 500 * 441].reshape(-1, 441) ** 2).mean(1))
    assert np.quantile(loudness, 0.9) > 5 * np.quantile(loudness, 0.1)
    assert 15 < int((np.diff((loudness > loudness.mean()).astype(int)) == 1).sum()) < 60


def test_sounds_without_a_tempo_are_predicted_and_judged() -> None:
    rows = without_tempo(tempo_model(), 6.0, 2)
    assert [row.sound for row in rows] == list(sounds_without_tempo(SPEC.sample_rate, 6.0))
    by_name = {row.sound: row for row in rows}
    assert not by_name["silence"].is_clear
    assert by_name["silence"].confidence < 0.1
    alone = tempo_model().predict(sounds_without_tempo(SPEC.sample_rate, 6.0, 0)["speech-like noise"]).estimate
    assert by_name["speech-like noise"].confidence >= alone.confidence


# The command


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)
    one_track = partial(synthetic_tempi, styles=("disco",), tempi_bpm=(120.0,), duration_s=8.0)
    monkeypatch.setattr(measure, "synthetic_tempi", one_track)
    monkeypatch.setattr(measure, "without_tempo", lambda model: without_tempo(model, 6.0, 1))
    monkeypatch.delenv("GTZAN_DIR", raising=False)
    folder = tmp_path / "checkpoints"
    save_band_net(folder)
    save_checkpoint(ClickNet(), levelled_header(), folder)
    return folder


def test_the_criteria_need_no_music(checkpoints: Path, capsys: Captured) -> None:
    assert cli.main(["robustness", "--clips", "0", "--checkpoints", str(checkpoints)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("  ")[0] == "synthetic, 120 BPM"
    assert lines[0].endswith("1 of 1 within 2 %, 0 octave errors")
    assert lines[1].endswith("100.0% of 1 within 2 %, 0 neither so nor octave errors")
    assert lines[2].startswith("silence ")
    assert lines[2].endswith("no clear tempo, as it should be")
    assert len(lines) == 6


def test_clips_are_compared_where_there_are_some(
    checkpoints: Path, clicks: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "gtzan"
    root.mkdir()
    (root / "rock.00000.wav").write_bytes(clicks.read_bytes())
    split = Split("stratified", 42, None, (), (), ("rock.00000", "rock.00001"))
    monkeypatch.setattr(measure, "trained_on", lambda _: split)
    words = ["robustness", "--clips", "1", "--checkpoints", str(checkpoints)]
    assert cli.main([*words, "--gtzan", str(root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("tempo 0 of 1 moved by more than 1 %" in line for line in lines) == len(VARIANTS) + 2
    assert cli.main(words) == 1
    assert "--gtzan DIR" in capsys.readouterr().err


def test_without_a_tempo_checkpoint_the_command_says_so(checkpoints: Path, capsys: Captured) -> None:
    (checkpoints / "tempo-tcn.json").unlink()
    assert cli.main(["robustness", "--clips", "0", "--checkpoints", str(checkpoints)]) == 0
    assert capsys.readouterr().out == "no tempo checkpoint installed: nothing about tempo\n"
    assert cli.main(["robustness", "--clips", "-3", "--checkpoints", str(checkpoints)]) == 1


def test_benchmark_times_the_tempo_beside_the_rest() -> None:
    rows = benchmark(predictor(), repetitions=1)
    assert [row.stage for row in rows][-3:] == ["tempo log-mel", "tempo network", "all of it"]
    assert all(row.median_s > 0 for row in rows)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_sound_stays_where_it_is_and_none_is_lost(variant: Variant) -> None:
    """Encoders put up to 50 ms of their own before the sound, which a decoder has to leave out again."""
    samples = np.zeros(3 * SPEC.sample_rate, np.float32)
    samples[[SPEC.sample_rate, -2_000]] = 0.9
    again = load_audio(encode(samples, SPEC.sample_rate, variant), SPEC.sample_rate).samples
    assert int(np.abs(again[: len(samples) // 2]).argmax()) == pytest.approx(SPEC.sample_rate, abs=1)
    assert int(np.abs(again[len(samples) // 2 :]).argmax()) == pytest.approx(
        len(samples) - len(samples) // 2 - 2_000, abs=1
    )
    # FFmpeg leaves out half a short block at the end of Vorbis; AAC fills its last frame.
    assert len(samples) <= len(again) + 257 <= len(samples) + 1_280


def test_the_shipped_model_names_no_tempo_where_there_is_none() -> None:
    rows = without_tempo(load_tempo("tempo-tcn"), n_takes=1)
    assert len(rows) == 4
    assert {row.sound: row.confidence for row in rows if row.is_clear} == {}


def test_benchmark_takes_idle_and_busy_in_turn() -> None:
    others = psutil.Process().children()  # of tests before
    timing = benchmark_busy(predictor(), rounds=2)
    assert {len(each) for each in (timing.idle_s, timing.busy_s, timing.idle_cpu_s, timing.busy_cpu_s)} == {2}
    assert min(timing.idle_s + timing.busy_s + timing.idle_cpu_s + timing.busy_cpu_s) > 0
    assert set(psutil.Process().children()) <= set(others)


def test_busy_lines_stand_beside_what_is_promised() -> None:
    lines = busy_timing_lines(BusyTiming((1.0, 2.0, 1.0), (3.0, 1.5, 1.5), (1.2, 1.2, 1.2), (1.3, 1.3, 1.3)))
    assert "1000.0 ms median, 1000 to 2000 ms, 1.20 s of CPU, 3 x" in lines[0]
    assert "1500.0 ms median, 1500 to 3000 ms, 1.30 s of CPU, 3 x" in lines[1]
    assert "1.50    (promised: at most 2.5)" in lines[2]


@pytest.mark.parametrize("words", [["--rounds", "0"], ["--threads", "0"]])
def test_benchmark_counts_from_one(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["benchmark", *words]) == 1
    assert "count from 1" in capsys.readouterr().err
