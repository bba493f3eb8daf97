"""`python -m core train`: a run from options to an exported checkpoint."""

import argparse
import sys
from pathlib import Path

from core.commands.fusion import add_train_fusion_options, fusion_base, shown
from core.commands.options import Subparsers, add_gtzan, add_split, clip_files
from core.runs.request import GTZAN, HELD_OUT, SHIPPED, TRAINED_ON, Hardware, TrainRequest
from core.training.recipes.choices import all_hyper_parameters


def add_train(commands: Subparsers) -> None:
    parser = commands.add_parser("train", help="train a model and export its checkpoint")
    parser.add_argument("kind", choices=["genre", "tempo", "fusion"])
    parser.add_argument(
        "--model", choices=["tcn", "cnn14"], default="tcn", help="of a tempo training: tcn, the compact one, or cnn14"
    )
    parser.add_argument(
        "--recipe", default="strong", help="genre, cnn14 and fusion: seed or strong; tempo tcn: quick or strong"
    )
    parser.add_argument("--init", type=Path, metavar="PATH", help="cnn14: start from this official PANNs file")
    add_split(parser)
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation")
    add_gtzan(parser)
    parser.add_argument(
        "--data", choices=[GTZAN, SHIPPED], default=GTZAN, help="shipped: a genre run on the spectrograms in data/"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory of the run")
    parser.add_argument(
        "--name", help="of the exported checkpoint (default: <kind>-<recipe> or tempo-<model>-<recipe>)"
    )
    parser.add_argument("--subset-size", type=int, metavar="N", help="training clips, for a quick lesson")
    parser.add_argument(
        "--validation", choices=[HELD_OUT, TRAINED_ON], default=HELD_OUT,
        help="trained-on: a genre recipe of a fixed length trains on the validation clips, too; nothing is chosen",
    )  # fmt: skip
    for name, parameter in all_hyper_parameters().items():
        metavar = "N" if parameter.kind is int else "X"
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=parameter.kind, metavar=metavar, help="instead of the recipe's")
    parser.add_argument("--f-max", type=float, metavar="HZ", help="upper edge of the mel bands, for experiments")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    _add_hardware(parser)
    add_train_fusion_options(parser)
    parser.set_defaults(command=_train)


def _add_hardware(parser: argparse.ArgumentParser) -> None:
    usual = Hardware()
    group = parser.add_argument_group("hardware", "passed on to Lightning's Trainer")
    group.add_argument("--accelerator", default=usual.accelerator, help="cpu, gpu, auto, ... (default: cpu)")
    group.add_argument("--devices", default=usual.devices, metavar="N", help="how many, or which, such as 0,1")
    group.add_argument("--num-nodes", type=int, default=usual.num_nodes, metavar="N", help="machines")
    group.add_argument("--strategy", default=usual.strategy, help="auto, ddp, ...")
    group.add_argument("--precision", default=usual.precision, help="32-true, bf16-mixed, ...")


def _request(options: argparse.Namespace) -> TrainRequest:
    model = options.model if options.kind == "tempo" else None
    stem = "-".join(filter(None, (options.kind, model)))
    return TrainRequest(
        kind=options.kind,
        recipe=options.recipe,
        split=options.split,
        split_seed=options.split_seed,
        fold=options.fold,
        seed=options.seed,
        out=options.out,
        name=options.name or f"{stem}-{options.recipe}",
        model=model,
        data=options.data,
        gtzan=None if options.gtzan is None else options.gtzan.expanduser().absolute(),  # resumed from anywhere
        subset_size=options.subset_size,
        validation=options.validation,
        changes={name: getattr(options, name) for name in all_hyper_parameters() if getattr(options, name) is not None},
        init=None if options.init is None else options.init.expanduser().absolute(),
        f_max_hz=options.f_max,
        threads=options.threads,
        hardware=Hardware(options.accelerator, options.devices, options.num_nodes, options.strategy, options.precision),
        base=fusion_base(options) if options.kind == "fusion" else None,
        resume=options.resume,
    )


def _train(options: argparse.Namespace) -> int:
    # Lightning and torch take seconds to import; the other commands do without Lightning.
    from core.training.commands import train_command

    request = _request(options)
    files = clip_files(options) if request.data == GTZAN else None
    header = train_command(request, files, shown if sys.stderr.isatty() else None)  # no bar in a log
    print(f"{header.name}: {', '.join(f'{key} {value:.4f}' for key, value in header.metrics.items())} on validation")
    print(f"exported to {options.out}")
    return 0
