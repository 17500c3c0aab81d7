"""Ctrl-C and SIGTERM, which end a command in the same way."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

__all__ = ["Interruption", "Terminated", "signals_kept"]

_AGAIN = 0.05  # seconds after which a signal is repeated whose exception was lost


class Terminated(KeyboardInterrupt):
    """Raised by SIGTERM, as cluster schedulers send it, in the place of Ctrl-C."""


@dataclass
class Interruption:
    """Whether the process was interrupted, also if the exception was lost.

    Python raises it wherever the program is; in a finalizer, of which training runs many, it
    would be printed and ignored.
    """

    error: type[KeyboardInterrupt] | None = None
    handled: bool = False  # further signals change nothing
    _repetition: threading.Timer | None = field(default=None, repr=False)

    def check(self) -> None:
        """Raise if the process was interrupted."""
        if self.error is not None:
            self.stop_repeating()
            raise self.error

    def handle(self) -> None:
        """Ignore signals from now on: the command ends by the first one."""
        self.handled = True
        self.stop_repeating()

    def repeat(self) -> None:
        """Send the signal again soon, when the main thread is elsewhere."""
        number = signal.SIGTERM if self.error is Terminated else signal.SIGINT
        self._repetition = threading.Timer(_AGAIN, _send, [number])
        self._repetition.daemon = True
        self._repetition.start()

    def stop_repeating(self) -> None:
        """Send no signal again."""
        if self._repetition is not None:
            self._repetition.cancel()
            self._repetition.join()


def _send(number: int) -> None:
    """Send a signal to the main thread."""
    if sys.platform == "win32":  # where only the C library of the process has signals
        signal.raise_signal(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


@contextmanager
def signals_kept(interruption: Interruption) -> Iterator[None]:
    """Note Ctrl-C and SIGTERM while the block runs, besides raising an exception.

    If it is raised where Python can only print and ignore it, it is raised again.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        if interruption.handled:
            return
        interruption.error = Terminated if number == signal.SIGTERM else KeyboardInterrupt
        raise interruption.error

    def lost(problem: "sys.UnraisableHookArgs") -> None:
        if interruption.error is None or not issubclass(problem.exc_type, KeyboardInterrupt):
            hook(problem)
        elif not interruption.handled:
            interruption.repeat()

    before = {}
    hook = sys.unraisablehook
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, interrupt)
        sys.unraisablehook = lost
    except ValueError:  # signals are for the main thread
        pass
    try:
        yield
    finally:
        interruption.stop_repeating()
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)
