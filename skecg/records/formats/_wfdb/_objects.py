"""Take the parts of a recording from objects of the wfdb package."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..._annotations import AnnotationStream
from ..._errors import RecordError
from ..._header import RecordHeader
from .._format import Signal
from .._units import units_per_millivolt
from ._annotations import as_stream
from ._millivolts import to_millivolts
from ._subject_comment import subject_from_comments

if TYPE_CHECKING:
    from wfdb import Annotation as WfdbAnnotation
    from wfdb import Record as WfdbRecord

__all__ = ["read_objects"]


def read_objects(
    record: "WfdbRecord", annotation: "WfdbAnnotation | None"
) -> tuple[RecordHeader, Signal, AnnotationStream | None]:
    """Take header, signal and annotations from objects of wfdb."""
    if not all(hasattr(record, part) for part in ("p_signal", "d_signal", "record_name")):
        raise TypeError(
            "ECGRecord.from_wfdb needs a wfdb.Record, such as wfdb.rdrecord(path). "
            f"Got {type(record).__name__} instead."
        )
    name = record.record_name or "record"
    values = _in_millivolts(record, f"Record '{name}'")
    names = record.sig_name or [None] * values.shape[1]
    leads = [lead or f"lead{i}" for i, lead in enumerate(names)]
    header = RecordHeader(
        Path(name),
        record.fs,
        len(values),
        tuple(leads),
        subject_from_comments(record.comments or ()),
    )
    stream = None if annotation is None else as_stream(annotation, name)
    return header, Signal(values, leads), stream


def _in_millivolts(record: "WfdbRecord", owner: str) -> NDArray[np.float32]:
    """Return the signal of a wfdb.Record in mV."""
    if record.p_signal is None and record.d_signal is None:
        raise RecordError(
            f"{owner}: has neither 'p_signal' nor 'd_signal'. Read it with "
            "wfdb.rdrecord(path) as it is: its smooth_frames=True gives all leads one rate."
        )
    digital = record.p_signal is None
    source = np.asarray(record.d_signal if digital else record.p_signal)
    signal = np.empty(source.shape, dtype=np.float32)
    for i in range(source.shape[1]):
        lead = record.sig_name[i] if record.sig_name else f"lead{i}"
        scale = units_per_millivolt(record.units[i] if record.units else "mV")
        if scale is None:
            raise RecordError(
                f"{owner}: lead '{lead}' is in '{record.units[i]}', not in mV, uV or V. Read the "
                "others with wfdb.rdrecord(path, channel_names=[...])."
            )
        if digital:
            gain, baseline = record.adc_gain[i], record.baseline[i]
            fmt = record.fmt[i] if record.fmt else ""
            to_millivolts(source[:, i], gain * scale, baseline, fmt, out=signal[:, i])
        else:
            np.divide(source[:, i], scale, out=signal[:, i], casting="unsafe")
    signal.flags.writeable = False
    return signal
