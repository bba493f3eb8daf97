"""`python -m core calibrate`: the calibrated confidence of tempo checkpoints, from saved predictions."""

import argparse

from core.commands.options import Subparsers
from core.data.tempo_calibrations import save_calibrations
from core.inference.load import names
from core.models.checkpoint import load_header
from core.results.tempo_calibration import fit_calibration
from core.results.tempo_predictions import TEMPO_TABLE


def add_calibrate(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "calibrate", help="fit the probability that a tempo is right to saved predictions of validation clips"
    )
    parser.set_defaults(command=_calibrate)


def _calibrate(_: argparse.Namespace) -> int:
    fitted = [
        fit_calibration(TEMPO_TABLE.load(name), load_header(name).weights_sha256)
        for name in names("tempo")
        if name in TEMPO_TABLE.systems()
    ]
    save_calibrations(fitted)
    for each in fitted:
        print(f"{each.checkpoint}: slope {each.scaling.slope}, intercept {each.scaling.intercept}, n {each.n}")
    return 0
