"""Select recordings by name."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..tables import RECORD_SETS, recording_of
from ..utils import count, listed
from ._subject import folder_of

__all__ = ["read_names", "select_records"]


def select_records(
    paths: Iterable[str | os.PathLike[str]],
    names: str | os.PathLike[str] | Sequence[str],
) -> list[Path]:
    """Select recordings by a published set, a file of names, or a list of names.

    Parameters
    ----------
    paths : iterable of path-like
        Recordings without ending, as `find_records` lists them.
    names : str, path-like or sequence of str
        A string is the name of a set in `skecg.tables.RECORD_SETS`, such as ``"mitdb:DS1"``,
        or else the path of a text file with one name per line, comments after ``#``. A
        sequence holds the names themselves. A name is that of a record, ``"100"``, or has its
        folder in front, ``"mitdb/100"``.

    Returns
    -------
    list of pathlib.Path
        The recordings in the order of the names.

    Raises
    ------
    ValueError
        If a name is not among the recordings, or is that of several; if the file cannot be
        read; or if there is no name at all.
    TypeError
        If a name is not a string.

    See Also
    --------
    find_records : List the recordings of a folder.

    Notes
    -----
    A set selects the records of its own database: neither excerpts of them, as in the QT
    Database, nor records of the same name in another database.

    Examples
    --------
    >>> from skecg import select_records
    >>> paths = ["mitdb/100", "mitdb/101", "svdb/800"]
    >>> [path.as_posix() for path in select_records(paths, ["800", "mitdb/100"])]
    ['svdb/800', 'mitdb/100']
    """
    known_paths = [Path(path) for path in paths]
    if not isinstance(names, str | os.PathLike):
        return _select(known_paths, _as_names(names), "The 'names' parameter of select_records")
    text = os.fspath(names)
    sets = {key.casefold(): key for key in RECORD_SETS}
    if text.casefold() in sets:
        return _select_set(known_paths, sets[text.casefold()])
    return _select(known_paths, read_names(Path(text)), f"'{text}'")


def _as_names(names: Sequence[str]) -> list[str]:
    """Return a list of names, or raise if there is none or one is not a string."""
    found = list(names)
    if wrong := [name for name in found if not isinstance(name, str)]:
        raise TypeError(
            f"The 'names' parameter of select_records must hold strings. Got {wrong[0]!r} instead."
        )
    if not found:
        raise ValueError("The 'names' parameter of select_records must hold at least one name.")
    return found


def read_names(file: Path) -> list[str]:
    """Read names from a text file: one per line, comments after #."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"'{file}' is not a text file with one record name per line.") from None
    except OSError as error:
        raise ValueError(
            f"cannot read the record names in '{file}': {error.strerror}. Besides files there are "
            f"the sets {', '.join(RECORD_SETS)}."
        ) from None
    names = [line.partition("#")[0].strip() for line in lines]
    names = list(dict.fromkeys(name for name in names if name))
    if not names:
        raise ValueError(
            f"'{file}' names no record. It must have one name per line, comments after #."
        )
    return names


def _select_set(paths: list[Path], name: str) -> list[Path]:
    """Select the recordings of a published set."""
    database = name.partition(":")[0]
    # neither excerpts nor records of another database with the same name
    own = [p for p in paths if recording_of(p.name, folder_of(p)) == f"{database}:{p.name}"]
    if not own:
        raise ValueError(
            f"'{name}' names records of {database}, and the folders contain none of them: they "
            f"contain {count(len(paths), 'record')}, such as {listed(p.name for p in paths[:5])}. "
            f"Records of {database} are recognized in a folder that names it: '{database}', or "
            "that of its zip."
        )
    return _select(own, list(RECORD_SETS[name]), f"'{name}'")


def _select(paths: list[Path], names: list[str], source: str) -> list[Path]:
    """Select the recordings of these names, each "100" or with its folder "mitdb/100"."""
    selected: list[Path] = []
    unknown = []
    for name in names:
        parts = Path(name).parts
        found = [path for path in paths if path.parts[-len(parts) :] == parts]
        if len(found) > 1:
            raise ValueError(
                f"{source} names {name!r}, and there are {len(found)} such recordings: "
                f"{listed(found[:3])}. Write the folder in front of the name, as in "
                f"{'/'.join(found[0].parts[-2:])}."
            )
        selected += found
        unknown += [name] * (not found)
    if unknown:
        raise ValueError(
            f"{source} names {count(len(unknown), 'record')} that the folders do not contain: "
            f"{listed(unknown)}. They contain {count(len(paths), 'record')}, such as "
            f"{listed(path.name for path in paths[:5])}."
        )
    return list(dict.fromkeys(selected))
