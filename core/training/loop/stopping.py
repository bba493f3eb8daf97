"""Being asked to stop: by SIGTERM, or Ctrl+C in a terminal."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from core.errors import TrainingError

STOPPED = "Stopped before the end. Resume the run to go on (--resume on the command line)."
BEGUN_ANEW = "Stopped before the end. Start it again: what is finished is kept."
"""Of what is no run of its own, such as an experiment of many trainings."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class RunStoppedError(TrainingError):
    """The run was asked to stop and did; it can be resumed."""


class StopRequest:
    """Whether a stop was asked for since `listen`; the training looks between two batches."""

    def __init__(self) -> None:
        self.made = False

    def listen(self) -> None:
        """Takes over the signals, so that one does not interrupt a step or the writing of a file."""
        for number in _SIGNALS:
            _set_handler(number, self._note)

    def _note(self, number: int, _: FrameType | None) -> None:
        if self.made and number == signal.SIGINT:  # a second Ctrl+C is meant
            raise KeyboardInterrupt
        self.made = True


@contextmanager
def handlers_restored() -> Iterator[None]:
    """Puts back afterwards what signals did before."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                _set_handler(number, handler)


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Within, SIGTERM raises `RunStoppedError` at once: for work that may be cut anywhere, such as preparing."""

    def stop(_: int, __: FrameType | None) -> None:
        raise RunStoppedError(STOPPED)

    with handlers_restored():
        _set_handler(signal.SIGTERM, stop)
        yield


def _set_handler(number: int, handler: Callable[[int, FrameType | None], object] | int | signal.Handlers) -> None:
    if threading.current_thread() is threading.main_thread():  # others may not
        signal.signal(number, handler)
