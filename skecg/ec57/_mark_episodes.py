"""Turn a table of the episodes of an annotator into the marks that are compared."""

from collections.abc import Hashable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..records import Annotations
from ..utils import POSITIVE_OR_NONE, Rule, check_value, is_int, is_number, listed, suggest

__all__ = ["mark_episodes"]

OWNER = "mark_episodes"
KINDS = ("AF", "VF", "ST0", "ST1")
_LENGTH = Rule(lambda v: v is None or (is_int(v) and v >= 1), "samples, a whole number, or None")
# order of marks at one sample:   ...|  end of one episode      extremum at the end, end
#                                 |...  begin of the next one   begin, extremum at the begin
_LAST_EXTREMUM, _END, _BEGIN, _EXTREMUM, _AGAIN = range(5)


class _Mark(NamedTuple):
    """One mark; ``rank`` orders the marks at one sample."""

    sample: int
    rank: int
    symbol: str
    text: str


class _Episode(NamedTuple):
    """One row of the table in samples; ``end`` None is the end of the recording."""

    row: Hashable
    kind: str
    start: int
    end: int | None
    extremum: int | None
    value: int | None


def mark_episodes(
    episodes: pd.DataFrame,
    *,
    fs: float | None = None,
    kind: str | None = None,
    n_samples: int | None = None,
    other: Annotations | None = None,
) -> Annotations:
    """Turn a table of episodes into the annotations that mark them.

    The marks are those of WFDB databases, which `compare_episodes`, `compare_runs` and the
    reference programs read. So an algorithm that finds episodes can be judged, and its episodes
    be written to annotation files.

    Parameters
    ----------
    episodes : DataFrame
        One row per episode of one recording: ``start`` and ``end`` in seconds, or
        ``start_sample`` and ``end_sample``. A missing end is that of the recording. Optional are
        ``kind``, and for ST episodes ``extremum`` (or ``extremum_sample``), the time of the
        largest deviation, and ``extremum_value``, the deviation in microvolts. Other columns are
        ignored.
    fs : float, default=None
        Sampling frequency in Hz, for times in seconds, which are rounded to samples, halves up.
    kind : {"AF", "VF", "ST0", "ST1"}, default=None
        Kind of all episodes. None is the column ``kind``.
    n_samples : int, default=None
        Length of the recording in samples. An episode that lasts to it has no mark of its end.
    other : Annotations, default=None
        Annotations to which the marks are added, such as ``record.other``.

    Returns
    -------
    Annotations
        The marks in order of their positions, to be compared, or to be the ``other`` of an
        `ECGRecord`. Without rows there is no mark.

    Raises
    ------
    ValueError
        If a column is missing; if a column ``record`` has several; if an episode is empty, outside
        the recording, or overlaps with another one of its kind; if its extremum is outside of it;
        or if `other` has marks of the same kind. The error names the row.
    TypeError
        If `episodes` is not a DataFrame, or `other` not an Annotations.

    See Also
    --------
    compare_episodes : Compare them with a reference.
    compare_predicted_episodes : Compare labels of rhythms in a table of predictions.
    skecg.write_annotations : Write a record's annotations, such as these.

    Notes
    -----
    ====  ==========================  =========================  ================================
    Kind  Begin                       End                        Extremum
    ====  ==========================  =========================  ================================
    AF    ``+`` with ``(AFIB``        ``+`` with ``(N``
    VF    ``[``                       ``]``
    ST0   ``s`` with ``(ST0-``        ``s`` with ``ST0-)``       ``s`` with ``AST0-150``
    ST1   ``s`` with ``(ST1-``        ``s`` with ``ST1-)``       ``s`` with ``AST1-150``
    ====  ==========================  =========================  ================================

    The sign is that of ``extremum_value``, and absent without one. An episode may begin where
    another one of its kind ends: its mark comes after that of the end.

    `compare_episodes` does not compare ``extremum_value`` with the reference: ST deviations are
    read from the texts of the beats of the test.

    AF and VF may overlap, as each has marks of its own in `compare_episodes`. In `compare_runs`
    a begin of VF ends AF and the reverse; where AF goes on after VF it is marked again.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg.ec57 import compare_episodes, mark_episodes
    >>> found = pd.DataFrame({"kind": ["AF", "ST0"], "start": [480.0, 600.0],
    ...     "end": [520.0, 640.0], "extremum": [None, 610.0], "extremum_value": [None, -150]})
    >>> marks = mark_episodes(found, fs=250, n_samples=225000)
    >>> marks.aux_note.tolist()
    ['(AFIB', '(N', '(ST0-', 'AST0-150', 'ST0-)']
    >>> reference = mark_episodes(pd.DataFrame({"start": [400], "end": [500]}), fs=250, kind="AF")
    >>> comparison = compare_episodes(reference, marks, fs=250, n_samples=225000)
    >>> comparison.statistics["value"].tolist()
    [1.0, 1.0, 0.2, 0.5]
    """
    if not isinstance(episodes, pd.DataFrame):
        raise TypeError(
            f"The 'episodes' parameter of {OWNER} must be a DataFrame, one row per episode. Got "
            f"{type(episodes).__name__} instead."
        )
    if other is not None and not isinstance(other, Annotations):
        raise TypeError(
            f"The 'other' parameter of {OWNER} must be an Annotations or None. Got "
            f"{type(other).__name__} instead."
        )
    check_value(fs, POSITIVE_OR_NONE, "fs", OWNER)
    check_value(n_samples, _LENGTH, "n_samples", OWNER)
    if "record" in episodes.columns and episodes["record"].nunique() > 1:
        names = list(map(str, episodes["record"].unique()))
        raise ValueError(
            f"The 'episodes' parameter of {OWNER} must be of one recording. Got the records "
            f"{listed(names, most=5)}: mark those of each by itself, as by "
            "{name: mark_episodes(rows, ...) for name, rows in episodes.groupby('record')}."
        )
    rows = _read_rows(episodes, fs, kind)
    by_kind = {name: [row for row in rows if row.kind == name] for name in KINDS}
    for of_kind in by_kind.values():
        of_kind.sort(key=lambda row: row.start)
        _check_rows(of_kind, n_samples)
    marks = [mark for row in rows for mark in _marks_of(row, n_samples)]
    marks += _marks_again(by_kind["AF"], by_kind["VF"])
    marks.sort(key=lambda mark: mark[:2])
    return _join(marks, Annotations() if other is None else other)


def _read_rows(episodes: pd.DataFrame, fs: float | None, kind: str | None) -> list[_Episode]:
    """Read the table, times in samples."""
    if kind is None and "kind" not in episodes.columns:
        error = ValueError(
            f"The 'episodes' parameter of {OWNER} must have a column kind, with "
            f"{listed(KINDS)}, or 'kind' must be given. Got the columns "
            f"{listed(map(str, episodes.columns))}."
        )
        raise suggest(error, "kind")
    kinds = [kind] * len(episodes) if kind is not None else episodes["kind"].tolist()
    for row, found in zip(episodes.index, kinds, strict=True):
        if found not in KINDS:
            raise ValueError(f"{_about(row)} must be of a kind of {listed(KINDS)}. Got {found!r}.")
    times = {
        name: _samples(episodes, name, fs, needed=name != "extremum")
        for name in ("start", "end", "extremum")
    }
    values = _numbers(episodes, "extremum_value")
    starts, ends, extrema = times.values()
    found = zip(episodes.index, kinds, starts, ends, extrema, values, strict=True)
    rows = []
    for row, of_kind, start, end, extremum, value in found:
        if start is None:
            raise ValueError(f"{_about(row)} must have a start. Got none.")
        rounded = None if value is None else int(np.floor(value + 0.5))
        rows.append(_Episode(row, str(of_kind), start, end, extremum, rounded))
    return rows


def _samples(
    episodes: pd.DataFrame, name: str, fs: float | None, *, needed: bool
) -> list[int | None]:
    """Return the times of a column in samples, or of the column in seconds; None is missing."""
    given = [column for column in (name, f"{name}_sample") if column in episodes.columns]
    if not given:
        if needed:
            raise ValueError(
                f"The 'episodes' parameter of {OWNER} must have a column {name}, in seconds, or "
                f"{name}_sample. Got the columns {listed(map(str, episodes.columns))}."
            )
        return [None] * len(episodes)
    if len(given) == 2:
        raise ValueError(
            f"The 'episodes' parameter of {OWNER} must have one of the columns {name} and "
            f"{name}_sample. Got both: drop one."
        )
    column = given[0]
    numbers = _numbers(episodes, column)
    if column == name and fs is None:
        error = ValueError(
            f"The 'fs' parameter of {OWNER} must be given for the column {name}, in seconds."
        )
        raise suggest(error, "fs")
    if column != name:
        for row, value in zip(episodes.index, numbers, strict=True):
            if value is not None and value != int(value):
                raise ValueError(
                    f"{_about(row)} must have a whole number as {column}. Got {value:g}: times "
                    f"in seconds belong in the column {name}."
                )
    per = fs if column == name and fs is not None else 1
    return [None if value is None else int(np.floor(value * per + 0.5)) for value in numbers]


def _numbers(episodes: pd.DataFrame, column: str) -> list[float | None]:
    """Return the finite numbers of a column; None is missing."""
    if column not in episodes.columns:
        return [None] * len(episodes)
    values = [None if pd.isna(value) else value for value in episodes[column].tolist()]
    for row, value in zip(episodes.index, values, strict=True):
        if value is not None and not is_number(value):
            raise ValueError(f"{_about(row)} must have a number as {column}. Got {value!r}.")
    return values


def _about(row: Hashable) -> str:
    """Name a row of the table."""
    return f"Row {row!r} of the 'episodes' parameter of {OWNER}"


def _check_rows(rows: list[_Episode], n_samples: int | None) -> None:
    """Raise unless episodes of one kind, in order, are inside the recording and apart."""
    for one in rows:
        if one.end is not None and one.end <= one.start:
            raise ValueError(
                f"{_about(one.row)} must end after its start, by a sample or more. Got samples "
                f"{one.start} and {one.end}: drop empty episodes."
            )
        end = one.start + 1 if one.end is None else one.end
        if one.start < 0 or (n_samples is not None and end > n_samples):
            length = "" if n_samples is None else f" of {n_samples} samples"
            raise ValueError(
                f"{_about(one.row)} must be inside the recording{length}. Got samples "
                f"{one.start} to {end}: cut it, as by episodes['end'].clip(upper=...)."
            )
        if one.extremum is not None and not (
            one.start <= one.extremum and (one.end is None or one.extremum <= one.end)
        ):
            raise ValueError(
                f"{_about(one.row)} must have its extremum from start to end. Got sample "
                f"{one.extremum}, for an episode from {one.start} to {one.end}."
            )
        if one.extremum is None and one.value is not None and one.kind in ("ST0", "ST1"):
            raise ValueError(
                f"{_about(one.row)} must have an extremum, its time, as it has the "
                f"extremum_value {one.value}."
            )
    for before, after in pairwise(rows):
        if before.end is None or before.end > after.start:
            raise ValueError(
                f"{_about(after.row)} must not overlap with another one of {after.kind}. It "
                f"begins at sample {after.start}, before the end of row {before.row!r}: marks of "
                "one kind cannot be nested. Join the two."
            )


def _marks_of(one: _Episode, n_samples: int | None) -> list[_Mark]:
    """Return the marks of an episode; one that lasts to the end of the recording is open."""
    end = None if one.end == n_samples else one.end
    if one.kind == "AF":
        begin, close = ("+", "(AFIB"), ("+", "(N")
    elif one.kind == "VF":
        begin, close = ("[", ""), ("]", "")
    else:
        sign = "" if one.value is None else "-" if one.value < 0 else "+"
        begin, close = ("s", f"({one.kind}{sign}"), ("s", f"{one.kind}{sign})")
    marks = [_Mark(one.start, _BEGIN, *begin)]
    if end is not None:
        marks.append(_Mark(end, _END, *close))
    if one.extremum is not None and begin[0] == "s":
        value = "" if one.value is None else f"{one.value:+d}"
        at = one.extremum
        if at == n_samples:  # the last sample of the recording is before it
            at -= 1
        rank = _LAST_EXTREMUM if at == end else _EXTREMUM
        marks.append(_Mark(at, rank, "s", f"A{one.kind}{value}"))
    return marks


def _marks_again(fibrillation: list[_Episode], ventricular: list[_Episode]) -> list[_Mark]:
    """Mark AF again where it goes on after VF, of which the begin has ended it.

    ::

        AF      |------------------|
        VF            |------|
        marks  (AFIB  [      ](AFIB (N
    """
    begins = {one.start for one in ventricular}
    ends = np.array(
        [one.end for one in ventricular if one.end is not None and one.end not in begins],
        dtype=np.int64,
    )
    marks = []
    for one in fibrillation:
        first = np.searchsorted(ends, one.start, side="right")
        last = len(ends) if one.end is None else np.searchsorted(ends, one.end, side="left")
        marks += [_Mark(at, _AGAIN, "+", "(AFIB") for at in ends[first:last].tolist()]
    return marks


def _join(marks: list[_Mark], other: Annotations) -> Annotations:
    """Add marks to other annotations, which come first at one sample."""
    symbols = np.array([mark.symbol for mark in marks], dtype=str)
    if both := sorted(_groups(symbols) & _groups(other.symbol)):
        raise ValueError(
            f"The 'other' parameter of {OWNER} must have no marks with the symbols of those that "
            f"are added. Got {both}: the marks of two annotators would be taken for one. Read "
            "the record by read_record(path, annotator=None)."
        )
    sample = np.array([mark.sample for mark in marks], dtype=np.int64)
    text = np.array([mark.text for mark in marks], dtype=str)
    sample = np.concatenate([other.sample, sample])
    order = np.argsort(sample, kind="stable")
    zeros = np.zeros(len(marks), dtype=np.int64)
    return Annotations(
        sample[order],
        np.concatenate([other.symbol, symbols])[order],
        np.concatenate([other.subtype, zeros])[order],
        np.concatenate([other.chan, zeros])[order],
        np.concatenate([other.num, zeros])[order],
        np.concatenate([other.aux_note, text])[order],
    )


def _groups(symbols: NDArray[np.str_]) -> set[str]:
    """Return the symbols that mark episodes, the two of VF as one."""
    return {"[ ]" if one in "[]" else one for one in set(symbols.tolist()) if one in set("+s[]")}
