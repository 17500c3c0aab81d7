"""Write beats to tables that skecg and other programs read."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..beats._beats import BeatExtractor, Beats
from ..utils import ScratchRows, naming, replacing
from ._beats_about import checked_data, extractor_spec, metadata
from ._beats_csv import json_path, read_csv, write_csv
from ._beats_npy import NpyFile, map_npy, read_npy, write_npy
from ._beats_parquet import read_parquet, write_parquet

__all__ = ["BeatsFile", "read_beats", "write_beats"]


def write_beats(beats: Beats, path: str | os.PathLike[str]) -> None:
    """Write beats to a Parquet, CSV or NumPy file that `read_beats` reads back equal.

    Parquet files are small and read fast; CSV files can be read by any program; the rows of a
    NumPy file are mapped into memory, so that they may be more than fit in it.

    Parameters
    ----------
    beats : Beats
        Beats as `load_beats` returns them.
    path : path-like
        File to write, ending in ``.parquet``, ``.csv`` or ``.npy``. The layout, the extractor
        and other metadata of ``NAME.csv`` are written to ``NAME.json`` in the same folder.
        Existing files are replaced when everything is written.

    Raises
    ------
    ValueError
        If the path has another ending, ``data`` is not finite float32 or does not fit its
        layout, or a column name occurs twice.
    TypeError
        If the extractor's parameters cannot be saved as data (a preprocessing that is not one
        of skecg's).
    FileNotFoundError
        If the folder does not exist.
    OSError
        If the file cannot be written, as on a full disk. An existing file stays as it was.

    See Also
    --------
    read_beats : Read the file.

    Notes
    -----
    The columns are those of ``meta``, then ``target`` and ``group``, then the features by
    their names. In CSV the features are written with the fewest digits that return the same
    float32, and a text that a spreadsheet would run as a formula (it begins with ``=``, ``+``,
    ``-``, ``@``, their wide forms, a tab or a line end) has an apostrophe before it. The
    metadata (in Parquet under the key ``skecg`` of the schema) are JSON: layout, extractor,
    skipped and DESCR.

    In a ``.npy`` file the rows are an array in NumPy's format (``numpy.load(path,
    mmap_mode="r")``), little-endian float32; a Parquet file of the other columns follows in the
    same file, which `numpy.load` does not read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skecg import BeatExtractor, ECGRecord, read_beats, write_beats
    >>> record = ECGRecord(np.sin(np.arange(500) / 9), 250, sample=[250], symbol=["N"])
    >>> beats = BeatExtractor().extract(record)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_beats(beats, Path(folder) / "beats.parquet")
    ...     np.array_equal(read_beats(Path(folder) / "beats.parquet").data, beats.data)
    True
    """
    path = _check_path(path, "write_beats")
    about = metadata(beats)
    data = checked_data(beats)
    ending = path.suffix.lower()
    if ending == ".npy":
        write_npy(beats, data, path)
    elif ending == ".parquet":
        with naming(path), replacing(path) as temporary:
            write_parquet(beats, data, temporary)
    else:
        with (
            naming(path),
            replacing(path) as temporary,
            replacing(json_path(path)) as temporary_json,
        ):
            write_csv(beats, data, temporary)
            temporary_json.write_text(about + "\n", encoding="utf-8")


def read_beats(path: str | os.PathLike[str]) -> Beats:
    """Read beats from a file of `write_beats`.

    Parameters
    ----------
    path : path-like
        The ``.parquet``, ``.csv`` or ``.npy`` file; ``NAME.csv`` needs its ``NAME.json`` in the
        same folder.

    Returns
    -------
    Beats
        Beats equal to the written ones. ``data`` of a ``.npy`` file is a read-only
        `numpy.memmap` of it: do not write to the file as long as the beats are in use.

    Raises
    ------
    ValueError
        If the path has another ending, the file is not one of `write_beats` or is damaged, or
        a feature is not finite. The message names the file and, if possible, row (from 0) and
        column.
    FileNotFoundError
        If a file is missing.

    See Also
    --------
    write_beats : With an example.

    Notes
    -----
    Nothing in a file can run: classes are looked up in a short table.

    Examples
    --------
    >>> from skecg import read_beats
    >>> read_beats("beats.txt")
    Traceback (most recent call last):
    ValueError: The 'path' parameter of read_beats must end in .parquet, .csv or .npy. Got 'bea...
    """
    path = _check_path(path, "read_beats")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file '{path}'.")
    return _READERS[path.suffix.lower()](path)


_READERS = {".npy": read_npy, ".parquet": read_parquet, ".csv": read_csv}


class BeatsFile:
    """The file of `load_beats`'s ``out``; it grows by the rows of one record after the other.

    Parameters
    ----------
    path : Path
        The file, which ends in ``.npy`` or ``.parquet``.
    extractor : BeatExtractor
        How rows are made. One that cannot be written is refused now, not after hours.
    """

    def __init__(self, path: Path, extractor: BeatExtractor) -> None:
        extractor_spec(extractor)
        self._path = path
        self._n_features = n_features = extractor._layout().n_features
        self._is_npy = path.suffix.lower() == ".npy"
        self._rows: NpyFile | ScratchRows
        if self._is_npy:
            self._rows = NpyFile(path, n_features)
        else:  # its columns are written from the rows in a scratch file
            with naming(path):
                self._rows = ScratchRows(path.parent, (n_features,), np.float32)

    def append(self, rows: NDArray[np.float32]) -> None:
        """Write rows behind the last one."""
        with naming(self._path):
            self._rows.append(rows)

    def finish(self, beats: Beats) -> Beats:
        """Write all besides the rows, replace the file, and return beats with mapped rows."""
        if isinstance(self._rows, NpyFile):
            self._rows.finish(beats)
            beats.data = map_npy(self._path, len(beats), self._n_features)
        else:
            beats.data = self._rows.map()
            write_beats(beats, self._path)
        return beats

    def close(self) -> None:
        """Remove the unfinished file; a finished one stays."""
        self._rows.close()


def _check_path(path: str | os.PathLike[str], owner: str) -> Path:
    path = Path(path)
    if path.suffix.lower() not in _READERS:
        raise ValueError(
            f"The 'path' parameter of {owner} must end in .parquet, .csv or .npy. Got '{path}' "
            "instead."
        )
    return path
