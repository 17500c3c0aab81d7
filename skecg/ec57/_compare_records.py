"""Annotators of many recordings compared: by record, gross and average."""

import html
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..utils import count, json_float, shorten
from ._compare import (
    METHOD,
    STATISTICS,
    BeatComparison,
    check_times,
    compare_streams,
    figures_to_dict,
    matrix_lines,
    nonstandard_line,
    percent,
    reference_beats,
    statistics_of,
    versions,
)
from ._streams import name_of

OWNER = "compare_records"
GROSS, AVERAGE = "Gross", "Average"
# a column each: two lines of heading, and the decimals that fit
PRINTED = {
    "QRS Se": ("QRS", "Se"),
    "QRS +P": ("", "+P"),
    "VEB Se": ("VEB", "Se"),
    "VEB +P": ("", "+P"),
    "VEB FPR": ("", "FPR"),
    "SVEB Se": ("SVEB", "Se"),
    "SVEB +P": ("", "+P"),
    "SVEB +P (sumstats)": ("", "+P*"),
}


@dataclass(frozen=True, eq=False)
class RecordsComparison:
    """Two annotators of many recordings, compared by `compare_records`.

    ``print(comparison)`` gives a table for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    comparisons : dict of str to BeatComparison
        The comparison of each record by its name.
    table : DataFrame
        One row a record, then "Gross" and "Average". Columns: beats (of the reference), the
        statistics as fractions (NaN is 0/0), RR error (ms) and shutdown (s). Gross pools all
        beats; average is the mean over the records where the figure is defined.
    matrix : DataFrame of shape (7, 7)
        Sum of the matrices of all records.
    statistics : DataFrame
        Gross statistics with numerators and denominators, as in `BeatComparison`.
    skipped : DataFrame
        Records that could not be compared: record and reason.
    standard : bool
        Whether test period and window are those of EC57.

    See Also
    --------
    compare_records : Make one.
    """

    comparisons: dict[str, BeatComparison]
    table: pd.DataFrame
    matrix: pd.DataFrame
    statistics: pd.DataFrame
    skipped: pd.DataFrame
    standard: bool

    @property
    def pairs(self) -> pd.DataFrame:
        """Every mismatch, as in `BeatComparison`, with the column record before."""
        tables = {name: found.pairs for name, found in self.comparisons.items()}
        table = pd.concat(tables, names=["record"]).reset_index("record")
        return table.reset_index(drop=True)

    def to_dict(self, *, pairs: bool = False) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        pairs : bool, default=False
            Whether every mismatch of every record comes along.

        Returns
        -------
        dict
            With the keys records (as `BeatComparison.to_dict`), gross and average. Statistics
            are fractions; what would be 0/0 is None.
        """
        shared = ("schema", "method", "versions", "record")
        records = []
        for name, found in self.comparisons.items():
            data = found.to_dict(pairs=pairs)
            rest = {key: value for key, value in data.items() if key not in shared}
            records.append({"record": name} | rest)
        gross, average = self._summary()
        return {
            "schema": 1,
            "method": METHOD,
            "standard": self.standard,
            "n_records": len(self.comparisons),
            "records": records,
            "gross": figures_to_dict(self.matrix, self.statistics)
            | {
                "rr_error_ms": json_float(gross["RR error (ms)"]),
                "shutdown_s": float(gross["shutdown (s)"]),
            },
            "average": {key: json_float(average[name]) for name, key in STATISTICS.items()}
            | {
                "rr_error_ms": json_float(average["RR error (ms)"]),
                "shutdown_s": float(average["shutdown (s)"]),
            },
            "skipped": self.skipped.to_dict(orient="records"),
            "versions": versions(),
        }

    def __str__(self) -> str:
        return "\n".join([*self._heading(), "", *self._table_lines(), "", *self._footing()])

    def __repr__(self) -> str:
        gross, _ = self._summary()
        figures = ", ".join(f"{n} {percent(gross[n])}" for n in ("QRS Se", "QRS +P"))
        return (
            f"<RecordsComparison: {count(len(self.comparisons), 'record')}, "
            f"{count(reference_beats(self.matrix), 'reference beat')}, gross {figures}>"
        )

    def _repr_html_(self) -> str:
        first, *rest = map(html.escape, self._heading())
        table = self.table.astype(object)
        for name in STATISTICS:
            table[name] = [percent(value, name) for value in self.table[name]]
        for name in ("RR error (ms)", "shutdown (s)"):
            table[name] = [_number(value) for value in self.table[name]]
        return (
            f"<div><p><strong>{first}</strong><br>{'<br>'.join(rest)}</p>"
            f"{table.to_html(border=0)}{self.matrix.to_html(border=0)}"
            f"<p>{'<br>'.join(map(html.escape, self._notes()))}</p></div>"
        )

    def _summary(self) -> tuple[pd.Series, pd.Series]:
        """Gross and average figures, as floats: beside the integers NaN would become NA."""
        figures = self.table.drop(columns="beats")
        return figures.loc[GROSS], figures.loc[AVERAGE]

    def _heading(self) -> list[str]:
        """Lines above the table."""
        lines = [
            f"EC57 beat-by-beat comparison of {count(len(self.comparisons), 'record')}, "
            f"{count(reference_beats(self.matrix), 'reference beat')}; percent"
        ]
        return lines if self.standard else [*lines, nonstandard_line()]

    def _table_lines(self) -> list[str]:
        """Lines of the table, gross and average set apart."""
        # names of one folder differ in their ends
        names = [n if len(n) <= 12 else f"…{n[-11:]}" for n in self.table.index]
        columns = {"beats": [f"{n:,}" for n in self.table["beats"].iloc[:-1]] + [""]}
        columns |= {name: [percent(value, name) for value in self.table[name]] for name in PRINTED}
        heads = {"beats": ("", "beats")} | PRINTED
        first = max(len("record"), *map(len, names))
        widths = {
            name: 1 + max(map(len, [*heads[name], *cells])) for name, cells in columns.items()
        }
        rows = [
            name.ljust(first) + "".join(columns[c][i].rjust(widths[c]) for c in columns)
            for i, name in enumerate(names)
        ]
        top, head = (
            start.ljust(first) + "".join(heads[c][i].rjust(widths[c]) for c in columns)
            for i, start in enumerate(["", "record"])
        )
        rule = "-" * len(head)
        return [top.rstrip(), head, rule, *rows[:-2], rule, *rows[-2:]]

    def _footing(self) -> list[str]:
        """Lines below the table: the sum of the matrices, and what is what."""
        return [*matrix_lines(self.matrix), "", *self._notes()]

    def _notes(self) -> list[str]:
        """What figures mean, and which are not there."""
        gross, average = self._summary()
        n_undefined = int(self.table[list(STATISTICS)].iloc[:-2].isna().any(axis=1).sum())
        lines = [
            "Gross: all beats pooled. Average: mean over the records where the figure is",
            'defined ("-": no beats to take a share of'
            + (f", in {count(n_undefined, 'record')})" if n_undefined else ")"),
            "SVEB +P counts as the program bxb does for one record: of all but Q called S.",
            "+P* counts as its companion sumstats does: Ss/(Ns+Ss+Vs+Os), without Fs and Xs.",
            f"RMS RR error {_number(gross['RR error (ms)'])} ms (average "
            f"{_number(average['RR error (ms)'])} ms); shutdown of the test "
            f"{gross['shutdown (s)']:.0f} s",
        ]
        if len(self.skipped):
            lines.append(f"NOT COMPARED: {count(len(self.skipped), 'record')}:")
            lines += [f"  {shorten(reason, 78)}" for reason in self.skipped["reason"]]
        return lines


def compare_records(
    pairs: Any,
    *,
    fs: float | Mapping[str, float] | None = None,
    n_samples: int | Mapping[str, int] | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
    on_error: str = "raise",
) -> RecordsComparison:
    """Compare two annotators on many recordings, as ANSI/AAMI EC57 prescribes.

    Each recording is compared by `compare_annotations`, and the figures are summed up as the
    program sumstats does: gross, all beats pooled, and average, the mean over records.

    Parameters
    ----------
    pairs : mapping of str to (reference, test), or iterable of (reference, test)
        The two annotators' work on each record, by its name, in any form that
        `compare_annotations` takes. Without names, those of the ECGRecord or wfdb.Annotation
        are taken.
    fs : float or mapping of str to float, default=None
        Sampling frequency in Hz, of all records or of each. None is that of the annotations.
    n_samples : int or mapping of str to int, default=None
        Length in samples, of all records or of each, as in `compare_annotations`.
    start, stop, window : float
        As in `compare_annotations`, for all records.
    on_error : {"raise", "warn"}, default="raise"
        What to do with a record that cannot be compared: end, or leave it out with a warning
        and name it in ``skipped``.

    Returns
    -------
    RecordsComparison
        A table by record with gross and average, and every comparison.

    Raises
    ------
    ValueError
        If there is no pair, two records have one name, the two of a pair are of different
        records, or a record cannot be compared, which is named.
    TypeError
        If ``pairs`` holds anything but pairs.

    Warns
    -----
    UserWarning
        If ``on_error="warn"`` and a record is left out.

    See Also
    --------
    compare_annotations : One recording, with the rules.

    Notes
    -----
    EC57 asks for both gross and average, because long records and records with many ectopic
    beats weigh most in the gross figures. A record where a figure would be 0/0 is left out of
    its average.

    Two counts of false SVEBs are in use. bxb [1]_ takes all but Q called S as false for one
    record; sumstats, which sums up its line-format reports, has Ss/(Ns+Ss+Vs+Os), in gross and
    average alike, because these reports have fusion and unclassifiable beats in one row. Both
    are here, as "SVEB +P" and "SVEB +P (sumstats)": say which one you report.

    The gross RR error weighs each record by its intervals.

    References
    ----------
    .. [1] Moody GB. WFDB Applications Guide, bxb(1) and sumstats(1).
       https://physionet.org/physiotools/wag/bxb-1.htm

    Examples
    --------
    >>> from skecg import compare_records
    >>> beats = [108400, 108700, 109000, 109300]
    >>> pairs = {
    ...     "a": ((beats, ["N", "N", "V", "N"]), (beats, ["N", "N", "V", "V"])),
    ...     "b": ((beats, ["N", "N", "N", "N"]), (beats[:3], ["N", "N", "N"])),
    ... }
    >>> compare_records(pairs, fs=360).table[["beats", "QRS Se", "VEB +P"]]
             beats  QRS Se  VEB +P
    record
    a            4   1.000     0.5
    b            4   0.750     NaN
    Gross        8   0.875     0.5
    Average   <NA>   0.875     0.5
    """
    if on_error not in ("raise", "warn"):
        raise ValueError(
            f"The 'on_error' parameter of {OWNER} must be 'raise' or 'warn'. Got {on_error!r}."
        )
    start, stop, window = check_times(start, stop, window, OWNER)
    named = _named(pairs)
    rates, lengths = _of_each(fs, "fs", named), _of_each(n_samples, "n_samples", named)
    found, skipped = {}, []
    for name, (reference, test) in named.items():
        try:
            found[name] = compare_streams(
                reference,
                test,
                fs=rates[name],
                n_samples=lengths[name],
                start=start,
                stop=stop,
                window=window,
                name=name,
                owner=OWNER,
            )
        except ValueError as error:
            if on_error == "raise":
                raise
            warnings.warn(f"Left out: {error}", UserWarning, stacklevel=2)
            skipped.append({"record": name, "reason": str(error)})
    if not found:
        raise ValueError(
            f"{OWNER} found no record that it can compare. The first of "
            f"{count(len(skipped), 'record')}: {skipped[0]['reason']}"
        )
    return summarize(found, pd.DataFrame(skipped, columns=["record", "reason"]))


def summarize(found: dict[str, BeatComparison], skipped: pd.DataFrame) -> RecordsComparison:
    """Sum up the comparisons of records."""
    matrix = sum(one.matrix.to_numpy() for one in found.values())
    statistics = statistics_of(matrix)
    table = pd.DataFrame(
        {
            "beats": [reference_beats(one.matrix) for one in found.values()],
            **{
                name: [one.statistics.loc[name, "value"] for one in found.values()]
                for name in STATISTICS
            },
            "RR error (ms)": [one.rr_error for one in found.values()],
            "shutdown (s)": [one.shutdown for one in found.values()],
        },
        index=pd.Index(found, name="record"),
    )
    average = table.mean().to_frame(AVERAGE).T
    gross = pd.DataFrame(statistics["value"].to_dict(), index=[GROSS])
    gross["RR error (ms)"] = _pooled_rr_error(found.values())
    gross["shutdown (s)"] = table["shutdown (s)"].sum()
    beats = pd.array([*table["beats"], table["beats"].sum(), None], dtype="Int64")
    table = pd.concat([table, gross, average]).rename_axis("record")[list(table.columns)]
    table["beats"] = beats
    first = next(iter(found.values()))
    counts = pd.DataFrame(matrix, index=first.matrix.index, columns=first.matrix.columns)
    return RecordsComparison(found, table, counts, statistics, skipped, first.standard)


def _pooled_rr_error(comparisons: Iterable[BeatComparison]) -> float:
    """RMS of the differences of all records."""
    known = [(one.rr_error, one.n_intervals) for one in comparisons if one.n_intervals]
    if not known:
        return np.nan
    errors, weights = np.array(known).T
    return float(np.sqrt(np.average(errors**2, weights=weights)))


def _named(pairs: Any) -> dict[str, tuple[Any, Any]]:
    """Pairs by the name of their record."""
    items = list(pairs.items()) if isinstance(pairs, Mapping) else [(None, p) for p in pairs]
    named = {}
    for i, (name, pair) in enumerate(items):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(
                f"The 'pairs' parameter of {OWNER} must hold pairs (reference, test). "
                f"Got {type(pair).__name__} as item {i if name is None else repr(name)}."
            )
        name = _name_of_pair(pair, i) if name is None else str(name)
        if name in named or name in (GROSS, AVERAGE):
            raise ValueError(
                f"The 'pairs' parameter of {OWNER} must have a name of its own for each record, "
                f"other than {GROSS} and {AVERAGE}. Got {name!r}. Give a dict with names."
            )
        named[name] = tuple(pair)
    if not named:
        raise ValueError(f"The 'pairs' parameter of {OWNER} must hold at least one. Got none.")
    return named


def _name_of_pair(pair: Any, i: int) -> str:
    """The one name that both of a pair have."""
    names = list(dict.fromkeys(found for one in pair if (found := name_of(one))))
    if len(names) > 1:
        raise ValueError(
            f"The 'pairs' parameter of {OWNER} has a pair of two records, {names[0]!r} and "
            f"{names[1]!r}. If they are of one recording, give a dict with names."
        )
    return names[0] if names else f"record{i}"


def _of_each(value: Any, parameter: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter's value for each record."""
    if not isinstance(value, Mapping):
        return dict.fromkeys(named, value)
    if unknown := [name for name in value if name not in named]:
        raise ValueError(
            f"The '{parameter}' parameter of {OWNER} names records that 'pairs' does not have: "
            f"{unknown[:10]}."
        )
    return {name: value.get(name) for name in named}


def _number(value: float) -> str:
    """Write a number, NaN as "-"."""
    return "-" if np.isnan(value) else f"{value:.2f}"
