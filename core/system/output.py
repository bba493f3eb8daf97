"""What is printed survives any encoding of the output."""

import io
import sys
import unicodedata


def print_what_can_be_printed() -> None:
    """From now on a character that the output's encoding lacks is printed as its escape, such as \\u266a.

    The same goes for bytes of a file name that are no text. An output that passes such bytes through as they are, as
    in the C locale, still does.
    """
    for stream in (sys.stdout, sys.stderr):
        passes_through = stream.errors == "surrogateescape" and stream.encoding.lower().replace("-", "") == "utf8"
        if isinstance(stream, io.TextIOWrapper) and not passes_through:
            stream.reconfigure(errors="backslashreplace")


def on_a_terminal(text: str) -> str:
    """Text from outside, such as a file's name, with control characters as their escapes: none steers the terminal."""
    return "".join(ascii(letter)[1:-1] if unicodedata.category(letter) == "Cc" else letter for letter in text)
