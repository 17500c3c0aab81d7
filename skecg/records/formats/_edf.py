"""EDF, EDF+ and BDF, the formats of polysomnography and of many Holter recorders."""

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...utils import warn
from .._annotations import AnnotationStream
from .._errors import RecordError
from .._header import RecordHeader
from ._edf_annotations import has_beats, read_comments, read_stream
from ._edf_header import EdfFile, EdfLead, open_edf, samples_at
from ._edf_write import write_files
from ._format import Format, Signal, find_by_ending, too_long
from ._leads import looks_like_ecg, unit_reason
from ._patient import subject_of_code
from ._units import units_per_millivolt

__all__ = ["BDF", "EDF"]

_BLOCK = 2**25  # bytes that are decoded at a time
# Kinds of signals with which labels of the standard begin, as in "EEG Fpz-Cz".
# Source: https://www.edfplus.info/specs/edftexts.html
_KINDS = frozenset("EEG EOG EMG ERG EP ERP MEG MCG ECOG EGG VOLTAGE PULSE EVENT".split())
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INT = re.compile(r"[+-]?\d+", re.ASCII)
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()


def _recognizes(file: Path) -> bool:
    """Tell whether a file begins like the format of its ending."""
    with open(file, "rb") as stream:
        start = stream.read(256)
    version = b"0       " if file.suffix.lower() == ".edf" else b"\xffBIOSEMI"
    return start.startswith(version) and start[184:192].strip().isdigit()


def _find(files: Sequence[Path], *, ending: str) -> list[Path]:
    """Return the recordings among files: those with a signal, not with annotations only."""
    paths = []
    for path in find_by_ending(ending, _recognizes)(files):
        try:
            if not open_edf(path, ending, needs_signal=False).leads:
                continue  # as of the stages of sleep, which are in a file of their own
        except Exception:  # reading it raises the error
            pass
        paths.append(path)
    return paths


def _read_header(path: Path, leads: Sequence[str] | None = None, *, ending: str) -> RecordHeader:
    """Read the facts about a recording."""
    made = open_edf(path, ending)
    chosen, _ = _choose(made, leads)
    start = _start(made)
    others = [one.label for one in made.leads if one not in chosen]
    return RecordHeader(
        path,
        chosen[0].fs,
        _length(made, chosen[0]),
        tuple(one.label for one in chosen),
        _subject(made),
        None if start is None or start.year == 1 else start.date(),
        None if start is None else start.time(),
        tuple(_comments(made)),
        tuple(others),
    )


def _read_signal(
    path: Path,
    start: int = 0,
    stop: int | None = None,
    leads: Sequence[str] | None = None,
    *,
    ending: str,
) -> Signal:
    """Read leads at their own rate; only the data records of the stretch are read."""
    made = open_edf(path, ending)
    chosen, excluded = _choose(made, leads)
    first = _first_samples(made, chosen[0])
    for text in made.warnings:
        warn(text)
    stop = _length(made, chosen[0]) if stop is None else min(stop, _length(made, chosen[0]))
    n_held = made.n_records * chosen[0].per_record
    if too_long(stop - start, n_held):
        made.fail(
            f"its data records hold {n_held} samples, and with the gaps between them it has "
            f"{stop - start}. Read a stretch with start= and stop="
        )
    values = np.full((stop - start, len(chosen)), np.nan, dtype=np.float32)
    places = [made.leads.index(one) for one in chosen]
    scales = [_scale(made, one) for one in chosen]
    begin = max(int(np.searchsorted(first, start, "right")) - 1, 0)
    end = int(np.searchsorted(first, stop, "left"))
    step = max(_BLOCK // made.record_bytes, 1)
    per_record = chosen[0].per_record
    for block in range(begin, end, step):
        block_end = min(block + step, end)
        decoded = _decode(made, block, block_end, places)
        for a, b in _runs(first[block:block_end], per_record):
            # samples of this run in the recording, cut to the stretch
            low = int(first[block + a])
            high = low + (b - a) * per_record
            lost = max(start - low, 0)
            low, high = max(low, start), min(high, stop)
            for column, (data, scale) in enumerate(zip(decoded, scales, strict=True)):
                part = data[a * per_record + lost :][: max(high - low, 0)]
                values[low - start : low - start + len(part), column] = part / scale
    return Signal(values, [one.label for one in chosen], excluded)


def _decode(made: EdfFile, first: int, stop: int, places: list[int]) -> list[NDArray[np.float64]]:
    """Decode leads of some data records, in their own units."""
    import edfio

    header = made.raw[:236] + f"{stop - first:<8}".encode() + made.raw[244:]
    header = header.replace(b"\x00", b" ")  # with which some programs fill fields
    file = io.BytesIO(header + made.read_records(first, stop))
    read = edfio.read_edf if made.width == 2 else edfio.read_bdf
    signals = read(file, header_encoding="latin-1").signals
    return [signals[place].data for place in places]


def _runs(first: NDArray[np.int64], per_record: int) -> list[tuple[int, int]]:
    """Return the stretches of data records that follow each other without a gap."""
    breaks = (np.flatnonzero(np.diff(first) != per_record) + 1).tolist()
    return list(zip([0, *breaks], [*breaks, len(first)], strict=True))


def _first_samples(made: EdfFile, lead: EdfLead) -> NDArray[np.int64]:
    """Return the first sample of each data record, counted from the first record.

    Times of records that follow each other without a gap are rounded, so that a record begins a
    new run only where it is late by a sample or more::

        times     0.000  0.333  0.667         4.250  4.583
        samples   0      33     66            425    458     of 33 in each record, at 100 Hz
    """
    every = np.arange(made.n_records, dtype=np.int64) * lead.per_record
    onsets = made.onsets
    if isinstance(onsets, float):
        return every
    since = onsets - onsets[0]
    moved = np.zeros_like(every)
    run_start, run_time = 0, 0.0
    seconds, least = float(made.seconds), (1 - 1e-6) / lead.fs
    for record, time in enumerate(since.tolist()):
        late = time - run_time - (record - run_start) * seconds
        if late >= least:
            run_start, run_time = record, time
            at = samples_at(np.array([time]), lead.fs)[0]
            moved[record] = at - every[record]
    return every + np.maximum.accumulate(moved)


def _length(made: EdfFile, lead: EdfLead) -> int:
    """Return the number of samples of a lead, with those that gaps lack."""
    return int(_first_samples(made, lead)[-1]) + lead.per_record


def _choose(made: EdfFile, leads: Sequence[str] | None) -> tuple[list[EdfLead], Mapping[str, str]]:
    """Return the leads to read, all of one rate, and the others with the reasons."""
    if leads is not None:
        return _named(made, leads), {}
    excluded: dict[str, str] = {}
    found = []
    is_ecg = any(looks_like_ecg(one.label) for one in made.leads if _volts(one))
    for one in made.leads:
        kind = one.label.partition(" ")[0].upper()
        if not _volts(one):
            excluded[one.label] = unit_reason(one.unit)
        elif kind in _KINDS or (is_ecg and not looks_like_ecg(one.label)):
            excluded[one.label] = "its label is not that of an ECG"
        else:
            found.append(one)
    highest = max((one.fs for one in found), default=0.0)
    for one in found:
        if one.fs < highest:
            excluded[one.label] = f"{one.fs:g} Hz, below {highest:g} Hz"
    chosen = [one for one in found if one.fs == highest]
    if not chosen:
        raise RecordError(
            f"Record '{made.name}': it must have an ECG in mV, uV or V. Got "
            f"{', '.join(f'{lead!r} ({reason})' for lead, reason in excluded.items())}. Name the "
            "leads to read with 'leads'."
        )
    return chosen, excluded


def _named(made: EdfFile, leads: Sequence[str]) -> list[EdfLead]:
    """Return leads by name, which must have one rate."""
    chosen = []
    for name in leads:
        found = [one for one in made.leads if one.label == name]
        if len(found) != 1:
            raise RecordError(
                f"Record '{made.name}': its leads are {[one.label for one in made.leads]}. Got "
                f"{name!r}, which is {'none' if not found else 'several'} of them."
            )
        if not _volts(found[0]):
            raise RecordError(
                f"Record '{made.name}': lead '{name}' must be in mV, uV or V. Got "
                f"{found[0].unit!r}. If you know its unit, read it with edfio and pass it to "
                "ECGRecord."
            )
        chosen += found
    rates = {one.label: one.fs for one in chosen}
    if len(set(rates.values())) > 1:
        raise RecordError(
            f"Record '{made.name}': leads that are read together must have one sampling "
            f"frequency. Got {rates}. Read them one by one."
        )
    return chosen


def _volts(lead: EdfLead) -> bool:
    """Tell whether the unit of a lead is one of voltage."""
    return units_per_millivolt(lead.unit) is not None


def _scale(made: EdfFile, lead: EdfLead) -> float:
    """Return how many units of a lead make one mV, or raise unless its limits make a scale."""
    bits = 8 * made.width
    valid = all(map(_FLOAT.fullmatch, lead.limits[:2])) and all(
        map(_INT.fullmatch, lead.limits[2:])
    )
    if valid:  # Python takes more for numbers, such as "1_0"
        low, high, least, most = map(float, lead.limits)
        bound = 2 ** (bits - 1)
        valid = bool(np.isfinite([low, high]).all()) and low != high
        valid = valid and -bound <= least < most < bound
    if not valid:
        made.fail(
            f"lead '{lead.label}' must have two physical limits that differ, and a digital "
            f"maximum above the minimum, whole numbers of {bits} bits. Got {list(lead.limits)}"
        )
    scale = units_per_millivolt(lead.unit)
    assert scale is not None  # leads in other units are not chosen
    return scale


def _start(made: EdfFile) -> datetime.datetime | None:
    """Return the time of the first sample; the year is 1 where the date is not known."""
    clock = re.fullmatch(r"(\d\d)[.:](\d\d)[.:](\d\d)", made.text(176, 184))
    date = _date(made)
    if clock is None or (date is None and clock[0] == "00.00.00"):  # both are left blank
        return None
    onset = made.onsets if isinstance(made.onsets, float) else float(made.onsets[0])
    try:
        time = datetime.time(int(clock[1]), int(clock[2]), int(clock[3]))
    except ValueError:
        return None
    day = datetime.date(1, 1, 2) if date is None else date
    try:
        start = datetime.datetime.combine(day, time) + datetime.timedelta(seconds=onset)
    except OverflowError:  # before the first year, or after the last
        return None
    return start.replace(year=1) if date is None else start


def _date(made: EdfFile) -> datetime.date | None:
    """Return the date: of EDF+ with the whole year, else with two digits from 1985 on."""
    plus = re.match(r"Startdate (\d\d)-([A-Za-z]{3})-(\d{4})( |$)", made.text(88, 168))
    short = re.fullmatch(r"(\d\d)[.\-/](\d\d)[.\-/](\d\d)", made.text(168, 176))
    try:
        if plus:
            month = _MONTHS.index(plus[2].upper()) + 1
            return datetime.date(int(plus[3]), month, int(plus[1]))
        if short is None or made.text(88, 168).startswith("Startdate X"):
            return None
        year = int(short[3])
        date = datetime.date(year + (1900 if year >= 85 else 2000), int(short[2]), int(short[1]))
    except ValueError:
        return None
    return None if date == datetime.date(1985, 1, 1) else date  # the date of anonymous files


def _is_plus(made: EdfFile) -> bool:
    """Tell whether the texts about patient and recording are in the fields of EDF+."""
    return made.text(192, 236)[3:4] == "+" or made.text(88, 168).startswith("Startdate ")


def _subject(made: EdfFile) -> str | None:
    """Return the patient's code in EDF+, by which the hospital knows the person."""
    return subject_of_code(made.text(8, 88).split(" ")[0]) if _is_plus(made) else None


def _comments(made: EdfFile) -> list[str]:
    """Return the texts about patient and recording, without anonymous fields ("X")."""
    patient, recording = made.text(8, 88), made.text(88, 168)
    if not _is_plus(made):
        return [
            f"{noun}: {text}"
            for noun, text in (("patient", patient), ("recording", recording))
            if text.replace("X", "").strip()
        ]
    words = recording.split(" ")
    given = [
        *_fields(("patient code", "sex", "birthdate", "name", "patient"), patient.split(" ")),
        *_fields(
            ("recording code", "technician", "equipment", "recording"),
            words[2:] if words[0] == "Startdate" else ["X", "X", "X", *words],
        ),
    ]
    return [f"{noun}: {text.replace('_', ' ')}" for noun, text in given]


def _fields(nouns: tuple[str, ...], words: list[str]) -> list[tuple[str, str]]:
    """Return the fields that are not anonymous; the last noun takes all other words."""
    known = len(nouns) - 1
    pairs = list(zip(nouns[:-1], words[:known], strict=False))
    if rest := " ".join(words[known:]):
        pairs.append((nouns[-1], rest))
    return [(noun, word) for noun, word in pairs if word not in ("", "X")]


def _annotation_rate(path: Path, *, ending: str) -> float:
    """Return the rate of the leads that are read if none is named, or else the highest one."""
    made = open_edf(path, ending)
    try:
        return _choose(made, None)[0][0].fs
    except RecordError:
        return max(one.fs for one in made.leads)


def _make(name: str, ending: str) -> Format:
    """Make the entry of EDF or BDF."""
    read_header = partial(_read_header, ending=ending)

    def annotators(files: Sequence[Path]) -> dict[Path, set[str]]:
        paths = _find(files, ending=ending)
        return {path: {"atr"} for path in paths if has_beats(path, ending)}

    def has_annotations(path: Path, annotator: str) -> bool:
        return annotator == "atr" and has_beats(path, ending)

    def read_annotations(path: Path, annotator: str) -> AnnotationStream:
        return read_stream(open_edf(path, ending))

    def comments(path: Path) -> AnnotationStream | None:
        return read_comments(open_edf(path, ending))

    return Format(
        name=name,
        noun=f"{name} file",
        found_by=ending,
        endings=(ending,),
        find=partial(_find, ending=ending),
        annotators=annotators,
        has_annotations=has_annotations,
        read_header=read_header,
        read_signal=partial(_read_signal, ending=ending),
        read_annotations=read_annotations,
        annotation_rate=partial(_annotation_rate, ending=ending),
        recognizes=_recognizes,
        read_header_of=read_header,
        read_comments=comments,
        write=write_files if ending == ".edf" else None,
    )


EDF = _make("EDF", ".edf")
BDF = _make("BDF", ".bdf")
