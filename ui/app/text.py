"""Text from outside (names, tags, titles, addresses, messages that quote them) in places that read Markdown.

Streamlit-free on purpose, so that the rules can be tested as plain functions.
"""

import re
import string

_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_GAP = "\u200b"
"""Has no width, and is no part of any pattern that the browser looks for."""
_FOUND_LATER = re.compile(
    r":(?=[\w+-]+:)"  # an icon or an emoji by its name
    r"|:(?=//)|www(?=\.)|(?<=[\w.+-])(?=@)"  # an address
    r"|(?<!\S)(?:[<>~](?==(?!\S))|<(?=->?(?!\S))|-(?=[->](?!\S)))",  # an arrow, a dash, a sign made of two
    re.IGNORECASE,
)


def as_text(value: str) -> str:
    """Markdown that is shown as `value`, whatever it holds: on one line, with no link, image, formula, icon or colour.

    A backslash keeps punctuation from being Markdown. Streamlit looks for icons, addresses and arrows once more in what
    is then plain text; a gap of no width keeps it from finding any. Characters that reorder the text around them are
    left out.
    """
    on_one_line = " ".join(_REORDERING.sub("", value).split())
    return _PUNCTUATION.sub(r"\\\1", _FOUND_LATER.sub(rf"\g<0>{_GAP}", on_one_line))


def as_code(value: str) -> str:
    """Markdown that is shown as `value` in the type of code, on one line."""
    on_one_line = " ".join(_REORDERING.sub("", value).split())
    longest = max((len(run) for run in re.findall("`+", on_one_line)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {on_one_line} {fence}" if longest else f"{fence}{on_one_line}{fence}"


def unbroken(text: str) -> str:
    """No line ends between a number and its percent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")
