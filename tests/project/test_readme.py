"""The README says only what the project measured and holds."""

import re

import pytest

from core.models.checkpoint import describe, list_checkpoints
from core.results.fusion_answer import answer_markdown
from core.results.fusion_reports import FUSION_ROWS, fusion_results_markdown
from core.results.genre_reports import GENRE_ROWS, genre_results_markdown
from core.results.tempo_reports import TEMPO_ROWS, tempo_answer_markdown, tempo_results_markdown
from core.system.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("block", "table"),
    [
        ("results", genre_results_markdown(GENRE_ROWS.load())),
        ("tempo answer", tempo_answer_markdown(TEMPO_ROWS.load())),
        ("tempo results", tempo_results_markdown(TEMPO_ROWS.load())),
        ("fusion results", fusion_results_markdown(FUSION_ROWS.load())),
        ("fusion answer", answer_markdown(FUSION_ROWS.load())),
    ],
    ids=lambda value: value.split("\n")[0][:14],
)
def test_results_tables_are_those_of_the_reports(block: str, table: str) -> None:
    """As `python -m core results` prints them; what has no rows needs no block."""
    found = re.search(rf"<!-- {block} -->\n(.*)\n<!-- /{block} -->", README, re.DOTALL)
    assert found or not table, f"the README lacks <!-- {block} -->, what `python -m core results` prints"
    assert (found[1] if found else "") == table


def test_every_listed_file_exists_and_every_module_is_listed() -> None:
    """The file tree of the README against the folder."""
    tree = README.split("## Files")[1].split("```")[1]
    listed = {line.split()[0] for line in tree.splitlines() if line and not line.startswith(" ")}
    in_core = {line.split()[0] for line in tree.splitlines() if line.startswith("  ")}
    assert not [name for name in listed if not (ROOT / name).exists()]
    assert not [name for name in in_core if not (ROOT / "core" / name).exists()]
    modules = {path.name for path in (ROOT / "core").glob("[a-z]*.py")}
    packages = {f"{path.parent.name}/" for path in (ROOT / "core").glob("*/__init__.py")}
    assert modules | packages == in_core


def test_linked_files_exist() -> None:
    """Pictures and documents."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_model_cards_are_those_of_the_checkpoints() -> None:
    """As `python -m core describe` prints them."""
    cards = (ROOT / "checkpoints" / "README.md").read_text(encoding="utf-8").split("```")[1].strip()
    assert cards == "\n\n".join(describe(name) for name in list_checkpoints())
