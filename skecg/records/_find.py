"""Find the recordings in a folder."""

import os
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["check_annotator", "find_records"]

_EDB = "https://physionet.org/content/edb/1.0.0/"


def find_records(
    folder: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    annotator: str | None = "atr",
) -> list[Path]:
    """List the WFDB recordings in a folder and the folders below it.

    Every header file (``.hea``) is a recording, except the segments of multi-segment
    recordings, which are read with their whole. Recordings without signal or annotations are
    listed too: whether one is fit for use is for `read_record` to judge.

    Parameters
    ----------
    folder : path-like or iterable of path-like
        Where to look. Hidden files are passed over.
    annotator : str or None, default="atr"
        Ending of the annotation files that will be read; None for recordings without
        annotations. Nothing is left out because of it, but if no recording at all has such a
        file, a warning says which there are.

    Returns
    -------
    list of pathlib.Path
        Paths without ending, sorted.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist, is a file (a zip must be unpacked first), or holds no
        header.
    ValueError, TypeError
        If the annotator is no ending of a file.

    See Also
    --------
    read_record : Reads one of them.
    skecg.load_beats : Reads all of them and cuts their beats.

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
    folders = [folder] if isinstance(folder, str | os.PathLike) else list(folder)
    headers = sorted({header for one in folders for header in _headers_below(Path(one))})
    segments = {header.with_name(name + ".hea") for header in headers for name in _parts(header)}
    records = [header.with_suffix("") for header in headers if header not in segments]
    if annotator is not None:
        _warn_if_nowhere(annotator, records)
    return records


def check_annotator(annotator: str | None, owner: str) -> None:
    """Raise unless the annotator is None or the ending of a file."""
    if annotator is None:
        return
    if not isinstance(annotator, str):
        raise TypeError(
            f"The 'annotator' parameter of {owner} must be a str or None. Got {annotator!r}."
        )
    if not annotator.replace("_", "").replace("-", "").isalnum() or annotator in ("hea", "dat"):
        raise ValueError(
            f"The 'annotator' parameter of {owner} must be the ending of the annotation files "
            f"without its dot, such as 'atr', or None. Got {annotator!r} instead."
        )


def _headers_below(folder: Path) -> list[Path]:
    """All header files of a folder and those below it, at least one."""
    if folder.is_file():
        way_out = "Unpack it and name the folder" if folder.suffix == ".zip" else "Name its folder"
        raise FileNotFoundError(
            f"Cannot look for recordings in '{folder}': it is a file, not a folder. {way_out}."
        )
    if not folder.is_dir():
        raise FileNotFoundError(
            f"Cannot look for recordings in '{folder}': there is no such folder "
            f"(looked from '{Path.cwd()}')."
        )
    files = list(_files_below(folder))
    headers = [path for path in files if path.suffix == ".hea"]
    if not headers:
        zips = [path.name for path in files if path.suffix == ".zip"]
        found = f" It holds {', '.join(zips[:3])}." if zips else ""
        raise FileNotFoundError(
            f"No recordings in '{folder}': looked for header files (*.hea) there and in the "
            f"folders below and found none among {len(files)} files.{found} A zip must be "
            f"unpacked first. The European ST-T Database is found at {_EDB}"
        )
    return headers


def _files_below(folder: Path) -> Iterator[Path]:
    """All files of a folder and those below it, through links, each folder once."""
    seen = set()
    for parent, subfolders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        # "._100.hea" and "__MACOSX" come with zips made on a Mac and are no recordings
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        yield from (Path(parent, name) for name in names if not name.startswith("."))


def _parts(header: Path) -> list[str]:
    """Names of the segments (and the layout) of a multi-segment recording, else none."""
    try:
        text = header.read_text("latin-1")
    except OSError:  # for read_record to judge
        return []
    lines = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    record, *segments = [words for words in lines if words] or [[""]]
    # "name/segments" begins the header of a multi-segment recording
    if "/" not in record[0]:
        return []
    return [words[0] for words in segments if re.fullmatch(r"[-\w]+", words[0])]


def _warn_if_nowhere(annotator: str, records: list[Path]) -> None:
    """Warn if no recording at all has annotations of this annotator."""
    if any(path.with_name(f"{path.name}.{annotator}").is_file() for path in records):
        return
    beside = {
        file.suffix
        for parent in {path.parent for path in records}
        for file in parent.iterdir()
        if parent / file.stem in records and file.suffix not in (".hea", ".dat")
    }
    warnings.warn(
        f"None of the {len(records)} recordings has annotations '*.{annotator}', and read_record "
        f"will refuse them. Other files beside their headers: {sorted(beside) or 'none'}. Pass "
        "the 'annotator' that marked the beats, or None for recordings without annotations.",
        UserWarning,
        stacklevel=3,
    )
