"""Ctrl-C and SIGTERM, which end a command in the same way."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

__all__ = ["Interruption", "Terminated", "signals_kept"]


class Terminated(KeyboardInterrupt):
    """Raised by SIGTERM, as cluster schedulers send it, in the place of Ctrl-C."""


@dataclass
class Interruption:
    """Whether the process was interrupted, also if the exception was lost.

    Python raises it wherever the program is; in a finalizer, of which training runs many, it
    would be printed and ignored.
    """

    error: type[KeyboardInterrupt] | None = None

    def check(self) -> None:
        """Raise if the process was interrupted."""
        if self.error is not None:
            raise self.error


@contextmanager
def signals_kept(interruption: Interruption) -> Iterator[None]:
    """Note Ctrl-C and SIGTERM while the block runs, besides raising an exception."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        interruption.error = Terminated if number == signal.SIGTERM else KeyboardInterrupt
        raise interruption.error

    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, interrupt)
    except ValueError:  # signals are for the main thread
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
