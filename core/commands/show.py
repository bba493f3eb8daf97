"""`python -m core describe` and `results`: cards of checkpoints and measured results, as text."""

import argparse
from pathlib import Path

from core.commands.options import Subparsers, add_checkpoint_folder
from core.models.checkpoint import describe, list_checkpoints
from core.models.other_music import other_music
from core.results.fusion_answer import answer_markdown
from core.results.fusion_reports import FUSION_ROWS
from core.results.fusion_tables import fusion_results_markdown
from core.results.genre_reports import GENRE_ROWS, genre_results_markdown
from core.results.short import short_answers, short_genre_table, short_tempo_table
from core.results.tempo_reports import TEMPO_ROWS, tempo_answer_markdown, tempo_results_markdown
from core.results.tempo_strata import tempo_strata_markdown
from core.system.paths import CHECKPOINT_DIR


def add_describe(commands: Subparsers) -> None:
    parser = commands.add_parser("describe", help="print the cards of checkpoints")
    parser.add_argument("names", nargs="*", metavar="NAME")
    add_checkpoint_folder(parser)
    parser.set_defaults(command=_describe)


def _describe(options: argparse.Namespace) -> int:
    folder = options.checkpoints
    print("\n\n".join(card(name, folder) for name in options.names or list_checkpoints(folder=folder)))
    return 0


def card(name: str, folder: Path = CHECKPOINT_DIR) -> str:
    """A checkpoint described, with what else than GTZAN it learned from."""
    return "\n".join([describe(name, folder), *([f"  learned    {learned}"] if (learned := other_music(name)) else [])])


def add_results(commands: Subparsers) -> None:
    parser = commands.add_parser("results", help="print the results tables of docs/results.md from data/reports/")
    parser.add_argument("--short", action="store_true", help="the answers and small tables of the README instead")
    parser.set_defaults(command=_results)


def _results(options: argparse.Namespace) -> int:
    print("\n\n".join(short_results() if options.short else results_tables()))
    return 0


def results_tables() -> list[str]:
    """Markdown tables of genre, tempo and fusion, and answers in words of the last two, as far as there are rows."""
    tempi, fusions = TEMPO_ROWS.load(), FUSION_ROWS.load()
    tables = (
        genre_results_markdown(GENRE_ROWS.load()),
        tempo_answer_markdown(tempi),
        tempo_results_markdown(tempi),
        tempo_strata_markdown() if tempi else "",
        fusion_results_markdown(fusions),
        answer_markdown(fusions),
    )
    return [table for table in tables if table]


def short_results() -> list[str]:
    """The three answers in a sentence each, and the small tables of genre and tempo, as markdown.

    Raises:
        DatasetError: a row that they need was not measured.
    """
    genre, tempi = GENRE_ROWS.load(), TEMPO_ROWS.load()
    return [short_answers(genre, tempi, FUSION_ROWS.load()), short_genre_table(genre), short_tempo_table(tempi)]
