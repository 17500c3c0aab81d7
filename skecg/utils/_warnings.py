"""Warn at the line that called the package."""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import TypeVar

from ._text import printable, shorten

__all__ = ["collected_warnings", "suggest", "suggestions", "warn", "without_warnings"]

_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"  # not a script or package next to it
# pipelines, searches and parallel loops stand between the caller and an estimator
_BETWEEN = ("sklearn", "imblearn", "joblib", "contextlib", "dataclasses", "threading")
_LONGEST = 5000  # characters of a warning
_collecting: ContextVar[tuple[list[str], ...]] = ContextVar("_collecting", default=())
_silent: ContextVar[bool] = ContextVar("_silent", default=False)


Problem = TypeVar("Problem", bound=BaseException)


def suggest(problem: Problem, *parameters: str) -> Problem:
    """Add to an error or a warning the parameters that help, and return it.

    A command line translates them into its options.

    Parameters
    ----------
    problem : Exception or Warning
        The problem.
    *parameters : str
        Names of parameters, such as ``"leads"``.

    Examples
    --------
    >>> from skecg.utils import suggest, suggestions
    >>> suggestions(suggest(ValueError("The rates differ."), "fs"))
    ('fs',)
    """
    known = suggestions(problem)
    problem.suggests = (*known, *(p for p in parameters if p not in known))  # type: ignore[attr-defined]
    return problem


def suggestions(problem: BaseException) -> tuple[str, ...]:
    """Return the parameters that help against an error or a warning."""
    return getattr(problem, "suggests", ())


def warn(
    message: str,
    category: type[Warning] = UserWarning,
    *,
    suggests: tuple[str, ...] = (),
    lines: Sequence[str] = (),
) -> None:
    """Issue a warning that names the first line outside skecg that led to it.

    Parameters
    ----------
    message : str
        Text of the warning.
    category : type, default=UserWarning
        Class of the warning.
    suggests : tuple of str, default=()
        Parameters that help, as `suggest` adds them.
    lines : sequence of str, default=()
        Further lines of the text; no other line end in it ends a line.

    Examples
    --------
    >>> import warnings
    >>> from skecg.utils import warn
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn("Lead 'V5' is flat.")
    >>> str(caught[0].message)
    "Lead 'V5' is flat."
    """
    if _silent.get():
        return
    # a name in a file may hold any character, and there may be a million of them
    message = shorten("\n  ".join(map(printable, (message, *lines))), _LONGEST)
    for texts in _collecting.get():
        texts.append(message)
    warning = suggest(category(message), *suggests)
    warnings.warn(warning, stacklevel=_levels_to_caller())


@contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """Collect the texts of skecg's warnings that occur inside, whatever filters do with them.

    Examples
    --------
    >>> import warnings
    >>> from skecg.utils import collected_warnings, warn
    >>> with warnings.catch_warnings(action="ignore"), collected_warnings() as texts:
    ...     warn("Lead 'V5' is flat.")
    >>> texts
    ["Lead 'V5' is flat."]
    """
    texts: list[str] = []
    token = _collecting.set((*_collecting.get(), texts))
    try:
        yield texts
    finally:
        _collecting.reset(token)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Issue none of skecg's warnings inside, in this thread; they were issued before.

    Examples
    --------
    >>> from skecg.utils import collected_warnings, warn, without_warnings
    >>> with collected_warnings() as texts, without_warnings():
    ...     warn("Lead 'V5' is flat.")
    >>> texts
    []
    """
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _levels_to_caller() -> int:
    """Count the frames from `warn` to the first one that is neither ours nor between."""
    frame: FrameType | None = sys._getframe(2)  # who called `warn`
    level = 2
    while frame is not None:
        module = frame.f_globals.get("__name__", "").partition(".")[0]
        if not (frame.f_code.co_filename.startswith(_PACKAGE) or module in _BETWEEN):
            return level
        frame = frame.f_back
        level += 1
    return 2  # the bottom of another thread: name the line that warns
