"""Files of WFDB recordings."""

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from .._files import is_file
from .._format import with_ending

__all__ = [
    "ENDINGS",
    "HEADER",
    "annotators",
    "find_recordings",
    "has_annotations",
    "recording_files",
]

HEADER = ".hea"
ENDINGS = (HEADER, ".dat")
_LARGEST = 2**24  # bytes of a header in which segments are looked for


def find_recordings(files: Sequence[Path]) -> list[Path]:
    """Return the recordings among files: headers, except those of segments and layouts."""
    headers = [file for file in files if file.suffix == HEADER]
    named = {header: names for header in headers if (names := _segments(header))}
    segments = {
        Path(os.path.normpath(with_ending(header.parent / name, HEADER)))
        for header, names in named.items()
        for name in names
    }
    # one with segments is none of another: where headers name each other, reading says so
    segments -= named.keys()
    return [header.with_suffix("") for header in headers if header not in segments]


def annotators(files: Sequence[Path]) -> dict[Path, set[str]]:
    """Return the endings of the files that may be annotations, by recording."""
    found: dict[Path, set[str]] = defaultdict(set)
    for file in files:
        if file.suffix and file.suffix not in ENDINGS:
            found[file.with_suffix("")].add(file.suffix.removeprefix("."))
    return found


def has_annotations(path: Path, annotator: str) -> bool:
    """Tell whether a recording has an annotation file."""
    return is_file(with_ending(path, f".{annotator}"))


def recording_files(path: Path) -> list[Path]:
    """Return the files that a recording is read from: headers and signal files, as named there."""
    found: list[Path] = []
    waiting = [with_ending(path, HEADER)]
    while waiting:
        header = waiting.pop()
        if header in found or not is_file(header):
            continue
        found.append(header)
        waiting += [header.parent / f"{name}{HEADER}" for name in _segments(header)]
        found += [header.parent / name for name in _signal_files(header)]
    return sorted({file for file in found if is_file(file)})


def _signal_files(header: Path) -> list[str]:
    """Return the first words of the lines of a header, of which some are signal files."""
    return [words[0] for words in _lines(header) if not os.path.isabs(words[0])]


def _segments(header: Path) -> list[str]:
    """Return the names of the segments, and of the layout, of a multi-segment recording."""
    record, *segments = _lines(header) or [[""]]
    # "name/segments" begins the header of a multi-segment recording
    if "/" not in record[0]:
        return []
    return [words[0] for words in segments if re.fullmatch(r"[-\w./]*[-\w]", words[0])]


def _lines(header: Path) -> list[list[str]]:
    """Return the words of each line of a header, without comments and empty lines."""
    try:
        with open(header, "rb") as file:
            # of a large file that is no header, only a part
            text = file.read(_LARGEST).decode("latin-1")
    except OSError:  # read_record raises it
        return []
    lines = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    return [words for words in lines if words]
