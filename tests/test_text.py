"""Text from outside keeps its letters and loses its meaning as Markdown."""

import re

import pytest

from ui.text import as_text

PUNCTUATION_UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[!-/:-@\[\]^-`{-~]")


def read_back(markdown: str) -> str:
    """What a reader of Markdown sees: escapes taken off, and what has no width."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace("\u200b", "")


@pytest.mark.parametrize(
    "value",
    [
        "S$MPLE - L$D [Official Video](HD).mp3",
        ":red[x] <b>y</b> **z** `code` :material/home:",
        "[Sign in again](https://evil.invalid/x)![x](https://evil.invalid/p.png)",
        "back\\slash \\* ~~gone~~ &amp; # 1. - + | {x}",
        "Motörhead – Ace of Spades, 12:30",
    ],
)
def test_all_letters_stay_and_no_punctuation_is_left_to_markdown(value: str) -> None:
    shown = as_text(value)
    assert read_back(shown) == value
    assert not PUNCTUATION_UNESCAPED.search(shown)


def test_what_the_browser_looks_for_in_plain_text_is_parted() -> None:
    pattern = re.compile(r"(?i):material_\w+:|:streamlit:|:[\w+-]+:|https?://|www\.|\w@\w|(?:^|\s)(?:<->|->|<-|--|>=)")
    value = ":material_home: :smile: :streamlit: :+1: https://a.invalid WWW.a.invalid a@b.invalid a -> b -- c <-> d"
    assert len(pattern.findall(value)) == 10
    assert not pattern.findall(re.sub(r"\\(.)", r"\1", as_text(value)))


def test_stays_on_one_line_and_in_its_direction() -> None:
    assert as_text("    code\n\n# heading\t\x0bend \u202egpj.exe") == "code \\# heading end gpj\\.exe"
