"""Write one recording."""

import os
from pathlib import Path

from ._annotations import join_annotations
from ._errors import RecordError
from ._header import RecordHeader
from ._record import ECGRecord
from .formats._format import Signal
from .formats._registry import check_annotator, write_files

__all__ = ["write_record"]


def write_record(
    record: ECGRecord, folder: str | os.PathLike[str], *, annotator: str = "atr"
) -> Path:
    """Write a recording as WFDB files that `read_record` and wfdb read back equal.

    Parameters
    ----------
    record : ECGRecord
        Its name becomes that of the files: letters, digits, ``-`` and ``_``.
    folder : path-like
        Folder of the files; it is created if it does not exist. Files of that name are
        replaced, each whole or not at all.
    annotator : str, default="atr"
        Ending of the annotation file. It is written only if there are annotations; an older
        one would belong to another signal and is removed.

    Returns
    -------
    pathlib.Path
        The recording's path without ending, as `read_record` takes it.

    Raises
    ------
    RecordError
        If WFDB cannot hold a part of the record: its name, a lead's name, an annotation's
        number or text.
    TypeError
        If ``record`` is not an ECGRecord.

    See Also
    --------
    read_record : Read it again.

    Notes
    -----
    Signals that lie on a grid, as all from an analog-to-digital converter do, are written in
    format 16 with the steps of the grid and read back bit by bit. Any other signal is written in
    format 32 and read back to within ``2**-31`` of the largest absolute value of its lead:
    exactly, except for values that are tiny in comparison. NaN becomes WFDB's invalid sample.
    The subject is kept in a comment of the header.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecord, read_record, write_record
    >>> record = ECGRecord(np.arange(500) / 200, 250, sample=[100], symbol=["N"], name="ana")
    >>> read_record(write_record(record, tempfile.mkdtemp())) == record
    True
    """
    if not isinstance(record, ECGRecord):
        raise TypeError(f"write_record needs an ECGRecord. Got {type(record).__name__} instead.")
    if annotator is None:
        raise TypeError("The 'annotator' parameter of write_record must be a str. Got None.")
    check_annotator(annotator, "write_record")
    if Path(record.name).name != record.name:
        raise RecordError(
            f"Record '{record.name}': a name of files cannot contain '/'. Rename it with "
            "dataclasses.replace(record, name=...)."
        )
    header = RecordHeader(
        Path(folder) / record.name,
        record.fs,
        record.n_samples,
        record.lead_names,
        record.subject,
        record.start_date,
        record.start_time,
        record.comments,
    )
    stream = join_annotations(record.sample, record.symbol, record.other, record.fs)
    signal = Signal(record.signal, record.lead_names)
    write_files(header, signal, stream if len(stream) else None, annotator)
    return header.path
