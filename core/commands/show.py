"""`python -m core describe` and `results`: cards of checkpoints and measured results, as text."""

import argparse

from core.commands.options import Subparsers
from core.models.checkpoint import describe, list_checkpoints
from core.results.fusion_answer import answer_markdown
from core.results.fusion_reports import FUSION_ROWS, fusion_results_markdown
from core.results.genre_reports import GENRE_ROWS, genre_results_markdown
from core.results.tempo_reports import TEMPO_ROWS, tempo_answer_markdown, tempo_results_markdown


def add_describe(commands: Subparsers) -> None:
    parser = commands.add_parser("describe", help="print the cards of checkpoints")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.set_defaults(command=_describe)


def _describe(options: argparse.Namespace) -> int:
    print("\n\n".join(describe(name) for name in options.names or list_checkpoints()))
    return 0


def add_results(commands: Subparsers) -> None:
    parser = commands.add_parser("results", help="print the results tables of the README from data/reports/")
    parser.set_defaults(command=_results)


def _results(_: argparse.Namespace) -> int:
    print("\n\n".join(results_tables()))
    return 0


def results_tables() -> list[str]:
    """Markdown tables of genre, tempo and fusion, and answers in words of the last two, as far as there are rows."""
    tempi, fusions = TEMPO_ROWS.load(), FUSION_ROWS.load()
    tables = (
        genre_results_markdown(GENRE_ROWS.load()),
        tempo_answer_markdown(tempi),
        tempo_results_markdown(tempi),
        fusion_results_markdown(fusions),
        answer_markdown(fusions),
    )
    return [table for table in tables if table]
