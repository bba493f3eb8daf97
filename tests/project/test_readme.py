"""README and documents say only what the project measured and holds."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.commands.show import card, results_tables, short_results
from core.models.checkpoint import list_checkpoints
from core.system.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
DECISIONS = ROOT / "docs" / "decisions"
DOCUMENTS = ("README.md", "docs/**/*.md", "data/*.md", "checkpoints/*.md")
SHORT = ("answers", "genre", "tempo")
FULL = ("results", "tempo answer", "tempo results", "tempo clips", "fusion results", "fusion answer")


def block(text: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*)\n<!-- /{name} -->", text, re.DOTALL)
    assert found, f"<!-- {name} --> is missing"
    return found[1]


@pytest.mark.parametrize(
    ("file", "names", "printed"),
    [("README.md", SHORT, short_results), ("docs/results.md", FULL, results_tables)],
)
def test_results_are_what_the_command_prints(
    file: str, names: tuple[str, ...], printed: Callable[[], list[str]]
) -> None:
    """`python -m core results`, with `--short` for the README."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert [block(text, name) for name in names] == printed()


def test_every_listed_file_exists_and_every_folder_of_core_and_ui_is_listed() -> None:
    """The file tree of the README against the folders; a line begins with one path or several."""
    listed, top = set(), Path()
    for line in README.split("## Files")[1].split("```")[1].strip().splitlines():
        names = re.match(r" *((?:[\w.]+(?:/|\.py) +)+)", line)
        assert names, line
        top = top if line.startswith(" ") else Path(names[1].strip())
        listed |= {top / name if line.startswith(" ") else Path(name) for name in names[1].split()}
    assert not [path for path in listed if not (ROOT / path).exists()]
    packages = [path.parent for area in ("core", "ui") for path in (ROOT / area).glob("*/__init__.py")]
    modules = [path for area in ("core", "ui") for path in (ROOT / area).glob("[a-z]*.py")]
    assert {path.relative_to(ROOT) for path in (*packages, *modules)} <= listed


@pytest.mark.parametrize("pattern", DOCUMENTS)
def test_linked_files_exist(pattern: str) -> None:
    """Pictures and documents."""
    for document in ROOT.glob(pattern):
        for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (document.parent / target).exists(), (document, target)


def test_the_index_of_decisions_has_a_line_for_every_entry() -> None:
    """In the order of its files, with the anchors that a heading gets."""
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    for name in sorted(path.name for path in DECISIONS.glob("*.md") if path.name != "README.md"):
        headings = re.findall(r"^## (.+)$", (DECISIONS / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert headings
        assert re.findall(rf"^- .*\({name}#.*$", index, re.MULTILINE) == [_line(name, each) for each in headings]


def _line(name: str, heading: str) -> str:
    date, question = heading.split(": ", 1)
    anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    return f"- {date} [{question}]({name}#{anchor})"


def test_model_cards_are_those_of_the_checkpoints() -> None:
    """As `python -m core describe` prints them."""
    cards = (ROOT / "checkpoints" / "README.md").read_text(encoding="utf-8").split("```")[1].strip()
    assert cards == "\n\n".join(card(name) for name in list_checkpoints())
