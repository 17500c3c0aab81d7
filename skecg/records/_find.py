"""Find the recordings in a folder."""

import glob
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from ..utils import check_value, count, listed, one_of, printable, suggest, warn
from .formats._files import files_below, is_file
from .formats._registry import (
    annotators_among,
    check_annotator,
    damaged_among,
    recordings_among,
    searched_files,
    unreadable_among,
)

__all__ = ["about_folder", "find_records", "search"]

_EDB = "https://physionet.org/content/edb/1.0.0/"
_TABLES = (".csv", ".tsv", ".parquet", ".npy", ".npz")


def find_records(
    folder: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    annotator: str | None = "atr",
    *,
    on_error: str = "raise",
) -> list[Path]:
    """List the recordings in a folder and the folders below it.

    Recordings are WFDB headers (``.hea``), except the segments of multi-segment recordings,
    which are read with their whole; EDF, BDF and ISHNE files (``.edf``, ``.bdf``, ``.ecg``);
    tables (``.csv``, ``.tsv``, ``.parquet``) whose column names are those of leads, and NumPy
    files (``.npz`` with an array ``signal``). Recordings without signal or annotations are
    listed too: `read_record` checks whether one can be used.

    Parameters
    ----------
    folder : path-like or iterable of path-like
        Folders to search. Hidden files and, below them, folders of results of `annotate` are
        passed over.
    annotator : str or None, default="atr"
        Ending of the annotation files that will be read; None for recordings without
        annotations. It excludes no recording, but if none at all has such a file, a warning
        lists the endings that there are.
    on_error : {"raise", "warn"}, default="raise"
        Treatment of a folder below that cannot be entered. "warn" excludes it with a warning.

    Returns
    -------
    list of pathlib.Path
        Paths without ending, sorted.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist, is a file (a zip must be unpacked first), or contains no
        recording.
    PermissionError
        If a folder cannot be entered; other errors of the operating system, if a disk or a link
        is broken.
    ValueError, TypeError
        If the annotator is not an ending of files.

    Warns
    -----
    UserWarning
        If no recording has annotations of this annotator, or a file cannot be opened or is not in
        the format that its ending promises.

    See Also
    --------
    select_records : Select some of them by name.
    read_record : Read one of them.
    describe_records : Describe all of them.
    skecg.load_beats : Read all of them and cut their beats.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecord, find_records, write_record
    >>> folder = tempfile.mkdtemp()
    >>> for name in ("s2", "s1"):
    ...     record = ECGRecord(np.zeros(500), 250, sample=[100], symbol=["N"], name=name)
    ...     _ = write_record(record, folder)
    >>> [path.name for path in find_records(folder)]
    ['s1', 's2']
    """
    check_annotator(annotator, "find_records")
    check_value(on_error, one_of("raise", "warn"), "on_error", "find_records")
    return search(folder, annotator, _warn_of_folder if on_error == "warn" else _refuse_folder)


def search(
    folder: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    annotator: str | None,
    on_error: Callable[[OSError], None],
) -> list[Path]:
    """List the recordings in folders; ``on_error`` gets each error about one below them."""
    folders = [folder] if isinstance(folder, str | os.PathLike) else list(folder)
    files: set[Path] = set()
    records: set[Path] = set()
    for one in map(Path, folders):
        here = _list_files(one, on_error)
        found = recordings_among(here)
        if not found:
            raise FileNotFoundError(_no_recordings(one, here))
        files.update(here)
        records |= found
    _warn_of_damaged(files)
    if annotator is not None:
        _warn_unless_annotated(annotator, records, files)
    return sorted(records)


def _list_files(folder: Path, on_error: Callable[[OSError], None]) -> list[Path]:
    """List the files of a folder and those below it, or raise if it is not a folder."""
    if is_file(folder):
        hint = "Unpack it and name the folder" if folder.suffix == ".zip" else "Name its folder"
        raise FileNotFoundError(
            f"Cannot look for recordings in '{folder}': it is a file, not a folder. {hint}."
        )
    if not folder.is_dir():
        is_recording = folder.parent.is_dir() and folder in recordings_among(
            list(filter(is_file, folder.parent.glob(f"{glob.escape(folder.name)}.*")))
        )
        raise FileNotFoundError(
            f"Cannot look for recordings in '{folder}': "
            + (
                f"it is one recording, not a folder. Name its folder, '{folder.parent}', and "
                f"select '{folder.name}' from it."
                if is_recording
                else f"there is no such folder (looked from '{Path.cwd()}')."
            )
        )

    def handle(error: OSError) -> None:
        if error.filename == str(folder):
            raise type(error)(about_folder(error)) from error
        on_error(error)

    return list(files_below(folder, handle))


def about_folder(error: OSError, advice: str = "") -> str:
    """Write the error about a folder that cannot be entered."""
    if not advice and isinstance(error, PermissionError):
        advice = "Give yourself the right to enter it."
    text = f"Cannot look for recordings in '{error.filename}': {error.strerror}. {advice}"
    return printable(text.strip())


def _warn_of_folder(error: OSError) -> None:
    warn(about_folder(error, "Those in it are not listed."))


def _refuse_folder(error: OSError) -> None:
    advice = "Give yourself the right to enter it, or pass on_error='warn' to list the others."
    raise suggest(type(error)(about_folder(error, advice)), "on_error") from error


def _no_recordings(folder: Path, files: list[Path]) -> str:
    """Write the error about a folder without recordings."""
    zips = [path.name for path in files if path.suffix == ".zip"]
    damaged = damaged_among(files)
    capitals = [file.name for file in files if file.suffix == ".HEA"]
    endings = Counter(f"*{file.suffix}" if file.suffix else file.name for file in files)
    if zips:
        hint = (
            f"It contains {', '.join(zips[:3])}: a zip must be unpacked first. The European ST-T "
            f"Database is found at {_EDB}"
        )
    elif capitals:
        hint = (
            f"WFDB has endings in small letters: rename {capitals[0]}, its signal and "
            "annotations to .hea, .dat and .atr. "
        )
    elif damaged:
        hint = (
            f"{damaged[0].name} is not in the format of its ending: read_record says what is "
            "wrong. "
        )
    elif any(file.suffix.lower() in _TABLES for file in files):
        hint = (
            "A table is a recording if its first line names leads, such as time,II,V5; "
            "read_record reads others. "
        )
    elif files:
        hint = "Signals of another format become recordings by ECGRecord. "
    else:
        hint = f"The European ST-T Database is found at {_EDB}"
    there = ", ".join(f"{n} {ending}" for ending, n in endings.most_common(8))
    return (
        f"No recordings in '{folder}': looked for {searched_files()} there and in the folders "
        f"below and found none among {count(len(files), 'file')}"
        f"{f' ({there})' if there else ''}. {hint}"
    ).strip()


def _warn_of_damaged(files: Collection[Path]) -> None:
    """Warn of files that are not listed because they cannot be read as their ending promises."""
    unreadable = unreadable_among(files)
    if unreadable:
        shown = [f"{file} ({reason})" for file, reason in sorted(unreadable.items())]
        warn(
            f"{count(len(shown), 'file')} cannot be opened, and not listed: {listed(shown, 5)}. "
            "Give yourself the right to read them."
        )
    damaged = damaged_among(file for file in files if file not in unreadable)
    if damaged:
        warn(
            f"{count(len(damaged), 'file')} not in the format of the ending, and not listed: "
            f"{listed(file.name for file in damaged[:5])}. read_record says what is wrong."
        )


def _warn_unless_annotated(annotator: str, records: set[Path], files: Iterable[Path]) -> None:
    """Warn if no recording at all has annotations of this annotator."""
    annotators = annotators_among(files)
    if any(annotator in annotators.get(path, ()) for path in records):
        return
    others = sorted({name for path in records for name in annotators.get(path, ())})
    warn(
        f"None of {count(len(records), 'recording')} has annotations '*.{annotator}', and "
        "read_record refuses recordings without them. "
        f"Endings of other files next to them: {', '.join(others) or 'none'}. "
        "Pass the 'annotator' that marked the beats, or None for recordings without annotations.",
        suggests=("annotator",),
    )
