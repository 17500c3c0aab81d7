"""Sum up the comparisons of many recordings."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import pandas as pd

from ..utils import SWITCH, check_value, listed, one_of
from ._clock import whole_percent
from ._comparison import BeatComparison
from ._episode_comparison import EpisodeComparison
from ._heart_rate_comparison import HeartRateComparison
from ._line_formats import LAYOUTS
from ._lines import lines_of, read_lines
from ._run_comparison import RunComparison
from ._run_matrices import RunMatrices
from ._summary import Summary, sum_up

__all__ = ["SummaryTable", "summarize"]

OWNER = "summarize"
_LAYOUT_OF = {"sve_runs": "ve_runs", "measurements_unnormalized": "measurements"}

SummaryTable: TypeAlias = Literal[
    "beats",
    "beats_no_sveb",
    "shutdown",
    "shutdown_no_sveb",
    "ve_runs",
    "sve_runs",
    "episodes",
    "measurements",
    "measurements_unnormalized",
]


Comparison: TypeAlias = BeatComparison | EpisodeComparison | HeartRateComparison | RunComparison


class _Row(NamedTuple):
    """The line of a recording, and exact numbers for a summary without faults."""

    cells: dict[str, Any]
    exact: dict[str, float]


def summarize(
    comparisons: Mapping[str, Comparison] | Iterable[Comparison],
    *,
    table: SummaryTable | None = None,
    reference_faults: bool = True,
) -> Summary:
    """Sum up the comparisons of many recordings: sum, gross and average.

    With the defaults the result is that of sumstats [1]_ for the line format of the program that
    makes such comparisons, number for number.

    Parameters
    ----------
    comparisons : mapping of str to comparison, or iterable of comparisons
        The comparison of each recording by its name, all of one kind: BeatComparison,
        RunComparison, EpisodeComparison or HeartRateComparison. Without names, those of the
        recordings are used.
    table : str, default=None
        The line format: of beats ``"beats"`` (bxb -L), ``"beats_no_sveb"`` (bxb -l),
        ``"shutdown"`` or ``"shutdown_no_sveb"``, of runs ``"ve_runs"`` or ``"sve_runs"``,
        ``"episodes"``, and of measurements ``"measurements"`` or
        ``"measurements_unnormalized"``. None is the first one of the kind.
    reference_faults : bool, default=True
        True reproduces the faults of the program, see Notes. False applies the rules to numbers
        that are not rounded.

    Returns
    -------
    Summary
        The lines of the recordings, and sum, gross and average.

    Raises
    ------
    ValueError
        If there is no comparison, the table is of another kind of comparison, comparisons are
        of several kinds, or two recordings have one name.
    TypeError
        If ``comparisons`` holds anything else.

    See Also
    --------
    summarize_lines : Sum up a file in line format.
    compare_records : Compare beats of many recordings, gross and average.

    Notes
    -----
    Gross statistics are those of the sums; an average is the mean over the recordings where the
    statistic is defined. The faults of sumstats:

    - SVEB +P is Ss/(Ns+Ss+Vs+Os), without Fs, which bxb itself counts as false.
    - In gross shutdowns every denominator is added twice, which halves the shares.
    - Overlaps of episodes are rebuilt from whole percentages of durations; averages of durations,
      RR errors and measurements are those of printed numbers.
    - Numbers are printed with halves to even, 12.5 as 12, where rxr and epicmp print 13. The
      text of a summary does so with ``reference_faults=False``, too.

    References
    ----------
    .. [1] Moody GB. WFDB Applications Guide, sumstats(1).
       https://physionet.org/physiotools/wag/sumsta-1.htm

    Examples
    --------
    >>> from skecg.ec57 import compare_episodes, summarize
    >>> def compare(*seconds):
    ...     marks = [360 * s for s in (400, 500)], ["[", "]"]
    ...     found = [360 * s for s in seconds], ["[", "]"] * (len(seconds) // 2)
    ...     return compare_episodes(marks, found, kind="VF", fs=360, n_samples=216000)
    >>> summary = summarize({"a": compare(400, 500), "b": compare()})
    >>> print(summary)
    (VF detection)
    Record  TPs   FN  TPp   FP  ESe E+P DSe D+P  Ref duration  Test duration
         a    1    0    1    0  100 100 100 100      1:40.000       1:40.000
         b    0    1    0    0    0   -   0   -      1:40.000          0.000
    <BLANKLINE>
    Sum       1    1    1    0                       3:20.000       1:40.000
    Gross                        50 100  50 100
    Average                      50 100  50 100
    Summary of results from 2 records
    """
    if table is not None:
        check_value(table, one_of(*get_args(SummaryTable)), "table", OWNER)
    check_value(reference_faults, SWITCH, "reference_faults", OWNER)
    named = _name_comparisons(comparisons)
    kinds = {_tables_of(one) for one in named.values()}
    if len(kinds) > 1:
        raise ValueError(
            f"The 'comparisons' parameter of {OWNER} must hold comparisons of one kind. Got "
            f"{listed(sorted({type(one).__name__ for one in named.values()}))}."
        )
    tables = kinds.pop()
    chosen: str = table or tables[0]
    if chosen not in tables:
        raise ValueError(
            f"The 'table' parameter of {OWNER} must be one of these comparisons: "
            f"{listed(tables)}. Got {chosen!r} instead."
        )
    layout = _LAYOUT_OF.get(chosen, chosen)
    if chosen == "sve_runs":  # rxr may stop before, and writes no line
        named = {name: one for name, one in named.items() if one.sve is not None}  # type: ignore[union-attr]
        if not named:
            raise ValueError(f"{OWNER} needs a recording with compared SVE runs. Got none.")
    rows = {name: _row_of(one, chosen) for name, one in named.items()}
    # mxm stops at a recording without a mean, and writes no line
    rows = {name: row for name, row in rows.items() if row.cells.get("rest") is not None}
    if not rows:
        raise ValueError(
            f"{OWNER} needs a recording with a mean reference other than 0. Got none."
        )
    title = _title(list(named.values()), chosen)
    cells = {name: row.cells for name, row in rows.items()}
    lines = lines_of(LAYOUTS[layout], title, cells)
    # names with blanks would be read as several cells
    numbered = {str(i): row for i, row in enumerate(cells.values())}
    exact = pd.DataFrame([row.exact for row in rows.values()], index=pd.Index(rows, name="record"))
    return sum_up(
        read_lines(lines_of(LAYOUTS[layout], title, numbered), layout).set_index(exact.index),
        layout,
        lines,
        exact=None if reference_faults else exact,
    )


def _name_comparisons(
    comparisons: Mapping[str, Comparison] | Iterable[Comparison],
) -> dict[str, Comparison]:
    """Return the comparisons by the name of their recording."""
    if isinstance(comparisons, Mapping):
        items = [(str(name), one) for name, one in comparisons.items()]
    else:
        items = [
            (getattr(one, "name", None) or f"record{i}", one) for i, one in enumerate(comparisons)
        ]
    named = dict(items)
    if not items:
        raise ValueError(f"The 'comparisons' parameter of {OWNER} must not be empty.")
    if len(named) < len(items):
        names = [name for name, _ in items]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"The 'comparisons' parameter of {OWNER} must have a name of its own for each "
            f"recording. Got {twice!r} twice. Give a dict with names."
        )
    return named


def _tables_of(comparison: object) -> tuple[str, ...]:
    """Return the tables of a kind of comparison, the default first."""
    if isinstance(comparison, BeatComparison):
        return ("beats", "beats_no_sveb", "shutdown", "shutdown_no_sveb")
    if isinstance(comparison, EpisodeComparison):
        return ("episodes",)
    if isinstance(comparison, HeartRateComparison):
        return ("measurements", "measurements_unnormalized")
    if isinstance(comparison, RunComparison):
        return ("ve_runs", "sve_runs")
    raise TypeError(
        f"The 'comparisons' parameter of {OWNER} must hold results of compare_annotations, "
        "compare_runs, compare_episodes or compare_heart_rate. Got "
        f"{type(comparison).__name__} instead."
    )


def _row_of(comparison: Any, table: str) -> _Row:
    """Return the cells of the line of a recording."""
    if table.startswith("beats"):
        return _beats(comparison, with_sveb=table == "beats")
    if table.startswith("shutdown"):
        return _shutdown(comparison, with_sveb=table == "shutdown")
    if table.endswith("runs"):
        return _runs(comparison.ve if table == "ve_runs" else comparison.sve)
    if table == "episodes":
        return _episodes(comparison)
    return _measurements(comparison, normalized=table == "measurements")


def _beats(comparison: BeatComparison, *, with_sveb: bool) -> _Row:
    """Write the columns of bxb -L or -l: rows F, Q and O, X are merged, and f, q count as n.

    ::

              n s v f q o x                  n'  s  v  o'
        N     . . . . . . .            N     .   .  .  .
        ...                     ->     F'    .   .  .  .     F and Q
        O, X  . . . . . . .            O'    .   .  .  .     O and X
    """
    cells = comparison.matrix.to_numpy()
    if not with_sveb:  # S counts as N in both annotators
        cells = cells.copy()
        cells[0] += cells[1]
        cells[:, 0] += cells[:, 1]
        cells[1] = cells[:, 1] = 0
    rows = np.stack([*cells[:3], cells[3] + cells[4], cells[5] + cells[6]])
    merged = {
        "n": rows[:, [0, 3, 4]].sum(axis=1),
        "s": rows[:, 1],
        "v": rows[:, 2],
        "o": rows[:, 5] + rows[:, 6],
    }
    counts = {
        f"{row}{column}": int(merged[column][i])
        for column in merged
        for i, row in enumerate("NSVFO")
    }
    layout = LAYOUTS["beats" if with_sveb else "beats_no_sveb"]
    row: dict[str, Any] = {name: counts[name.rstrip("'")] for name in layout.counts}
    shares = {name: comparison.statistics["value"][name] for name in layout.shares}
    error = comparison.rr_error
    rest = f" {error:>6.2f}" if not np.isnan(error) else "     -"
    rest = rest if with_sveb else ""
    exact = {"Fs": int(comparison.matrix.to_numpy()[3, 1]), "RR error (ms)": error}
    return _Row(row | {"shares": shares, "rest": rest}, exact)


def _shutdown(comparison: BeatComparison, *, with_sveb: bool) -> _Row:
    """Write the columns of the shutdown report of bxb -L or -l."""
    cells = comparison.matrix.to_numpy()
    beats = dict(zip("NSVFQ", cells[:5].sum(axis=1).tolist(), strict=True))
    missed = dict(zip("NSVFQ", cells[:5, 6].tolist(), strict=True))
    if not with_sveb:
        for counts in (beats, missed):
            counts["N"], counts["S"] = counts["N"] + counts["S"], 0
    layout = LAYOUTS["shutdown" if with_sveb else "shutdown_no_sveb"]
    row: dict[str, Any] = {name: missed[name[0]] for name in layout.counts}
    parts = {name: (missed[name[-1]], beats[name[-1]]) for name in list(layout.shares)[1:]}
    n_missed = sum(missed.values()) - (missed["S"] if with_sveb else 0)  # bxb -L excludes Sx
    parts = {"missed": (n_missed, sum(beats.values())), **parts}
    shares = {name: top / bottom if bottom else np.nan for name, (top, bottom) in parts.items()}
    seconds = round(comparison.shutdown)
    rest = f" {seconds:>4} seconds {' '.join(map(str, beats.values()))}"
    return _Row(row | {"shares": shares, "rest": rest}, {})


def _runs(runs: RunMatrices) -> _Row:
    """Write the columns of rxr -L."""
    row: dict[str, Any] = {}
    shares = {}
    layout = LAYOUTS["ve_runs"]
    counts = runs.statistics[["numerator", "denominator"]].to_numpy().tolist()
    for (name, (_, (true, false))), (top, bottom) in zip(
        layout.shares.items(), counts, strict=True
    ):
        row |= {true: int(top), false: int(bottom - top)}
        shares[name] = _whole(int(top), int(bottom))
    return _Row(row | {"shares": shares, "rest": ""}, {})


def _episodes(comparison: EpisodeComparison) -> _Row:
    """Write the columns of epicmp -L."""
    line = comparison.to_line()
    row: dict[str, Any] = {name: line[name] for name in LAYOUTS["episodes"].counts}
    rows = comparison.statistics[["numerator", "denominator"]].to_numpy().tolist()
    shares = {
        str(name): _whole(*parts)
        for name, parts in zip(comparison.statistics.index, rows, strict=True)
    }
    rest = f"{line['ref_duration']:>14}{line['test_duration']:>15}"
    (_, _, (overlap, reference), (overlap_test, test)) = rows
    exact = {
        "overlap of reference": overlap / comparison.fs,
        "reference duration": reference / comparison.fs,
        "overlap of test": overlap_test / comparison.fs,
        "test duration": test / comparison.fs,
    }
    return _Row(row | {"shares": shares, "rest": rest}, exact)


def _measurements(comparison: HeartRateComparison, *, normalized: bool) -> _Row:
    """Write the columns of mxm -L."""
    line = comparison.to_line(normalized=normalized)
    error, mean = line["RMS error"], line["mean reference"]
    unit = "" if normalized else " (unnormalized)"
    rest = None if error is None else f"\t{error}\t\t{mean}{unit}"
    value = comparison.normalized_rms_error if normalized else comparison.rms_error
    exact = {"RMS error": value, "mean reference": comparison.mean_reference}
    return _Row({"shares": {}, "rest": rest}, exact)


def _whole(top: int, bottom: int) -> float:
    """Return a share in whole percent, halves up, as a fraction."""
    percent = whole_percent(top, bottom)
    return np.nan if percent is None else percent / 100


def _title(comparisons: list[Any], table: str) -> list[str]:
    """Write the lines above the heading."""
    if table == "sve_runs":
        return ["(SVE run detection)"]
    of = {"episodes": "kind", "measurements": "measurement"}.get(table.split("_")[0])
    if of is None:
        return []
    values = list(dict.fromkeys(getattr(one, of) for one in comparisons))
    if len(values) > 1:
        raise ValueError(
            f"The 'comparisons' parameter of {OWNER} must be of one {of}. Got "
            f"{listed([str(value) for value in values])}."
        )
    if of == "measurement":
        return ["(Measurement errors)", f"Measurement {values[0]}"]
    noun = {"AF": "AF detection", "VF": "VF detection"}.get(values[0], "Ischemic ST detection")
    signal = {"ST": ", both signals", "ST0": ", signal 0", "ST1": ", signal 1"}.get(values[0], "")
    return [f"({noun}{signal})"]
