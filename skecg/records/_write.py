"""Write one recording, or only its annotations."""

import math
import os
from pathlib import Path

from ..utils import check_value, one_of
from ._annotations import join_annotations
from ._errors import RecordError
from ._header import RecordHeader
from ._record import ECGRecord
from .formats import _registry as formats
from .formats._format import Signal

__all__ = ["write_annotations", "write_record"]


def write_record(
    record: ECGRecord,
    folder: str | os.PathLike[str],
    *,
    annotator: str = "atr",
    format: str = "wfdb",
) -> Path:
    """Write a recording as WFDB files, or as one EDF+ file.

    `read_record` and wfdb read the WFDB files back equal. (Comments at sample 0 are an exception:
    wfdb ignores them.)

    Parameters
    ----------
    record : ECGRecord
        Its name becomes that of the files: letters, digits, ``-`` and ``_``.
    folder : path-like
        Folder of the files; it is created if it does not exist. Files that `write_record` has
        written are replaced, each whole or not at all; a header or signal of another program
        never is.
    annotator : str, default="atr"
        Ending of the annotation file. It is written only if there are annotations; an older
        one would belong to another signal and is removed. An EDF+ file has no other ending than
        "atr", since its annotations are in it.
    format : {"wfdb", "edf"}, default="wfdb"
        "edf" writes one EDF+ file with signal and annotations, for viewers that read no WFDB.

    Returns
    -------
    pathlib.Path
        The recording's path without ending, as `read_record` takes it.

    Raises
    ------
    RecordError
        If the format cannot hold a part of the record: its name, a lead's name, an annotation's
        number or text; or if another program has written files of that name in the folder.
    TypeError
        If ``record`` is not an ECGRecord.
    ValueError
        If ``format`` is unknown, or ``annotator`` is not "atr" for an EDF+ file.

    See Also
    --------
    read_record : Read it again.
    write_annotations : Write only the annotations, next to a recording that exists.

    Notes
    -----
    Signals that lie on a grid, as all from an analog-to-digital converter do, are written in
    format 16 with the steps of the grid and read back bit by bit. Any other signal is written in
    format 32 and read back to within ``2**-31`` of the largest absolute value of its lead:
    exactly, except for values that are tiny in comparison. NaN becomes WFDB's invalid sample.
    The subject is kept in a comment of the header, which also shows that skecg has written it.
    Date, time of day and comments are written to the header, too.
    Symbols that WFDB does not define, at most eight, are defined in the annotation file.

    EDF+ has 16 bits between the smallest and the largest value of each lead, and no invalid
    sample: NaN becomes 0 mV. All annotations are written, however many there are in a second, to
    the microsecond: beats with their symbols, all others as texts. A file consists of
    data records of a second (of up to 9 s for an odd rate); the last one is filled with 0 mV after
    an annotation "Recording ends". Comments about the recording are not written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecord, read_record, write_record
    >>> record = ECGRecord(np.arange(500) / 200, 250, sample=[100], symbol=["N"], name="ana")
    >>> read_record(write_record(record, tempfile.mkdtemp())) == record
    True
    """
    _check(record, annotator, "write_record")
    check_value(format, one_of("wfdb", "edf"), "format", "write_record")
    if format == "edf" and annotator != "atr":
        raise ValueError(
            "The 'annotator' parameter of write_record must be 'atr' for an EDF+ file, whose "
            f"annotations are in it. Got {annotator!r} instead."
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
    formats.write_files(header, signal, stream if len(stream) else None, annotator, format.upper())
    return header.path


def write_annotations(
    record: ECGRecord, folder: str | os.PathLike[str], *, annotator: str = "atr"
) -> Path:
    """Write only the annotations of a recording, next to its header and signal.

    Use it for beats that `annotate` has found in a recording of another program, whose header
    and signal it does not touch.

    Parameters
    ----------
    record : ECGRecord
        Its name is that of the files.
    folder : path-like
        Folder with the recording.
    annotator : str, default="atr"
        Ending of the annotation file. An older one is replaced, whole or not at all.

    Returns
    -------
    pathlib.Path
        The recording's path without ending, as `read_record` takes it.

    Raises
    ------
    FileNotFoundError
        If the folder has no recording of that name.
    RecordError
        If the recording in the folder has another sampling frequency or length, or WFDB cannot
        hold the number or text of an annotation.
    TypeError
        If ``record`` is not an ECGRecord.

    See Also
    --------
    write_record : Write the signal, too.
    skecg.annotate : Find and classify beats.
    skecg.compare_folders : Compare annotation files.

    Examples
    --------
    >>> import dataclasses
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecord, read_record, write_annotations, write_record
    >>> record = ECGRecord(np.arange(500) / 200, 250, sample=[100], symbol=["N"], name="ana")
    >>> folder = tempfile.mkdtemp()
    >>> path = write_record(record, folder)
    >>> found = dataclasses.replace(record, sample=[100, 350], symbol=["N", "V"])
    >>> _ = write_annotations(found, folder, annotator="skecg")
    >>> read_record(path, annotator="skecg").symbol
    array(['N', 'V'], dtype='<U1')
    """
    _check(record, annotator, "write_annotations")
    location = formats.locate(Path(folder) / record.name)
    header = location.require_format().read_header(location.path)
    if not math.isclose(header.fs, record.fs, rel_tol=1e-6):
        raise RecordError(
            f"Record '{record.name}': the recording in '{folder}' must have its sampling "
            f"frequency, {record.fs:g} Hz. Got {header.fs:g} Hz. Is it the same recording?"
        )
    if header.n_samples not in (None, 0, record.n_samples):
        raise RecordError(
            f"Record '{record.name}': the recording in '{folder}' must have its length, "
            f"{record.n_samples} samples. Got {header.n_samples}. Is it the same recording, "
            "read from start to end?"
        )
    stream = join_annotations(record.sample, record.symbol, record.other, record.fs)
    formats.write_annotations(location.path, stream, annotator)
    return location.path


def _check(record: ECGRecord, annotator: str, owner: str) -> None:
    """Raise unless a record can be written, by its type and name."""
    if not isinstance(record, ECGRecord):
        raise TypeError(f"{owner} needs an ECGRecord. Got {type(record).__name__} instead.")
    if annotator is None:
        raise TypeError(f"The 'annotator' parameter of {owner} must be a str. Got None.")
    formats.check_annotator(annotator, owner)
    if Path(record.name).name != record.name:
        raise RecordError(
            f"Record '{record.name}': a name of files cannot contain '/'. Rename it with "
            "dataclasses.replace(record, name=...)."
        )
