"""The README says only what the project measured and holds."""

import re
from pathlib import Path

from core.checkpoint import describe, list_checkpoints
from core.reports import genre_results_markdown, load_genre_reports

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_results_table_is_the_one_of_the_reports() -> None:
    """As `python -m core results` prints it."""
    found = re.search(r"<!-- results -->\n(.*)\n<!-- /results -->", README, re.DOTALL)
    assert found, "the README has lost its results table"
    assert found[1] == genre_results_markdown(load_genre_reports())


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
