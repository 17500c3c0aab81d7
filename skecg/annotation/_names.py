"""Names of the results of many recordings: no two of them write to one file."""

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

__all__ = ["TABLE", "folded_counts", "name_problem", "record_names"]

TABLE = "recordings.csv"  # over all recordings
_LONGEST = 255  # bytes of a name in nearly all file systems
_ENDING = ".beats"  # the longest of the endings of results


def record_names(paths: Sequence[Path]) -> list[str]:
    """Return the name of each recording's results: its own, or with folders in front.

    If two recordings have the same name, all are named by their path below the folder that they
    have in common. Names that differ only in capitals or in how accents are written are the same,
    as they are for some file systems.

    Examples
    --------
    >>> from pathlib import Path
    >>> from skecg.annotation._names import record_names
    >>> record_names([Path("data/a/100"), Path("data/b/101")])
    ['100', '101']
    >>> record_names([Path("data/a/100"), Path("data/b/100")])
    ['a/100', 'b/100']
    """
    names = [path.name for path in paths]
    if len({_folded(name) for name in names}) == len(names):
        return names
    places = [Path(os.path.abspath(path)) for path in paths]
    try:
        common = Path(os.path.commonpath([place.parent for place in places]))
    except ValueError:  # on several drives of Windows
        return [Path(*place.parts[1:]).as_posix() for place in places]
    return [place.relative_to(common).as_posix() for place in places]


def name_problem(name: str, names: Counter[str]) -> str | None:
    """Return the reason for which a recording's results cannot have a name, or None.

    Parameters
    ----------
    name : str
        Name of the recording.
    names : Counter
        How many recordings have each name, as `folded_counts` returns it.
    """
    if names[_folded(name)] > 1:
        return (
            f"Record '{name}': another recording has this name, if only with other capitals, and "
            "their results would be one file in some file systems. Rename one."
        )
    last = name.rpartition("/")[2]
    if not last.strip("."):
        return f"Record '{name}': files of results cannot have a name of dots. Rename it."
    if len(os.fsencode(last + _ENDING)) > _LONGEST:
        return (
            f"Record '{name}': files of results would have names of more than {_LONGEST} bytes, "
            "which file systems do not hold. Rename it."
        )
    if _folded(f"{name}.csv") == TABLE:
        return (
            f"Record '{name}': its table would have the name of that over all recordings, "
            f"{TABLE}. Rename it."
        )
    return None


def folded_counts(names: Sequence[str]) -> Counter[str]:
    """Count names, those as one that differ only in capitals or in how accents are written."""
    return Counter(map(_folded, names))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
