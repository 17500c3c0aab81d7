"""Compare annotation files of folders."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ..records import RecordHeader, read_header, select_records
from ..records._errors import naming_recording
from ..records.formats import (
    annotation_rate,
    at_rate,
    check_annotator,
    find_annotations,
    locate,
    read_annotations,
)
from ..utils import POSITIVE_OR_NONE, SWITCH, check_value, listed, progress, suggest, warn
from ._compare_all import OnError, Pair, check_on_error, compare_all
from ._parts import Options, Parts, check_parts
from ._period import check_times
from ._records_comparison import AVERAGE, GROSS, RecordsComparison
from ._streams import agreed

__all__ = ["compare_folders"]

OWNER = "compare_folders"


def compare_folders(
    reference: str | os.PathLike[str],
    test: str | os.PathLike[str],
    *,
    records: str | os.PathLike[str] | Sequence[str] | None = None,
    reference_annotator: str = "atr",
    annotator: str = "skecg",
    parts: Parts = "all",
    fs: float | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
    reference_faults: bool = True,
    on_error: OnError = "raise",
    verbose: int = 0,
) -> RecordsComparison:
    """Compare the annotation files of two folders, as ANSI/AAMI EC57 prescribes.

    The files of each recording are read and compared by `compare_records`; signals are not read.
    Annotations of a file that counts time in another unit than samples ("time resolution") are
    brought to the rate of the recording.
    ``skecg compare`` does the same from a shell.

    Parameters
    ----------
    reference : path-like
        Folder with reference annotations and headers; those below are searched, too. Or one
        recording, without ending.
    test : path-like
        Folder with the annotations to be evaluated: files at the same places in it, or of the
        same names. Or one recording.
    records : str, path-like or sequence of str, default=None
        Recordings to compare, as in `select_records`: a set such as ``"mitdb:DS2"``, a file of
        names, or names. None is all that have reference annotations.
    reference_annotator, annotator : str, default="atr" and "skecg"
        Endings of the annotation files of the reference and of the test.
    parts : "all" or collection of {"beats", "runs", "episodes", "heart_rate"}, default="all"
        Parts to compare, as in `compare_records`.
    fs : float, default=None
        Sampling frequency in Hz of recordings that have no header.
    start, stop : float, default=300.0 and None
        The test period in seconds, as in `compare_annotations`.
    window : float, default=0.15
        Largest distance of matching beats in seconds.
    reference_faults : bool, default=True
        True reproduces the faults of the reference programs, as in `compare_records`.
    on_error : {"raise", "warn"}, default="raise"
        For a recording without test annotations, or one that cannot be read or compared: raise
        the error, or exclude the recording and list it in ``skipped``.
    verbose : int, default=0
        1 shows a progress bar on standard error.

    Returns
    -------
    RecordsComparison
        Tables by record with gross and average, and every comparison. Recordings of one name
        in several folders have their folder in front of the name.

    Raises
    ------
    FileNotFoundError
        If there are no annotations, or recordings lack test annotations or a header.
    ValueError
        If reference and test are the same files or differ in rate or length, or a recording
        cannot be read or compared.

    Warns
    -----
    UserWarning
        If test annotations have no reference, or a recording is excluded.

    See Also
    --------
    compare_records : Compare annotations in memory.
    write_record : Write the annotations that `annotate` has found.

    Examples
    --------
    >>> import tempfile
    >>> from skecg import compare_folders, simulate_record, write_record
    >>> reference, found = tempfile.mkdtemp(), tempfile.mkdtemp()
    >>> record = simulate_record(360, random_state=0, name="a")
    >>> _ = write_record(record, reference)
    >>> _ = write_record(record, found, annotator="skecg")
    >>> compare_folders(reference, found).table[["QRS Se", "QRS +P"]]
             QRS Se  QRS +P
    record
    a           1.0     1.0
    Gross       1.0     1.0
    Average     1.0     1.0
    """
    check_on_error(on_error, OWNER)
    check_value(fs, POSITIVE_OR_NONE, "fs", OWNER)
    check_value(reference_faults, SWITCH, "reference_faults", OWNER)
    times = check_times(start, stop, window, OWNER)
    options = Options(times, check_parts(parts, OWNER), reference_faults)
    folders = _Folders(Path(reference), Path(test), reference_annotator, annotator)
    files, missing = _match_files(folders, records, on_error)
    pairs, lengths, broken = _read_all(files, folders, fs, on_error, verbose)
    comparison = compare_all(
        pairs,
        options,
        rates=dict.fromkeys(pairs, fs),
        lengths=lengths,
        on_error=on_error,
        owner=OWNER,
    )
    if missing or broken:
        excluded = pd.DataFrame([*missing.items(), *broken.items()], columns=["record", "reason"])
        skipped = pd.concat([excluded, comparison.skipped], ignore_index=True)
        comparison = replace(comparison, skipped=skipped)
    return comparison


@dataclass(frozen=True)
class _Folders:
    """Folders, or single recordings, and the annotators."""

    reference: Path
    test: Path
    reference_annotator: str
    annotator: str

    def __post_init__(self) -> None:
        for name in ("reference_annotator", "annotator"):
            value = getattr(self, name)
            if value is None:
                raise TypeError(f"The '{name}' parameter of {OWNER} must be a str. Got None.")
            check_annotator(value, OWNER, name)
        same = self.reference.absolute() == self.test.absolute()
        if same and self.reference_annotator == self.annotator:
            error = ValueError(
                f"reference and test are the same files '{self.reference}', *.{self.annotator}. "
                "Name another folder, or the annotator of the test."
            )
            raise suggest(error, "annotator")

    def references(self) -> dict[Path, Path]:
        """Find the reference annotations, by their place in the folder."""
        return _find(self.reference, self.reference_annotator, "reference_annotator")

    def tests(self) -> dict[Path, Path]:
        """Find the test annotations, by their place in the folder."""
        return _find(self.test, self.annotator, "annotator")

    def without_test(self, missing: Sequence[Path], n_all: int) -> str:
        """Write the error about records without test annotations."""
        records = (
            f"{len(missing)} of {n_all} records have"
            if n_all > 1
            else (f"Record '{missing[0].name}': there are")
        )
        names = f" ({listed(part.as_posix() for part in missing)})" if n_all > 1 else ""
        return f"{records} no annotations '*.{self.annotator}' in '{self.test}'{names}."


def _find(path: Path, annotator: str, parameter: str) -> dict[Path, Path]:
    """Find annotations by their place in a folder; errors suggest the parameter."""
    try:
        found = find_annotations(path, annotator)
    except FileNotFoundError as error:
        raise suggest(error, parameter) from None
    if not path.is_dir():
        return {Path(found[0].name): found[0]}
    return {file.relative_to(path): file for file in found}


def _match_files(
    folders: _Folders, records: str | os.PathLike[str] | Sequence[str] | None, on_error: OnError
) -> tuple[dict[str, tuple[Path, Path]], dict[str, str]]:
    """Match reference and test annotations by record; also the records without test."""
    references, tests = folders.references(), folders.tests()
    if not folders.test.is_dir():
        (name,) = (path.name for path in tests)
        if not folders.reference.is_dir():  # two recordings, of any names
            (only_reference,), (only_test,) = references.values(), tests.values()
            return {name: (only_reference, only_test)}, {}
        references = {part: path for part, path in references.items() if path.name == name}
    if records is not None:
        selected = set(select_records(references.values(), records))
        references = {part: path for part, path in references.items() if path in selected}
    elif folders.reference.is_dir():
        _warn_of_unused(folders, references, tests)
    partners = {part: _partner(part, tests) for part in references}
    missing = [part for part, partner in partners.items() if partner is None]
    if missing:
        problem = folders.without_test(missing, len(partners))
        if len(missing) == len(partners):
            raise FileNotFoundError(problem)
        if on_error == "raise":
            error = FileNotFoundError(
                f"{problem} Name others by 'records', or exclude these by on_error='warn'."
            )
            raise suggest(error, "records", "on_error")
        warn(f"Excluded: {problem}")
    n_of_name = Counter(part.name for part in partners)
    matched = {
        # records of one name in several folders are distinguished by the folder
        part.name if n_of_name[part.name] == 1 else part.as_posix(): (references[part], partner)
        for part, partner in partners.items()
        if partner is not None
    }
    if taken := [name for name in matched if name in (GROSS, AVERAGE)]:
        reserved = ValueError(
            f"The recordings of {OWNER} must have names other than {GROSS} and {AVERAGE}, which "
            f"are rows of the tables. Got {taken[0]!r}. Rename its files, or name others by "
            "'records'."
        )
        raise suggest(reserved, "records")
    return matched, {part.as_posix(): folders.without_test([part], 1) for part in missing}


def _partner(part: Path, tests: Mapping[Path, Path]) -> Path | None:
    """Return the test of a reference: that at the same place, or the only one of its name."""
    if part in tests:
        return tests[part]
    same = [path for path in tests.values() if path.name == part.name]
    if len(same) > 1:
        raise ValueError(
            f"Record '{part.name}': there are {len(same)} tests of this name, "
            f"{listed(same, most=3)}. Arrange them in folders as the reference is."
        )
    return same[0] if same else None


def _warn_of_unused(
    folders: _Folders, references: Mapping[Path, Path], tests: Mapping[Path, Path]
) -> None:
    """Warn if there are tests without a reference."""
    known = {part.name for part in references}
    if unused := [part.as_posix() for part in tests if part.name not in known]:
        warn(
            f"{len(unused)} of {len(tests)} files '*.{folders.annotator}' in '{folders.test}' "
            f"have no reference '*.{folders.reference_annotator}' in '{folders.reference}' and "
            f"are not compared: {listed(unused)}."
        )


def _read_all(
    files: Mapping[str, tuple[Path, Path]],
    folders: _Folders,
    fs: float | None,
    on_error: OnError,
    verbose: int,
) -> tuple[dict[str, Pair], dict[str, int | None], dict[str, str]]:
    """Read annotations and lengths by record; also the errors of those that cannot be read."""
    pairs: dict[str, Pair] = {}
    lengths: dict[str, int | None] = {}
    broken: dict[str, str] = {}
    for name in progress(files, "Reading annotations", verbose=verbose):
        try:
            with naming_recording(name, passes=(ValueError, FileNotFoundError)):
                pairs[name], lengths[name] = _read_pair(*files[name], folders, fs)
        except (ValueError, OSError) as error:
            if on_error == "raise":
                if len(files) > 1:
                    suggest(error, "on_error")
                raise
            broken[name] = str(error)
            warn(f"Excluded: {error}")
    if not pairs:
        raise ValueError(f"no recording can be compared. The first: {next(iter(broken.values()))}")
    return pairs, lengths, broken


def _read_pair(
    reference: Path, test: Path, folders: _Folders, fs: float | None
) -> tuple[Pair, int | None]:
    """Read the annotations of a record, and its length from the headers.

    Annotations of files that count time in another unit than samples are brought to the rate of
    the record, and the length is in samples of that rate.
    """
    places = {
        "reference": (reference, folders.reference_annotator),
        "test": (test, folders.annotator),
    }
    streams = {role: read_annotations(*place) for role, place in places.items()}
    headers = {role: _read_header(path) for role, (path, _) in places.items()}
    rates = {role: annotation_rate(path) for role, (path, _) in places.items()}
    if (
        fs is None
        and not any(rates.values())
        and not any(stream.fs for stream in streams.values())
    ):
        error = FileNotFoundError(
            f"Record '{reference.name}': there is no header of '{reference}', which would give "
            "the sampling frequency. Pass it as 'fs' in Hz."
        )
        raise suggest(error, "fs")
    rate = agreed({"fs": fs} | rates, "sampling frequency in Hz", reference.name)
    if rate is not None:
        streams = {
            role: replace(stream, sample=at_rate(stream.sample, stream.fs, rate), fs=rate)
            for role, stream in streams.items()
        }
    lengths = {
        round(header.n_samples * (rates[role] or header.fs) / header.fs)
        for role, header in headers.items()
        if header and header.n_samples
    }
    if len(lengths) > 1:
        raise ValueError(
            f"Record '{reference.name}': the headers of reference and test must give one length. "
            f"Got {' and '.join(map(str, sorted(lengths)))} samples. Are they of the same "
            "recording?"
        )
    return (streams["reference"], streams["test"]), max(lengths, default=None)


def _read_header(path: Path) -> RecordHeader | None:
    """Read the header of a recording; None if there is none."""
    return None if locate(path).format is None else read_header(path)
