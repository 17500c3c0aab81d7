"""Take the parts of a recording from objects of the wfdb package."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....utils import printable, warn
from ..._annotations import AnnotationStream
from ..._errors import RecordError
from ..._header import RecordHeader
from .._format import Signal
from .._units import units_per_millivolt
from ._annotations import as_stream
from ._millivolts import to_millivolts
from ._subject_comment import date_from_comments, other_comments, subject_from_comments

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
            f"Got {type(record).__name__} instead. read_record(path) joins segments."
        )
    name = record.record_name or "record"
    source = _source(record, f"Record '{name}'")
    values = _in_millivolts(record, source, f"Record '{name}'")
    comments = tuple(record.comments or ())
    header = RecordHeader(
        Path(name),
        float(record.fs) * source.samples_per_frame,
        len(values),
        tuple(_lead_names(record, values.shape[1])),
        subject_from_comments(comments),
        record.base_date or date_from_comments(comments),
        record.base_time,
        other_comments(comments),
    )
    if annotation is None:
        return header, Signal(values, header.lead_names), None
    stream = as_stream(annotation, name)
    stream = replace(stream, fs=stream.fs or float(record.fs))  # annotations count frames
    return header, Signal(values, header.lead_names), _in_stretch(stream, header)


class _Source(NamedTuple):
    """The samples of a wfdb.Record: one array per lead, digital or physical."""

    leads: Sequence[NDArray[Any]]
    digital: bool
    samples_per_frame: int


def _lead_names(record: "WfdbRecord", n_leads: int) -> list[str]:
    """Return the lead names of a wfdb.Record, numbered where it has none."""
    return [
        printable(name) if name else f"lead{i}"
        for i, name in enumerate(record.sig_name or [None] * n_leads)
    ]


def _source(record: "WfdbRecord", owner: str) -> _Source:
    """Return the samples of a wfdb.Record, or raise where wfdb has changed them."""
    fmt = [str(one) for one in record.fmt or ()]
    if "8" in fmt:
        raise RecordError(
            f"{owner}: its signal file has format 8, differences, and wfdb begins a stretch of it "
            "at a wrong value. Read it with skecg.read_record(path, start=..., stop=...)."
        )
    per_frame = [n or 1 for n in record.samps_per_frame or ()]
    for part, digital in (("p_signal", False), ("d_signal", True)):
        values = getattr(record, part)
        if values is None:
            continue
        if max(per_frame, default=1) > 1:
            raise RecordError(
                f"{owner}: its leads have {per_frame} samples per frame, of which wfdb returns "
                "the means, invalid samples included. Read it with skecg.read_record(path), or "
                "with wfdb.rdrecord(path, smooth_frames=False, channel_names=[...])."
            )
        if digital and getattr(record, "layout", None) == "fixed":
            raise RecordError(
                f"{owner}: joined segments may differ in gain, and 'd_signal' has the gain of the "
                "first. Read it with skecg.read_record(path), or with physical=True."
            )
        return _Source(list(np.asarray(values).T), digital, 1)
    for part, digital in (("e_p_signal", False), ("e_d_signal", True)):
        if not getattr(record, part, None):
            continue
        leads = [np.asarray(lead) for lead in getattr(record, part)]
        if len(set(per_frame)) > 1:
            raise RecordError(
                f"{owner}: its leads must have one sampling frequency. Got {per_frame} samples "
                "per frame. Choose leads of one with channel_names=[...], or read it with "
                "skecg.read_record(path)."
            )
        return _Source(leads, digital, max(per_frame, default=1))
    raise RecordError(
        f"{owner}: has neither 'p_signal' nor 'd_signal'. Read it with wfdb.rdrecord(path), or "
        "with skecg.read_record(path)."
    )


def _in_millivolts(record: "WfdbRecord", source: _Source, owner: str) -> NDArray[np.float32]:
    """Return the signal of a wfdb.Record in mV."""
    signal = np.empty((len(source.leads[0]), len(source.leads)), dtype=np.float32)
    names = _lead_names(record, len(source.leads))
    for i, (lead, values) in enumerate(zip(names, source.leads, strict=True)):
        scale = _scale(record, i, lead, values, owner)
        if source.digital:
            gain, baseline = record.adc_gain[i], record.baseline[i]
            fmt = str(record.fmt[i]) if record.fmt else ""
            to_millivolts(values, gain * scale, baseline, fmt, out=signal[:, i])
        else:
            np.divide(values, scale, out=signal[:, i], casting="unsafe")
    signal.flags.writeable = False
    return signal


def _scale(record: "WfdbRecord", i: int, lead: str, values: NDArray[Any], owner: str) -> float:
    """Return how many units of a lead make one mV, or raise if the unit is not known."""
    unit = None if record.units is None else record.units[i]
    if unit is None and np.isnan(values).all():  # a lead that no segment has
        return 1.0
    if unit is None:
        raise RecordError(
            f"{owner}: the unit of lead '{lead}' is not known: wfdb gives none where segments "
            "differ in it. Read it with skecg.read_record(path), or set record.units, such as "
            f"{['mV'] * (record.n_sig or 1)}."
        )
    scale = units_per_millivolt(unit)
    if scale is None:
        raise RecordError(
            f"{owner}: lead '{lead}' is in '{unit}', not in mV, uV or V. Read the others with "
            "wfdb.rdrecord(path, channel_names=[...])."
        )
    return scale


def _in_stretch(stream: AnnotationStream, header: RecordHeader) -> AnnotationStream:
    """Return the annotations of a stretch.

    ``wfdb.rdann`` includes ``sampto``, and without it ignores ``sampfrom``: with ``shift_samps``
    annotations before the stretch have negative positions. Without ``shift_samps``, positions
    count from the start of the recording, which the objects do not tell:

        recording    0          sampfrom                sampto
        signal                  0                       n_samples
        unshifted                 first                last
    """
    n_samples = header.n_samples or 0
    if not len(stream):
        return stream
    position = stream.sample * (header.fs / (stream.fs or header.fs))
    first, last = position.min(), position.max()
    if first < 0:
        inside = (position >= 0) & (np.floor(position + 0.5) < n_samples)
        return _select(stream, inside)
    if last > n_samples and last - n_samples <= first:
        raise RecordError(
            f"Record '{header.name}': its annotations from sample {first:g} to {last:g} reach "
            f"beyond the signal of {n_samples} samples, like those of a stretch that count from "
            "the start of the recording. Read both with the same sampfrom and sampto, and the "
            "annotations with shift_samps=True; or use skecg.read_record(path, start=..., "
            "stop=...)."
        )
    if last > n_samples:  # those of a signal that begins at 0, or of a stretch, not distinguished
        warn(
            f"Record '{header.name}': its annotations reach sample {last:g}, beyond the signal of "
            f"{n_samples} samples, and are taken to count from the first sample of the signal. If "
            "the signal begins later in the recording (sampfrom), read the annotations with the "
            "same sampfrom and shift_samps=True."
        )
    return stream


def _select(stream: AnnotationStream, chosen: NDArray[np.bool_]) -> AnnotationStream:
    """Return some of the annotations."""
    columns = {
        name: column[chosen]
        for name in ("sample", "symbol", "subtype", "chan", "num", "aux_note")
        if (column := getattr(stream, name)) is not None
    }
    return replace(stream, **columns)
