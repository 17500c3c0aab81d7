"""Read one recording."""

import os
import re
from collections.abc import Callable
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import wfdb
from wfdb.io.annotation import ann_labels

from ..tables import subject_of
from ._find import check_annotator
from ._millivolts import LOWEST, to_millivolts, units_per_millivolt, warn_about_signal
from ._record import ECGRecord, RecordError, split_annotation
from ._subject_comment import subject_from_comments

__all__ = ["read_record"]

# Bytes of a sample in each signal format of WFDB that has a fixed size.
# Source: the WFDB Applications Guide, signal(5), https://wfdb.io/spec/signal-files.html
_BYTES = {
    "8": Fraction(1),
    "16": Fraction(2),
    "24": Fraction(3),
    "32": Fraction(4),
    "61": Fraction(2),
    "80": Fraction(1),
    "160": Fraction(2),
    "212": Fraction(3, 2),
    "310": Fraction(4, 3),
    "311": Fraction(4, 3),
}
# The notes with definitions that wfdb understands; others make it loop for ever.
_DEFINITIONS = re.compile(
    rb"(## time resolution: \d.*\n)?(## annotation type definitions\n## end of definitions\n)?"
)
_SYMBOLS = {label.label_store: label.symbol for label in ann_labels}
_FETCH = "Was the download complete? Fetch the file again."


def read_record(
    path: str | os.PathLike[str], *, annotator: str | None = "atr", subject: str | None = None
) -> ECGRecord:
    """Read a WFDB recording: its signal in mV and its annotations.

    Parameters
    ----------
    path : path-like
        The recording, as `find_records` lists it: the path of its header without ending. An
        ending ``.hea``, ``.dat`` or that of the annotator is accepted.
    annotator : str or None, default="atr"
        Ending of the annotation file. None reads the signal alone.
    subject : str or None, default=None
        Whose recording it is. None takes what `write_record` has put into the header, or else
        what `skecg.tables.subject_of` says of the name and folder.

    Returns
    -------
    ECGRecord
        Gaps in the signal are NaN.

    Raises
    ------
    FileNotFoundError
        If the header, a signal file or the annotation file is missing.
    RecordError
        If a file is truncated or cannot be understood, a checksum is wrong, a lead is in
        another unit than mV, uV or V, the signal is empty, there is no beat, or annotations
        are out of order or beyond the signal.

    Warns
    -----
    UserWarning
        If a lead has gaps, or is flat from start to end.

    See Also
    --------
    find_records : Lists the recordings of a folder.
    ECGRecord.from_wfdb : The way for some leads or a stretch of a recording.

    Notes
    -----
    Each signal is compared with the 16-bit checksum in its header; a header without checksums
    is accepted. A gain of 0 means 200 units per mV, as WFDB defines it. The signal is what
    ``wfdb.rdrecord`` gives as ``p_signal``, rounded to float32. Recordings of several segments
    are put together, with NaN between segments. Of beats, only position and symbol are kept;
    of other annotations, every field, and text up to its first NUL byte.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skecg import ECGRecord, read_record, write_record
    >>> ramp = np.arange(500) / 200
    >>> path = write_record(
    ...     ECGRecord(ramp, 250, sample=[100], symbol=["N"], name="ana"), tempfile.mkdtemp())
    >>> read_record(path)
    ECGRecord('ana': 1 lead (lead0), 500 samples at 250 Hz (2.0 s), 1 beats, subject 'ana')
    """
    check_annotator(annotator, "read_record")
    base = _without_ending(Path(path), annotator)
    header = _read_header(base)
    beats = ((), (), None)
    if annotator is not None:
        beats = split_annotation(_read_annotation(base, annotator), header.fs, base.name)
    is_whole = isinstance(header, wfdb.Record)
    signal, leads = _read_signal(base, header) if is_whole else _read_segments(base, header)
    signal.flags.writeable = False  # so that the record need not copy it
    if subject is None:
        subject = subject_from_comments(header.comments)
    if subject is None:
        subject = subject_of(base.name, folder=base.resolve().parent)
    sample, symbol, other = beats
    record = ECGRecord(
        signal, header.fs, leads, sample, symbol, other=other, name=base.name, subject=subject
    )
    warn_about_signal(record, stacklevel=2)
    return record


def _without_ending(path: Path, annotator: str | None) -> Path:
    """The path of a recording without the ending of one of its files."""
    if path.suffix in (".hea", ".dat", f".{annotator}"):
        path = path.with_suffix("")
    if path.is_dir() and not path.with_name(path.name + ".hea").exists():
        raise FileNotFoundError(
            f"'{path}' is a folder, not a recording. List its recordings with find_records."
        )
    return path


def _beside(base: Path, ending: str) -> Path:
    """A file of the recording."""
    return base.with_name(f"{base.name}.{ending}")


def _call_wfdb(base: Path, what: str, function: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """Call wfdb, whose errors are of all types, with errors that name the recording."""
    try:
        return function(*args, **kw)
    except MemoryError:
        raise
    except Exception as error:
        raise RecordError(
            f"Record '{base.name}': wfdb cannot read the {what} of '{base}' "
            f"({type(error).__name__}: {error}). {_FETCH}"
        ) from error


def _read_header(base: Path) -> Any:
    """The header as wfdb.Record or wfdb.MultiRecord."""
    path = _beside(base, "hea")
    if not path.is_file():
        raise FileNotFoundError(
            f"Record '{base.name}': there is no header '{path}'. List the recordings of a folder "
            "with find_records."
        )
    for line in path.read_bytes().splitlines():
        # wfdb leaves out such characters, which makes volts of "µV"
        if not line.isascii() and not line.lstrip().startswith(b"#"):
            raise RecordError(
                f"Record '{base.name}': its header '{path}' must be ASCII outside comments. Got "
                f"{line.decode('utf-8', 'replace')!r}. Edit it (the unit 'uV' is written with u)."
            )
    header = _call_wfdb(base, "header", wfdb.rdheader, os.fspath(base))
    if not header.fs:
        raise RecordError(
            f"Record '{base.name}': its header must give a sampling frequency. Got {header.fs}."
        )
    lines = header.file_name if isinstance(header, wfdb.Record) else header.seg_name
    promised = header.n_sig if isinstance(header, wfdb.Record) else header.n_seg
    if header.n_sig and len(lines or ()) != promised:
        raise RecordError(
            f"Record '{base.name}': its header '{path}' must describe each of {promised} leads or "
            f"segments in one line. Got {len(lines or ())} lines."
        )
    if not header.n_sig or header.sig_len == 0:
        raise RecordError(
            f"Record '{base.name}': it must hold a signal. Its header '{path}' says "
            f"{header.n_sig} leads of {header.sig_len} samples."
        )
    return header


def _read_annotation(base: Path, annotator: str) -> Any:
    """The annotation file as wfdb.Annotation."""
    path = _beside(base, annotator)
    if not path.is_file():
        others = sorted(
            file.suffix.removeprefix(".")
            for file in base.parent.iterdir()
            if file.stem == base.name and file.suffix not in (".hea", ".dat")
        )
        raise FileNotFoundError(
            f"Record '{base.name}': there is no annotation file '{path}'. Other files of this "
            f"recording: {others or 'none'}. Name the annotator, or pass annotator=None to read "
            "the signal alone."
        )
    content = path.read_bytes()
    if len(content) % 2 or content[-2:] != b"\0\0":  # the end mark, which wfdb does not check
        raise RecordError(
            f"Record '{base.name}': its annotation file '{path}' must end with two zero bytes. "
            f"Got {content[-2:]!r} at the end of {len(content)} bytes. {_FETCH}"
        )
    notes = [
        content[note.end() : note.end() + note[1][0]].rstrip(b"\0")
        for note in re.finditer(rb"(.)\xfc(?=## )", content, re.DOTALL)
    ]
    definitions = b"".join(note + b"\n" for note in notes)
    if not _DEFINITIONS.fullmatch(definitions):
        raise RecordError(
            f"Record '{base.name}': its annotation file '{path}' may define its time resolution "
            f"and symbols of its own, once each, in notes that begin with '##'. Got "
            f"{[note.decode('latin-1') for note in notes]}. {_FETCH}"
        )
    what = f"annotations ({annotator})"
    arguments = (os.fspath(base), annotator)
    annotation = _call_wfdb(
        base, what, wfdb.rdann, *arguments, return_label_elements="label_store"
    )
    # wfdb would look symbols up in a pandas table, which is slow and warns with new pandas
    symbols = _SYMBOLS | {code: symbol for code, symbol, _ in annotation.custom_labels or ()}
    codes = annotation.label_store.tolist()
    if undefined := sorted(set(codes) - set(symbols)):
        raise RecordError(
            f"Record '{base.name}': '{path}' uses annotation codes {undefined} that neither WFDB "
            "nor the file itself defines. Set their 'symbol' by hand and use ECGRecord.from_wfdb."
        )
    annotation.symbol = [symbols[code] for code in codes]
    return annotation


def _read_segments(base: Path, header: Any) -> tuple[np.ndarray, list[str]]:
    """The signal in mV and the lead names of a recording in several segments."""
    owner = f"Record '{base.name}'"
    segments = list(zip(header.seg_name, header.seg_len, strict=True))
    leads = None
    if segments[0][1] == 0:  # the leads of all segments, without signal
        leads = _lead_names(
            _call_wfdb(
                base, "layout", wfdb.rdheader, os.fspath(base.with_name(segments.pop(0)[0]))
            )
        )
    total = sum(length for _, length in segments)
    if header.sig_len not in (None, total):
        raise RecordError(
            f"{owner}: its segments must add up to the {header.sig_len} samples of its header. "
            f"Got {total}."
        )
    signal = np.full((total, header.n_sig), np.nan, dtype=np.float32)
    start = 0
    for name, length in segments:
        stop = start + length
        if name != "~":  # a gap
            part_header = _read_header(base.with_name(name))
            if isinstance(part_header, wfdb.MultiRecord) or part_header.fs != header.fs:
                raise RecordError(
                    f"{owner}: its segment '{name}' must be a plain recording of {header.fs} Hz. "
                    f"Got {part_header.fs} Hz."
                )
            part, part_leads = _read_signal(base.with_name(name), part_header)
            leads = leads or part_leads
            if len(part) != length or not set(part_leads) <= set(leads):
                raise RecordError(
                    f"{owner}: its segment '{name}' must hold {length} samples of {leads}. "
                    f"Got {len(part)} samples of {part_leads}."
                )
            signal[start:stop, _columns(part_leads, leads)] = part
        start = stop
    if leads is None or len(leads) != header.n_sig:
        raise RecordError(
            f"{owner}: its segments must name the {header.n_sig} leads of its header. Got {leads}."
        )
    return signal, leads


def _columns(part_leads: list[str], leads: list[str]) -> list[int]:
    """Where the leads of a segment stand among those of the whole."""
    if part_leads == leads:
        return list(range(len(leads)))
    return [leads.index(lead) for lead in part_leads]


def _lead_names(header: Any) -> list[str]:
    """The lead names of a header, numbered where it has none."""
    return [name or f"lead{i}" for i, name in enumerate(header.sig_name)]


def _read_signal(base: Path, header: Any) -> tuple[np.ndarray, list[str]]:
    """The signal in mV, shape (n_samples, n_leads), and the lead names of a plain recording."""
    leads = _lead_names(header)
    scales = [_scale(base, *lead) for lead in zip(leads, header.units, strict=True)]
    if any(n not in (None, 1) for n in header.samps_per_frame):
        raise RecordError(
            f"Record '{base.name}': all leads must have one sample a frame. Got "
            f"{dict(zip(leads, header.samps_per_frame, strict=True))}. Read it with "
            f"ECGRecord.from_wfdb(wfdb.rdrecord({os.fspath(base)!r})), which averages each frame."
        )
    _check_files(base, header)
    narrow = all(LOWEST.get(fmt, -np.inf) >= -(2**15) for fmt in header.fmt)
    read = {"physical": False, "smooth_frames": False, "return_res": 16 if narrow else 32}
    # one array a lead, each in the order of its file, as the checksums want it
    digital = _call_wfdb(
        base, "signal", wfdb.rdrecord, os.fspath(base), ignore_skew=True, **read
    ).e_d_signal
    _check_sums(base, header, leads, digital)
    if any(header.skew):
        digital = _call_wfdb(base, "signal", wfdb.rdrecord, os.fspath(base), **read).e_d_signal
    signal = np.empty((len(digital[0]), len(digital)), dtype=np.float32)
    for i, scale in enumerate(scales):
        gain, baseline = header.adc_gain[i] * scale, header.baseline[i] or 0
        to_millivolts(digital[i], gain, baseline, header.fmt[i], out=signal[:, i])
        digital[i] = None  # no longer needed
    return signal, leads


def _scale(base: Path, lead: str, unit: str) -> float:
    """How many of the lead's units make one mV."""
    scale = units_per_millivolt(unit)
    if scale is None:
        raise RecordError(
            f"Record '{base.name}': lead '{lead}' must be in mV, uV or V. Got '{unit}'. Read the "
            "other leads with ECGRecord.from_wfdb(wfdb.rdrecord("
            f"{os.fspath(base)!r}, channel_names=[...]), wfdb.rdann(...))."
        )
    return scale


def _check_files(base: Path, header: Any) -> None:
    """Raise unless all signal files are there and long enough for the header."""
    for file in dict.fromkeys(header.file_name):
        signals = [i for i, name in enumerate(header.file_name) if name == file]
        path = base.with_name(file)
        if not path.is_file():
            raise FileNotFoundError(
                f"Record '{base.name}': there is no signal file '{path}', which its header names. "
                f"{_FETCH}"
            )
        size, fmt = path.stat().st_size, header.fmt[signals[0]]
        if fmt not in _BYTES:  # of another size, or unknown: for wfdb to judge
            continue
        start = header.byte_offset[signals[0]] or 0
        least = header.sig_len or 1
        needed = start + ceil(least * len(signals) * _BYTES[fmt])
        if size < needed:
            found = int(max(size - start, 0) / _BYTES[fmt] / len(signals))
            raise RecordError(
                f"Record '{base.name}': its signal file '{path}' must hold at least {least} "
                f"samples of {len(signals)} leads, {needed} bytes. Got {found} samples, "
                f"{size} bytes. {_FETCH}"
            )


def _check_sums(base: Path, header: Any, leads: list[str], digital: list[np.ndarray]) -> None:
    """Raise unless each signal has the 16-bit sum that the header gives, if it gives one."""
    for lead, expected, signal in zip(leads, header.checksum, digital, strict=True):
        if expected is None:
            continue
        found = int(signal.sum(dtype=np.int64))
        if (found - expected) % 2**16:
            found = (found + 2**15) % 2**16 - 2**15  # as headers write it
            raise RecordError(
                f"Record '{base.name}': the checksum of lead '{lead}' must be {expected}, as its "
                f"header says. Got {found}: the signal file is damaged or belongs to another "
                "header. Fetch both again."
            )
