"""Finds text from outside that is on its way to Markdown without `ui.app.text`; `test_text.py` applies it.

What comes from outside is told by its name: the same few words are used for it all over the pages.
"""

import ast
from collections.abc import Iterator

from tests.support.architecture import Source

OUTSIDE = frozenset(
    {
        "artist", "title", "name", "filename", "stem", "run_id", "root", "path", "named", "message", "reason",
        "problem", "error", "description", "system", "checkpoint", "url",
    }
)  # fmt: skip
"""Last part of a variable's or attribute's name that may hold what a file, an address, a tag or a person says."""
ESCAPES = frozenset({"as_text", "as_code"})
MARKDOWN = frozenset(
    {
        "markdown", "caption", "info", "warning", "error", "success", "title", "header", "subheader", "expander",
        "popover", "button", "link_button", "badge", "metric", "progress", "spinner", "toast", "status", "page_link",
        "link_to", "tabs", "checkbox", "toggle", "show",
    }
)  # fmt: skip
"""Calls that take Markdown in their first two arguments, or under these names."""
_KEYWORDS = frozenset({"label", "body", "text", "help", "value", "delta"})


def unescaped(source: Source) -> Iterator[str]:
    """One line for each place where text from outside reaches Markdown as it is."""
    if source.area not in ("ui", "pages"):
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and _name(node.func) in MARKDOWN:
            given = [*node.args[:2], *(keyword.value for keyword in node.keywords if keyword.arg in _KEYWORDS)]
            for text in given:
                for found in _outside(text):
                    yield f"{source.path}:{found.lineno} shows {ast.unparse(found)} as Markdown: use as_text"


def _name(node: ast.expr) -> str:
    """Last part of a dotted name, "" for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _outside(text: ast.expr) -> Iterator[ast.expr]:
    """What of an expression becomes part of the text and may come from outside."""
    match text:
        case ast.Attribute() | ast.Name():
            if _name(text) in OUTSIDE:
                yield text
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from _outside(part)
        case ast.FormattedValue(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
            yield from _outside(value)
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            yield from _outside(left)
            yield from _outside(right)
        case ast.ListComp(elt=value) | ast.GeneratorExp(elt=value):
            yield from _outside(value)
        case ast.Call(func=ast.Name(id="str"), args=parts) | ast.Call(func=ast.Attribute(attr="join"), args=parts):
            for part in parts:
                yield from _outside(part)
