"""Write one recording."""

import os
import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import wfdb

from ..tables import SYMBOL_MEANINGS
from ._find import check_annotator
from ._grid import to_grid
from ._record import ECGRecord, RecordError
from ._subject_comment import subject_to_comment

__all__ = ["write_record"]

# annotation codes that WFDB leaves to its users (ecgcodes.h: up to ACMAX = 49)
_FREE_CODES = list(range(42, 50))


def write_record(
    record: ECGRecord, folder: str | os.PathLike[str], *, annotator: str = "atr"
) -> Path:
    """Write a recording as WFDB files that `read_record` and wfdb read back equal.

    Parameters
    ----------
    record : ECGRecord
        Its name becomes that of the files: letters, digits, ``-`` and ``_``.
    folder : path-like
        Where to write; it is made if it does not exist. Files of that name are replaced, each
        whole or not at all.
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
        If WFDB has no place for a part of the record: its name, a lead's name, an annotation's
        number or text.
    TypeError
        If ``record`` is no ECGRecord.

    Notes
    -----
    Signals that lie on a grid, as all do that came from an analog-to-digital converter, are
    written in format 16 with the grid's own steps and read back bit by bit. Any other signal
    is written in format 32 and read back to within ``2**-31`` of the largest absolute value of
    its lead, that is exactly but for values that are tiny beside it. NaN becomes WFDB's
    invalid sample. The subject is kept in a comment of the header.

    The header and signal are not written by wfdb, which refuses leads of equal names and
    takes several times the memory.

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
    _check_names(record)
    annotation = _annotation(record)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # all files are made in full before the first takes its place; the header, by which
    # recordings are found, comes last
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as beside:
        _write_signal(record, Path(beside))
        endings = ["dat", "hea"]
        if annotation is not None:
            annotation.extension = annotator
            # not wfdb.wrann, which refuses the negative 'num' that published files have
            annotation.wr_ann_file(write_fs=False, write_dir=beside)
            endings.insert(1, annotator)
        for ending in endings:
            file = f"{record.name}.{ending}"
            os.replace(Path(beside, file), folder / file)
    if annotation is None:
        (folder / f"{record.name}.{annotator}").unlink(missing_ok=True)
    return folder / record.name


def _check_names(record: ECGRecord) -> None:
    """Raise unless a header can hold the names and the sampling frequency."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", record.name):
        raise RecordError(
            f"Record '{record.name}': WFDB names consist of letters, digits, '-' and '_'. Rename "
            "it with dataclasses.replace(record, name=...)."
        )
    for lead in record.lead_names:
        if not lead or lead != lead.strip() or not (lead.isascii() and lead.isprintable()):
            raise RecordError(
                f"Record '{record.name}': WFDB leads have names of printable ASCII characters. "
                f"Got {lead!r}. Rename it with dataclasses.replace(record, lead_names=...)."
            )
    if round(record.fs, 8) == int(record.fs) != record.fs:
        raise RecordError(
            f"Record '{record.name}': wfdb reads sampling frequencies to 8 decimals. "
            f"Got {record.fs!r} Hz. Round it."
        )


def _write_signal(record: ECGRecord, folder: Path) -> None:
    """Write the header and the signal file."""
    grids = [to_grid(signal) for signal in record.signal.T]
    # all signals of a file have one format
    fmt, dtype = ("16", "<i2") if all(grid.fits(16) for grid in grids) else ("32", "<i4")
    lowest = np.iinfo(dtype).min
    digital = np.empty(record.signal.shape, dtype=dtype)
    fs = np.format_float_positional(record.fs, trim="-")
    lines = [f"{record.name} {record.n_leads} {fs} {record.n_samples}"]
    for i, (lead, grid) in enumerate(zip(record.lead_names, grids, strict=True)):
        baseline = grid.write(digital[:, i], record.signal[:, i], invalid=lowest)
        checksum = int(digital[:, i].sum(dtype=np.int64)) & 0xFFFF
        checksum -= (checksum & 0x8000) << 1  # signed
        lines.append(
            f"{record.name}.dat {fmt} {grid.gain!r}({baseline})/mV {fmt} 0 "
            f"{digital[0, i]} {checksum} 0 {lead}"
        )
    lines.append(f"# {subject_to_comment(record.subject)}")
    digital.tofile(folder / f"{record.name}.dat")
    (folder / f"{record.name}.hea").write_text("\n".join(lines) + "\n", encoding="ascii")


def _annotation(record: ECGRecord) -> wfdb.Annotation | None:
    """All annotations in the order of their samples, or None if there are none."""
    other, n_beats = record.other, len(record.sample)
    sample = np.concatenate([record.sample, other.sample])
    if not len(sample):
        return None
    _check_other(record)
    order = np.argsort(sample, kind="stable")
    zeros = np.zeros(n_beats, dtype=np.int64)
    notes = np.concatenate([np.full(n_beats, ""), other.aux_note])
    return wfdb.Annotation(
        record.name,
        "atr",
        sample[order],
        symbol=np.concatenate([record.symbol, other.symbol])[order].tolist(),
        subtype=np.concatenate([zeros, other.subtype])[order],
        chan=np.concatenate([zeros, other.chan])[order],
        num=np.concatenate([zeros, other.num])[order],
        aux_note=notes[order].tolist(),
        custom_labels=_definitions(record),
    )


def _definitions(record: ECGRecord) -> pd.DataFrame | None:
    """Codes of the symbols that WFDB does not know, or None if there are none."""
    own = sorted(set(record.other.symbol.tolist()) - set(SYMBOL_MEANINGS))
    if len(own) > len(_FREE_CODES):
        raise RecordError(
            f"Record '{record.name}': WFDB has room for {len(_FREE_CODES)} symbols of one's own. "
            f"Got {own}."
        )
    if not own:
        return None
    codes = _FREE_CODES[: len(own)]
    meanings = ["defined by the user"] * len(own)
    return pd.DataFrame({"label_store": codes, "symbol": own, "description": meanings})


def _check_other(record: ECGRecord) -> None:
    """Raise unless an annotation file can hold the annotations that are no beats."""
    other = record.other
    bounds = {"subtype": (-128, 127), "chan": (0, 255), "num": (-128, 127)}
    for name, (low, high) in bounds.items():
        values = getattr(other, name)
        if np.any((values < low) | (values > high)):
            raise RecordError(
                f"Record '{record.name}': '{name}' of an annotation must lie between {low} and "
                f"{high} in WFDB. Got {values.min()} to {values.max()}."
            )
    for sample, symbol, note in zip(other.sample, other.symbol, other.aux_note, strict=True):
        if len(note) > 255 or re.search(r"[\t\n\r\f\v\0]|[^\0-\xff]", note):
            raise RecordError(
                f"Record '{record.name}': 'aux_note' of an annotation must have at most 255 "
                f"Latin-1 characters in WFDB, no tabs or newlines. Got {str(note)!r}."
            )
        if sample == 0 and symbol == '"':
            raise RecordError(
                f"Record '{record.name}': comments at sample 0 are left out by WFDB readers. "
                "Move it to sample 1."
            )
        if not re.fullmatch(r"[!-~]", symbol):
            raise RecordError(
                f"Record '{record.name}': symbols of annotations must be one printable ASCII "
                f"character in WFDB. Got {str(symbol)!r}."
            )
