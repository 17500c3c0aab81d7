"""Two annotators of one recording, compared beat by beat as ANSI/AAMI EC57 prescribes."""

import html
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..utils import count, json_float
from ._matching import Events, match_beats
from ._streams import LABELS, Beats, about, agreed, check_number, to_beats, to_samples, to_stream

OWNER = "compare_annotations"
METHOD = "ANSI/AAMI EC57:2012, beat by beat"
STANDARD = {"start": 300.0, "stop": None, "window": 0.15}
#: Names of the statistics, and what JSON calls them.
STATISTICS = {
    "QRS Se": "qrs_se",
    "QRS +P": "qrs_ppv",
    "VEB Se": "veb_se",
    "VEB +P": "veb_ppv",
    "VEB FPR": "veb_fpr",
    "SVEB Se": "sveb_se",
    "SVEB +P": "sveb_ppv",
    "SVEB +P (sumstats)": "sveb_ppv_sumstats",
}
LEGEND = (
    "O: no beat there (column: missed, row: extra); X: the same, in a shutdown",
    "of the other annotator",
)
SUMSTATS_NOTE = ("(sumstats): without Fs and Xs, as the program sumstats counts",)


@dataclass(frozen=True, eq=False)
class BeatComparison:
    """Two annotators of one recording, compared by `compare_annotations`.

    ``print(comparison)`` gives a table for a terminal; a notebook shows it as HTML.

    Attributes
    ----------
    matrix : DataFrame of shape (7, 7)
        Beats by class of the reference (rows) and of the test (columns): N, S, V, F, Q, O, X.
        O stands for no beat: column O holds missed beats, row O extra ones. X stands for no beat
        in a shutdown, where the other annotator says that the signal cannot be read.
    pairs : DataFrame
        Every beat outside the diagonal of the matrix, in order: its class in reference and test,
        reference_sample and test_sample (missing where there is no beat), reference_symbol and
        test_symbol ("" likewise), and time in seconds, that of the reference where it has one.
    statistics : DataFrame
        Sensitivity (Se) and positive predictivity (+P) of QRS, VEB and SVEB, and the VEB
        false positive rate (FPR), as fractions, with numerator and denominator. NaN is 0/0.
        "SVEB +P (sumstats)" is the other count of false SVEBs in use; see Notes of
        `compare_annotations`.
    rr_error : float
        Root mean square of the differences of RR intervals, in ms; NaN without intervals.
    n_intervals : int
        On how many intervals ``rr_error`` rests.
    shutdown : float
        Time in the test period for which the test says that it is shut down, in s.
    name : str or None
        Name of the recording.
    fs : float
        Sampling frequency in Hz.
    period : tuple of int
        First and last sample of the test period.
    window : int
        Largest distance of two beats that are one, in samples.
    standard : bool
        Whether test period and window are those of EC57.

    See Also
    --------
    compare_annotations : Make a comparison.
    compare_records : Many recordings.
    """

    matrix: pd.DataFrame
    pairs: pd.DataFrame
    statistics: pd.DataFrame
    rr_error: float
    n_intervals: int
    shutdown: float
    name: str | None
    fs: float
    period: tuple[int, int]
    window: int
    standard: bool

    def to_dict(self, *, pairs: bool = True) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        pairs : bool, default=True
            Whether every mismatch comes along.

        Returns
        -------
        dict
            Statistics are fractions with numerator and denominator; what would be 0/0 is None.

        Examples
        --------
        >>> from skecg import compare_annotations
        >>> beats = [400, 800, 1200], ["N", "V", "N"]
        >>> data = compare_annotations(beats, beats, fs=360, start=0).to_dict()
        >>> data["statistics"]["veb_se"]
        {'value': 1.0, 'numerator': 1, 'denominator': 1}
        """
        data = {
            "schema": 1,
            "method": METHOD,
            "standard": self.standard,
            "record": self.name,
            "fs": self.fs,
            "period_s": [sample / self.fs for sample in self.period],
            "window_samples": self.window,
            **figures_to_dict(self.matrix, self.statistics),
            "rr_error_ms": json_float(self.rr_error),
            "rr_intervals": self.n_intervals,
            "shutdown_s": self.shutdown,
            "versions": versions(),
        }
        if pairs:
            data["pairs"] = [
                {key: None if value is pd.NA else value for key, value in row.items()}
                for row in self.pairs.to_dict(orient="records")
            ]
        return data

    def __str__(self) -> str:
        return "\n".join([*self._heading(), "", *matrix_lines(self.matrix), "", *self._footing()])

    def __repr__(self) -> str:
        value = self.statistics["value"]
        figures = ", ".join(f"{name} {percent(value[name])}" for name in ("QRS Se", "QRS +P"))
        return (
            f"<BeatComparison{f' {self.name!r}' if self.name else ''}: "
            f"{count(reference_beats(self.matrix), 'reference beat')}, {figures}, "
            f"{count(len(self.pairs), 'mismatch', 'mismatches')}>"
        )

    def _repr_html_(self) -> str:
        first, *rest = map(html.escape, self._heading())
        shares = pd.DataFrame(
            {
                "percent": [percent(v, n) for n, v in self.statistics["value"].items()],
                "beats": _fractions(self.statistics),
            },
            index=self.statistics.index,
        )
        notes = (self._rr_line(), self._mismatch_line(), " ".join(LEGEND), *SUMSTATS_NOTE)
        return (
            f"<div><p><strong>{first}</strong><br>{'<br>'.join(rest)}</p>"
            f"{self.matrix.to_html(border=0)}{shares.to_html(border=0)}"
            f"<p>{'<br>'.join(map(html.escape, notes))}</p></div>"
        )

    def _heading(self) -> list[str]:
        """Lines above the matrix: what was compared, from where to where."""
        of_name = f" of record {self.name}" if self.name else ""
        first, last = (sample / self.fs for sample in self.period)
        lines = [
            f"EC57 beat-by-beat comparison{of_name}",
            f"{first:.1f} to {last:.1f} s at {self.fs:g} Hz; beats match within {self.window} "
            f"samples ({1000 * self.window / self.fs:.0f} ms)",
        ]
        return lines if self.standard else [*lines, nonstandard_line()]

    def _footing(self) -> list[str]:
        """Lines below the matrix: shares, intervals, mismatches."""
        return [
            *statistics_lines(self.statistics),
            "",
            self._rr_line(),
            self._mismatch_line(),
            *LEGEND,
            *SUMSTATS_NOTE,
        ]

    def _rr_line(self) -> str:
        """Say how intervals agree, and what the test says of the signal."""
        rr = "-" if np.isnan(self.rr_error) else f"{self.rr_error:.2f} ms"
        return (
            f"RMS error of {count(self.n_intervals, 'RR interval')}: {rr}; "
            f"shutdown of the test: {self.shutdown:.0f} s"
        )

    def _mismatch_line(self) -> str:
        """Count the mismatches by kind."""
        reference, test = (self.pairs[who].isin(["O", "X"]) for who in ("reference", "test"))
        kinds = {
            "missed": int(test.sum()),
            "extra": int(reference.sum()),
            "of another class": int((~test & ~reference).sum()),
        }
        total = count(len(self.pairs), "mismatch", "mismatches")
        return f"{total}: {', '.join(f'{n:,} {kind}' for kind, n in kinds.items())}"


def compare_annotations(
    reference: Any,
    test: Any,
    *,
    fs: float | None = None,
    n_samples: int | None = None,
    start: float = 300.0,
    stop: float | None = None,
    window: float = 0.15,
) -> BeatComparison:
    """Compare the beats of two annotators of one recording, as ANSI/AAMI EC57 prescribes.

    Detection and classification are judged together: a beat that was not found counts as
    missed, a beat where there is none as extra. With the defaults the result is that of
    bxb [2]_, the reference program of EC57 [1]_, number for number.

    Parameters
    ----------
    reference, test : ECGRecord, wfdb.Annotation or tuple
        All annotations of each, beats and others. A tuple is ``(sample, symbol)`` or
        ``(sample, symbol, subtype)``: positions in samples, never decreasing, and WFDB symbols.
    fs : float, default=None
        Sampling frequency in Hz, which the positions count. None is that of the records or
        annotations.
    n_samples : int, default=None
        Length of the recording in samples. None is that of the records; where there is none,
        the last reference beat is the end.
    start, stop : float, default=300.0 and None
        The test period in seconds, both ends included. The first five minutes are for an
        algorithm to learn; ``stop=None`` is the end of the recording. Other values are for
        development, not for results by EC57.
    window : float, default=0.15
        Largest distance in seconds of two beats that are one.

    Returns
    -------
    BeatComparison
        The 7 x 7 matrix, every mismatch, and the statistics.

    Raises
    ------
    ValueError
        If the recording ends before the test period starts, the rate is not known, what is
        said of rate or length differs, or positions are out of order.
    TypeError
        If an annotator's work is none of the types above.

    Warns
    -----
    UserWarning
        If there are symbols that WFDB does not define; they are not compared.

    See Also
    --------
    compare_records : Many recordings, gross and average.
    beat_report : Labels of the same beats, without positions; not EC57.

    Notes
    -----
    The rules are those of [1]_ and [2]_ as bxb of WFDB 10.7.0 applies them:

    - Beats are the symbols ``N L R B A a J S V r F e j n E / f Q ?`` in the classes of
      ``skecg.tables.CLASS_MAPS["ec57"]``, and the flutter wave ``!``, a QRS complex without
      class in row and column O. Times are rounded to samples, halves up: 150 ms are 38 samples
      at 250 Hz.
    - Both sequences are swept in order. The earlier of the two next beats is paired with the
      other one within the window, unless the one after it is nearer, and that one's own next
      beat is not nearer still. This is neither the nearest pair nor the largest matching.
    - A test beat shortly before the start may belong to the first reference beat after it, and
      one shortly after it to a beat before it, when it is not counted. Pairs may reach over the
      end.
    - From ``[`` to ``]`` (ventricular flutter or fibrillation) there are no beats. Extra test
      beats in the reference's fibrillation are not counted. The test's own excuses nothing.
    - ``~`` with bits 4 and 5 of its subtype set begins a shutdown, and the next ``~`` ends it.
      Where another annotation follows, the shutdown lasts from the beat before to that
      annotation, a window less at each end (AHA database). Beats that are missed in a shutdown
      of the test, or extra in one of the reference, go to X.
    - False VEBs are reference N, S, O and X called V: fusion and unclassifiable beats may be
      called so. False SVEBs are all but Q called S. The program sumstats counts
      Ss/(Ns+Ss+Vs+Os), which leaves out fusion beats: "SVEB +P (sumstats)".
    - The RR error compares, at each step of the sweep, the intervals that end in the next
      reference beat and in the next test beat, matched or not, unless one of them meets a
      shutdown or fibrillation. EC57 does not ask for it.

    Take care that the test stream has only what the test says: `annotate` keeps the other
    annotations of the record that it is given, so give it one read with ``annotator=None``.

    References
    ----------
    .. [1] ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and
       ST segment measurement algorithms.
    .. [2] Moody GB. WFDB Applications Guide, bxb(1) and sumstats(1).
       https://physionet.org/physiotools/wag/bxb-1.htm

    Examples
    --------
    Of four beats one was called V and one missed, and one was found where there is none:

    >>> from skecg import compare_annotations
    >>> reference = [108400, 108700, 109000, 109300], ["N", "N", "V", "N"]
    >>> test = [108410, 108702, 109150, 109299], ["N", "V", "N", "N"]
    >>> comparison = compare_annotations(reference, test, fs=360)
    >>> comparison.statistics[["numerator", "denominator"]].loc["QRS Se"].tolist()
    [3, 4]
    >>> comparison.pairs[["reference", "test", "reference_symbol", "test_symbol"]].to_numpy()
    array([['N', 'V', 'N', 'V'],
           ['V', 'O', 'V', ''],
           ['O', 'N', '', 'N']], dtype=object)
    """
    return compare_streams(
        reference, test, fs=fs, n_samples=n_samples, start=start, stop=stop, window=window
    )


def compare_streams(
    reference: Any,
    test: Any,
    *,
    fs: float | None,
    n_samples: int | None,
    start: float,
    stop: float | None,
    window: float,
    name: str | None = None,
    owner: str = OWNER,
) -> BeatComparison:
    """Compare two annotators; messages name the record and the function that was called."""
    start, stop, window = check_times(start, stop, window, owner)
    pair = {
        "reference": to_stream(reference, "reference", owner, name),
        "test": to_stream(test, "test", owner, name),
    }
    name = name or pair["reference"].name or pair["test"].name
    rate = _rate(fs, pair, name, owner)
    length = _length(n_samples, pair, name, owner)
    margin = to_samples(window, rate)
    beats = [to_beats(stream, margin) for stream in pair.values()]
    period = _period(beats[0], rate, length, start, stop, name)
    return _compare(
        *beats,
        rate,
        period,
        margin,
        name=name,
        standard={"start": start, "stop": stop, "window": window} == STANDARD,
    )


def check_times(
    start: Any, stop: Any, window: Any, owner: str
) -> tuple[float, float | None, float]:
    """Return the times of a comparison, refused if they cannot be."""
    start = check_number(start, "start", owner, "0 or more seconds", least=0)
    window = check_number(window, "window", owner, "0 or more seconds", least=0)
    if stop is not None:
        later = f"more than start ({start:g}) seconds, or None"
        stop = check_number(stop, "stop", owner, later, least=start, above=True)
    return start, stop, window


def _rate(fs: Any, pair: Mapping[str, Any], name: str | None, owner: str) -> float:
    """The one sampling frequency."""
    if fs is not None:
        fs = check_number(fs, "fs", owner, "a positive number", least=0, above=True)
    rates = {"fs": fs} | {who: stream.fs for who, stream in pair.items()}
    rate = agreed(rates, "sampling frequency in Hz", name)
    if rate is None:
        raise ValueError(
            about(name, f"the 'fs' parameter of {owner} must be given: neither the ")
            + "reference nor the test says at how many Hz its positions count."
        )
    return float(rate)


def _length(n_samples: Any, pair: Mapping[str, Any], name: str | None, owner: str) -> int | None:
    """The one length of the recording in samples, or None."""
    if n_samples is not None:
        what = "the length of the recording in samples, or None"
        n_samples = check_number(n_samples, "n_samples", owner, what, least=1)
    lengths = {"n_samples": n_samples} | {who: stream.n_samples for who, stream in pair.items()}
    length = agreed(lengths, "length in samples", name)
    return None if length is None else int(length)


def _period(
    reference: Beats,
    fs: float,
    n_samples: int | None,
    start: float,
    stop: float | None,
    name: str | None,
) -> tuple[int, int]:
    """First and last sample of the test period, refused if there is none."""
    first = to_samples(start, fs)
    if n_samples is not None:
        last, what = n_samples, "the recording ends"
    elif len(reference.sample):
        last, what = (
            int(reference.sample[-1]),
            "the last reference beat is (the length is not known)",
        )
    else:
        raise ValueError(
            about(
                name, "the length of the recording is not known, and the reference has no beats "
            )
            + "to tell it from. Give 'n_samples'."
        )
    if stop is not None:
        last = to_samples(stop, fs) if n_samples is None else min(last, to_samples(stop, fs))
    if last < first:
        raise ValueError(
            about(name, f"{what} at {last / fs:.1f} s, before the test period starts at ")
            + f"{start:g} s. EC57 leaves the first five minutes for learning and cannot judge "
            "shorter recordings; another 'start' gives a nonstandard comparison."
        )
    return first, last


def _compare(
    reference: Beats,
    test: Beats,
    fs: float,
    period: tuple[int, int],
    window: int,
    *,
    name: str | None,
    standard: bool,
) -> BeatComparison:
    """Match the beats and count."""
    first, last = period
    events = match_beats(reference.sample, test.sample, window=window, start=first, end=last)
    rows, columns = _labels(reference, test, events)
    counted = (rows < 5) | (columns < 5)  # not O or X on both sides
    counted &= ~_excused(reference, test, events)
    cells = rows[counted] * len(LABELS) + columns[counted]
    matrix = np.bincount(cells, minlength=len(LABELS) ** 2).reshape(len(LABELS), -1)
    counts = pd.DataFrame(
        matrix,
        index=pd.Index(LABELS, name="reference"),
        columns=pd.Index(LABELS, name="test"),
    )
    differ = np.flatnonzero(counted & (rows != columns))
    rr_error, n_intervals = _rr_error(reference, test, events)
    return BeatComparison(
        counts,
        _pairs(reference, test, events, rows, columns, differ, fs),
        statistics_of(matrix),
        1000 * rr_error / fs,
        n_intervals,
        _shutdown_time(test, period) / fs,
        name,
        fs,
        period,
        window,
        standard,
    )


def _labels(reference: Beats, test: Beats, events: Events) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each event."""
    rows = np.full(len(events.is_pair), LABELS.index("O"))
    columns = rows.copy()
    has_reference, has_test = ~events.is_extra, ~events.is_missed
    rows[has_reference] = reference.label[events.reference[has_reference]]
    columns[has_test] = test.label[events.test[has_test]]
    missed = reference.sample[events.reference[events.is_missed]]
    extra = test.sample[events.test[events.is_extra]]
    columns[events.is_missed] += test.shutdown.meet(missed, missed)
    rows[events.is_extra] += reference.shutdown.meet(extra, extra)
    return rows, columns


def _excused(reference: Beats, test: Beats, events: Events) -> np.ndarray:
    """Extra beats where the reference has fibrillation."""
    excused = events.is_extra.copy()
    extra = test.sample[events.test[excused]]
    excused[excused] = reference.fibrillation.meet(extra, extra)
    return excused


def _pairs(
    reference: Beats,
    test: Beats,
    events: Events,
    rows: np.ndarray,
    columns: np.ndarray,
    differ: np.ndarray,
    fs: float,
) -> pd.DataFrame:
    """Make the table of the mismatches."""
    labels = np.array(LABELS)
    table = {"reference": labels[rows[differ]], "test": labels[columns[differ]]}
    times = []
    for who, beats, index, absent in (
        ("reference", reference, events.reference, events.is_extra),
        ("test", test, events.test, events.is_missed),
    ):
        absent = absent[differ]
        sample = np.zeros(len(differ), dtype=np.int64)
        symbol = np.full(len(differ), "", dtype=object)
        present = index[differ[~absent]]
        sample[~absent], symbol[~absent] = beats.sample[present], beats.symbol[present]
        table[f"{who}_sample"] = pd.arrays.IntegerArray(sample, absent.copy())
        table[f"{who}_symbol"] = symbol
        times.append((sample, absent))
    (at_reference, is_extra), (at_test, _) = times
    table["time"] = np.where(is_extra, at_test, at_reference) / fs
    order = ["reference", "test", "reference_sample", "test_sample"]
    return pd.DataFrame(table)[[*order, "reference_symbol", "test_symbol", "time"]]


def _rr_error(reference: Beats, test: Beats, events: Events) -> tuple[float, int]:
    """RMS difference of the intervals that end in the next beats, in samples, and their number."""
    i, j = events.reference, events.test
    known = (i < len(reference.sample)) & (j < len(test.sample))
    i, j = i[known], j[known]
    known = ~(reference.broken()[i] | test.broken()[j])
    i, j = i[known], j[known]
    if not len(i):
        return np.nan, 0
    errors = np.subtract(
        reference.sample[i] - reference.sample[i - 1], test.sample[j] - test.sample[j - 1]
    )
    return float(np.sqrt(np.mean(errors.astype(float) ** 2))), len(i)


def _shutdown_time(test: Beats, period: tuple[int, int]) -> int:
    """Samples of the test period in shutdowns of the test."""
    on, off = (np.clip(side, *period) for side in test.shutdown)
    return int((off - on).sum())


def statistics_of(matrix: np.ndarray) -> pd.DataFrame:
    """Se, +P and FPR of a 7 x 7 matrix, with numerators and denominators."""
    (_, ns, nv), (_, ss, sv), (_, vs, vv), (_, fs, _), _, (_, os, ov), (_, xs, xv) = (
        row[:3].tolist() for row in matrix
    )
    qrs = int(matrix[:5, :5].sum())
    false_veb, false_sveb = nv + sv + ov + xv, ns + vs + fs + os + xs
    no_veb = np.array([0, 1, 3, 4, 5, 6])
    true_negatives = int(matrix[np.ix_(no_veb, [0, 1, 3, 4])].sum())
    shares = {
        "QRS Se": (qrs, int(matrix[:5].sum())),
        "QRS +P": (qrs, int(matrix[:, :5].sum())),
        "VEB Se": (vv, int(matrix[2].sum())),
        "VEB +P": (vv, vv + false_veb),
        "VEB FPR": (false_veb, true_negatives + false_veb),
        "SVEB Se": (ss, int(matrix[1].sum())),
        "SVEB +P": (ss, ss + false_sveb),
        "SVEB +P (sumstats)": (ss, ns + ss + vs + os),
    }
    table = pd.DataFrame.from_dict(
        shares, orient="index", columns=["numerator", "denominator"], dtype=np.int64
    )
    table.insert(0, "value", table["numerator"] / table["denominator"].replace(0, np.nan))
    return table.rename_axis("statistic")


def figures_to_dict(matrix: pd.DataFrame, statistics: pd.DataFrame) -> dict[str, Any]:
    """Matrix and statistics as JSON-able data."""
    return {
        "labels": list(LABELS),
        "matrix": matrix.to_numpy().tolist(),
        "statistics": {
            STATISTICS[row.Index]: {
                "value": json_float(row.value),
                "numerator": int(row.numerator),
                "denominator": int(row.denominator),
            }
            for row in statistics.itertuples()
        },
    }


def versions() -> dict[str, str]:
    """Versions of what made the figures."""
    from .. import __version__

    return {"skecg": __version__, "python": platform.python_version()}


def reference_beats(matrix: pd.DataFrame) -> int:
    """Beats of the reference that have a class."""
    return int(matrix.to_numpy()[:5].sum())


def nonstandard_line() -> str:
    """Say that a comparison is not what EC57 prescribes."""
    return "NOT STANDARD: EC57 asks for start=300, stop=None and window=0.15"


def matrix_lines(matrix: pd.DataFrame) -> list[str]:
    """Write the matrix as lines of text, headed by what rows and columns are."""
    cells = [[f"{n:,}" if n else "." for n in row] for row in matrix.to_numpy().tolist()]
    width = 1 + max(6, *(len(cell) for row in cells for cell in row))
    head = "".join(label.lower().rjust(width) for label in LABELS)
    rows = [
        f"{label:>9}" + "".join(cell.rjust(width) for cell in row)
        for label, row in zip(LABELS, cells, strict=True)
    ]
    for corner in (5, 6):  # these cells are 0 by definition
        rows[corner] = rows[corner][: 9 + 5 * width]
    return [" " * 9 + "test".rjust(width), f"reference{head}", *rows]


def statistics_lines(statistics: pd.DataFrame) -> list[str]:
    """Write the statistics, a line each."""
    width = max(map(len, statistics.index))
    return [
        f"{name.ljust(width)} {percent(value, name):>8} %  ({fraction})"
        if value == value
        else f"{name.ljust(width)} {'-':>8}    ({fraction})"
        for (name, value), fraction in zip(
            statistics["value"].items(), _fractions(statistics), strict=True
        )
    ]


def _fractions(statistics: pd.DataFrame) -> list[str]:
    """Numerators over denominators."""
    return [f"{row.numerator:,}/{row.denominator:,}" for row in statistics.itertuples()]


def percent(value: float, name: str = "") -> str:
    """Write a fraction in percent, a false positive rate more finely, NaN as "-"."""
    digits = 3 if name.endswith("FPR") else 2
    return "-" if np.isnan(value) else f"{100 * value:.{digits}f}"
