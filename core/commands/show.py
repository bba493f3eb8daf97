"""`python -m core describe` and `results`: cards of checkpoints and measured results, as text."""

import argparse

from core.checkpoint import describe, list_checkpoints
from core.commands.options import Subparsers
from core.reports import genre_results_markdown, load_genre_reports


def add_describe(commands: Subparsers) -> None:
    parser = commands.add_parser("describe", help="print the cards of checkpoints")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.set_defaults(command=_describe)


def _describe(options: argparse.Namespace) -> int:
    print("\n\n".join(describe(name) for name in options.names or list_checkpoints()))
    return 0


def add_results(commands: Subparsers) -> None:
    parser = commands.add_parser("results", help="print the results table of the README from data/reports/")
    parser.set_defaults(command=_results)


def _results(_: argparse.Namespace) -> int:
    print(genre_results_markdown(load_genre_reports()))
    return 0
