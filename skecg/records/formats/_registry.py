"""All file formats, and the functions that pick the one of a recording."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from .._annotations import AnnotationStream, at_rate
from .._header import RecordHeader
from ._edf import BDF, EDF
from ._files import check_file, files_below, is_file
from ._format import Format, Signal, recognized, with_ending
from ._ishne import ISHNE
from ._table import NPY, TABLES, is_whole
from ._wfdb._entry import WFDB
from ._wfdb._write import NO_SIGNAL

__all__ = [
    "FORMATS",
    "Location",
    "annotation_format",
    "annotation_rate",
    "annotators_among",
    "at_rate",
    "check_annotator",
    "damaged_among",
    "find_annotations",
    "has_annotations",
    "is_without_signal",
    "locate",
    "other_formats",
    "read_annotations",
    "recordings_among",
    "searched_files",
    "unreadable_among",
    "write_annotations",
    "write_files",
    "write_header",
]

#: All formats. Where a recording has files of several, the first one is read.
FORMATS: tuple[Format, ...] = (WFDB, EDF, BDF, ISHNE, *TABLES)

_MOST_NAMES = 1000  # of a folder, among which a mistyped one is looked for


@dataclass(frozen=True)
class Location:
    """The place and the format of a recording.

    Attributes
    ----------
    path : pathlib.Path
        The recording as `read_record` takes it: without ending.
    format : Format or None
        Format of its files; None where there are none.
    """

    path: Path
    format: Format | None

    @property
    def identity(self) -> str:
        """The same string for all paths to one recording: absolute, links followed."""
        if self.format is None:
            return os.path.realpath(self.path)
        file = self.format.existing(self.path)
        return os.path.realpath(file)[: -len(self.format.found_by)]

    def require_format(self) -> Format:
        """Return the format, or raise if there is no file of the recording."""
        if self.format is not None:
            return self.format
        if self.path.is_dir():
            raise FileNotFoundError(
                f"'{self.path}' is a folder, not a recording. List its recordings with "
                "find_records."
            )
        folder, stem = self.path.parent, f"{self.path.name}."
        there = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
        others = [name for name in there if name.startswith(stem)]
        for one in FORMATS:  # a pipe or a folder of that name is not a file that is missing
            if one.main_file(self.path).name in others:
                check_file(one.main_file(self.path), self.path.name)
        for one in FORMATS:  # a file that is not recognized: reading says what is wrong with it
            if is_file(one.existing(self.path)):
                one.read_header(self.path)
        if self.path.name in there:
            raise FileNotFoundError(
                f"'{self.path}' is not a recording in a format that is read: {searched_files()}. "
                "Signals of another format become recordings by ECGRecord."
            )
        files = f" Files of that name: {', '.join(others[:5])}." if others else ""
        if not others and (near := _similar(self.path.name, there)):
            files = f" Did you mean '{folder / near}'?"
        raise FileNotFoundError(
            f"Record '{self.path.name}': there is no {FORMATS[0].noun} "
            f"'{FORMATS[0].main_file(self.path)}', nor a file of that name in another format that "
            f"is read: {searched_files()}.{files} List the recordings of a folder with "
            "find_records."
        )


def _similar(name: str, there: Sequence[str]) -> str | None:
    """Return the file or folder that a mistyped name may mean; one number is not another."""

    def letters(text: str) -> str:
        return "".join(one for one in text if not one.isdigit())

    stems = {Path(one).stem: one for one in there[:_MOST_NAMES]}
    candidates = [stem for stem in stems if letters(stem) != letters(name)]
    near = get_close_matches(name, candidates, n=1, cutoff=0.8)
    return stems[near[0]] if near else None


def locate(path: str | os.PathLike[str], annotator: str | None = None) -> Location:
    """Locate the recording to which a path leads.

    Parameters
    ----------
    path : path-like
        The recording, without ending or with that of one of its files.
    annotator : str or None, default=None
        Ending of annotation files.

    Examples
    --------
    >>> from skecg.records.formats import locate
    >>> locate("mitdb/100.hea").path == locate("mitdb/100.atr", "atr").path
    True
    """
    base = Path(path)
    ending = base.suffix.lower()
    named = [one for one in FORMATS if ending == one.found_by]
    if named or ending in _endings():
        base = base.with_suffix("")
    if annotator is not None and base.suffix == f".{annotator}":
        base = base.with_suffix("")
    # the file that is named is read, whatever else has its name
    there = (one for one in (*named, *FORMATS) if one.is_at(base))
    # a file that is named but not recognized is read, so that the error says what is wrong with it
    damaged = (one for one in named if is_file(one.existing(base)))
    return Location(base, next(there, next(damaged, None)))


def other_formats(location: Location) -> list[str]:
    """Return the files of a recording in other formats, which are not read."""
    return [
        one.existing(location.path).name
        for one in FORMATS
        if one is not location.format and one.is_at(location.path)
    ]


def recordings_among(files: Sequence[Path]) -> set[Path]:
    """Return the recordings of all formats among files, as paths without ending.

    A plain array can be anything, so they are recordings only where there is nothing else.
    """
    found = {path for one in FORMATS if one is not NPY for path in one.find(files)}
    return found or set(NPY.find(files))


def searched_files() -> str:
    """Name the files by which recordings are found, for messages."""
    return ", ".join(f"{one.name} (*{one.found_by})" for one in FORMATS)


def damaged_among(files: Iterable[Path]) -> list[Path]:
    """Return the files with the ending of a format that are not in it; text may be anything."""
    judges = {
        one.found_by: is_whole if one in TABLES else one.recognizes
        for one in FORMATS
        if one.found_by not in (".csv", ".tsv")
    }
    damaged = []
    for file in files:
        recognizes = judges.get(file.suffix.lower())
        # .ecg is an ending of annotations, too
        if recognizes is None or file.suffix == ISHNE.found_by:
            continue
        if not recognized(file, recognizes):
            damaged.append(file)
    return sorted(damaged)


def unreadable_among(files: Iterable[Path]) -> dict[Path, str]:
    """Return the files of recordings that cannot be opened, with the reason of each.

    Of formats that are recognized by the content of the file; of the others, reading says so.
    """
    endings = {one.found_by for one in FORMATS if one.recognizes is not None}
    found = {}
    for file in files:
        if file.suffix.lower() not in endings:
            continue
        try:
            with open(file, "rb"):
                pass
        except OSError as error:
            found[file] = error.strerror or str(error)
    return found


def annotators_among(files: Iterable[Path]) -> dict[Path, list[str]]:
    """Return the names of the annotators among files, by recording."""
    files, signals = list(files), {ending.removeprefix(".") for ending in _endings()}
    signals |= {ending.upper() for ending in signals}
    holters = {*ISHNE.find(files)}
    found: dict[Path, set[str]] = defaultdict(set)
    for one in FORMATS:
        for path, names in one.annotators(files).items():
            found[path].update(names)
    for path in holters & found.keys():
        found[path] -= {"ecg", "ECG"}
    return {path: sorted(names - signals) for path, names in found.items() if names - signals}


def check_annotator(annotator: str | None, owner: str, parameter: str = "annotator") -> None:
    """Raise unless an annotator is None or the ending of annotation files."""
    if annotator is None:
        return
    if not isinstance(annotator, str):
        raise TypeError(
            f"The '{parameter}' parameter of {owner} must be a str or None. Got {annotator!r}."
        )
    letters = annotator.replace("_", "").replace("-", "")
    if not letters.isalnum() or f".{annotator}" in _endings():
        raise ValueError(
            f"The '{parameter}' parameter of {owner} must be the ending of the annotation files "
            f"without its dot, such as 'atr', or None. Got {annotator!r} instead."
        )


def has_annotations(path: Path, annotator: str) -> bool:
    """Tell whether a recording, or a path without one, has annotations of an annotator."""
    return annotation_format(path, annotator) is not None


def annotation_format(path: Path, annotator: str) -> Format | None:
    """Return the format in which a recording has annotations of an annotator, or None."""
    return next((one for one in FORMATS if one.has_annotations(path, annotator)), None)


def find_annotations(path: str | os.PathLike[str], annotator: str) -> list[Path]:
    """Find the annotations of one annotator; their recordings may be elsewhere.

    Parameters
    ----------
    path : path-like
        A folder, of which those below are searched, too, or one recording.
    annotator : str
        Ending of the annotation files.

    Returns
    -------
    list of pathlib.Path
        At least one path without ending, sorted.

    Raises
    ------
    FileNotFoundError
        If there are none; the message names other annotators.

    See Also
    --------
    skecg.find_records : Find recordings.
    """
    path = Path(path)
    if not path.is_dir():
        base = locate(path, annotator).path
        if not has_annotations(base, annotator):
            raise FileNotFoundError(
                f"there is neither a folder '{base}' nor annotations '{base}.{annotator}'. Name "
                "the folder, or the annotator that marked the beats."
            )
        return [base]
    annotators = annotators_among(files_below(path))
    found = sorted(base for base, names in annotators.items() if annotator in names)
    if not found:
        others = sorted({name for names in annotators.values() for name in names})
        raise FileNotFoundError(
            f"no annotations '*.{annotator}' in '{path}' or the folders below. Endings there: "
            f"{', '.join(others[:10]) or 'none'}. Name that of the annotator that marked the "
            "beats."
        )
    return found


def read_annotations(path: Path, annotator: str) -> AnnotationStream:
    """Read the annotations that an annotator made on a recording, without its signal.

    Parameters
    ----------
    path : pathlib.Path
        The recording, without ending; its header and signal need not exist.
    annotator : str
        Ending of the annotation file.

    Raises
    ------
    FileNotFoundError
        If there are no annotations.
    RecordError
        If they cannot be read.
    """
    found = annotation_format(path, annotator)
    if found is not None:
        return found.read_annotations(path, annotator)
    file = with_ending(path, f".{annotator}")
    if os.path.lexists(file):  # a pipe or a folder of that name is not a file that is missing
        check_file(file, path.name)
    there = filter(is_file, path.parent.iterdir()) if path.parent.is_dir() else ()
    others = annotators_among(there).get(path)
    raise FileNotFoundError(
        f"Record '{path.name}': there is no annotation file '{file}'"
        f". Endings of other files of this recording: {', '.join(others or ()) or 'none'}. Name "
        "the annotator, or pass annotator=None to read only the signal."
    )


def annotation_rate(path: Path) -> float | None:
    """Return the rate in Hz at which annotations of a recording count, or None without one.

    An annotation file may give another rate of its own.
    """
    location = locate(path)
    if location.format is None:
        return None
    if location.format.annotation_rate is None:
        return location.format.read_header(location.path).fs
    return location.format.annotation_rate(location.path)


def write_annotations(path: Path, annotations: AnnotationStream, annotator: str) -> None:
    """Write annotations of a recording in the first format that can be written."""
    write = next(one.write_annotations for one in FORMATS if one.write_annotations is not None)
    write(path, annotations, annotator)


def write_files(
    header: RecordHeader,
    signal: Signal,
    annotations: AnnotationStream | None,
    annotator: str,
    name: str = "WFDB",
) -> None:
    """Write a recording in a format that can be written."""
    write = next(one.write for one in FORMATS if one.name == name)
    assert write is not None
    write(header, signal, annotations, annotator)


def write_header(header: RecordHeader, file: Path) -> None:
    """Write a header without a signal in the first format that has one."""
    write = next(one.write_header for one in FORMATS if one.write_header is not None)
    write(header, file)


def is_without_signal(path: Path) -> bool:
    """Tell whether no file of a name is a recording with a signal; a header may be there."""
    found = locate(path).format
    if found is None:
        return True
    if found.write_header is None:
        return False
    lines = found.main_file(path).read_text("latin-1").splitlines()
    leads = [line for line in lines[1:] if line.strip() and not line.startswith("#")]
    return bool(leads) and all(line.startswith(NO_SIGNAL) for line in leads)


def _endings() -> set[str]:
    """Return the endings of the files of recordings but annotations."""
    return {ending for one in FORMATS for ending in one.endings}
