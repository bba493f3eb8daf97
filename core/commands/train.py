"""`python -m core train`: a run from options to an exported checkpoint."""

import argparse
from pathlib import Path

from core.commands.options import Subparsers, add_gtzan, add_split, clip_files, progress_bar


def add_train(commands: Subparsers) -> None:
    parser = commands.add_parser("train", help="train a model and export its checkpoint")
    parser.add_argument("kind", choices=["genre", "tempo"])
    parser.add_argument("--model", choices=["tcn"], default="tcn", help="of a tempo training: tcn, the compact one")
    parser.add_argument("--recipe", default="strong", help="genre: seed or strong; tempo: quick or strong")
    add_split(parser)
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation")
    add_gtzan(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory of the run")
    parser.add_argument("--name", help="of the exported checkpoint (default: genre-<recipe> or tempo-<model>-<recipe>)")
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument("--f-max", type=float, metavar="HZ", help="upper edge of the mel bands, for experiments")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> int:
    # Lightning and torch take seconds to import; the other commands do without Lightning.
    from core.training.commands import TrainRequest, train_command

    stem = "genre" if options.kind == "genre" else f"tempo-{options.model}"
    request = TrainRequest(
        kind=options.kind,
        recipe=options.recipe,
        split=options.split,
        split_seed=options.split_seed,
        fold=options.fold,
        seed=options.seed,
        out=options.out,
        name=options.name or f"{stem}-{options.recipe}",
        epochs=options.epochs,
        f_max_hz=options.f_max,
        threads=options.threads,
        resume=options.resume,
    )
    files = clip_files(options)
    with progress_bar("spectrograms") as progress:
        header = train_command(request, files, progress)
    print(f"{header.name}: {', '.join(f'{key} {value:.4f}' for key, value in header.metrics.items())} on validation")
    print(f"exported to {options.out}")
    return 0
