"""Files of folders."""

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["files_below"]


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and those below it, through links, each folder once.

    Hidden files and folders are passed over.
    """
    seen = set()
    for parent, subfolders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(parent)
        if real in seen:
            subfolders.clear()
            continue
        seen.add(real)
        # "._100.hea" and "__MACOSX" come with zips made on a Mac and are not recordings
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        yield from (Path(parent, name) for name in names if not name.startswith("."))
