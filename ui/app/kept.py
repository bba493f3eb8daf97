"""The sounds that a visitor has given: kept in the session, so that they outlive a look at another page.

Only the sounds are kept. Their predictions are kept by `model`, for all sessions, and computed anew where they have
been crowded out there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

MAX_KEPT_BYTES = 100_000_000
MAX_KEPT = 12
"""Both hold for older sounds; those that are given at once are kept at least until the next ones."""
_SOUNDS, _LAST, _CURRENT, _SHOWN = "kept-sounds", "kept-last", "kept-current", "kept-shown"
"""The last one is the widget's, whose state Streamlit drops when its page is left; the one before stays."""


@dataclass(frozen=True)
class NamedAudio:
    """Bytes of one audio file and what to call it."""

    name: str
    data: bytes


@dataclass(frozen=True)
class KeptSound:
    """A sound of this session.

    Attributes:
        number: grows from sound to sound and is never used again.
        audio: name and bytes.
    """

    number: int
    audio: NamedAudio


def kept_sounds() -> tuple[KeptSound, ...]:
    """All of them, the oldest first."""
    sounds: tuple[KeptSound, ...] = st.session_state.get(_SOUNDS, ())
    return sounds


def keep(given: Sequence[NamedAudio]) -> tuple[KeptSound, ...]:
    """Adds sounds and shows the first of them; one that is kept already is replaced. Returns the new ones in order."""
    last: int = st.session_state.get(_LAST, 0)
    new = tuple(KeptSound(last + place, audio) for place, audio in enumerate(given, start=1))
    older = [sound for sound in kept_sounds() if sound.audio not in given]
    st.session_state[_SOUNDS] = newest_within([*older, *new], len(new))
    st.session_state[_LAST] = last + len(new)
    if new:
        st.session_state[_CURRENT] = new[0].number
    return new


def keep_recording(what: str, data: bytes) -> KeptSound:
    """Adds a recording, named by the first number that is free, as in "take 2.wav"."""
    taken = {sound.audio.name for sound in kept_sounds()}
    names = (f"{what} {number}.wav" for number in range(1, len(taken) + 2))
    (kept,) = keep([NamedAudio(next(name for name in names if name not in taken), data)])
    return kept


def newest_within(
    sounds: Sequence[KeptSound], n_new: int, max_bytes: int = MAX_KEPT_BYTES, max_sounds: int = MAX_KEPT
) -> tuple[KeptSound, ...]:
    """The newest of some sounds, oldest first: the last `n_new` in any case, older ones as far as both limits reach."""
    left = list(sounds)
    while len(left) > n_new and (len(left) > max_sounds or sum(len(sound.audio.data) for sound in left) > max_bytes):
        left.pop(0)
    return tuple(left)


def forget(numbers: Collection[int]) -> None:
    """Removes sounds."""
    st.session_state[_SOUNDS] = tuple(sound for sound in kept_sounds() if sound.number not in numbers)


def choose_kept(label: str) -> KeptSound | None:
    """Lets the user choose one of the kept sounds, where there are several; None without any."""
    by_number = {sound.number: sound for sound in kept_sounds()}
    if len(by_number) < 2:
        return next(iter(by_number.values()), None)
    if st.session_state.get(_CURRENT) not in by_number:
        st.session_state[_CURRENT] = max(by_number)
    st.session_state[_SHOWN] = st.session_state[_CURRENT]
    number = st.selectbox(
        label, list(by_number), key=_SHOWN, on_change=_take_choice,
        format_func=lambda number: by_number[number].audio.name,
    )  # fmt: skip
    return by_number[number]


def _take_choice() -> None:
    st.session_state[_CURRENT] = st.session_state[_SHOWN]
