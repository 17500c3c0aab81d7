"""The parts of a file format: finding, reading and writing recordings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._annotations import AnnotationStream
from .._header import RecordHeader
from ._files import is_file

__all__ = [
    "Format",
    "Signal",
    "existing_file",
    "find_by_ending",
    "recognized",
    "too_long",
    "with_ending",
]

# Of a signal of which most would be gaps: times the samples in its files, and in all
_LONGEST, _MOST_SAMPLES = 20, 5_000_000


class Signal(NamedTuple):
    """A signal of shape (n_samples, n_leads) in mV, NaN in gaps, and the names of its leads.

    Names are of printable characters, whatever the file holds, as are those of a header.
    ``excluded`` are the leads that were not asked for by name and cannot be read next to the
    others, each with the reason: its unit is not one of voltage, or its rate is lower.
    """

    values: NDArray[np.float32]
    lead_names: Sequence[str]
    excluded: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Format:
    """One file format of recordings.

    A recording is a path without ending, such as ``mitdb/100``, to which a format adds the
    endings of its files. Functions that need an optional package import it when called, so that
    recordings in other formats can be read without it.

    Attributes
    ----------
    name : str
        Name of the format.
    noun : str
        Name of the file by which a recording is found, for messages: "there is no header".
    found_by : str
        Ending of that file.
    endings : tuple of str
        Endings of all files of a recording but annotations.
    find : callable
        Selects the recordings among the files of folders: ``find(files)`` returns their paths
        without ending. Files that are part of another recording, as segments are, are not
        recordings of their own.
    annotators : callable
        ``annotators(files)`` returns the names of the annotators among files, by recording;
        annotations may be without a recording.
    has_annotations : callable
        ``has_annotations(path, annotator)`` tells whether there are annotations.
    read_header : callable
        ``read_header(path)`` returns a `RecordHeader`.
    read_signal : callable
        ``read_signal(path, start, stop, leads)`` returns a `Signal`, or raises `RecordError`
        where files are damaged or contradict each other. ``start`` and ``stop`` are samples at
        the rate of the header, None is the end; ``leads`` are names, None is all leads of
        voltage at that rate.
    read_annotations : callable
        ``read_annotations(path, annotator)`` returns an `AnnotationStream`, whose ``fs`` is the
        rate at which its positions count.
    annotation_rate : callable or None
        ``annotation_rate(path)`` returns the rate in Hz at which the annotations of a recording
        count if their file does not give another one; None is that of the header.
    write : callable or None
        ``write(header, signal, annotations, annotator)`` writes the files ``header.path`` with
        endings, each whole or not at all; None where a format is only read.
    write_header : callable or None
        ``write_header(header, file)`` writes a header of leads without a signal, for annotations
        of a recording in another format; None where a format has none.
    write_annotations : callable or None
        ``write_annotations(path, annotations, annotator)`` writes only an annotation file, whole
        or not at all; None where a format has none.
    recognizes : callable or None
        ``recognizes(file)`` tells by its content whether a file is a recording, where the ending
        does not: text files and folders full of tables. None is by the ending.
    read_header_of : callable or None
        ``read_header_of(path, leads)`` returns the header of chosen leads, whose rate may be lower
        than that of the others; None where all leads that can be chosen have one rate.
    read_comments : callable or None
        ``read_comments(path)`` returns the annotations other than beats in the signal's own file,
        or None; they are part of the record whatever the annotator.
    at_rate : callable or None
        ``at_rate(fs)`` returns this format for files without a sampling frequency; None where
        each file has its own.
    whole : bool
        Whether a file is read from start to end for any stretch of it, as text is.
    files : callable or None
        ``files(path)`` returns the files that a recording is read from, but annotations; None
        where it is the main file only.
    """

    name: str
    noun: str
    found_by: str
    endings: tuple[str, ...]
    find: Callable[[Sequence[Path]], list[Path]]
    annotators: Callable[[Sequence[Path]], dict[Path, set[str]]]
    has_annotations: Callable[[Path, str], bool]
    read_header: Callable[[Path], RecordHeader]
    read_signal: Callable[[Path, int, int | None, Sequence[str] | None], Signal]
    read_annotations: Callable[[Path, str], AnnotationStream]
    annotation_rate: Callable[[Path], float | None] | None = None
    write: Callable[[RecordHeader, Signal, AnnotationStream | None, str], None] | None = None
    write_header: Callable[[RecordHeader, Path], None] | None = None
    write_annotations: Callable[[Path, AnnotationStream, str], None] | None = None
    recognizes: Callable[[Path], bool] | None = None
    read_header_of: Callable[[Path, Sequence[str]], RecordHeader] | None = None
    read_comments: Callable[[Path], AnnotationStream | None] | None = None
    at_rate: Callable[[float], "Format"] | None = None
    whole: bool = False
    files: Callable[[Path], list[Path]] | None = None

    def main_file(self, path: Path) -> Path:
        """Return the file by which a recording is found."""
        return with_ending(path, self.found_by)

    def is_at(self, path: Path) -> bool:
        """Tell whether a path leads to a recording in this format."""
        file = self.existing(path)
        return is_file(file) and self.accepts(file)

    def files_of(self, path: Path) -> list[Path]:
        """Return the files that a recording is read from, but annotations."""
        return [self.existing(path)] if self.files is None else self.files(path)

    def accepts(self, file: Path) -> bool:
        """Tell whether a file is a recording by its content; not one that cannot be read."""
        return self.recognizes is None or recognized(file, self.recognizes)

    def existing(self, path: Path) -> Path:
        """Return the file by which a recording is found, in capitals if there is only that.

        The files of WFDB name each other, so that their endings cannot be in capitals.
        """
        if self.recognizes is None:
            return self.main_file(path)
        return existing_file(path, self.found_by)


def existing_file(path: Path, ending: str) -> Path:
    """Return the file of a recording with an ending, which may be in capitals: ``HOLTER.EDF``."""
    file = with_ending(path, ending)
    capitals = with_ending(path, ending.upper())
    return capitals if not is_file(file) and is_file(capitals) else file


def recognized(file: Path, recognizes: Callable[[Path], bool]) -> bool:
    """Tell whether a function recognizes a file; a file on which it fails is not recognized.

    A damaged file must not end the search for others. Reading it raises the error.
    """
    try:
        return is_file(file) and recognizes(file)
    except Warning:
        raise
    except Exception:
        return False


def find_by_ending(
    ending: str, recognizes: Callable[[Path], bool]
) -> Callable[[Sequence[Path]], list[Path]]:
    """Make the ``find`` of a format whose recordings are files of one ending, in any case."""

    def find(files: Sequence[Path]) -> list[Path]:
        named = (file for file in files if file.suffix.lower() == ending)
        return [file.with_suffix("") for file in named if recognized(file, recognizes)]

    return find


def too_long(n_samples: int, n_held: int) -> bool:
    """Tell whether a signal is nearly all gaps: it has far more samples than its files hold.

    Files of a few bytes can tell of gaps of years, which would take all memory.
    """
    return n_samples > max(_LONGEST * n_held, _MOST_SAMPLES)


def with_ending(path: Path, ending: str) -> Path:
    """Add an ending to the path of a recording, whose name may have dots."""
    return path.with_name(path.name + ending)
