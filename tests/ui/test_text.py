"""Text from outside keeps its letters and loses its meaning as Markdown."""

import re

import pytest

from core.system.paths import ROOT
from tests.support.architecture import Source, read_tree
from tests.support.outside_text import unescaped
from ui.app.text import as_code, as_text

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


@pytest.mark.parametrize(
    ("value", "shown"), [("/a/b_c", "`/a/b_c`"), ("a`b", "`` a`b ``"), ("``a``\n![x](y)", "``` ``a`` ![x](y) ```")]
)
def test_code_is_closed_by_nothing_in_it(value: str, shown: str) -> None:
    assert as_code(value) == shown


# Every place where it is used


def test_no_page_shows_text_from_outside_as_markdown() -> None:
    found = [line for source in read_tree(ROOT) for line in unescaped(source)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        'st.caption(f"by {clip.artist}")',
        "st.expander(audio.name, icon=icon)",
        'st.error("no run " + named)',
        'column.markdown(f"{count} clips", help=problem)',
        'st.markdown(", ".join(name for name in names))',
        "st.subheader(clip.title or clip.clip_id)",
        'st.warning(f"{prefix}{str(error)}" if error else "")',
        "st.tabs([audio.name for audio in given])",
    ],
)
def test_the_rule_notices(code: str) -> None:
    assert len(list(unescaped(Source("ui/any.py", code)))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'st.caption(f"by {as_text(clip.artist)}, {n_clips} clips")',
        'st.markdown(f"found in {as_code(str(files.root))}")',
        "st.dataframe({'artist': [clip.artist]})",
        'st.metric("Genre", percent(share))',
    ],
)
def test_the_rule_lets_pass(code: str) -> None:
    assert not list(unescaped(Source("ui/any.py", code)))
