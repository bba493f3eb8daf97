"""`python -m core robustness` and `benchmark`: agreement with itself, synthetic tracks, and speed."""

import argparse
import os
import statistics

import torch

from core.commands.options import Subparsers, add_checkpoint_folder, add_gtzan, clip_files, progress_bar
from core.errors import BenchmarkError, DatasetError
from core.evaluation.predictions import trained_on
from core.evaluation.robustness import Agreement, agreement
from core.evaluation.speed import MOST_BUSY_SLOWDOWN, BusyTiming, benchmark, benchmark_busy
from core.evaluation.tempo_criteria import NoTempo, SyntheticTempo, synthetic_tempi, without_tempo
from core.inference.load import DEFAULT_GENRE, DEFAULT_TEMPO, Model
from core.inference.predict import Predictor
from core.jobs.app_benchmark import MOST_LAG_S, MOST_POLLING_CPU, MOST_SLOWDOWN, AppTiming, benchmark_app
from core.results.words import NO_CLEAR_TEMPO
from core.system.threads import leave_a_core
from core.types import TempoReading


def add_robustness(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "robustness", help="predictions in other codecs; tempo of synthetic tracks and of non-rhythmic sounds"
    )
    _add_models(parser)
    parser.add_argument("--clips", type=int, default=50, metavar="N", help="test clips, evenly spread; 0 for none")
    add_gtzan(parser)
    parser.set_defaults(command=_robustness)


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--genre", metavar="NAME", help=f"default: {DEFAULT_GENRE}")
    parser.add_argument(
        "--tempo", default=DEFAULT_TEMPO, metavar="NAME", help="tempo checkpoint, where it is installed"
    )
    add_checkpoint_folder(parser)


def _predictor(options: argparse.Namespace) -> Predictor:
    return Predictor.load(options.genre, options.tempo, options.checkpoints)


def _robustness(options: argparse.Namespace) -> int:
    if options.clips < 0:
        raise DatasetError(f"--clips is {options.clips}. Give the number of clips, or 0 to do without.")
    predictor = _predictor(options)
    rows = _agreement_rows(predictor, options) if options.clips else ()
    if predictor.tempo is None:
        print("no tempo checkpoint installed: nothing about tempo")
    else:
        _print_criteria(predictor.tempo)
    for row in rows:
        print(_agreement_line(row))
    return 0


def _agreement_rows(predictor: Predictor, options: argparse.Namespace) -> tuple[Agreement, ...]:
    files = clip_files(options)
    test = [files.paths[clip_id] for clip_id in trained_on(predictor.genre.header).test if clip_id in files.paths]
    step = max(1, len(test) // options.clips)
    with progress_bar("clips") as progress:
        return agreement(predictor, test[::step][: options.clips], progress)


def _agreement_line(row: Agreement) -> str:
    moved = "" if row.n_tempo_moved is None else f"; tempo {row.n_tempo_moved} of {row.n} moved by more than 1 %"
    return f"{row.variant:<22}genre {row.n_changed} of {row.n} changed, largest shift {row.largest_shift:.3f}{moved}"


def _print_criteria(model: Model[TempoReading]) -> None:
    with progress_bar("synthetic tracks") as progress:
        rows = synthetic_tempi(model, progress=progress)
    print("\n".join([*map(_synthetic_line, rows), _synthetic_total(rows), *map(_no_tempo_line, without_tempo(model))]))


def _synthetic_line(row: SyntheticTempo) -> str:
    missed = f"; other errors: {', '.join(row.missed)}" if row.missed else ""
    played = f"synthetic, {row.tempo_bpm:g} BPM"
    return f"{played:<22}{row.n_exact} of {row.n} within 2 %, {row.n_octave} octave errors{missed}"


def _synthetic_total(rows: tuple[SyntheticTempo, ...]) -> str:
    n, n_exact = sum(row.n for row in rows), sum(row.n_exact for row in rows)
    n_missed = sum(len(row.missed) for row in rows)
    return f"{'synthetic, all':<22}{n_exact / n:.1%} of {n} within 2 %, {n_missed} neither so nor octave errors"


def _no_tempo_line(row: NoTempo) -> str:
    outcome = "clear, though it should not be" if row.is_clear else f"{NO_CLEAR_TEMPO}, as it should be"
    return f"{row.sound:<22}confidence {row.confidence:.3f}: {outcome}"


def add_benchmark(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "benchmark",
        help="time a prediction, stage by stage, on an idle and a busy machine; or the app beside a training",
        description="Times an analysis of 30 s of MP3, models loaded and warm: first each stage beside a reference "
        "workload, then the whole in turn without and beside a process that occupies a core, so that whatever else "
        "goes on weighs on both; by the clock and in CPU seconds. Promised is an analysis beside an occupied core "
        f"within {MOST_BUSY_SLOWDOWN:g} times that without, on two cores. Threads wait asleep; OMP_WAIT_POLICY=ACTIVE "
        "in the environment shows what it is like when they spin.",
    )
    _add_models(parser)
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="analyses of each kind (default: 9)")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: as the app, all cores but one)")
    parser.add_argument("--training", action="store_true", help="the app beside a training instead, in a real browser")
    parser.add_argument("--interactions", type=int, default=30, metavar="N", help="with --training: clicks, each time")
    parser.add_argument("--watch", type=float, default=30.0, metavar="S", help="with --training: seconds of watching")
    parser.set_defaults(command=_benchmark)


def _benchmark(options: argparse.Namespace) -> int:
    if options.training:
        return _benchmark_app(options.interactions, options.watch)
    if options.rounds < 1 or (options.threads is not None and options.threads < 1):
        raise BenchmarkError("--rounds and --threads count from 1. Give larger numbers, or leave them out.")
    leave_a_core()  # as the app does
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    predictor = _predictor(options)
    print(f"{torch.get_num_threads()} threads, {os.cpu_count()} cores")
    for timing in benchmark(predictor, options.rounds):
        print(f"{timing.stage:<20}{1000 * timing.median_s:8.1f} ms{timing.ratio:10.1f} x reference")
    print("\n".join(busy_timing_lines(benchmark_busy(predictor, options.rounds))))
    return 0


def busy_timing_lines(timing: BusyTiming) -> list[str]:
    """What was measured beside what is promised."""
    lines = [
        f"{words:<20}{1000 * statistics.median(each_s):8.1f} ms median, {1000 * min(each_s):.0f} to "
        f"{1000 * max(each_s):.0f} ms, {statistics.median(cpu_s):.2f} s of CPU, {len(each_s)} x"
        for words, each_s, cpu_s in (
            ("idle", timing.idle_s, timing.idle_cpu_s),
            ("one core occupied", timing.busy_s, timing.busy_cpu_s),
        )
    ]
    return [*lines, f"{'slowdown':<20}{timing.slowdown:8.2f}    (promised: at most {MOST_BUSY_SLOWDOWN:g})"]


def _benchmark_app(n_interactions: int, watch_s: float) -> int:
    if n_interactions < 1 or not 1.0 <= watch_s <= 3600.0:
        raise BenchmarkError(
            f"--interactions is {n_interactions} and --watch is {watch_s:g}. Give at least one click, and 1 to 3600 s."
        )
    print("\n".join(app_timing_lines(benchmark_app(n_interactions, watch_s))))
    return 0


def app_timing_lines(timing: AppTiming) -> list[str]:
    """What was measured beside what is promised."""
    lines = [
        f"{words:<24}{1000 * statistics.median(each):8.0f} ms median, {1000 * max(each):.0f} ms at most, {len(each)} x"
        for words, each in (("browse, idle", timing.idle_s), ("browse, training", timing.training_s))
    ]
    lines.append(f"{'slowdown':<24}{timing.slowdown:8.2f}    (promised: at most {MOST_SLOWDOWN:g})")
    behind = f"{'curves behind the run':<24}"
    if timing.lags_s:
        lines.append(
            f"{behind}{max(timing.lags_s):8.2f} s at most, {statistics.median(timing.lags_s):.2f} s median, "
            f"{len(timing.lags_s)} writings (promised: at most {MOST_LAG_S:g} s)"
        )
    else:
        lines.append(f"{behind}no line was written while watching: watch for longer (--watch)")
    lines.append(
        f"{'polling a run':<24}{1000 * timing.polling_cpu:8.1f} ms of CPU a second and session (promised: below "
        f"{1000 * MOST_POLLING_CPU:g})"
    )
    return lines
