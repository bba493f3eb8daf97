"""`python -m core curves`: the learning curves of a finished run, kept for the results page."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from core.commands.options import Subparsers
from core.results.curve_reports import CURVE_ROWS, Curve, CurveReport, curve_report


def add_curves(commands: Subparsers) -> None:
    parser = commands.add_parser("curves", help="print the learning curves of a finished run, or keep them")
    parser.add_argument("run", type=Path, metavar="DIR", help="directory of the run, the --out of its training")
    parser.add_argument("--name", help="of the checkpoint, where the directory holds several")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true", help="also keep them in data/reports/, for the results page")
    parser.set_defaults(command=_curves)


def _curves(options: argparse.Namespace) -> int:
    report = curve_report(options.run, options.name)
    if options.save:
        CURVE_ROWS.save(report)
    print(json.dumps(asdict(report)) if options.json else _text(report))
    return 0


def _text(report: CurveReport) -> str:
    seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    fold = "" if report.fold is None else f", fold {report.fold}"
    lines = [
        f"{report.checkpoint}, recipe {report.recipe} on {report.split}{seed}{fold}, seed {report.seed}, "
        f"{report.n_train} training and {report.n_valid} validation clips",
        f"  weights of epoch {report.best_epoch} of {report.epochs}",
    ]
    return "\n".join([*lines, *(_line(curve, report.best_epoch) for curve in report.curves)])


def _line(curve: Curve, best_epoch: int) -> str:
    value_of = dict(zip(curve.epochs, curve.values, strict=True))
    kept = f", {value_of[best_epoch]:.4g} in epoch {best_epoch}" if best_epoch in value_of else ""
    return (
        f"  {curve.metric:<20}{curve.values[0]:.4g} in epoch {curve.epochs[0]}, {curve.values[-1]:.4g} in epoch "
        f"{curve.epochs[-1]}{kept}"
    )
