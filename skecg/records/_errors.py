"""The error about a recording."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ..utils import printable, shorten, suggest, suggestions

__all__ = ["RecordError", "naming_record", "naming_recording"]

# Ways out of errors of the operating system; others are those of a disk or a network.
_ADVICE = {
    errno.ENOENT: "List the recordings of a folder with find_records.",
    errno.EACCES: "Give yourself the right to read it, and to enter its folder.",
    errno.EPERM: "Give yourself the right to read it, and to enter its folder.",
    errno.EISDIR: "It is a folder: move it away, or name the file.",
    errno.ENOTDIR: "A part of its path is a file, not a folder.",
    errno.ELOOP: "It is a link that leads to itself.",
    errno.ENAMETOOLONG: "The name is too long for a file.",
    errno.EMFILE: "Too many files are open: close some, or use fewer jobs.",
}
_LONGEST = 5000  # characters of an error
_NO_MEMORY = (
    "there is not enough memory to read it. Read a part of it (start=, stop=, leads=), or check "
    "the lengths and rates in its files"
)


class RecordError(ValueError):
    """A recording cannot be used; the message names it and gives the value that is wrong.

    Examples
    --------
    >>> from skecg import ECGRecord, RecordError
    >>> try:
    ...     ECGRecord([0.0, 0.1, 0.0], fs=250, sample=[7], symbol=["N"], name="short")
    ... except RecordError as error:
    ...     print(error)
    Record 'short': 1 of 1 beats lie outside the signal of 3 samples, the first of them at
    sample 7. Were signal and annotations made for each other?
    """

    def __init__(self, message: str = "") -> None:
        # a name in a file may hold any character, and there may be a million of them
        super().__init__(shorten(printable(message), _LONGEST))


_OWN: tuple[type[Exception], ...] = (RecordError,)
# a missing package is no fault of the record, nor a warning that a filter turns into an error
_CLEAR: tuple[type[Exception], ...] = (*_OWN, FileNotFoundError, ImportError, Warning)


@contextmanager
def naming_recording(
    path: str | os.PathLike[str], *, passes: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turn every exception while the files of a recording are read into one that names it.

    Readers refuse what they know to be wrong by `RecordError` or `FileNotFoundError`, which pass.
    Whatever else a damaged file provokes, in skecg or in a library, must not end the reading of
    the other recordings without an error that names the broken one.

    Parameters
    ----------
    path : path-like
        The recording, or its name.
    passes : tuple of type, default=()
        Other errors that pass.

    Examples
    --------
    >>> from skecg.records._errors import naming_recording
    >>> with naming_recording("mitdb/100"):
    ...     [][1]
    Traceback (most recent call last):
    skecg.records._errors.RecordError: Record '100': list index out of range (IndexError)...
    """
    name = os.path.basename(os.fspath(path))
    try:
        with naming_record(name, passes=passes):
            yield
    except (*_CLEAR, *passes):
        raise
    except Exception as error:
        raise RecordError(
            f"Record '{name}': {_shortened(error)} ({type(error).__name__}). If its files are "
            "damaged, fetch them again; else exclude the record."
        ) from error


@contextmanager
def naming_record(name: str, *, passes: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Name the record in errors of values, files and memory; bugs of programs pass."""
    try:
        yield
    except (*_OWN, *passes):
        raise
    except FileNotFoundError as error:
        if error.errno is None and str(error).isprintable():
            raise
        raise FileNotFoundError(printable(_about_file(name, error))) from error
    except OSError as error:
        raise RecordError(_about_file(name, error)) from error
    except MemoryError as error:
        raise RecordError(f"Record '{name}': {_NO_MEMORY}.") from error
    except ValueError as error:
        named = RecordError(f"Record '{name}': {_shortened(error)}")
        raise suggest(named, *suggestions(error)) from error


def _shortened(error: Exception) -> str:
    """Return the text of an error, which may repeat a whole file."""
    return shorten(str(error).strip() or "unexpected error", 1000)


def _about_file(name: str, error: OSError) -> str:
    """Write an error of the operating system about a file of a recording."""
    if error.errno is None:
        return str(error) if type(error) is FileNotFoundError else f"Record '{name}': {error}"
    file = f"'{error.filename}'" if error.filename else "a file of it"
    advice = _ADVICE.get(error.errno, "Is the disk or the network all right?")
    return f"Record '{name}': cannot read {file}: {error.strerror}. {advice}"
