"""`python -m core robustness` and `benchmark`: agreement with itself, and speed."""

import argparse

import torch

from core.benchmark import benchmark
from core.commands.options import Subparsers, add_gtzan, clip_files, progress_bar
from core.evaluation import own_split
from core.predict import DEFAULT_GENRE, Predictor
from core.robustness import genre_agreement


def add_robustness(commands: Subparsers) -> None:
    parser = commands.add_parser("robustness", help="does the genre survive other codecs, rates and channels?")
    parser.add_argument("--genre", default=DEFAULT_GENRE, metavar="NAME")
    parser.add_argument("--clips", type=int, default=50, metavar="N", help="test clips, evenly spread")
    add_gtzan(parser)
    parser.set_defaults(command=_robustness)


def _robustness(options: argparse.Namespace) -> int:
    predictor, files = Predictor.load(options.genre), clip_files(options)
    test = [files.paths[clip_id] for clip_id in own_split(predictor.genre).test if clip_id in files.paths]
    step = max(1, len(test) // options.clips)
    chosen = test[::step][: options.clips]
    with progress_bar("clips") as progress:
        rows = genre_agreement(predictor, chosen, progress)
    for row in rows:
        print(f"{row.variant:<22}{row.n_changed} of {row.n} changed, largest shift {row.largest_shift:.3f}")
    return 0


def add_benchmark(commands: Subparsers) -> None:
    parser = commands.add_parser("benchmark", help="time a prediction, stage by stage, beside a reference workload")
    parser.add_argument("--genre", default=DEFAULT_GENRE, metavar="NAME")
    parser.set_defaults(command=_benchmark)


def _benchmark(options: argparse.Namespace) -> int:
    print(f"{torch.get_num_threads()} threads")
    for timing in benchmark(Predictor.load(options.genre)):
        print(f"{timing.stage:<16}{1000 * timing.median_s:8.1f} ms{timing.ratio:10.1f} x reference")
    return 0
