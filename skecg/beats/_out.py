"""Files that load_beats writes rows to, record by record."""

import os
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ._beats import BeatExtractor, Beats

__all__ = ["BeatsFile", "check_out", "open_beats_file"]


class BeatsFile(Protocol):
    """A file that grows by the rows of one record after the other."""

    def append(self, rows: NDArray[np.float32]) -> None:
        """Write rows behind the last one."""

    def finish(self, beats: Beats) -> Beats:
        """Write all besides the rows, replace the file, and return beats with mapped rows."""

    def close(self) -> None:
        """Remove the unfinished file; a finished one stays."""


def check_out(out: str | os.PathLike[str], as_frame: bool) -> Path:
    """Return the path of the file, or raise before any record is read."""
    path = Path(out)
    if path.suffix.lower() not in (".npy", ".parquet"):
        raise ValueError(
            "The 'out' parameter of load_beats must be None or a path that ends in .npy or "
            f".parquet. Got '{path}' instead."
        )
    if as_frame:
        raise ValueError(
            "load_beats takes no as_frame=True together with 'out': a DataFrame holds all rows "
            "in memory."
        )
    if path.is_dir():
        raise IsADirectoryError(f"Cannot write '{path}': it is a folder.")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"Cannot write '{path}': the folder '{path.parent}' does not exist. Create it first."
        )
    return path


def open_beats_file(path: Path, extractor: BeatExtractor) -> BeatsFile:
    """Begin the file of rows of an extractor, or raise if the extractor cannot be in it."""
    # by name: the package of files is above this one, which it knows in turn
    return import_module("skecg.persistence._beats").BeatsFile(path, extractor)
