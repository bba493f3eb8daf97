"""Arguments in, one call of the library, text out."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import DatasetError, LabError
from core.gtzan import DEFAULT_SPLIT_SEED, SPLITS, ClipFiles, find_clips, gtzan_root


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Genre & Tempo Lab on the command line.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands)
    _add_describe(commands)
    return parser


def _add_gtzan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gtzan", type=Path, metavar="DIR", help="folder of GTZAN audio (default: $GTZAN_DIR)")


def _add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=SPLITS, default="stratified")
    parser.add_argument("--split-seed", type=int, default=DEFAULT_SPLIT_SEED, metavar="N")
    parser.add_argument("--fold", type=int, metavar="N", help="0..4, for artist_folds")


def _files(options: argparse.Namespace) -> ClipFiles:
    root = gtzan_root(options.gtzan)
    if root is None:
        raise DatasetError("No GTZAN audio given. Say where it is with --gtzan DIR or the variable GTZAN_DIR.")
    files = find_clips(root)
    for problem in files.problems:
        print(problem, file=sys.stderr)
    return files


def _add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("train", help="train a model and export its checkpoint")
    parser.add_argument("kind", choices=["genre"])
    parser.add_argument("--recipe", choices=["seed", "strong"], default="strong")
    _add_split(parser)
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation")
    _add_gtzan(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory of the run")
    parser.add_argument("--name", help="of the exported checkpoint (default: <kind>-<recipe>)")
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument("--f-max", type=float, metavar="HZ", help="upper edge of the mel bands, for experiments")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> int:
    # Lightning and torch take seconds to import; the other commands do without Lightning.
    from core.training.commands import GenreRequest, train_genre_command

    request = GenreRequest(
        recipe=options.recipe,
        split=options.split,
        split_seed=options.split_seed,
        fold=options.fold,
        seed=options.seed,
        out=options.out,
        name=options.name or f"{options.kind}-{options.recipe}",
        epochs=options.epochs,
        f_max_hz=options.f_max,
        threads=options.threads,
        resume=options.resume,
    )
    header = train_genre_command(request, _files(options))
    print(f"{header.name}: {', '.join(f'{key} {value:.4f}' for key, value in header.metrics.items())} on validation")
    print(f"exported to {options.out}")
    return 0


def _add_describe(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("describe", help="print the cards of checkpoints")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.set_defaults(command=_describe)


def _describe(options: argparse.Namespace) -> int:
    from core.checkpoint import describe, list_checkpoints

    print("\n\n".join(describe(name) for name in options.names or list_checkpoints()))
    return 0
