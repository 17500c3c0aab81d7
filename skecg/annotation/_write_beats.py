"""The annotation file and the table of an annotated recording."""

import csv
import datetime
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..annotated import NO_BEAT, PREFIX, REVIEWED, UNUSABLE, AnnotatedRecord
from ..holter._rhythm import rhythm_of
from ..records._annotations import AnnotationStream
from ..utils import to_cell

__all__ = ["annotation_stream", "write_beat_table"]

QUALITY = "~"  # WFDB: a change of signal quality
ALL_UNREADABLE = -1
_MARKED_LEADS = 4  # WFDB has bits for so many
_ROWS = 50_000  # of the table, written at a time
_DECIMALS = 4


def annotation_stream(found: AnnotatedRecord, certainty: str | None = None) -> AnnotationStream:
    """Return the beats and quality marks of an annotated recording for a WFDB file.

    Parameters
    ----------
    found : AnnotatedRecord
        The recording.
    certainty : {"num", "aux"} or None, default=None
        Where the probability of the predicted class is kept with each beat: as a percentage in
        the number of the annotation, or as text, such as ``p=0.87``. None is nowhere.
    """
    beats = found.beats
    place, subtype = _quality_marks(found)
    n, n_marks = len(beats), len(place)
    sample = np.concatenate([place, beats["sample"].to_numpy()])
    # a mark is before a beat at its position: the beat follows the end of a stretch
    order = np.argsort(sample, kind="stable")
    percent = np.zeros(n_marks + n, dtype=np.int64)
    notes = np.full(n_marks + n, "", dtype=object)
    if certainty is not None and (certain := _certainty(found)) is not None:
        known = ~np.isnan(certain)
        if certainty == "num":
            percent[n_marks:][known] = np.rint(100 * certain[known])
        else:
            notes[n_marks:][known] = [f"p={p:.2f}" for p in certain[known].tolist()]
    return AnnotationStream(
        sample[order],
        np.concatenate([np.full(n_marks, QUALITY), beats["symbol"].to_numpy().astype(str)])[order],
        subtype=np.concatenate([subtype, np.zeros(n, dtype=np.int64)])[order],
        chan=np.zeros(n_marks + n, dtype=np.int64),
        num=percent[order],
        aux_note=notes.astype(str)[order],
        fs=found.fs,
    )


def _certainty(found: AnnotatedRecord) -> NDArray[np.floating] | None:
    """Return the probability of the predicted class of each beat, NaN where there is none."""
    proba = found.proba
    return None if proba is None else proba.to_numpy().max(axis=1)


def _quality_marks(found: AnnotatedRecord) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places at which the quality of the signal changes, and the new quality.

    It is a number of bits, as WFDB defines it: those of noise in leads 0 to 3, then those of
    leads 0 to 3 that cannot be read; -1 if nothing can be read.

        lead 0     ======flat======               0x10
        lead 1            ====noisy====           0x02
        marks      0x10   0x12     0x02  0x00
    """
    quality = found.quality
    stretches = quality[quality["state"] != NO_BEAT]
    if not len(stretches):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    edges = np.unique(stretches[["start", "stop"]].to_numpy())
    bits = np.zeros(len(edges), dtype=np.int64)  # from each edge to the next
    unusable = np.zeros(len(edges), dtype=bool)
    for start, stop, lead, state in stretches.itertuples(index=False):
        span = slice(*np.searchsorted(edges, [start, stop]).tolist())
        if state == UNUSABLE:
            unusable[span] = True
        elif (i := found.lead_names.index(lead)) < _MARKED_LEADS:
            bits[span] |= 1 << i if state == "noisy" else 0x10 << i
    # leads 0 and 1 unreadable is a shutdown to programs that compare annotations; if another lead
    # can be used there are beats, and lead 1 is only marked as noisy
    both = ~unusable & (bits & 0x30 == 0x30)
    bits[both] = bits[both] & ~0x20 | 0x02
    bits[unusable] = ALL_UNREADABLE
    edges = _outside_beats(edges, unusable, found.beats["sample"].to_numpy())
    inside = edges < found.n_samples
    changes = np.diff(bits, prepend=0) != 0
    return edges[inside & changes], bits[inside & changes]


def _outside_beats(
    edges: NDArray[np.int64], unusable: NDArray[np.bool_], sample: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Move the ends of unusable stretches past beats, which alignment has moved into them.

    A beat inside would end the stretch for programs that compare annotations.
    """
    edges = edges.copy()
    for i in np.flatnonzero(unusable).tolist():
        start, stop = edges[i], edges[i + 1] if i + 1 < len(edges) else edges[i] + 1
        inside = sample[slice(*np.searchsorted(sample, [start, stop]).tolist())]
        early = inside[inside < (start + stop) // 2]
        late = inside[inside >= (start + stop) // 2]
        if len(early):
            edges[i] = early[-1] + 1
        if len(late) and i + 1 < len(edges):
            edges[i + 1] = max(late[0], edges[i])
    return edges


def write_beat_table(found: AnnotatedRecord, path: Path) -> None:
    """Write one line per beat as CSV: time, class, probabilities, RR interval, leads."""
    beats = found.beats
    rr = rhythm_of(found).rr
    texts = {text: to_cell(text) for text in beats["leads"].unique()}
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")  # several times as fast as pandas
        for first in range(0, max(len(beats), 1), _ROWS):
            rows = beats.iloc[first : first + _ROWS]
            time = rows["sample"].to_numpy() / found.fs
            columns: dict[str, Iterable[object]] = {"time_s": _numbers(time, _DECIMALS)}
            if found.start is not None:
                columns["clock"] = _clock(found.start, time)
            columns |= {"sample": rows["sample"].tolist(), "class": rows["symbol"].tolist()}
            for name in [*(PREFIX + label for label in found.classes), "p_beat"]:
                columns[name] = _numbers(rows[name].to_numpy(), 6)
            columns["rr_s"] = _numbers(rr[first : first + _ROWS], _DECIMALS)
            columns["leads"] = [texts[leads] for leads in rows["leads"].tolist()]
            if REVIEWED in rows.columns:
                columns[REVIEWED] = rows[REVIEWED].map({True: "yes", False: ""})
            if first == 0:
                lines.writerow(columns)
            lines.writerows(zip(*columns.values(), strict=True))


def _numbers(values: NDArray[np.floating], decimals: int) -> list[object]:
    """Return numbers rounded, and empty texts for NaN."""
    rounded = values.round(decimals).astype(np.float64).round(decimals)
    return ["" if number != number else number for number in rounded.tolist()]


def _clock(
    start: datetime.datetime | datetime.time, seconds: NDArray[np.floating]
) -> NDArray[np.str_]:
    """Return the time of day at seconds after the start, with the date if that is known."""
    has_date = isinstance(start, datetime.datetime)
    first = start
    if isinstance(first, datetime.time):
        first = datetime.datetime.combine(datetime.date(2000, 1, 1), first)
    since = np.rint(seconds * 1000).astype("timedelta64[ms]")
    texts = np.datetime_as_string(np.datetime64(first, "ms") + since)
    return np.array([text.replace("T", " ") if has_date else text[11:] for text in texts])
