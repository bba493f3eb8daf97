"""The command line's parser, and what its errors become."""

import argparse
import os
import sys
from collections.abc import Sequence

from core.commands.calibrate import add_calibrate
from core.commands.classifiers import add_baselines, add_mixtures, add_transfer
from core.commands.curves import add_curves
from core.commands.evaluate import add_evaluate
from core.commands.export import add_export
from core.commands.fusion import add_fusion
from core.commands.jobs import add_jobs
from core.commands.measure import add_benchmark, add_robustness
from core.commands.predict import add_predict
from core.commands.scores import add_scores
from core.commands.show import add_describe, add_results
from core.commands.train import add_train
from core.errors import LabError
from core.system.output import print_what_can_be_printed
from core.system.storage import in_words


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    print_what_can_be_printed()
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        print(f"error: {in_words(error)}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Genre & Tempo Lab on the command line.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_predict(commands)
    add_train(commands)
    add_jobs(commands)
    add_evaluate(commands)
    add_curves(commands)
    add_baselines(commands)
    add_transfer(commands)
    add_mixtures(commands)
    add_export(commands)
    add_calibrate(commands)
    add_describe(commands)
    add_results(commands)
    add_fusion(commands)
    add_scores(commands)
    add_robustness(commands)
    add_benchmark(commands)
    return parser
